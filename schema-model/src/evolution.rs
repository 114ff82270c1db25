//! The words by which a definition allows a change that loses something or takes long: what is gone, and what is
//! rewritten. A word stays true once its migration is written, and can be taken out then.

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::is_default;
use crate::migration::ObjectRef;
use crate::name::Ident;
use crate::place::Place;

/// An object that the definition no longer has, and whose data or users are given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedObject {
    /// The object.
    pub object: ObjectRef,
    /// Why it may go.
    pub reason: String,
    /// Where this was said.
    #[serde(skip)]
    pub place: Place,
}

/// A column that the table no longer has, and whose values are given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedColumn {
    /// The column.
    pub name: Ident,
    /// Why it may go.
    pub reason: String,
    /// Where this was said.
    #[serde(skip)]
    pub place: Place,
}

/// An object whose change breaks queries that the previous release runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenObject {
    /// The object.
    pub object: ObjectRef,
    /// Why that may be.
    pub reason: String,
    /// Where this was said.
    #[serde(skip)]
    pub place: Place,
}

/// An event type of which the log contains no event in the shape recorded so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredEvent {
    /// The event type's name, as stored.
    pub name: String,
    /// Why that is so.
    pub reason: String,
    /// Where this was said.
    #[serde(skip)]
    pub place: Place,
}

/// A partition that the table no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedPartition {
    /// The partition.
    pub name: Ident,
    /// Why it may go.
    pub reason: String,
    /// Whether it stays as a table of its own, with its rows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kept: bool,
    /// Where this was said.
    #[serde(skip)]
    pub place: Place,
}

/// A change of a column that writes the whole table anew, while reads and writes wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// The new value out of the old row; the server's own cast without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub using: Option<Expr>,
    /// Why that may be.
    pub reason: String,
}
