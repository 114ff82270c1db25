//! Why a command finds no way to a database.

#[cfg(not(feature = "migrate"))]
use std::path::PathBuf;

use thiserror::Error;

/// No database for a command.
#[derive(Debug, Error)]
pub(crate) enum DatabaseError {
    /// The URL cannot be read.
    #[cfg(feature = "migrate")]
    #[error(
        "the database's URL cannot be read: {reason}\n  help: it is like `postgres://user:password@host:5432/database`"
    )]
    Url { reason: String },
    /// What the URL says of TLS cannot be done.
    #[cfg(feature = "migrate")]
    #[error("what the database's URL says of TLS cannot be done: {reason}\n  help: {help}")]
    Tls { reason: String, help: &'static str },
    /// No connection, for a reason that has to do with TLS.
    #[cfg(feature = "migrate")]
    #[error("{error}\n  help: {help}")]
    Handshake {
        error: eventcore_migrate::MigrateError,
        help: &'static str,
    },
    /// The system refuses.
    #[cfg(feature = "migrate")]
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// The server does not answer.
    #[cfg(feature = "migrate")]
    #[error("cannot ask the database {what}: {reason}")]
    Asked { what: &'static str, reason: String },
    /// No throw-away database with the definition's schema.
    #[cfg(feature = "migrate")]
    #[error(
        "the queries cannot be checked: {reason}\n  help: they are checked in a throw-away database on the same server: connect as \
         a role with CREATEDB that may create what the definition has, such as its extensions"
    )]
    NoThrowAway { reason: String },
    /// The server refuses the schema itself.
    #[cfg(feature = "migrate")]
    #[error(
        "the server does not create the definition's schema in a throw-away database: {reason}\n  help: correct the view, routine \
         or expression that it names; for an extension or a role that is missing, connect as a role that may create it, or \
         create it"
    )]
    Schema { reason: String },
    /// The library refuses, or the server does.
    #[cfg(feature = "migrate")]
    #[error(transparent)]
    Migrate(eventcore_migrate::MigrateError),
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

#[cfg(feature = "migrate")]
impl From<eventcore_migrate::MigrateError> for DatabaseError {
    fn from(error: eventcore_migrate::MigrateError) -> Self {
        match super::tls::help(&error) {
            Some(help) => Self::Handshake { error, help },
            None => Self::Migrate(error),
        }
    }
}
