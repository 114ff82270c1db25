//! Where a running server is reached, and how one process tells another: a JSON text in a variable.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::PostgresError;
use super::version::ServerVersion;

/// The variable in which `cargo xtask test` names the running server to the tests, as JSON.
pub const SERVER_VARIABLE: &str = "EVENTCORE_TEST_SERVER";

/// The variable in which `cargo xtask test` names the `psql` program to the tests.
pub const PSQL_VARIABLE: &str = "EVENTCORE_TEST_PSQL";

/// How to reach a running throw-away server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAddress {
    /// Always the loopback address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The superuser.
    pub user: String,
    /// Its password: other users of the machine can reach the port too.
    pub password: String,
    /// The server's data folder.
    pub data_dir: PathBuf,
    /// The folder of its Unix socket.
    pub socket_dir: PathBuf,
    /// The folder of its programs.
    pub bin_dir: PathBuf,
    /// Version, such as `15.18`.
    pub version: ServerVersion,
}

impl ServerAddress {
    /// The connection URL of `database`, a name that needs no percent-encoding.
    pub fn url(&self, database: &str) -> String {
        let Self {
            host,
            port,
            user,
            password,
            ..
        } = self;
        format!("postgres://{user}:{password}@{host}:{port}/{database}")
    }

    /// The text for [`SERVER_VARIABLE`].
    ///
    /// # Errors
    /// When a path is not Unicode.
    pub fn to_json(&self) -> Result<String, PostgresError> {
        serde_json::to_string(self).map_err(unreadable)
    }

    /// Reads what [`Self::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is not of that form.
    pub fn from_json(text: &str) -> Result<Self, PostgresError> {
        serde_json::from_str(text).map_err(unreadable)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: serde_json::Error) -> PostgresError {
    PostgresError::Unreadable {
        what: format!("the server's address in {SERVER_VARIABLE}"),
        reason: error.to_string(),
    }
}
