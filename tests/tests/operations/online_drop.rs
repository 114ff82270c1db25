//! Retention beside traffic: nobody gets an error, nobody waits long, and an interruption is taken up.

use std::time::Duration;

use chrono::{Months, NaiveDate, Utc};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{list_partitions, verify_events};
use eventcore_generated::online_drop::drop_old_partitions_online;
use eventcore_generated::partitions::create_monthly_partition;
use eventcore_tests::TestDatabase;
use eventcore_tests::store::{kept_months, store};
use tokio_postgres::Client;

use super::{Traffic, run};

fn old_month(months: u32) -> NaiveDate {
    Utc::now().date_naive() - Months::new(months)
}

/// A store with three old, empty months.
async fn with_old_months(client: &Client) -> Vec<String> {
    let mut names = Vec::new();
    for months in [9, 8, 7] {
        let made = create_monthly_partition(client, old_month(months)).await;
        names.push(made.unwrap().partition_name);
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_online_drop_disturbs_neither_writer_nor_reader() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let old = with_old_months(&client).await;
    let traffic = Traffic::start(&db).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for months in [0, -3] {
        let none = drop_old_partitions_online(&client, months).await.unwrap();
        assert_eq!(none, Vec::<String>::new());
    }
    assert_eq!(drop_old_partitions_online(&client, 6).await.unwrap(), old);
    tokio::time::sleep(Duration::from_millis(100)).await;
    traffic.end(Duration::from_secs(2)).await;
    assert_eq!(
        list_partitions(&client).await.unwrap().len(),
        kept_months().len()
    );
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

/// A long read in a transaction holds up the drop, and the drop holds up nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_read_holds_up_the_online_drop_and_not_the_traffic() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let old = with_old_months(&client).await;
    let reader = db.connect().await;
    run(&reader, "BEGIN; SELECT count(*) FROM event_log").await;
    let traffic = Traffic::start(&db).await;
    let dropper = db.connect().await;
    let dropping =
        tokio::spawn(async move { drop_old_partitions_online(&dropper, 6).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!dropping.is_finished(), "the reader's transaction is open");
    run(&reader, "COMMIT").await;
    assert_eq!(dropping.await.unwrap(), old);
    traffic.end(Duration::from_secs(2)).await;
}

/// Starts a detach that cannot end while `reader` reads, and ends its server process.
async fn interrupt(db: &TestDatabase<'static>, client: &Client) {
    let reader = db.connect().await;
    run(&reader, "BEGIN; SELECT count(*) FROM event_log").await;
    let dropper = db.connect().await;
    let pid: i32 = dropper
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let dropping = tokio::spawn(async move { drop_old_partitions_online(&dropper, 6).await });
    let detaching = async || {
        list_partitions(client)
            .await
            .unwrap()
            .iter()
            .any(|row| row.is_detaching)
    };
    for _ in 0..500 {
        if detaching().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(detaching().await);
    let kill = format!("SELECT pg_terminate_backend({pid})");
    run(client, &kill).await;
    let error = dropping.await.unwrap().unwrap_err();
    assert!(error.is_retryable(), "{error}");
    run(&reader, "COMMIT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_online_drop_is_taken_up_by_the_next() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let old = with_old_months(&client).await;
    interrupt(&db, &client).await;
    let left = list_partitions(&client).await.unwrap();
    let detaching: Vec<bool> = left.iter().take(3).map(|row| row.is_detaching).collect();
    assert_eq!(detaching, [true, false, false]);

    let traffic = Traffic::start(&db).await;
    assert_eq!(drop_old_partitions_online(&client, 6).await.unwrap(), old);
    traffic.end(Duration::from_secs(2)).await;
    assert_eq!(
        list_partitions(&client).await.unwrap().len(),
        kept_months().len()
    );
    let tables: i32 = client
        .query_one(
            "SELECT count(*)::int FROM pg_class WHERE relkind = 'r' AND relname ~ '^events_'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(
        usize::try_from(tables).unwrap(),
        kept_months().len(),
        "what was detached is dropped too"
    );
}
