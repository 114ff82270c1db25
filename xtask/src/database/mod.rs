//! The way to a database. The driver's crates are a feature, so that nobody waits for them to generate SQL; a command that
//! needs them and lacks them has cargo build and run it with the feature.

#[cfg(feature = "migrate")]
mod address;
#[cfg(feature = "migrate")]
mod applied;
#[cfg(feature = "migrate")]
mod connection_string;
#[cfg(feature = "migrate")]
mod definition;
mod error;
#[cfg(not(feature = "migrate"))]
mod rerun;
#[cfg(feature = "migrate")]
mod tls;

#[cfg(feature = "migrate")]
pub(crate) use self::address::Database;
#[cfg(feature = "migrate")]
pub(crate) use self::applied::applied;
#[cfg(feature = "migrate")]
pub(crate) use self::definition::{other_event_types, query_defects, stored_event_types};
pub(crate) use self::error::DatabaseError;
#[cfg(not(feature = "migrate"))]
pub(crate) use self::rerun::run as run_with_driver;

/// The variable that has the URL when no argument has.
pub(crate) const URL_VARIABLE: &str = "DATABASE_URL";

/// What runs a command's requests, on this thread.
#[cfg(feature = "migrate")]
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, DatabaseError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(DatabaseError::Runtime)
}
