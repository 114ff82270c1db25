//! Two runs at once: one works, the other waits without standing in its way.

use std::time::Duration;

use eventcore_migrate::MigrateError;
use eventcore_tests::TestDatabase;

use crate::fixture::{Files, failure, history, run, run_sql, stuck, until};

const TABLE: &str = "CREATE TABLE orders (n int);\n";
const INDEX: &str = "-- no-transaction\n-- Done when: index public.orders_idx is valid\n\n\
    CREATE INDEX CONCURRENTLY orders_idx ON orders (n);\n";

/// A build waits for every transaction that was there before it. If the second run waited inside the server, for the
/// first one's lock, these two would wait for each other.
#[tokio::test]
async fn the_second_waits_and_finds_everything_applied() {
    let db = TestDatabase::create().await;
    Files::new(&[("001_orders.sql", TABLE)]).applies(&db).await;
    let files = Files::new(&[("001_orders.sql", TABLE), ("002_index.sql", INDEX)]);
    let client = db.connect().await;
    let writer = db.connect().await;
    run_sql(&writer, "BEGIN; INSERT INTO orders VALUES (1)").await;
    let first = tokio::spawn(run(files.migrator(), db.config()));
    until(&client, &stuck("CREATE INDEX")).await;

    let error = failure(files.migrator().wait(Some(Duration::from_millis(300))), &db).await;
    assert!(matches!(error, MigrateError::Busy { .. }), "{error}");
    let error = error.to_string();
    assert!(error.starts_with("another run is at it: pid "), "{error}");
    assert!(
        error.contains("(eventcore-migrate, user postgres, from 127.0.0.1"),
        "{error}"
    );
    assert!(error.contains("pg_terminate_backend"), "{error}");

    let second = tokio::spawn(run(files.migrator().wait(None), db.config()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    run_sql(&writer, "COMMIT").await;
    let (report, log) = first.await.unwrap();
    assert_eq!(
        (report.applied.len(), log.count("waiting for pid ")),
        (1, 0)
    );
    let (report, log) = second.await.unwrap();
    assert_eq!((report.applied.len(), report.before), (0, 2));
    assert_eq!(log.count("waiting for pid "), 1);
    assert_eq!(
        history(&client).await,
        ["1 orders applied 1", "2 index applied 1"]
    );
}

#[tokio::test]
async fn many_on_an_empty_database() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_orders.sql", TABLE), ("002_index.sql", INDEX)]);
    let runs: Vec<_> = (0..6)
        .map(|_| tokio::spawn(run(files.migrator(), db.config())))
        .collect();
    let mut applied = 0;
    for one in runs {
        applied += one.await.unwrap().0.applied.len();
    }
    assert_eq!(applied, 2);
    let client = db.connect().await;
    assert_eq!(
        history(&client).await,
        ["1 orders applied 1", "2 index applied 1"]
    );
}
