//! `--dry-run` and `status`: what is pending as this database would see it, with nothing changed.

use eventcore_tests::{TestDatabase, catalog};
use tokio_postgres::NoTls;

use crate::fixture::{Files, run_sql};

const LOG: &str = "CREATE TABLE log (n int) PARTITION BY LIST (n);\n\
    CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);\n\
    CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);\n";
const LEAVES: &str = "-- no-transaction
-- Timeouts: lock 3 s, statement none.
-- Needs: table public.log is there

SELECT format('CREATE INDEX CONCURRENTLY ON %s (n)', inhrelid::regclass)
  FROM pg_inherits WHERE inhparent = 'public.log'::regclass ORDER BY 1
\\gexec
ANALYZE log;
";
const NOTE: &str = "-- no-transaction\n-- If interrupted: SELECT 'cleared';\n\nVACUUM log;\n";

#[tokio::test]
async fn a_dry_run_shows_the_statements_of_this_database_and_changes_nothing() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let files = Files::new(&[
        ("001_log.sql", LOG),
        ("002_leaves.sql", LEAVES),
        ("003_note.sql", NOTE),
    ]);
    let empty = catalog::describe(&client, &[]).await;
    let shown = files
        .migrator()
        .dry_run(&db.config(), NoTls)
        .await
        .unwrap()
        .to_string();
    assert_eq!(catalog::describe(&client, &[]).await, empty);
    assert_eq!(
        shown,
        "-- 001_log.sql: one transaction
CREATE TABLE log (n int) PARTITION BY LIST (n);
CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);
CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);

-- 002_leaves.sql: statements that the catalog gives, each outside of a transaction
-- lock_timeout 3 s
-- statement_timeout none
-- cannot be asked before the migrations before it are applied: relation \"public.log\" does not exist (42P01)
SELECT format('CREATE INDEX CONCURRENTLY ON %s (n)', inhrelid::regclass)
  FROM pg_inherits WHERE inhparent = 'public.log'::regclass ORDER BY 1
\\gexec
ANALYZE log;

-- 003_note.sql: one statement outside of a transaction
VACUUM log;
"
    );

    Files::new(&[("001_log.sql", LOG)]).applies(&db).await;
    let before = catalog::describe(&client, &[]).await;
    let shown = files
        .migrator()
        .dry_run(&db.config(), NoTls)
        .await
        .unwrap()
        .to_string();
    assert_eq!(catalog::describe(&client, &[]).await, before);
    assert!(
        shown.starts_with(
            "-- 002_leaves.sql: statements that the catalog gives, each outside of a transaction
-- lock_timeout 3 s
-- statement_timeout none
CREATE INDEX CONCURRENTLY ON log_1 (n);
CREATE INDEX CONCURRENTLY ON log_2 (n);
ANALYZE log;
"
        ),
        "{shown}"
    );

    files.applies(&db).await;
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 3",
    )
    .await;
    let shown = files
        .migrator()
        .dry_run(&db.config(), NoTls)
        .await
        .unwrap()
        .to_string();
    assert_eq!(
        shown,
        "-- 003_note.sql: one statement outside of a transaction, started by an earlier run\n\
         -- first clears away: SELECT 'cleared'\nVACUUM log;\n"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_refused() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[(
        "001_b.sql",
        "-- Needs: table public.a is there\n\nCREATE TABLE b ();\n",
    )]);
    let shown = files
        .migrator()
        .dry_run(&db.config(), NoTls)
        .await
        .unwrap()
        .to_string();
    assert_eq!(
        shown,
        "-- 001_b.sql: one transaction\n-- refused as things are, because this does not hold: table public.a is there\n\
         CREATE TABLE b ();\n"
    );
}

#[tokio::test]
async fn the_status_is_a_table_and_refuses_nothing() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_log.sql", LOG),
        ("002_leaves.sql", LEAVES),
        ("003_note.sql", NOTE),
    ]);
    let status = || async {
        let status = files.migrator().status(&db.config(), NoTls).await.unwrap();
        status.to_string()
    };
    assert_eq!(
        status().await,
        "001  log     pending  -\n002  leaves  pending  -\n003  note    pending  -\n"
    );
    files.applies(&db).await;
    let client = db.connect().await;
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET started_at = '2026-01-31 12:00+00', finished_at = '2026-01-31 12:30+00';
         UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 3;
         INSERT INTO eventcore_migrations VALUES (1234, 'far', '', '2026-01-31 12:00+00', '2026-01-31 12:30+00');",
    )
    .await;
    files.put("001_log.sql", "SELECT 1;\n");
    files.put("004_next.sql", "SELECT 1;\n");
    assert_eq!(
        status().await,
        "001   log     changed               2026-01-31 12:30:00 UTC\n\
         002   leaves  applied               2026-01-31 12:30:00 UTC\n\
         003   note    unfinished            2026-01-31 12:00:00 UTC\n\
         004   next    pending               -\n\
         1234  far     unknown to the files  2026-01-31 12:30:00 UTC\n"
    );
}
