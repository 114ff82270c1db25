//! One throw-away server: its options, its start, its address. Stopping is the guardian's work alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};

use super::address::ServerAddress;
use super::error::PostgresError;
use super::find::Installation;
use super::guardian::{Answer, Guardian};
use super::os_user::ServerUser;
use super::random;

/// A port can be taken between our choice and the server's start.
const PORT_ATTEMPTS: u32 = 20;

/// The certificate and key of a server, as PEM files; they are copied into the server's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate (chain).
    pub certificate: PathBuf,
    /// Private key without a passphrase.
    pub key: PathBuf,
}

/// How a server is to be. The default is quick and hostile: no fsync, and a time zone that is not UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOptions {
    fsync: bool,
    tls: Option<TlsFiles>,
    settings: BTreeMap<String, String>,
    primary: Option<ServerAddress>,
}

impl ServerOptions {
    /// Writes reach the disk, as in production: for measurements and crash tests.
    pub fn fsync(mut self) -> Self {
        self.fsync = true;
        self
    }

    /// Accepts TLS connections, besides plain ones.
    pub fn tls(mut self, files: TlsFiles) -> Self {
        self.tls = Some(files);
        self
    }

    /// A setting of `postgresql.conf`; replaces ours of the same name.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// A physical standby of a running server, of the same version, which it follows.
    pub fn standby_of(mut self, primary: &ServerAddress) -> Self {
        self.primary = Some(primary.clone());
        self
    }

    /// Makes and starts a server on a free port of the loopback address, and waits until it accepts connections.
    ///
    /// # Errors
    /// [`PostgresError::Start`] with the server's log.
    pub fn start(
        &self,
        installation: &Installation,
        user: &ServerUser,
    ) -> Result<Server, PostgresError> {
        let bin_dir = &installation.bin_dir;
        let password = match &self.primary {
            None => random::hex(16)?,
            Some(primary) => primary.password.clone(),
        };
        let mut guardian = make_cluster(bin_dir, user, self.primary.as_ref(), &password)?;
        let base = guardian.base().to_owned();
        self.configure(&base, user)?;
        let port = start_on_free_port(&mut guardian, bin_dir)?;
        Ok(Server {
            address: ServerAddress {
                host: Ipv4Addr::LOCALHOST.to_string(),
                port,
                user: "postgres".to_owned(),
                password,
                data_dir: base.join("data"),
                socket_dir: base.clone(),
                bin_dir: bin_dir.clone(),
                version: installation.version,
            },
            guardian,
        })
    }

    /// Appends our settings to `postgresql.conf`, in which the last one of a name counts.
    fn configure(&self, base: &Path, user: &ServerUser) -> Result<(), PostgresError> {
        let on_off = |on| if on { "on" } else { "off" };
        let mut settings = BTreeMap::from([
            ("listen_addresses", Ipv4Addr::LOCALHOST.to_string()),
            ("unix_socket_directories", base.display().to_string()),
            ("max_connections", "200".to_owned()),
            ("max_prepared_transactions", "10".to_owned()),
            ("fsync", on_off(self.fsync).to_owned()),
            ("full_page_writes", on_off(self.fsync).to_owned()),
            // Not a whole hour from UTC, with summer time: whatever forgets the time zone shows itself.
            ("timezone", "America/St_Johns".to_owned()),
            ("lc_messages", "C".to_owned()),
            ("log_line_prefix", "%m [%p] %d ".to_owned()),
        ]);
        if let Some(tls) = &self.tls {
            let files = [
                ("ssl_cert_file", &tls.certificate),
                ("ssl_key_file", &tls.key),
            ];
            for (setting, file) in files {
                let copy = base.join(setting);
                hand_over(file, &copy, user)?;
                settings.insert(setting, copy.display().to_string());
            }
            settings.insert("ssl", "on".to_owned());
        }
        settings.extend(
            self.settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        let mut text = String::new();
        for (name, value) in settings {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
        }
        let path = base.join("data/postgresql.conf");
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(PostgresError::io(format!("write {}", path.display())))
    }
}

fn make_cluster(
    bin_dir: &Path,
    user: &ServerUser,
    primary: Option<&ServerAddress>,
    password: &str,
) -> Result<Guardian, PostgresError> {
    let parent = user.data_parent()?;
    loop {
        let name = format!("eventcore-pg-{}-{}", std::process::id(), random::hex(4)?);
        let mut guardian = Guardian::start(bin_dir, &parent.join(name), user)?;
        let made = match primary {
            None => guardian.make_cluster(password)?,
            Some(primary) => guardian.copy_cluster(primary)?,
        };
        match made {
            Answer::Ok => return Ok(guardian),
            Answer::Exists => {}
            Answer::Failed => return Err(start_error(&guardian, bin_dir, "make a data folder")),
        }
    }
}

fn start_on_free_port(guardian: &mut Guardian, bin_dir: &Path) -> Result<u16, PostgresError> {
    for _ in 0..PORT_ATTEMPTS {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(PostgresError::io("find a free port"))?
            .port();
        if guardian.start_server(port)? == Answer::Ok {
            return Ok(port);
        }
        if !log(guardian, "server.log").contains("could not bind") {
            break;
        }
    }
    Err(start_error(guardian, bin_dir, "start"))
}

fn log(guardian: &Guardian, name: &str) -> String {
    fs::read_to_string(guardian.base().join(name)).unwrap_or_default()
}

fn start_error(guardian: &Guardian, bin_dir: &Path, step: &'static str) -> PostgresError {
    PostgresError::Start {
        bin_dir: bin_dir.to_owned(),
        step,
        log: ["setup.log", "server.log"]
            .map(|name| log(guardian, name))
            .concat(),
    }
}

/// Copies a file so that only the server's user can read it; PostgreSQL refuses keys that others could read.
fn hand_over(from: &Path, to: &Path, user: &ServerUser) -> Result<(), PostgresError> {
    let contents = fs::read(from).map_err(PostgresError::io(format!("read {}", from.display())))?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .and_then(|mut file| file.write_all(&contents))
        .and_then(|()| match user {
            ServerUser::Ourselves => Ok(()),
            ServerUser::Unprivileged { uid, gid, .. } => chown(to, Some(*uid), Some(*gid)),
        })
        .map_err(PostgresError::io(format!("write {}", to.display())))
}

/// A running server. Dropping it, or any end of the process that holds it, stops the server and removes its data.
#[derive(Debug)]
pub struct Server {
    address: ServerAddress,
    guardian: Guardian,
}

impl Server {
    /// Where it is reached.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// The process id of its guardian, which outlives this process for the moment that stopping takes.
    pub fn guardian_process_id(&self) -> u32 {
        self.guardian.process_id()
    }
}
