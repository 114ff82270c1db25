//! Migrations in one transaction: wholly or not at all, whoever dies, and once more when a lock cannot be had.

use std::time::Duration;

use eventcore_tests::TestDatabase;

use crate::fixture::{
    END_RUNS, Files, NO_RUN, described, fails, history, holds, kill, run, run_sql, stuck, until,
};

/// Between two statements it writes to a table that a test can lock.
const FILE: &str = "-- Timeouts: lock none, statement none.\n\
    -- Done when: table public.b is there\n\
    \n\
    CREATE TABLE a ();\n\
    INSERT INTO gate VALUES (1);\n\
    CREATE TABLE b ();\n";

#[tokio::test]
async fn a_migration_killed_between_its_statements_leaves_nothing() {
    for end_of_server in [false, true] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        run_sql(&client, "CREATE TABLE gate (n int)").await;
        let before = described(&client).await;
        let files = Files::new(&[("001_ab.sql", FILE)]);

        let blocker = db.connect().await;
        run_sql(&blocker, "BEGIN; LOCK TABLE gate").await;
        let mut child = files.spawn(&db);
        until(&client, &stuck("INSERT INTO gate")).await;
        if end_of_server {
            run_sql(&client, END_RUNS).await;
            assert_eq!(child.wait().unwrap().code(), Some(1));
        } else {
            kill(&mut child);
        }
        run_sql(&blocker, "COMMIT").await;
        until(&client, NO_RUN).await;
        assert_eq!(described(&client).await, before);
        assert_eq!(history(&client).await, Vec::<String>::new());

        let (report, log) = files.applies(&db).await;
        assert_eq!(report.applied, ["001_ab.sql"]);
        log.says("started 001_ab.sql, resumed: false");
        assert_eq!(history(&client).await, ["1 ab applied 3"]);
        assert!(holds(&client, "SELECT count(*) = 1 FROM gate").await);
    }
}

#[tokio::test]
async fn the_database_ends_no_transaction_of_a_run() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let name = db.config().get_dbname().unwrap().to_owned();
    let query = "SELECT name FROM pg_settings WHERE name IN ('transaction_timeout', 'idle_in_transaction_session_timeout')";
    for row in client.query(query, &[]).await.unwrap() {
        let setting: String = row.get(0);
        run_sql(
            &client,
            &format!("ALTER DATABASE \"{name}\" SET {setting} = 100"),
        )
        .await;
    }
    let slow = "CREATE TABLE a (); SELECT pg_sleep(0.3); CREATE TABLE b ();";
    let files = Files::new(&[
        ("001_ab.sql", slow),
        ("002_c.sql", "CREATE TABLE c (); SELECT pg_sleep(0.3);"),
    ]);
    let (report, _) = files.applies(&db).await;
    assert_eq!(report.applied, ["001_ab.sql", "002_c.sql"]);
}

#[tokio::test]
async fn a_lock_that_cannot_be_had_in_time_is_asked_for_again() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, "CREATE TABLE gate (n int)").await;
    let text = FILE.replace("lock none", "lock 100 ms");
    let files = Files::new(&[("001_ab.sql", text.as_str())]);
    let blocker = db.connect().await;
    run_sql(&blocker, "BEGIN; LOCK TABLE gate").await;
    let migrator = files.migrator().lock_attempts(40);
    let running = tokio::spawn(run(migrator, db.config()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    run_sql(&blocker, "COMMIT").await;
    let (_, log) = running.await.unwrap();
    log.says("retrying: canceling statement due to lock timeout (55P03)");
    assert_eq!(history(&client).await, ["1 ab applied 3"]);
    assert!(holds(&client, "SELECT count(*) = 1 FROM gate").await);
}

#[tokio::test]
async fn a_lock_that_can_never_be_had_is_an_error_that_names_who_has_it() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, "CREATE TABLE gate (n int)").await;
    let before = described(&client).await;
    let text = FILE.replace("lock none", "lock 1200 ms");
    let files = Files::new(&[("001_ab.sql", text.as_str())]);
    let blocker = db.connect().await;
    run_sql(
        &blocker,
        "SET application_name = 'a report'; BEGIN; LOCK TABLE gate",
    )
    .await;
    let pid: i32 = blocker
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let error = fails(files.migrator().lock_attempts(2), &db).await;
    for expected in [
        "`001_ab.sql`, line 5: canceling statement due to lock timeout (55P03)",
        "after 2 attempts",
        &format!("it waited for pid {pid} (a report, user postgres, idle in transaction"),
        "state: nothing of it is left in the database",
        "help: other transactions hold the lock for too long",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    run_sql(&blocker, "COMMIT").await;
    assert_eq!(described(&client).await, before);
}

