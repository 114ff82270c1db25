//! Renders a valid schema as text: SQL migrations, typed query functions, documentation. Pure functions:
//! no clock, no files, no randomness; the same schema gives the same bytes.

#![warn(clippy::unwrap_used)]

mod generate;
mod query_files;

pub mod docs;
pub mod lint;
pub mod output;
pub mod plan;
pub mod rust;
pub mod sql;

use eventcore_schema_model::validate::ValidSchema;

pub(crate) use generate::source;
pub use generate::{GenerateError, GenerateOptions, generate};

/// A schema and the folder of its output.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// The schema; its name is the layout's name.
    pub schema: &'a ValidSchema,
    /// The folder below `generated/`, such as `simple`.
    pub folder: &'a str,
    /// The text of its `migrations.sum` as it stands: a migration that has a name keeps it. Empty for a new store.
    pub recorded: &'a str,
}
