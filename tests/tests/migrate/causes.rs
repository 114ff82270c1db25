//! Causes and the help for each: every cause is produced on a real server, and the help is the one that mends it.

use eventcore_tests::TestDatabase;
use tokio_postgres::NoTls;

use crate::fixture::{Files, fails, run_sql};

const ROWS: &str = "CREATE TABLE t (n int); INSERT INTO t VALUES (-1);\n";

const TEXT: &str = "a value in the migration itself is not valid, whatever the rows are";
const FIT: &str = "rows that are there do not fit";

/// What was there before, the statement that fails, and the help for it.
const CAUSES: &[(&str, &str, &str)] = &[
    // Defaults and constants of the definition.
    (
        "SELECT 1;",
        "CREATE TABLE r (a int4range DEFAULT '[5,1]'::int4range);",
        TEXT,
    ),
    (
        "CREATE TYPE s AS ENUM ('a');",
        "CREATE VIEW v AS SELECT 'paid'::s;",
        TEXT,
    ),
    (
        ROWS,
        "ALTER TABLE t ADD COLUMN d date DEFAULT (DATE '2026-01-01' + 2147483647);",
        TEXT,
    ),
    (ROWS, "ALTER TABLE t ADD COLUMN d date NOT NULL;", FIT),
    // Rows.
    (ROWS, "ALTER TABLE t ADD CHECK (n > 0);", FIT),
    (
        ROWS,
        "ALTER TABLE t ALTER n TYPE numeric(1) USING n * 100;",
        FIT,
    ),
    (
        ROWS,
        "INSERT INTO t VALUES (-1); CREATE UNIQUE INDEX ON t (n);",
        FIT,
    ),
    (
        "CREATE TABLE t (n text); INSERT INTO t VALUES ('x');",
        "ALTER TABLE t ALTER n TYPE int USING n::int;",
        FIT,
    ),
    // Names.
    (
        ROWS,
        "CREATE VIEW v AS SELECT qty FROM t;",
        "if a text of the definition has an old name",
    ),
    (
        ROWS,
        "CREATE VIEW v AS SELECT n FROM t WHERE n > 'x'::text;",
        "correct the text where a column has another type now",
    ),
    (
        ROWS,
        "ALTER TABLE t ADD CHECK (fits(n));",
        "name the PostgreSQL schema of the function",
    ),
    (
        ROWS,
        "CREATE TABLE u (a text COLLATE nowhere);",
        "create roles, collations and tablespaces first",
    ),
    (
        ROWS,
        "GRANT SELECT ON t TO nobody_at_all;",
        "create roles, collations and tablespaces first",
    ),
    (
        ROWS,
        "CREATE VIEW v AS SELECT n, count(*) FROM t;",
        "correct the text in the definition",
    ),
    (
        "CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t;",
        "ALTER TABLE t DROP n;",
        "drop it first if the definition does not have it",
    ),
    (
        ROWS,
        "CREATE TABLE t (a int);",
        "an object has this name that these migrations did not create",
    ),
    (
        "CREATE SEQUENCE q; SELECT setval('q', 50);",
        "ALTER SEQUENCE q MAXVALUE 10;",
        "choose limits that hold its last value",
    ),
    (
        "CREATE SEQUENCE q MAXVALUE 3;",
        "SELECT setval('q', 6);",
        "choose limits that hold its last value",
    ),
    (
        "CREATE TABLE t (n text); INSERT INTO t SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i;",
        "CREATE INDEX ON t (n);",
        FIT,
    ),
    // The session.
    (
        ROWS,
        "SET LOCAL statement_timeout = 10; SELECT pg_sleep(1);",
        "its statement_timeout is over",
    ),
];

#[tokio::test]
async fn each_failure_of_a_migration_has_the_help_of_its_cause() {
    for (before, sql, help) in CAUSES {
        let db = TestDatabase::create().await;
        Files::new(&[("001_a.sql", before)]).applies(&db).await;
        let error = fails(
            Files::new(&[("001_a.sql", before), ("002_b.sql", sql)]).migrator(),
            &db,
        )
        .await;
        assert!(error.contains(help), "{sql}: no `{help}` in {error}");
        assert_eq!(*help == FIT, error.contains("--skip"), "{error}");
    }
}

#[tokio::test]
async fn a_character_that_the_database_cannot_hold() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let name = format!("{}_latin", db.name());
    let create = format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    run_sql(&client, &create).await;
    let mut config = db.config();
    config.dbname(&name);
    let files = Files::new(&[(
        "001_a.sql",
        "CREATE TABLE t (); COMMENT ON TABLE t IS '10 €';",
    )]);
    let mut observer = eventcore_migrate::Silent;
    let result = files.migrator().run(&config, NoTls, &mut observer).await;
    run_sql(&client, &format!("DROP DATABASE {name}")).await;
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("`ENCODING 'UTF8'`") && !error.contains("--skip"),
        "{error}"
    );
}

#[tokio::test]
async fn a_history_that_cannot_be_created_has_the_help_of_its_cause() {
    for (options, help) in [
        (
            "-c default_transaction_read_only=on",
            "the session is read-only",
        ),
        ("-c statement_timeout=1ms", "statement_timeout is too short"),
    ] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        if help.starts_with("statement_timeout") {
            // It waits for a lock on the namespace until its time is over.
            run_sql(&client, "BEGIN; CREATE TABLE eventcore_migrations ()").await;
        }
        let mut config = db.config();
        config.options(if help.starts_with("statement") {
            "-c statement_timeout=300ms"
        } else {
            options
        });
        let files = Files::new(&[("001_a.sql", ROWS)]);
        let result = files
            .migrator()
            .run(&config, NoTls, &mut eventcore_migrate::Silent)
            .await;
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains("cannot create `public.eventcore_migrations`"),
            "{error}"
        );
        assert!(error.contains(help), "no `{help}` in {error}");
        assert!(!error.contains("connect as a user"), "{error}");
    }
}

#[tokio::test]
async fn a_refused_row_is_not_shown() {
    let db = TestDatabase::create().await;
    let sql = "CREATE TABLE secret (a text NOT NULL, b text CHECK (b <> 'x')); INSERT INTO secret VALUES ('password', ";
    for end in ["'x');", "'x'), (NULL, 'password');"] {
        let error = fails(
            Files::new(&[("001_a.sql", &format!("{sql}{end}"))]).migrator(),
            &db,
        )
        .await;
        assert!(
            error.contains("(23514)") && !error.contains("password"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_connection_error_names_host_port_database_and_user_and_no_password() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_a.sql", ROWS)]);
    for (url, expected) in [
        (
            "postgres://me:secret@127.0.0.1:1/shop",
            "cannot connect to database `shop` at 127.0.0.1:1 as user `me`: ",
        ),
        (
            r"C:\Users\me\secret",
            "it has neither the scheme `postgres://` nor pairs",
        ),
        ("mysql://me:secret@localhost/db", "its scheme is `mysql`"),
    ] {
        let output = files
            .command(&db, &["--database-url", url])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(expected) && !said.contains("secret"),
            "{said}"
        );
    }
}
