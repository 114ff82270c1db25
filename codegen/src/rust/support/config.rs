//! Settings of a connection pool, and the choice of TLS. How the pool keeps them is in `pool`.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{Error, causes};
use super::pool::Pool;

/// How many connections a pool keeps, and how long one waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConfig {
    /// Never more connections than these, in use or not.
    pub max_connections: u32,
    /// Never fewer, in use or not, as long as the server accepts them. Opened at the start.
    pub min_connections: u32,
    /// How long [`Pool::get`] waits for a connection before it fails.
    pub acquire_timeout: Duration,
    /// A connection beyond `min_connections` that nobody used for so long is closed; `None` keeps them all.
    pub idle_timeout: Option<Duration>,
}

impl Default for PostgresConfig {
    /// 10 connections at most, none kept; 30 seconds to acquire one; closed after 10 idle minutes.
    fn default() -> Self {
        Self {
            max_connections: 10,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
        }
    }
}

impl PostgresConfig {
    /// Builds a pool of connections to the database that `url` names, such as
    /// `postgres://user:password@host:5432/database`.
    ///
    /// Connects before it returns, so that a wrong password or certificate is an error here.
    ///
    /// # Errors
    /// When the settings contradict each other, the URL cannot be read, or no connection can be made.
    pub async fn connect(&self, url: &str, tls: Tls) -> Result<Pool, Error> {
        self.check()?;
        let mut config: Config = url
            .parse()
            // The driver's message does not repeat the URL, which may hold a password.
            .map_err(|error| {
                Error::Config(format!(
                    "the connection URL cannot be read: {}",
                    causes(&error)
                ))
            })?;
        tls.apply(&mut config)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.acquire_timeout);
        }
        Pool::open(self, config, tls).await
    }

    fn check(&self) -> Result<(), Error> {
        let Self {
            max_connections,
            min_connections,
            acquire_timeout,
            idle_timeout,
        } = self;
        let invalid = |reason: String| Err(Error::Config(reason));
        if *max_connections == 0 {
            invalid("max_connections is 0; allow at least one connection".to_owned())
        } else if min_connections > max_connections {
            invalid(format!(
                "min_connections is {min_connections}, more than max_connections, {max_connections}"
            ))
        } else if acquire_timeout.is_zero() {
            invalid("acquire_timeout is zero; give the time a call may wait".to_owned())
        } else if *idle_timeout == Some(Duration::ZERO) {
            invalid(
                "idle_timeout is zero; give a time, or None to keep idle connections".to_owned(),
            )
        } else {
            Ok(())
        }
    }
}

/// Whether connections are encrypted, and whom they trust.
#[derive(Clone)]
pub struct Tls(pub(crate) Option<MakeRustlsConnect>);

impl Tls {
    /// Not encrypted.
    pub fn disabled() -> Self {
        Self(None)
    }

    /// Always encrypted; the server's certificate must be valid for the host's name, and be signed by one
    /// of the authorities in this PEM text.
    ///
    /// # Errors
    /// When the text holds no certificate, or one that cannot be read.
    pub fn with_roots(pem: &[u8]) -> Result<Self, Error> {
        let refused = |reason: String| Error::Tls { reason };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate
                .map_err(|error| refused(format!("the root certificates are not PEM: {error}")))?;
            roots
                .add(certificate)
                .map_err(|error| refused(format!("a root certificate cannot be used: {error}")))?;
        }
        if roots.is_empty() {
            return Err(refused("the PEM text holds no certificate".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::with_client_config(config))
    }

    /// As [`Tls::with_roots`], from a file, such as the system's `/etc/ssl/certs/ca-certificates.crt`.
    ///
    /// # Errors
    /// When the file cannot be read, and as there.
    pub fn with_roots_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let pem = std::fs::read(path).map_err(|error| Error::Tls {
            reason: format!("cannot read {}: {error}", path.display()),
        })?;
        Self::with_roots(&pem)
    }

    /// Always encrypted, with settings of one's own: client certificates, another store of roots.
    pub fn with_client_config(config: ClientConfig) -> Self {
        Self(Some(MakeRustlsConnect::new(config)))
    }

    /// The choice made here rules; a URL that demands what was not chosen is refused.
    fn apply(&self, config: &mut Config) -> Result<(), Error> {
        let demanded = config.get_ssl_mode();
        match (&self.0, demanded) {
            (Some(_), SslMode::Disable) => Err(Error::Tls {
                reason: "the connection URL says sslmode=disable, but certificates are given"
                    .to_owned(),
            }),
            (Some(_), _) => {
                // Never the driver's default, which goes on without TLS where the server has none.
                config.ssl_mode(SslMode::Require);
                Ok(())
            }
            (None, SslMode::Require) => Err(Error::Tls {
                reason: "the connection URL says sslmode=require; give the root certificates"
                    .to_owned(),
            }),
            (None, _) => {
                config.ssl_mode(SslMode::Disable);
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() {
            "Tls(enabled)"
        } else {
            "Tls(disabled)"
        })
    }
}
