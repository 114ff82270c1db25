//! PostgreSQL schemas that a definition brings. Those that it does not declare are made by whoever runs the database.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::name::{Ident, IntoIdent};
use crate::place::Place;

/// A PostgreSQL schema: a name space of the database in which objects stand.
///
/// It has no former name: functions and programs name it in their text, where no rename finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Its name.
    pub name: Ident,
    /// What stands in it, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

impl Namespace {
    /// A PostgreSQL schema.
    #[track_caller]
    pub fn new(name: impl IntoIdent) -> Self {
        Self {
            name: name.into_ident(),
            comment: None,
            place: Place::here(),
        }
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}
