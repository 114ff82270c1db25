//! Renders a valid schema as text: SQL migrations, typed query functions, documentation. Pure functions:
//! no clock, no files, no randomness; the same schema gives the same bytes.

pub mod output;
pub mod sql;
