//! A certificate authority of a test's own, and servers that show certificates signed by it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use eventcore_tests::{Server, ServerOptions, TlsFiles};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// One that no other has the name of: OpenSSL looks for authorities by it.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server whose certificate is for these names.
    pub(crate) fn server(&self, names: &[&str]) -> (tempfile::TempDir, Server) {
        let folder = tempfile::tempdir().unwrap();
        let files = self.files(folder.path(), names);
        let server = Server::dedicated(&ServerOptions::default().tls(files));
        (folder, server)
    }

    /// A certificate for these names and its key, as files of a folder.
    pub(crate) fn files(&self, folder: &Path, names: &[&str]) -> TlsFiles {
        self.files_until(folder, names, 4000)
    }

    /// The same, valid until the first day of a year.
    pub(crate) fn files_until(&self, folder: &Path, names: &[&str], year: i32) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        TlsFiles {
            certificate: put(folder, "server.crt", &certificate.pem()),
            key: put(folder, "server.key", &key.serialize_pem()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "throw-away files of a test")]
fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}
