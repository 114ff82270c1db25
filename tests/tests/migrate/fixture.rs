//! What the tests stand on: a folder of migrations, runs on it in this process and in another one, and sessions that
//! stand in the way.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eventcore_migrate::{Event, MigrateError, Migrator, Observer, Report, read_folder};
use eventcore_tests::{TestDatabase, catalog};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A project whose only store has these migrations.
pub(crate) struct Files {
    root: TempDir,
}

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let root = TempDir::new().unwrap();
        fs::write(
            root.path().join("definition.txt"),
            "store shop\ntable orders\n",
        )
        .unwrap();
        let new = Self { root };
        fs::create_dir_all(new.folder()).unwrap();
        for (name, text) in files {
            new.put(name, text);
        }
        new
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("generated/shop/migrations")
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder().join(name)).unwrap();
    }

    /// Runs as fast as a test wants to see it.
    pub(crate) fn migrator(&self) -> Migrator {
        Migrator::new(read_folder(&self.folder()).unwrap()).first_delay(Duration::from_millis(20))
    }

    /// A run that must succeed.
    #[track_caller]
    pub(crate) fn applies(&self, db: &TestDatabase<'_>) -> impl Future<Output = (Report, Log)> {
        run(self.migrator(), db.config())
    }

    /// A run that must be refused or fail; what it says.
    pub(crate) async fn refuses(&self, db: &TestDatabase<'_>) -> String {
        fails(self.migrator(), db).await
    }

    /// The command as a process of its own, which can be killed.
    pub(crate) fn command(&self, db: &TestDatabase<'_>, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gen_sql_project"));
        command
            .arg("migrate")
            .args(arguments)
            .env("PROJECT_ROOT", self.root.path())
            .env("DATABASE_URL", db.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(&self, db: &TestDatabase<'_>) -> Child {
        self.command(db, &[]).spawn().unwrap()
    }
}

/// What a run told, a line an event.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }

    #[track_caller]
    pub(crate) fn says(&self, what: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(what), "no `{what}` in:\n{text}");
        self
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.text().matches(what).count()
    }
}

impl Observer for Log {
    fn observe(&mut self, event: &Event<'_>) {
        let text = match event {
            Event::Started { file, resumed, .. } => format!("started {file}, resumed: {resumed}"),
            Event::Statement { statement, .. } => format!("statement {statement}"),
            Event::Clearing { statement, .. } => format!("clearing {statement}"),
            Event::Retrying { reason, .. } => format!("retrying: {reason}"),
            Event::ExpandingAgain { .. } => "expanding again".to_owned(),
            Event::FoundDone { file } => format!("found done {file}"),
            Event::Waiting { holder, .. } => format!("waiting for {holder}"),
            Event::Applied { file, .. } => format!("applied {file}"),
            Event::Recorded { file, changes_rows } => {
                let rows = if *changes_rows {
                    ", which changes rows"
                } else {
                    ""
                };
                format!("recorded {file}{rows}")
            }
            Event::Progress { progress, .. } => format!("progress {progress:?}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(text);
    }
}

pub(crate) async fn run(migrator: Migrator, config: tokio_postgres::Config) -> (Report, Log) {
    let mut log = Log::default();
    match migrator.run(&config, NoTls, &mut log).await {
        Ok(report) => (report, log),
        Err(error) => panic!("{error}\n{}", log.text()),
    }
}

pub(crate) async fn fails(migrator: Migrator, db: &TestDatabase<'_>) -> String {
    failure(migrator, db).await.to_string()
}

pub(crate) async fn failure(migrator: Migrator, db: &TestDatabase<'_>) -> MigrateError {
    let mut log = Log::default();
    match migrator.run(&db.config(), NoTls, &mut log).await {
        Ok(report) => panic!("{report:?}\n{}", log.text()),
        Err(error) => error,
    }
}

/// What is in the database, but for the history.
pub(crate) async fn described(client: &Client) -> String {
    catalog::describe(client, &["eventcore_migrations"]).await
}

/// The history, a line a migration.
pub(crate) async fn history(client: &Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT format('%s %s %s %s', version, name, \
             CASE WHEN finished_at IS NULL THEN 'started' ELSE 'applied' END, statements_done) \
             FROM eventcore_migrations ORDER BY version",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

pub(crate) async fn run_sql(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{sql}", error.as_db_error());
    }
}

pub(crate) async fn holds(client: &Client, query: &str) -> bool {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// Waits until a query says true.
#[track_caller]
pub(crate) fn until(client: &Client, query: &str) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let started = Instant::now();
        while !holds(client, query).await {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "{caller}: never true: {query}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A session of a run is at a statement like this and waits for a lock.
pub(crate) fn stuck(statement: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'eventcore-migrate' AND wait_event_type = 'Lock' AND query LIKE '%{statement}%')"
    )
}

pub(crate) const NO_RUN: &str = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'eventcore-migrate')";

pub(crate) const END_RUNS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND application_name = 'eventcore-migrate'";

/// Kills a run's process, as `kill -9` does.
pub(crate) fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
