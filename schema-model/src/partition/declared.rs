//! Partitions that the definition names itself, at any depth.

use serde::{Deserialize, Serialize};

use super::Partitioning;
use crate::expr::Literal;
use crate::is_default;
use crate::name::{Ident, IntoIdent};
use crate::place::Place;

/// A partition that the definition names; it may be partitioned again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Its name, in the PostgreSQL schema of its table.
    pub name: Ident,
    /// Which rows it takes.
    pub bound: PartitionBound,
    /// How it is partitioned itself, if it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partitioning: Option<Box<Partitioning>>,
    /// What it holds, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<Ident>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// Which rows a partition takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionBound {
    /// `FOR VALUES FROM (from) TO (to)`; the lower bound is part of it, the upper is not.
    Range {
        /// The lower bound, a value a key column.
        from: Vec<BoundValue>,
        /// The upper bound, a value a key column.
        to: Vec<BoundValue>,
    },
    /// `FOR VALUES IN (values)`.
    List(Vec<Literal>),
    /// `FOR VALUES WITH (MODULUS modulus, REMAINDER remainder)`.
    Hash {
        /// By what the hash of the key is divided.
        modulus: u32,
        /// What is left then.
        remainder: u32,
    },
    /// `DEFAULT`: rows that no other partition takes.
    Default,
}

/// One column's part of a range's bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundValue {
    /// `MINVALUE`: below every value.
    Min,
    /// This value.
    Value(Literal),
    /// `MAXVALUE`: above every value.
    Max,
}

macro_rules! bound_values {
    ($($value:ty),+) => {$(
        impl From<$value> for BoundValue {
            fn from(value: $value) -> Self {
                Self::Value(value.into())
            }
        }
    )+};
}

bound_values!(Literal, bool, i32, i64, &str, String);

impl PartitionBound {
    /// From a bound that is part of it to one that is not, a value a key column.
    pub fn range<A: Into<BoundValue>, B: Into<BoundValue>>(
        from: impl IntoIterator<Item = A>,
        to: impl IntoIterator<Item = B>,
    ) -> Self {
        Self::Range {
            from: from.into_iter().map(Into::into).collect(),
            to: to.into_iter().map(Into::into).collect(),
        }
    }

    /// These values.
    pub fn list<V: Into<Literal>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }

    /// What is left when the hash of the key is divided.
    pub fn hash(modulus: u32, remainder: u32) -> Self {
        Self::Hash { modulus, remainder }
    }
}

impl Partition {
    /// A partition that holds its rows itself.
    #[track_caller]
    pub fn new(name: impl IntoIdent, bound: PartitionBound) -> Self {
        Self {
            name: name.into_ident(),
            bound,
            partitioning: None,
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Partitions it again.
    pub fn partitioned(mut self, partitioning: Partitioning) -> Self {
        self.partitioning = Some(Box::new(partitioning));
        self
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoIdent) -> Self {
        self.renamed_from = Some(name.into_ident());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Its own partitions.
    pub fn partitions(&self) -> &[Self] {
        self.partitioning
            .as_ref()
            .map_or(&[], |it| it.partitions.as_slice())
    }

    /// Itself and all partitions below.
    pub fn tree(&self) -> Vec<&Self> {
        let mut tree = vec![self];
        tree.extend(self.partitions().iter().flat_map(Self::tree));
        tree
    }
}
