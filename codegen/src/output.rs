//! What a run wants to have on disk: paths, kinds, contents, and how a file on disk differs from that.
//! Knows nothing of file systems: reading and writing is xtask's business.

mod header;
mod migrations_sum;
mod state;

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

pub(crate) use header::is_ours;
pub use header::{COMMAND, Syntax};
pub(crate) use migrations_sum::{SumDefect, SumLine, chain, migrations_sum, parse, recorded_slug};
pub use migrations_sum::{is_slug, tokens_hash};
pub use state::FileState;
pub(crate) use state::unix_text;

/// How a generated file may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Follows the definition at each run; never edited by hand.
    Lockstep,
    /// A migration: never changes once released.
    Frozen,
}

/// When a file is written: a run that is killed between any two of them is finished by the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WriteOrder {
    /// A migration that is new, or recorded: it is there before anything names it.
    Migration,
    /// The schema snapshot: with it a run has happened.
    Lock,
    /// A migration that is planned anew: the snapshot tells how it is made.
    Amended,
    /// `migrations.sum`
    Sum,
    /// What follows the definition.
    Rest,
}

/// A file that a run wants to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Where, below the output folder, with `/` between folders.
    pub path: String,
    /// How it may change.
    pub kind: OutputKind,
    /// When it is written.
    pub order: WriteOrder,
    /// What it holds, header included.
    pub contents: String,
}

impl OutputFile {
    /// A file that follows the definition: `body` below a header with a content hash, by which an edit by hand
    /// is told from a changed definition.
    ///
    /// `source` completes "generated from", such as ``schema `simple` ``. A JSON `body` is an object whose
    /// members stand on lines of their own; the header becomes its first two members.
    pub fn lockstep(
        path: impl Into<String>,
        syntax: Syntax,
        source: &str,
        body: impl AsRef<str>,
    ) -> Self {
        Self {
            path: path.into(),
            kind: OutputKind::Lockstep,
            order: WriteOrder::Rest,
            contents: header::lockstep(syntax, source, body.as_ref()),
        }
    }

    /// A migration: `body` below a header without a hash, because `migrations.sum` guards it. A first line
    /// `-- no-transaction` of `body` stays the first line of the file, where runners look for it.
    ///
    /// `source` completes "generated from"; layouts that share a migration to the byte give it the same one.
    pub fn frozen(path: impl Into<String>, source: &str, body: impl AsRef<str>) -> Self {
        Self {
            path: path.into(),
            kind: OutputKind::Frozen,
            order: WriteOrder::Migration,
            contents: header::frozen(source, body.as_ref()),
        }
    }

    /// A migration as it was recorded.
    pub fn recorded(path: String, contents: String) -> Self {
        Self {
            path,
            kind: OutputKind::Frozen,
            order: WriteOrder::Migration,
            contents,
        }
    }

    /// Sets when it is written.
    pub(crate) fn written(mut self, order: WriteOrder) -> Self {
        self.order = order;
        self
    }
}

/// The SHA-256 of some bytes, in lower-case hexadecimal digits.
pub(crate) fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
