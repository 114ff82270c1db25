//! Applies migrations to a database: one run at a time, each migration wholly or resumed, nothing that the files and
//! the database tell differently. Knows PostgreSQL and files; what a migration says is the business of who wrote it.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use eventcore_migrate::{Migrator, Silent, read_folder};
//! use tokio_postgres::{Config, NoTls};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config: Config = "postgres://app@localhost/shop".parse()?;
//! let migrations = read_folder(Path::new("generated/shop/migrations"))?;
//! let report = Migrator::new(migrations).run(&config, NoTls, &mut Silent).await?;
//! println!("{} applied", report.applied.len());
//! # Ok(())
//! # }
//! ```

#![warn(clippy::unwrap_used)]

mod advisory_lock;
mod backoff;
mod baseline;
pub mod catalog;
mod compare;
mod dry_run;
mod error;
mod failure;
mod folder;
mod header;
mod history;
mod kept;
mod migration;
mod migrator;
mod moved;
mod observer;
mod outside;
mod places;
mod pooler;
mod record;
mod script;
mod server;
mod session;
mod status;
mod throw_away;
mod transaction;
mod watcher;
mod work;

pub use dry_run::{DryRun, PlannedPart, PlannedRun};
pub use error::MigrateError;
pub use failure::{Failure, Left};
pub use folder::{FolderError, read_folder};
pub use header::{HeaderError, Timeout};
pub use history::TABLE;
pub use migration::Migration;
pub use migrator::{Migrator, Report, open};
pub use observer::{Event, Observer, Silent};
pub use script::ScriptError;
pub use server::words;
pub use status::{Catalog, MissingObject, State, Status, StatusRow};
pub use throw_away::ThrowAway;
pub use watcher::{Blocker, Progress};
pub use work::Kind;
