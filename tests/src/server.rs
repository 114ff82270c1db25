//! The servers that tests run on: the one that `cargo xtask test` named, or one of this process's own.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eventcore_xtask::postgres::{
    self, Fetchers, Home, Installation, PSQL_VARIABLE, PostgresError, SERVER_VARIABLE, Search,
    ServerAddress, ServerOptions, ServerUser, ServerVersion, Source, Workspace, obtain,
    obtain_psql,
};
use tokio_postgres::{Client, Config, NoTls};

/// A running PostgreSQL server.
#[derive(Debug)]
pub struct Server {
    address: ServerAddress,
    /// Held for what its end does: the server's guardian stops the server.
    _running: Option<postgres::Server>,
}

impl Server {
    /// The server that all tests of this process share. It lives as long as the process.
    ///
    /// # Panics
    /// When no PostgreSQL can be found or fetched, saying what to install.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match named_server() {
            Some(address) => Self {
                address,
                _running: None,
            },
            None => Self::dedicated(&ServerOptions::default()),
        })
    }

    /// A server for one test alone, of the same version as the shared one; stopped when dropped.
    ///
    /// # Panics
    /// When it cannot be found, fetched or started, with the server's log.
    pub fn dedicated(options: &ServerOptions) -> Self {
        let user = or_panic(ServerUser::choose());
        let running = or_panic(options.start(installation(&user), &user));
        Self {
            address: running.address().clone(),
            _running: Some(running),
        }
    }

    /// A physical standby of a server that a test has for itself. None where the installation cannot copy a server, which is said
    /// on standard error.
    ///
    /// # Panics
    /// When it cannot be started, with the server's log.
    pub fn standby_of(primary: &Self) -> Option<Self> {
        primary.program("pg_basebackup")?;
        Some(Self::dedicated(
            &ServerOptions::default().standby_of(primary.address()),
        ))
    }

    /// A program of the server's installation. None where it lacks that, which is said on standard error: a test is left out.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let program = self.address.bin_dir.join(name);
        if program.exists() {
            return Some(program);
        }
        let test = std::thread::current();
        not_run(&format!(
            "{}: the installation of PostgreSQL {} has no {name}",
            test.name().unwrap_or("a test"),
            self.version()
        ));
        None
    }

    /// Version of the server's programs.
    pub fn version(&self) -> ServerVersion {
        self.address.version
    }

    /// Host, port, superuser, password and folders.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// The connection URL of a database, as superuser.
    pub fn url(&self, database: &str) -> String {
        self.address.url(database)
    }

    /// The connection parameters of a database, as superuser; a test may change them before it connects.
    pub fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host(&self.address.host)
            .port(self.address.port)
            .user(&self.address.user)
            .password(&self.address.password)
            .dbname(database);
        config
    }

    /// Connects to a database as superuser; the connection is driven by a task of the current runtime.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(&self, database: &str) -> Client {
        let (client, connection) = or_panic(self.config(database).connect(NoTls).await);
        // A connection's error also fails the request that waits for it, where a test sees it.
        tokio::spawn(connection);
        client
    }
}

/// What a build of PostgreSQL may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Encrypted connections.
    Tls,
    /// Collations of ICU, in which letters of either case are neighbours.
    Icu,
}

impl Server {
    /// Whether the server was built with this part. If not, says on standard error that a test leaves it out.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn is_built_with(&self, part: Part) -> bool {
        let question = match part {
            Part::Tls => "SELECT current_setting('ssl_library') <> ''",
            Part::Icu => "SELECT datlocprovider = 'i' FROM pg_database WHERE datname = 'template0'",
        };
        let client = self.connect("postgres").await;
        let found: bool = or_panic(client.query_one(question, &[]).await).get(0);
        if !found {
            let test = std::thread::current();
            not_run(&format!(
                "{}: PostgreSQL {} was built without {part:?}",
                test.name().unwrap_or("a test"),
                self.version()
            ));
        }
        found
    }
}

/// Says that something is not tested here, past the test harness, which keeps the output of a test that passes.
pub fn not_run(what: &str) {
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "not run: {what}");
}

/// The server that `cargo xtask test` started for us.
fn named_server() -> Option<ServerAddress> {
    let json = std::env::var(SERVER_VARIABLE).ok()?;
    Some(or_panic(ServerAddress::from_json(&json)))
}

/// The programs that this process starts servers from.
fn installation(user: &ServerUser) -> &'static Installation {
    static INSTALLATION: OnceLock<Installation> = OnceLock::new();
    INSTALLATION.get_or_init(|| match named_server() {
        Some(address) => Installation {
            bin_dir: address.bin_dir,
            version: address.version,
            source: Source::Variable,
        },
        None => {
            or_panic(search(user).and_then(|(search, home)| obtain(&search, &home, user, None)))
        }
    })
}

/// The `psql` of `cargo xtask test`, or the one of this machine.
pub(crate) fn psql_program() -> &'static Path {
    static PSQL: OnceLock<PathBuf> = OnceLock::new();
    PSQL.get_or_init(|| match std::env::var_os(PSQL_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => or_panic(ServerUser::choose().and_then(|user| {
            let (search, home) = search(&user)?;
            obtain_psql(&Fetchers::of(&search), &search, &home, &user)
        })),
    })
}

fn search(user: &ServerUser) -> Result<(Search, Home), PostgresError> {
    let home = Home::below(&Workspace::here()?.target_directory, user)?;
    Ok((Search::of_this_machine(Vec::new(), &home), home))
}

/// A test cannot mend what is missing here; it can only say it, in full.
pub(crate) fn or_panic<T, E: Error>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source())
            .map(|cause| format!("\ncaused by: {cause}"))
            .collect::<Vec<_>>();
        panic!("{error}{}", causes.concat())
    })
}
