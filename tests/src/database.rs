//! A fresh database for one test.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tokio_postgres::{Client, Config};

use crate::psql::{self, PsqlOutput};
use crate::server::{Server, or_panic};

/// An empty database with a name of its own, dropped together with this value, whoever is still connected.
#[derive(Debug)]
pub struct TestDatabase<'server> {
    server: &'server Server,
    name: String,
}

impl TestDatabase<'static> {
    /// On the server that all tests share.
    ///
    /// # Panics
    /// When there is no server and none can be had, saying what to install.
    pub async fn create() -> Self {
        Self::create_on(Server::shared()).await
    }
}

impl<'server> TestDatabase<'server> {
    /// On a server of the test's own.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn create_on(server: &'server Server) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // Several test processes may share the server.
        let name = format!(
            "test_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let statement = format!("CREATE DATABASE {name} TEMPLATE template0 STRATEGY wal_log");
        let client = server.connect("postgres").await;
        or_panic(client.batch_execute(&statement).await);
        Self { server, name }
    }

    /// The server that it is on.
    pub fn server(&self) -> &'server Server {
        self.server
    }

    /// Its name, which is unique on its server and needs no quotes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its connection URL, as superuser.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Its connection parameters, as superuser; a test may change them before it connects.
    pub fn config(&self) -> Config {
        self.server.config(&self.name)
    }

    /// A new connection as superuser, driven by a task of the current runtime.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(&self) -> Client {
        self.server.connect(&self.name).await
    }

    /// Runs `psql` on it with these arguments, as superuser; it stops at the first error.
    ///
    /// # Panics
    /// When there is no `psql` and none can be had, saying what to install.
    pub fn psql<Argument: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> PsqlOutput {
        psql::run(self.server.address(), &self.name, arguments)
    }

    /// Runs a file as `psql -f` does, or `psql -1 -f` for a single transaction; it stops at the first error.
    ///
    /// # Panics
    /// When there is no `psql` and none can be had, saying what to install.
    pub fn psql_file(&self, file: impl AsRef<Path>, single_transaction: bool) -> PsqlOutput {
        let transaction = single_transaction.then_some(OsStr::new("-1"));
        let file = [OsStr::new("-f"), file.as_ref().as_os_str()];
        self.psql(transaction.into_iter().chain(file))
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A thread, because `drop` may run inside a runtime, which cannot wait for another. What fails here would only
        // hide the test's own failure; the server is thrown away with all that is left on it.
        thread::scope(|scope| {
            let _ = scope
                .spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .ok()?;
                    runtime.block_on(async {
                        let config = self.server.config("postgres");
                        let (client, connection) =
                            config.connect(tokio_postgres::NoTls).await.ok()?;
                        tokio::spawn(connection);
                        client.batch_execute(&statement).await.ok()
                    })
                })
                .join();
        });
    }
}
