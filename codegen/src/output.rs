//! What a run wants to have on disk: paths, kinds and contents. Writing is xtask's business.

/// How a generated file may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Follows the definition at each run; never edited by hand.
    Lockstep,
    /// A migration: never changes once released.
    Frozen,
}

/// A file that a run wants to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Where, below the output folder, with `/` between folders.
    pub path: String,
    /// How it may change.
    pub kind: OutputKind,
    /// What it holds, header included.
    pub contents: String,
}
