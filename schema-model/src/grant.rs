//! Privileges of roles. Roles themselves belong to the server, not to a schema.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::lint::{Allow, LintCode};
use crate::migration::ObjectRef;
use crate::name::{Ident, IntoIdent};
use crate::place::Place;

/// Privileges on one object for one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What is allowed.
    pub privileges: Vec<Privilege>,
    /// On what.
    pub on: ObjectRef,
    /// To which role; it must exist when the migration runs.
    pub to: Ident,
    /// The lints that it silences.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allows: Vec<Allow>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// A privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Privilege {
    /// `SELECT`
    Select,
    /// `INSERT`
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
    /// `EXECUTE`, on routines.
    Execute,
    /// `USAGE`, on sequences.
    Usage,
}

impl Grant {
    /// Privileges on `on` for the role `to`.
    #[track_caller]
    pub fn new(
        privileges: impl IntoIterator<Item = Privilege>,
        on: ObjectRef,
        to: impl IntoIdent,
    ) -> Self {
        Self {
            privileges: privileges.into_iter().collect(),
            on,
            to: to.into_ident(),
            allows: Vec::new(),
            place: Place::here(),
        }
    }

    /// Silences a lint here, with the reason.
    pub fn allow(mut self, code: LintCode, reason: impl Into<String>) -> Self {
        self.allows.push(Allow {
            code,
            reason: reason.into(),
        });
        self
    }
}
