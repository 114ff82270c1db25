//! Renders a valid schema as text: SQL migrations, typed query functions, documentation. Pure functions:
//! no clock, no files, no randomness; the same schema gives the same bytes.

#![warn(clippy::unwrap_used)]

mod generate;
mod query_files;

pub mod docs;
pub mod history;
pub mod lint;
pub mod output;
pub mod plan;
pub mod rust;
pub mod sql;

use eventcore_schema_model::validate::ValidSchema;

use history::{Planning, Recorded};

pub(crate) use generate::source;
pub use generate::{GenerateError, GenerateOptions, generate};

/// A schema and the folder of its output.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    /// The schema; its name is the layout's name.
    pub schema: &'a ValidSchema,
    /// The folder below `generated/`, such as `simple`.
    pub folder: &'a str,
    /// What was recorded of its migrations; the default for a new store.
    pub recorded: &'a Recorded,
    /// Which migrations this run plans.
    pub planning: Planning,
}
