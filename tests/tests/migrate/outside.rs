//! One statement outside of a transaction: an index that is built concurrently, killed on either side of the
//! connection, and finished by the next run.

use std::time::Duration;

use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::fixture::{
    END_RUNS, Files, NO_RUN, fails, history, holds, kill, run, run_sql, stuck, until,
};

const TABLE: &str =
    "CREATE TABLE orders (n int);\nINSERT INTO orders SELECT generate_series(1, 1000);\n";
const INDEX: &str = "-- no-transaction\n\
    -- Timeouts: lock none, statement none.\n\
    -- Needs: table public.orders is there\n\
    -- Done when: index public.orders_idx is valid\n\
    -- If interrupted: DROP INDEX CONCURRENTLY IF EXISTS public.orders_idx;\n\
    \n\
    CREATE INDEX CONCURRENTLY orders_idx ON orders (n);\n";
const VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_idx'::regclass";
const INVALID: &str =
    "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = 'orders_idx'::regclass";

/// The table is there, and a writer's open transaction holds up every build on it.
async fn held_up(index: &str) -> (TestDatabase<'static>, Files, Client, Client) {
    let db = TestDatabase::create().await;
    Files::new(&[("001_orders.sql", TABLE)]).applies(&db).await;
    let files = Files::new(&[("001_orders.sql", TABLE), ("002_index.sql", index)]);
    let writer = db.connect().await;
    run_sql(&writer, "BEGIN; INSERT INTO orders VALUES (0)").await;
    let client = db.connect().await;
    (db, files, client, writer)
}

#[tokio::test]
async fn a_build_whose_client_was_killed_and_whose_session_ended_is_made_again() {
    let (db, files, client, writer) = held_up(INDEX).await;
    let mut child = files.spawn(&db);
    until(&client, &stuck("CREATE INDEX")).await;
    kill(&mut child);
    run_sql(&client, END_RUNS).await;
    until(&client, NO_RUN).await;
    assert!(holds(&client, INVALID).await);
    assert_eq!(
        history(&client).await,
        ["1 orders applied 2", "2 index started 0"]
    );
    run_sql(&writer, "COMMIT").await;

    let (_, log) = files.applies(&db).await;
    log.says("started 002_index.sql, resumed: true")
        .says("clearing DROP INDEX CONCURRENTLY IF EXISTS public.orders_idx");
    assert!(holds(&client, VALID).await);
    assert_eq!(
        history(&client).await,
        ["1 orders applied 2", "2 index applied 1"]
    );
}

#[tokio::test]
async fn a_build_whose_session_was_ended_says_so_and_is_made_again() {
    let (db, files, client, writer) = held_up(INDEX).await;
    let child = files.spawn(&db);
    until(&client, &stuck("CREATE INDEX")).await;
    run_sql(&client, END_RUNS).await;
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    for expected in ["(57P01)", "the connection is gone", "run again"] {
        assert!(said.contains(expected), "no `{expected}` in {said}");
    }
    assert!(holds(&client, INVALID).await);
    run_sql(&writer, "COMMIT").await;
    files.applies(&db).await.1.says("clearing DROP INDEX");
    assert!(holds(&client, VALID).await);
}

/// The server goes on with a statement whose client is gone; the next run waits for it, and only records it.
#[tokio::test]
async fn a_build_that_the_server_finished_without_its_client_is_found() {
    let (db, files, client, writer) = held_up(INDEX).await;
    let mut child = files.spawn(&db);
    until(&client, &stuck("CREATE INDEX")).await;
    kill(&mut child);
    let running = tokio::spawn(run(files.migrator(), db.config()));
    tokio::time::sleep(Duration::from_millis(600)).await;
    run_sql(&writer, "COMMIT").await;
    let (report, log) = running.await.unwrap();
    assert_eq!(report.applied, ["002_index.sql"]);
    log.says("waiting for pid ")
        .says("found done 002_index.sql");
    assert_eq!(log.count("statement "), 0);
    assert!(holds(&client, VALID).await);
    assert_eq!(
        history(&client).await,
        ["1 orders applied 2", "2 index applied 0"]
    );
}

