//! Sequences.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::name::{IntoName, QualifiedName};
use crate::place::Place;

/// A sequence of `bigint`, never cycling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// First value.
    pub start: i64,
    /// Step from value to value.
    pub increment: i64,
    /// Greatest value; the type's own without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub max: Option<i64>,
    /// How many values a session takes at once; above 1, order is lost between sessions.
    pub cache: u32,
    /// What it numbers, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

impl Sequence {
    /// A sequence 1, 2, 3, ... without a cache.
    #[track_caller]
    pub fn new(name: impl IntoName) -> Self {
        Self {
            name: name.into_name(),
            start: 1,
            increment: 1,
            max: None,
            cache: 1,
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Sets the first value.
    pub fn start(mut self, value: i64) -> Self {
        self.start = value;
        self
    }

    /// Sets the step.
    pub fn increment(mut self, value: i64) -> Self {
        self.increment = value;
        self
    }

    /// Sets the greatest value.
    pub fn max(mut self, value: i64) -> Self {
        self.max = Some(value);
        self
    }

    /// Sets how many values a session takes at once.
    pub fn cache(mut self, values: u32) -> Self {
        self.cache = values;
        self
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoName) -> Self {
        self.renamed_from = Some(name.into_name());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}
