//! Why `migrate` fails before, or around, what the library says of a run.

use std::path::PathBuf;

use thiserror::Error;

/// A run that failed.
#[derive(Debug, Error)]
pub(crate) enum MigrateCommandError {
    /// No database was named.
    #[error("no database is named\n  help: give `--database-url URL`, or set DATABASE_URL")]
    NoUrl,
    /// Several stores, and none named.
    #[error("the project has {} stores\n  help: name one: `--store {}`", folders.len(), folders.join("` or `--store "))]
    WhichStore { folders: Vec<String> },
    /// No such store.
    #[error("the project has no store `{folder}`\n  help: it has `{}`", folders.join("`, `"))]
    NoStore {
        folder: String,
        folders: Vec<String>,
    },
    /// Nothing is generated yet.
    #[error("there is no folder `{}`\n  help: run `cargo xtask gen-sql`, which writes it", folder.display())]
    NoMigrations { folder: PathBuf },
    /// The URL cannot be read.
    #[cfg(feature = "migrate")]
    #[error(
        "the database's URL cannot be read: {reason}\n  help: it is like `postgres://user:password@host:5432/database`"
    )]
    Url { reason: String },
    /// The URL wants TLS.
    #[cfg(feature = "migrate")]
    #[error(
        "the database's URL demands TLS, which this command does not speak\n  help: leave `sslmode` out where the \
         network is trusted or tunnelled, or call `eventcore_migrate::Migrator::run` with a TLS connector"
    )]
    Tls,
    /// The system refuses.
    #[cfg(feature = "migrate")]
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// The run itself.
    #[cfg(feature = "migrate")]
    #[error(transparent)]
    Migrate(#[from] eventcore_migrate::MigrateError),
    /// Not run by cargo.
    #[cfg(not(feature = "migrate"))]
    #[error(
        "this binary was built without the feature `migrate`\n  help: run it through cargo, which can build it again, \
         or build it with `--features migrate`"
    )]
    NotByCargo,
    /// The adopter's package has no such feature.
    #[cfg(not(feature = "migrate"))]
    #[error(
        "package `{package}` has no feature `migrate`, which brings the database driver\n  help: add these two lines to \
         `{}`:\n\n[features]\nmigrate = [\"eventcore-xtask/migrate\"]\n", manifest.display()
    )]
    NoFeature { package: String, manifest: PathBuf },
    /// Cargo cannot be run, or says what cannot be read.
    #[cfg(not(feature = "migrate"))]
    #[error("cannot {doing}: {reason}")]
    Cargo { doing: &'static str, reason: String },
}