#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, "CREATE TABLE x (n int); CREATE TABLE y (n int)").await;
    let files = Files::new(&[(
        "001_xy.sql",
        "LOCK TABLE x;\nLOCK TABLE y;\nCREATE TABLE z ();\n",
    )]);
    let other = db.connect().await;
    // Ours looks for the deadlock first, and so is the one that gives in.
    run_sql(&other, "SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE y").await;
    let running = tokio::spawn(run(files.migrator(), db.config()));
    until(&client, &stuck("LOCK TABLE y")).await;
    run_sql(&other, "LOCK TABLE x; COMMIT").await;
    let (_, log) = running.await.unwrap();
    log.says("retrying: deadlock detected (40P01)");
    assert_eq!(history(&client).await, ["1 xy applied 3"]);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_an_error() {
    let db = TestDatabase::create().await;
    let text = "-- Timeouts: statement 200 ms.\n\nCREATE TABLE a ();\nSELECT pg_sleep(30);\n";
    let error = Files::new(&[("001_a.sql", text)]).refuses(&db).await;
    for expected in [
        "(57014)",
        "statement_timeout is over",
        "nothing of it is left",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
}

#[tokio::test]
async fn what_its_header_promises_and_it_does_not_do_is_rolled_back() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let text = "-- Done when: index public.i is valid\n\nCREATE TABLE a ();\n";
    let error = Files::new(&[("001_a.sql", text)]).refuses(&db).await;
    assert_eq!(
        error,
        "`001_a.sql` ran, and yet this does not hold: index public.i is valid\n  help: it was rolled back; its text \
         does not do what its header says"
    );
    assert!(holds(&client, "SELECT to_regclass('a') IS NULL").await);
}

#[tokio::test]
async fn an_error_has_its_line_and_a_hint() {
    let db = TestDatabase::create().await;
    let text = "CREATE TABLE größe ();\n\nSELECT\n    hallo;\n";
    let error = Files::new(&[("001_a.sql", text)]).refuses(&db).await;
    assert!(
        error.starts_with("`001_a.sql`, line 4: column \"hallo\" does not exist (42703)\n"),
        "{error}"
    );
    let text = "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY i ON a (n);\n";
    let error = Files::new(&[("001_a.sql", text)]).refuses(&db).await;
    assert!(
        error.contains("make `-- no-transaction` the first line"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_file_sets_for_its_session_is_not_for_the_next() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run_sql(&client, "CREATE SCHEMA elsewhere").await;
    Files::new(&[
        (
            "001_a.sql",
            "SET search_path = elsewhere;\nCREATE TABLE a ();\n",
        ),
        ("002_b.sql", "CREATE TABLE b ();\n"),
    ])
    .applies(&db)
    .await;
    assert!(holds(&client, "SELECT to_regclass('elsewhere.a') IS NOT NULL").await);
    assert!(holds(&client, "SELECT to_regclass('public.b') IS NOT NULL").await);
}

/// Some hosted offers give a role all that others create.
#[tokio::test]
async fn default_privileges_do_not_reach_the_history() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let role = format!("{}_reports", db.name());
    let given = format!(
        "CREATE ROLE {role}; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {role}, PUBLIC"
    );
    run_sql(&client, &given).await;
    Files::new(&[("001_a.sql", "CREATE TABLE a ();\n")])
        .applies(&db)
        .await;
    let owners_alone = "SELECT count(*) FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
         WHERE c.oid = 'eventcore_migrations'::regclass AND a.grantee <> c.relowner";
    let others: i64 = client.query_one(owners_alone, &[]).await.unwrap().get(0);
    assert_eq!(others, 0);
    run_sql(&client, &format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
