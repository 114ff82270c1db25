//! Servers and namespaces that no run can be made on.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use eventcore_migrate::Migrator;
use eventcore_tests::{Server, ServerOptions, TestDatabase};

use crate::fixture::{Files, fails, run, run_sql};

const TABLE: &[(&str, &str)] = &[("001_a.sql", "SELECT 1;\n")];

#[tokio::test]
async fn a_namespace_has_to_be_there_and_may_have_any_name() {
    let db = TestDatabase::create().await;
    let files = Files::new(TABLE);
    let migrator = || -> Migrator { files.migrator().namespace("My \"Shop") };
    let error = fails(migrator(), &db).await;
    assert!(error.contains("has no schema `My \"Shop`"), "{error}");
    assert!(error.contains("`CREATE SCHEMA \"My \"\"Shop\"`"), "{error}");
    let client = db.connect().await;
    run_sql(&client, "CREATE SCHEMA \"My \"\"Shop\"").await;
    assert_eq!(run(migrator(), db.config()).await.0.applied.len(), 1);
    assert_eq!(run(migrator(), db.config()).await.0.before, 1);
    // Another namespace is another store.
    assert_eq!(files.applies(&db).await.0.applied.len(), 1);
}

#[tokio::test]
async fn a_namespace_that_the_migrations_bring_is_made() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[(
        "001_a.sql",
        "CREATE SCHEMA IF NOT EXISTS shop;\nSELECT 1;\n",
    )]);
    let migrator = || -> Migrator { files.migrator().namespace("shop").makes_namespace(true) };
    let planned = migrator()
        .dry_run(&db.config(), tokio_postgres::NoTls)
        .await
        .unwrap();
    assert_eq!(planned.pending.len(), 1);
    assert_eq!(run(migrator(), db.config()).await.0.applied.len(), 1);
    assert_eq!(run(migrator(), db.config()).await.0.before, 1);
}

#[tokio::test]
async fn a_user_that_may_not_create_tables() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let role = format!("{}_nobody", db.name());
    run_sql(&client, &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'")).await;
    let mut config = db.config();
    config.user(&role).password("x");
    let files = Files::new(TABLE);
    let mut silent = eventcore_migrate::Silent;
    let error = files
        .migrator()
        .run(&config, tokio_postgres::NoTls, &mut silent)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot create `public.eventcore_migrations`"),
        "{error}"
    );
    assert!(
        error.contains("(42501)") && error.contains("connect as a user that may"),
        "{error}"
    );
    run_sql(&client, &format!("DROP ROLE {role}")).await;
}

#[tokio::test]
async fn a_standby() {
    let server = Server::dedicated(&ServerOptions::default());
    let address = server.address();
    fs::write(address.data_dir.join("standby.signal"), "").unwrap();
    let owner = fs::metadata(&address.data_dir).unwrap();
    let restarted = Command::new(address.bin_dir.join("pg_ctl"))
        .args(["restart", "-w", "-m", "fast", "-l", "/dev/null", "-D"])
        .arg(&address.data_dir)
        .current_dir("/")
        .uid(owner.uid())
        .gid(owner.gid())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(restarted.success());
    let mut silent = eventcore_migrate::Silent;
    let error = Files::new(TABLE)
        .migrator()
        .run(
            &server.config("postgres"),
            tokio_postgres::NoTls,
            &mut silent,
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server is a standby, which cannot be written to\n  help: give the URL of its primary"
    );
}

#[tokio::test]
async fn nobody_answers() {
    let db = TestDatabase::create().await;
    let mut config = tokio_postgres::Config::new();
    config.host("127.0.0.1").port(1).user("x");
    let files = Files::new(TABLE);
    let mut silent = eventcore_migrate::Silent;
    let run = files.migrator();
    let error = run
        .run(&config, tokio_postgres::NoTls, &mut silent)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cannot connect to database `x` at 127.0.0.1:1 as user `x`: "),
        "{error}"
    );
    assert!(error.to_string().contains("refused"), "{error}");
    drop(db);
}
