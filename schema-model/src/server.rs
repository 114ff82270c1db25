//! The servers that a definition is for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A major version of PostgreSQL; the default is the oldest one that is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerMajor(pub u16);

impl ServerMajor {
    /// The oldest server that is supported.
    pub const OLDEST: Self = Self(15);
    /// The newest one whose statements are known.
    pub const NEWEST: Self = Self(19);

    /// Whether each of these servers adds `NOT NULL` as a constraint that need not look at the rows that are there.
    pub fn has_unvalidated_not_null(self) -> bool {
        self >= Self(18)
    }

    /// Whether each of these servers adds a foreign key to a partitioned table without a look at the rows that are there.
    pub fn has_unvalidated_reference_of_partitions(self) -> bool {
        self >= Self(18)
    }

    /// Whether each of these servers knows exclusion constraints of partitioned tables.
    pub fn has_exclusion_of_partitions(self) -> bool {
        self >= Self(17)
    }

    /// Whether each of these servers can compute a column otherwise than before.
    pub fn has_set_expression(self) -> bool {
        self >= Self(17)
    }

    /// Whether on each of these servers a session of a standby can wait until a position of the write-ahead log is replayed.
    pub fn has_wait_for_lsn(self) -> bool {
        self >= Self(19)
    }

    /// Whether each of these servers writes a table anew beside reads and writes.
    pub fn has_repack_concurrently(self) -> bool {
        self >= Self(19)
    }
}

impl Default for ServerMajor {
    fn default() -> Self {
        Self::OLDEST
    }
}

impl fmt::Display for ServerMajor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgreSQL {}", self.0)
    }
}
