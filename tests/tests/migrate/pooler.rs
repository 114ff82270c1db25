//! A real pgbouncer between a run and its server: refused in transaction mode, and no hindrance in session mode.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use eventcore_migrate::Silent;
use eventcore_tests::TestDatabase;
use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

use crate::fixture::{Files, history, holds, run};

struct Pgbouncer {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Drop for Pgbouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Pgbouncer {
    /// None, said aloud, where the machine has no pgbouncer; where `PGBOUNCER` names one it must start.
    fn start(db: &TestDatabase<'_>, mode: &str) -> Option<Self> {
        let named = std::env::var("PGBOUNCER").ok();
        let program = named
            .clone()
            .unwrap_or_else(|| "/usr/sbin/pgbouncer".to_owned());
        if named.is_none() && !Path::new(&program).exists() {
            eprintln!(
                "NOT RUN: there is no pgbouncer; install the package `pgbouncer`, or name the program in PGBOUNCER"
            );
            return None;
        }
        let config = db.config();
        let host = match &config.get_hosts()[0] {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let user = config.get_user().unwrap();
        let password = config
            .get_password()
            .map(String::from_utf8_lossy)
            .unwrap_or_default();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = TempDir::new().unwrap();
        let ini = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={} user={user} password='{password}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 4\n\
             ignore_startup_parameters = extra_float_digits,options\n",
            config.get_ports()[0]
        );
        fs::write(&ini, text).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(program);
        // It refuses to run as root, as the server does.
        if holds_root() {
            command.args(["-u", "postgres"]);
        }
        let process = command
            .arg(&ini)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "pgbouncer does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self {
            process,
            folder,
            port,
        })
    }

    fn config(&self, db: &TestDatabase<'_>) -> Config {
        assert!(self.folder.path().exists());
        let own = db.config();
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .dbname(db.name())
            .user(own.get_user().unwrap());
        config
    }
}

fn holds_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

#[tokio::test]
async fn a_transaction_pooler_is_refused_and_keeps_no_lock() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_a.sql", "CREATE TABLE a ();\n")]);
    for mode in ["transaction", "statement"] {
        let Some(pooler) = Pgbouncer::start(&db, mode) else {
            return;
        };
        let config = pooler.config(&db);
        let error = files
            .migrator()
            .run(&config, NoTls, &mut Silent)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("this is a transaction pooler"),
            "{mode}: {error}"
        );
        assert!(
            error.contains("help: give the server's own address"),
            "{error}"
        );
        let client = db.connect().await;
        let lock = "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        assert!(holds(&client, lock).await);
        assert!(
            holds(
                &client,
                "SELECT to_regclass('eventcore_migrations') IS NULL"
            )
            .await
        );
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_is_as_good_as_the_server() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_a.sql", "CREATE TABLE a ();\n")]);
    let Some(pooler) = Pgbouncer::start(&db, "session") else {
        return;
    };
    run(files.migrator(), pooler.config(&db)).await;
    assert_eq!(history(&db.connect().await).await, ["1 a applied 1"]);
}
