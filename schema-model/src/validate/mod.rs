//! The rules that a definition must keep: everything here can never work on a server. What is merely
//! unwise is a lint, in codegen.
//!
//! One file a group of rules. Each rule adds to one list, so that all violations are reported at once.

mod violation;

use std::ops::Deref;

use crate::schema::Schema;

pub use violation::{Code, ObjectPath, Violation, Violations};

/// A definition that keeps every rule. Only [`validate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidSchema(Schema);

impl ValidSchema {
    /// The definition itself.
    pub fn into_inner(self) -> Schema {
        self.0
    }
}

impl Deref for ValidSchema {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        &self.0
    }
}

/// Proves a definition well-formed.
///
/// # Errors
/// Every violation, sorted by object.
pub fn validate(schema: Schema) -> Result<ValidSchema, Violations> {
    let violations: Vec<Violation> = Vec::new();
    if violations.is_empty() {
        Ok(ValidSchema(schema))
    } else {
        Err(Violations::new(violations))
    }
}
