//! Why `migrate` fails before, or around, what the library says of a run.

use std::path::PathBuf;

use thiserror::Error;

use crate::database::DatabaseError;
use crate::project::StoreError;

/// A run that failed.
#[derive(Debug, Error)]
pub(crate) enum MigrateCommandError {
    /// No database was named.
    #[error("no database is named\n  help: give `--database-url URL`, or set DATABASE_URL")]
    NoUrl,
    /// No store is meant.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is generated yet.
    #[error("there is no folder `{}`\n  help: run `cargo xtask gen-sql`, which writes it; outside of the workspace, name its folder with `--root`", folder.display())]
    NoMigrations { folder: PathBuf },
    /// No way to the database, or what it says.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
