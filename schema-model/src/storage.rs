//! Storage parameters of tables and indexes (`WITH (...)`).

use serde::{Deserialize, Serialize};

use crate::name::{Ident, IntoIdent};

/// A storage parameter, such as `fillfactor = 90`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageParameter {
    /// Its name, as PostgreSQL's manual gives it.
    pub name: Ident,
    /// Its value, as text.
    pub value: String,
}

impl StorageParameter {
    /// A storage parameter.
    pub fn new(name: impl IntoIdent, value: impl ToString) -> Self {
        Self {
            name: name.into_ident(),
            value: value.to_string(),
        }
    }
}
