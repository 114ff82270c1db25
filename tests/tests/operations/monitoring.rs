//! Health, activity and the use of indexes, in both layouts.

use chrono::{DurationRound, TimeDelta, Utc};
use eventcore_generated::event_store::{Append, ExpectedVersion};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{activity_by_hour, health, index_effectiveness, index_usage};
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::{moves, store};
use tokio_postgres::Client;
use uuid::{NoContext, Timestamp, Uuid};

use super::{append, run};

on_both_layouts!(
    health_names_the_session_that_holds_the_feed_back,
    health_counts_indexes_that_an_interrupted_build_left,
    activity_is_counted_by_hours_of_utc,
    every_index_of_the_store_has_its_rows,
);

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

async fn health_names_the_session_that_holds_the_feed_back(layout: Layout) {
    let db = store(layout).await;
    let (client, open) = (db.connect().await, db.connect().await);
    let state = health(&client).await.unwrap();
    assert_eq!((state.last_position, state.positions_behind), (0, None));
    assert_eq!((state.blocking_pid, state.invalid_indexes), (None, 0));
    assert!(!state.partitions_run_out);

    append(&client, "a", 1).await;
    run(&open, "BEGIN").await;
    append(&open, "b", 1).await;
    append(&client, "a", 3).await;
    let pid: i32 = open
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let state = health(&client).await.unwrap();
    assert_eq!((state.last_position, state.positions_behind), (5, Some(4)));
    assert_eq!(state.blocking_pid, Some(pid));
    assert!(state.blocking_age.is_some());

    // The oldest of several is the one that is named; a prepared one has no session.
    run(&client, "BEGIN").await;
    append(&client, "c", 1).await;
    let other = db.connect().await;
    assert_eq!(health(&other).await.unwrap().blocking_pid, Some(pid));
    run(&client, "COMMIT").await;
    let prepared = db.name();
    run(&open, &format!("PREPARE TRANSACTION '{prepared}'")).await;
    let state = health(&other).await.unwrap();
    assert_eq!(
        (state.positions_behind, state.blocking_pid),
        (Some(5), None)
    );
    run(&open, &format!("COMMIT PREPARED '{prepared}'")).await;
    let state = health(&other).await.unwrap();
    assert_eq!((state.positions_behind, state.blocking_age), (None, None));
}

async fn health_counts_indexes_that_an_interrupted_build_left(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 3).await;
    let leaf: String = client
        .query_one(
            "SELECT partition_name FROM list_partitions() WHERE is_current OR lower_bound IS NULL",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    for (at, table) in [(1, leaf.as_str()), (2, "event_streams")] {
        append(&client, "b", 1).await;
        let twice = format!("CREATE UNIQUE INDEX CONCURRENTLY broken_{at} ON {table} ((1))");
        let refused = client.batch_execute(&twice).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "23505");
        assert_eq!(health(&client).await.unwrap().invalid_indexes, at);
    }
    run(&client, "DROP INDEX broken_1; DROP INDEX broken_2").await;
    // A stranger's is not the store's.
    run(
        &client,
        "CREATE TABLE other AS SELECT 1 AS n FROM generate_series(1, 2)",
    )
    .await;
    let stranger = "CREATE UNIQUE INDEX CONCURRENTLY broken ON other (n)";
    client.batch_execute(stranger).await.unwrap_err();
    assert_eq!(health(&client).await.unwrap().invalid_indexes, 0);
}

async fn activity_is_counted_by_hours_of_utc(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    // Half an hour off, so that hours of the session are not hours of UTC.
    run(&client, "SET TimeZone = 'Asia/Kolkata'").await;
    let hour = Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap();
    // The month before may have no partition.
    let hours: Vec<_> = [1, 2]
        .map(|ago| hour - TimeDelta::hours(ago))
        .into_iter()
        .filter(|at| at.format("%Y%m").to_string() == Utc::now().format("%Y%m").to_string())
        .collect();
    for at in &hours {
        for (stream, minute) in [("a", 0), ("a", 30), ("b", 59)] {
            let time = *at + TimeDelta::minutes(minute);
            let seconds = u64::try_from(time.timestamp()).unwrap();
            let id = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0));
            let event = moves(1).remove(0).id(id);
            let call = Append::new().to(stream, ExpectedVersion::Any, [event]);
            call.run(&client).await.unwrap();
        }
    }
    let activity = activity_by_hour(&client, hour - TimeDelta::hours(5))
        .await
        .unwrap();
    let found: Vec<_> = activity
        .iter()
        .map(|row| (row.hour, row.event_count, row.unique_streams))
        .collect();
    let expected: Vec<_> = hours.iter().map(|at| (*at, 3, 2)).collect();
    assert_eq!(found, expected, "latest first");
    // From a time within an hour on: only what is later.
    if let Some(at) = hours.first() {
        let activity = activity_by_hour(&client, *at + TimeDelta::minutes(30))
            .await
            .unwrap();
        assert_eq!(
            (activity[0].event_count, activity[0].unique_streams),
            (2, 2)
        );
    }
}

async fn every_index_of_the_store_has_its_rows(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 20).await;
    run(&client, "CREATE TABLE stranger (n int PRIMARY KEY)").await;
    let expected = number(
        &client,
        "SELECT count(*) FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'event%'",
    )
    .await;
    let used = index_usage(&client).await.unwrap();
    assert_eq!(i64::try_from(used.len()).unwrap(), expected);
    assert!(
        used.iter()
            .all(|row| row.bytes > 0 && row.schema_name == "public")
    );
    assert!(used.is_sorted_by_key(|row| row.scans));
    let effective = index_effectiveness(&client).await.unwrap();
    assert_eq!(effective.len(), used.len());
    let mut names = [
        used.iter()
            .map(|row| (&row.table_name, &row.index_name))
            .collect::<Vec<_>>(),
        effective
            .iter()
            .map(|row| (&row.table_name, &row.index_name))
            .collect(),
    ];
    for names in &mut names {
        names.sort();
        names.dedup();
    }
    assert_eq!(names[0], names[1]);
    assert_eq!(names[0].len(), used.len());

    // What a scan reads is counted, once the session's statistics are flushed.
    let table = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => "events",
    };
    let scans = format!(
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(event_data) FROM {table} WHERE stream_id = 'a' AND event_version > 5;
         RESET enable_seqscan; RESET enable_bitmapscan; SELECT pg_stat_force_next_flush(); SELECT 1"
    );
    run(&client, &scans).await;
    run(&client, "SELECT 1").await;
    let effective = index_effectiveness(&client).await.unwrap();
    let read = effective
        .iter()
        .find(|row| row.index_name.ends_with("stream_version_key") && row.tuples_read > 0);
    let read = read.unwrap();
    let share = read.efficiency_percent.unwrap();
    assert!((0.0..=100.0).contains(&share), "{read:?}");
    assert!(
        effective
            .iter()
            .any(|row| row.tuples_read == 0 && row.efficiency_percent.is_none())
    );
}
