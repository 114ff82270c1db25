//! The rules that a definition must keep: everything here can never work on a server, or would break the
//! promise that the definition makes. What is merely unwise is a lint, in codegen.
//!
//! One file a group of rules. Each rule adds to one report, so that all violations are reported at once.

mod arrays;
mod bound_values;
mod called;
mod calls;
pub(crate) mod casts;
mod code;
mod columns;
mod conflict_targets;
mod constraints;
mod declared_partitions;
mod duplicates;
mod evaluate;
mod event_store;
mod events;
mod exclusions;
mod expressions;
mod extensions;
mod fired_rows;
mod foreign_key_actions;
mod foreign_keys;
mod grants;
mod guards;
mod index_parts;
mod index_shape;
mod indexes;
mod inserted;
mod inserts;
mod limits;
mod literals;
mod matched_columns;
mod migrations;
mod moments;
mod names;
mod namespaces;
mod never_true;
mod numbers;
mod opclasses;
mod operators;
mod partitions;
mod queries;
pub(crate) mod query_rows;
mod ranges;
mod reasons;
mod refreshes;
mod relations;
pub(crate) mod report;
mod routines;
mod rows;
mod rust_names;
pub(crate) mod selected;
mod sequences;
mod server;
mod server_functions;
pub(crate) mod settings;
mod sql_text;
mod storage;
mod storage_values;
mod templates;
mod text_columns;
mod texts;
mod triggers;
mod typing;
pub(crate) mod usage;
mod user_types;
mod view_columns;
mod views;
mod violation;
mod writes;
mod written;

use std::ops::Deref;

use crate::event_type::EventType;
use crate::schema::Schema;

pub use code::Code;
pub use index_shape::IndexShape;
pub use query_rows::columns_that_may_be_null;
pub use typing::{TypeError, type_of, volatility_of};
pub use violation::{ObjectPath, Violation, Violations};

use report::Report;

/// A definition that keeps every rule. Only [`validate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidSchema(Schema);

impl ValidSchema {
    /// The definition itself.
    pub fn into_inner(self) -> Schema {
        self.0
    }

    /// The definition with event types in the shapes that were recorded before. No rule is about these.
    pub fn with_former_events(mut self, events: Vec<EventType>) -> Self {
        self.0.former_events = events;
        self
    }
}

impl Deref for ValidSchema {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        &self.0
    }
}

/// Every group of rules; none relies on another having passed.
const GROUPS: &[fn(&Schema, &mut Report)] = &[
    names::check,
    texts::check,
    rust_names::check,
    namespaces::check,
    extensions::check,
    relations::check,
    user_types::check,
    duplicates::check,
    limits::check,
    reasons::check,
    columns::check,
    constraints::check,
    never_true::check,
    foreign_keys::check,
    indexes::check,
    partitions::check,
    guards::check,
    storage::check,
    sequences::check,
    routines::check,
    triggers::check,
    views::check,
    queries::check,
    templates::check,
    text_columns::check,
    fired_rows::check,
    matched_columns::check,
    query_rows::check,
    conflict_targets::check,
    inserts::check,
    written::check,
    called::check,
    refreshes::check,
    event_store::check,
    events::check,
    migrations::check,
    grants::check,
    server::check,
];

/// Proves a definition well-formed.
///
/// # Errors
/// Every violation, sorted by object.
pub fn validate(schema: Schema) -> Result<ValidSchema, Violations> {
    let mut report = Report::default();
    for check in GROUPS {
        check(&schema, &mut report);
    }
    let violations = report.into_violations();
    if violations.is_empty() {
        Ok(ValidSchema(schema))
    } else {
        Err(Violations::new(violations))
    }
}
