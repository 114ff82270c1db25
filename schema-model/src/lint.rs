//! Lint codes and the word that silences one at its place. The rules themselves live in codegen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What can be unwise, though possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LintCode {
    /// An index is a prefix of another.
    LT001,
    /// An index holds a column whose updates must stay HOT.
    LT002,
    /// An index names no query that needs it.
    LT003,
    /// A query's filter is served by no index.
    LT004,
    /// A query's row declares a column not null that may be NULL.
    LT005,
    /// A policy's retention spares the default partition.
    LT006,
    /// Partitions by hash leave remainders out.
    LT007,
    /// A grant is of no use without another.
    LT008,
    /// A check calls a routine that reads a table.
    LT009,
    /// A trigger discards every row.
    LT010,
}

impl fmt::Display for LintCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A lint that the definition silences at this object, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// The silenced lint.
    pub code: LintCode,
    /// Why it is right here; an empty reason is a violation.
    pub reason: String,
}
