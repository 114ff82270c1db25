//! The commands of EventCore Schema, for this workspace and for an adopter's own xtask.
//! Knows files, processes and PostgreSQL's programs; what SQL and Rust look like is codegen's business.

#![warn(clippy::unwrap_used)]

mod cli;
mod database;
mod export;
mod gen_sql;
mod git;
mod migrate;
#[cfg(unix)]
pub mod postgres;
mod project;
mod shell;
#[cfg(unix)]
mod test_command;

pub use cli::run;
pub use project::{Project, StoreDefinition};