#[tokio::test]
async fn a_build_that_waits_too_long_is_cleared_away_and_made_again() {
    let index = INDEX.replace("lock none", "lock 100 ms");
    let (db, files, client, writer) = held_up(&index).await;
    let running = tokio::spawn(run(files.migrator().lock_attempts(100), db.config()));
    tokio::time::sleep(Duration::from_millis(800)).await;
    run_sql(&writer, "COMMIT").await;
    let (_, log) = running.await.unwrap();
    log.says("retrying: canceling statement due to lock timeout (55P03)")
        .says("clearing DROP INDEX");
    assert!(holds(&client, VALID).await);
    // The time-outs were its own: a session of the same run after it has the server's.
    assert_eq!(history(&client).await[1], "2 index applied 1");
}

#[tokio::test]
async fn a_build_that_waits_too_long_each_time_ends_and_is_left_to_the_next_run() {
    let index = INDEX.replace("lock none", "lock 700 ms");
    let (db, files, client, writer) = held_up(&index).await;
    let error = fails(files.migrator().lock_attempts(2), &db).await;
    for expected in [
        "`002_index.sql`: canceling statement due to lock timeout (55P03)",
        "statement: DROP INDEX CONCURRENTLY IF EXISTS public.orders_idx",
        "it waited for pid ",
        "state: it is recorded as started",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    assert_eq!(history(&client).await[1], "2 index started 0");
    run_sql(&writer, "COMMIT").await;
    files.applies(&db).await.1.says("resumed: true");
    assert!(holds(&client, VALID).await);
}

#[tokio::test]
async fn a_build_that_cannot_succeed_leaves_nothing() {
    let db = TestDatabase::create().await;
    let index = INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX");
    let twice = format!("{TABLE}INSERT INTO orders VALUES (1);\n");
    let files = Files::new(&[
        ("001_orders.sql", twice.as_str()),
        ("002_index.sql", index.as_str()),
    ]);
    let error = files.refuses(&db).await;
    for expected in [
        "`002_index.sql`, line 7: could not create unique index \"orders_idx\" (23505)",
        "detail: Key (n)=(1) is duplicated.",
        "statement: CREATE UNIQUE INDEX CONCURRENTLY orders_idx ON orders (n)",
        "nothing of it is left in the database",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    let client = db.connect().await;
    assert!(holds(&client, "SELECT to_regclass('orders_idx') IS NULL").await);
    assert_eq!(history(&client).await, ["1 orders applied 3"]);
    run_sql(
        &client,
        "DELETE FROM orders WHERE ctid = (SELECT max(ctid) FROM orders)",
    )
    .await;
    files.applies(&db).await;
    assert!(holds(&client, VALID).await);
}

#[tokio::test]
async fn what_its_header_promises_and_it_does_not_do_is_an_error() {
    let db = TestDatabase::create().await;
    let index = INDEX.replace("orders_idx ON", "other_idx ON");
    let files = Files::new(&[("001_orders.sql", TABLE), ("002_index.sql", index.as_str())]);
    let error = files.refuses(&db).await;
    assert_eq!(
        error,
        "`002_index.sql` ran, and yet this does not hold: index public.orders_idx is valid\n  help: it is recorded as \
         started; run again, which clears away what it left and runs it once more"
    );
}

#[tokio::test]
async fn a_build_tells_how_far_it_is_and_whom_it_waits_for() {
    let (db, files, client, writer) = held_up(INDEX).await;
    let pid: i32 = writer
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let running = tokio::spawn(run(files.migrator(), db.config()));
    until(&client, &stuck("CREATE INDEX")).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    run_sql(&writer, "COMMIT").await;
    let (_, log) = running.await.unwrap();
    log.says("relation: Some(\"orders\"), phase: \"waiting for writers before build\"")
        .says(&format!("Blocker {{ pid: {pid}"));
}

#[tokio::test]
async fn a_hand_written_statement_is_sent_alone() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_orders.sql", TABLE),
        (
            "002_tidy.sql",
            "-- no-transaction\n/* now; */ VACUUM orders;\n-- done\n",
        ),
    ]);
    files.applies(&db).await;
    let client = db.connect().await;
    assert_eq!(
        history(&client).await,
        ["1 orders applied 2", "2 tidy applied 1"]
    );
    // Interrupted without a word of what to clear away, it runs again.
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 2",
    )
    .await;
    let (_, log) = files.applies(&db).await;
    log.says("resumed: true").says("statement VACUUM orders");
}
