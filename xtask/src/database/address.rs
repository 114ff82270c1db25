//! A database as a connection string names it: where it is, and how the way there is kept safe.

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection_string;
use super::error::DatabaseError;
use super::tls::Tls;

/// What a connection is made from.
pub(crate) struct Database {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

impl Database {
    /// Reads a connection string.
    pub(crate) fn of(text: &str) -> Result<Self, DatabaseError> {
        if let Some(reason) = defect(text) {
            return Err(DatabaseError::Url { reason });
        }
        let (rest, words) = connection_string::split(text);
        let mut config: Config = rest.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error);
            DatabaseError::Url {
                reason: cause.map_or_else(|| error.to_string(), ToString::to_string),
            }
        })?;
        let Tls { mode, connect } = Tls::of(&words)?;
        config.ssl_mode(if is_local(&config) {
            SslMode::Disable
        } else {
            mode
        });
        Ok(Self {
            config,
            tls: connect,
        })
    }
}

/// Why a text is no connection string at all, where that shows before it is parsed.
fn defect(text: &str) -> Option<String> {
    match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => None,
        Some((scheme, _)) if !scheme.contains('=') => Some(format!(
            "its scheme is `{scheme}`, which is not PostgreSQL's"
        )),
        None if !text.contains('=') => Some(
            "it has neither the scheme `postgres://` nor pairs such as `host=localhost`".to_owned(),
        ),
        _ => None,
    }
}

/// Whether all its hosts are sockets of this machine, which have no TLS: libpq asks for none there either.
fn is_local(config: &Config) -> bool {
    let hosts = config.get_hosts();
    !hosts.is_empty() && hosts.iter().all(|host| !matches!(host, Host::Tcp(_)))
}
