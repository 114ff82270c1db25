//! Migrations whose statements the catalog gives: killed after the first of them and resumed, asked again when more
//! came up, and run by psql to the same end.

use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::fixture::{
    END_RUNS, Files, NO_RUN, described, history, holds, kill, run, run_sql, stuck, until,
};

const LOG: &str = "CREATE TABLE log (n int, note text) PARTITION BY LIST (n);\n\
    CREATE TABLE log_1 PARTITION OF log FOR VALUES IN (1);\n\
    CREATE TABLE log_2 PARTITION OF log FOR VALUES IN (2);\n\
    CREATE TABLE log_3 PARTITION OF log FOR VALUES IN (3);\n\
    INSERT INTO log VALUES (1, 'a'), (2, 'b'), (3, 'c');\n";

/// Leaves first: what an interruption left, then what is missing, then the parent, which adopts them.
const INDEX: &str = "-- no-transaction
-- Timeouts: lock none, statement none.
-- Done when: index public.log_note_idx is valid

SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass)
  FROM pg_inherits AS h JOIN pg_index AS i ON i.indrelid = h.inhrelid
 WHERE h.inhparent = 'public.log'::regclass AND NOT i.indisvalid
\\gexec

-- ';' in a comment; and a result of two columns, one of them NULL.
SELECT NULL, format('CREATE INDEX CONCURRENTLY %I ON %s (note)', c.relname || '_note_idx', c.oid::regclass)
  FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
 WHERE h.inhparent = 'public.log'::regclass
   AND to_regclass(format('public.%I', c.relname || '_note_idx')) IS NULL
 ORDER BY c.relname
\\gexec

CREATE INDEX IF NOT EXISTS log_note_idx ON log (note);
COMMENT ON INDEX log_note_idx IS 'By note.';
";

fn files() -> Files {
    Files::new(&[("001_log.sql", LOG), ("002_index.sql", INDEX)])
}

/// What psql makes of the same files.
async fn by_psql() -> String {
    let db = TestDatabase::create().await;
    let files = files();
    db.psql_file(files.folder().join("001_log.sql"), true)
        .succeeds();
    db.psql_file(files.folder().join("002_index.sql"), false)
        .succeeds();
    described(&db.connect().await).await
}

async fn check_done(client: &Client) {
    assert!(
        holds(
            client,
            "SELECT bool_and(indisvalid) AND count(*) = 4 FROM pg_index \
             WHERE indexrelid::regclass::text LIKE 'log%note_idx'"
        )
        .await
    );
    assert_eq!(described(client).await, by_psql().await);
}

#[tokio::test]
async fn every_leaf_and_then_the_parent_as_psql_does() {
    let db = TestDatabase::create().await;
    let (_, log) = files().applies(&db).await;
    assert_eq!(log.count("statement CREATE INDEX CONCURRENTLY"), 3);
    let client = db.connect().await;
    assert_eq!(
        history(&client).await,
        ["1 log applied 5", "2 index applied 5"]
    );
    check_done(&client).await;
}

#[tokio::test]
async fn killed_after_the_first_statement_it_goes_on() {
    let db = TestDatabase::create().await;
    let files = files();
    Files::new(&[("001_log.sql", LOG)]).applies(&db).await;
    let client = db.connect().await;
    let writer = db.connect().await;
    run_sql(&writer, "BEGIN; INSERT INTO log VALUES (2, 'open')").await;
    let mut child = files.spawn(&db);
    until(&client, &stuck("log_2_note_idx")).await;
    kill(&mut child);
    run_sql(&client, END_RUNS).await;
    until(&client, NO_RUN).await;
    assert_eq!(history(&client).await[1], "2 index started 1");
    run_sql(&writer, "COMMIT").await;

    let (_, log) = files.applies(&db).await;
    log.says("resumed: true")
        .says("statement DROP INDEX CONCURRENTLY log_2_note_idx");
    assert_eq!(
        log.count("statement CREATE INDEX CONCURRENTLY log_1_note_idx"),
        0
    );
    assert_eq!(log.count("statement CREATE INDEX CONCURRENTLY"), 2);
    check_done(&client).await;
}

#[tokio::test]
async fn a_lock_that_cannot_be_had_in_time_is_asked_for_again() {
    let db = TestDatabase::create().await;
    Files::new(&[("001_log.sql", LOG)]).applies(&db).await;
    let text = INDEX.replace("lock none", "lock 100 ms");
    let files = Files::new(&[("001_log.sql", LOG), ("002_index.sql", text.as_str())]);
    let client = db.connect().await;
    let writer = db.connect().await;
    run_sql(&writer, "BEGIN; INSERT INTO log VALUES (3, 'open')").await;
    let running = tokio::spawn(run(files.migrator().lock_attempts(100), db.config()));
    until(
        &client,
        "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('log_3_note_idx') AND NOT indisvalid)",
    )
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    run_sql(&writer, "COMMIT").await;
    let (_, log) = running.await.unwrap();
    log.says("retrying: ")
        .says("statement DROP INDEX CONCURRENTLY log_3_note_idx");
    assert_eq!(
        log.count("statement CREATE INDEX CONCURRENTLY log_1_note_idx"),
        1
    );
    check_done(&client).await;
}

/// One leaf at a time, as if each had come up while the one before was worked on.
const ONE_BY_ONE: &str = "-- no-transaction
-- Done when: index public.log_3_n_idx is valid

SELECT format('CREATE INDEX %I ON %s (n)', c.relname || '_n_idx', c.oid::regclass)
  FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
 WHERE h.inhparent = 'public.log'::regclass AND to_regclass(format('public.%I', c.relname || '_n_idx')) IS NULL
 ORDER BY c.relname LIMIT 1
\\gexec
";

#[tokio::test]
async fn queries_are_asked_again_until_all_is_done() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_log.sql", LOG), ("002_index.sql", ONE_BY_ONE)]);
    let (_, log) = files.applies(&db).await;
    assert_eq!(log.count("expanding again"), 2);
    assert_eq!(history(&db.connect().await).await[1], "2 index applied 3");
}

#[tokio::test]
async fn and_not_for_ever() {
    let db = TestDatabase::create().await;
    let never = ONE_BY_ONE.replace("log_3_n_idx", "log_9_n_idx");
    let files = Files::new(&[("001_log.sql", LOG), ("002_index.sql", never.as_str())]);
    let error = files.refuses(&db).await;
    assert!(
        error.starts_with(
            "`002_index.sql` ran, and yet this does not hold: index public.log_9_n_idx is valid\n"
        ),
        "{error}"
    );
    assert_eq!(history(&db.connect().await).await[1], "2 index started 3");
}

#[tokio::test]
async fn a_statement_that_fails_is_shown_and_the_rest_kept() {
    let db = TestDatabase::create().await;
    let text = "-- no-transaction\nSELECT format('CREATE INDEX %1$I ON log_1 (%1$I)', c) FROM unnest('{n,x}'::text[]) AS c\n\\gexec\n";
    let files = Files::new(&[("001_log.sql", LOG), ("002_index.sql", text)]);
    let error = files.refuses(&db).await;
    for expected in [
        "`002_index.sql`: column \"x\" does not exist (42703)",
        "statement: CREATE INDEX x ON log_1 (x)",
        "state: it is recorded as started",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    assert_eq!(history(&db.connect().await).await[1], "2 index started 1");
}
