//! TLS as libpq understands it: which of its modes checks what of the server's certificate, by rustls.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventcore_migrate::MigrateError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::der::Decode as _;

use super::connection_string::TlsWords;
use super::error::DatabaseError;

/// Whether a session is encrypted, and how the server shows who it is.
pub(super) struct Tls {
    pub(super) mode: SslMode,
    pub(super) connect: MakeRustlsConnect,
}

impl Tls {
    /// What a connection string asks for. Without a word of it: encrypted if the server can, as psql does.
    pub(super) fn of(words: &TlsWords) -> Result<Self, DatabaseError> {
        let given = words.root_certificates.as_deref();
        let system = given == Some(Path::new("system"));
        // The system's authorities vouch for every host of the world, so its name must be looked at.
        let default = if system { "verify-full" } else { "prefer" };
        let mode = words.mode.as_deref().unwrap_or(default);
        if system && mode != "verify-full" {
            return Err(refused(
                format!(
                    "`sslrootcert=system` goes with no weaker mode than `verify-full`, but there is `sslmode={mode}`"
                ),
                "leave `sslmode` out, or name a file of root certificates",
            ));
        }
        let home = home_root_certificates();
        let (ssl_mode, roots) = match mode {
            "disable" => (SslMode::Disable, None),
            "prefer" => (SslMode::Prefer, given),
            "require" => (SslMode::Require, given.or(home.as_deref())),
            "verify-ca" | "verify-full" => (
                SslMode::Require,
                Some(given.or(home.as_deref()).ok_or_else(|| no_roots(mode))?),
            ),
            _ => {
                return Err(refused(
                    format!("`sslmode={mode}` is none of the modes that this command knows"),
                    "say `disable`, `prefer`, `require`, `verify-ca` or `verify-full`",
                ));
            }
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let authorities = match roots {
            Some(_) if ssl_mode == SslMode::Disable => None,
            Some(_) if system => Some(Authorities::of_the_system()?),
            Some(file) => Some(Authorities::of_file(file)?),
            None => None,
        };
        let check = ServerCertificate {
            authorities,
            is_name_checked: mode == "verify-full",
            provider: Arc::clone(&provider),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error, "build this command anew"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check));
        let mut config = match (&words.certificate, &words.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificate), Some(key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|error| {
                    refused(
                        format!(
                            "`sslcert={}` and `sslkey={}` do not go together: {error}",
                            certificate.display(),
                            key.display()
                        ),
                        "name the certificate and the key that it was made with",
                    )
                })?,
            _ => {
                return Err(refused(
                    "the client's certificate needs both `sslcert` and `sslkey`",
                    "give the other one too",
                ));
            }
        };
        // Asked for where TLS begins without a question (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self {
            mode: ssl_mode,
            connect: MakeRustlsConnect::new(config),
        })
    }
}

/// Who may vouch for a server.
#[derive(Debug)]
struct Authorities {
    roots: RootCertStore,
    /// The same as they came, since a server may show one of them as its own.
    certificates: Vec<CertificateDer<'static>>,
}

impl Authorities {
    fn of_file(file: &Path) -> Result<Self, DatabaseError> {
        let certificates = certificates(file)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| {
                refused(
                    format!(
                        "a root certificate of `{}` cannot be used: {error}",
                        file.display()
                    ),
                    "name a file of X.509 certificates in PEM",
                )
            })?;
        }
        Ok(Self {
            roots,
            certificates,
        })
    }

    fn of_the_system() -> Result<Self, DatabaseError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(refused(
                "the system has no root certificates",
                "install its `ca-certificates`, or name a file with `sslrootcert`",
            ));
        }
        Ok(Self {
            roots,
            certificates: Vec::new(),
        })
    }
}

/// What is looked at of the certificate that a server shows. That the server has its key is always looked at.
#[derive(Debug)]
struct ServerCertificate {
    /// `None`: whoever it is.
    authorities: Option<Authorities>,
    is_name_checked: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ServerCertificate {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        let parsed = ParsedCertificate::try_from(certificate)?;
        // A certificate that signed itself and is trusted as it is: common inside a network, and none for webpki, which
        // wants an authority's certificate to be nothing else.
        if authorities.certificates.contains(certificate) {
            check_time(certificate, now)?;
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &authorities.roots,
                intermediates,
                now,
                self.provider.signature_verification_algorithms.all,
            )?;
        }
        if self.is_name_checked {
            verify_server_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn check_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = x509_cert::Certificate::from_der(certificate)
        .map_err(|_| CertificateError::BadEncoding)?
        .tbs_certificate
        .validity;
    let now = now.as_secs();
    if now < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let unread = |reason: String| {
        refused(
            format!(
                "the certificates in `{}` cannot be read: {reason}",
                file.display()
            ),
            "name a file of certificates in PEM",
        )
    };
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unread(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unread("it holds none".to_owned()));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, DatabaseError> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| {
        refused(
            format!("the key in `{}` cannot be read: {error}", file.display()),
            "name a file with a key in PEM, without a passphrase",
        )
    })
}

/// Where libpq looks for root certificates when none are named.
fn home_root_certificates() -> Option<PathBuf> {
    let folder = if cfg!(windows) {
        PathBuf::from(std::env::var_os("APPDATA")?).join("postgresql")
    } else {
        std::env::home_dir()?.join(".postgresql")
    };
    Some(folder.join("root.crt")).filter(|file| file.exists())
}

/// How to mend a connection that TLS did not let come about.
pub(super) fn help(error: &MigrateError) -> Option<&'static str> {
    let MigrateError::Connect { error, .. } = error else {
        return None;
    };
    let cause = error.source()?;
    // The driver has no value for this, only words.
    if cause.to_string() == "server does not support TLS" {
        return Some(
            "turn `ssl` on at the server, or say `sslmode=disable` where the network is trusted",
        );
    }
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    let Error::InvalidCertificate(defect) = inner.downcast_ref()? else {
        return None;
    };
    Some(match defect {
        // Another authority of the same name gives a wrong signature.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "name the file of the authority that signed the server's certificate: `sslrootcert=FILE`"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "connect by a name that the certificate has as subjectAltName, or say `sslmode=verify-ca`, which does not \
             look at the name"
        }
        _ => "give the server a certificate of X.509 version 3 that is valid today",
    })
}

fn no_roots(mode: &str) -> DatabaseError {
    refused(
        format!("`sslmode={mode}` needs root certificates to check the server's by"),
        "add `sslrootcert=FILE`, or `sslrootcert=system` for those of the system",
    )
}

fn refused(reason: impl ToString, help: &'static str) -> DatabaseError {
    DatabaseError::Tls {
        reason: reason.to_string(),
        help,
    }
}
