//! The store where operators' tools have been at work: each fault is an error of its own, never an empty or stuck feed.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{Datelike as _, Utc};
use eventcore_generated::append::append_events;
use eventcore_generated::event_store::{Append, ExpectedVersion, read_feed_page};
use eventcore_generated::feed::horizon_lag;
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{health, verify_events};
use eventcore_generated::store_error::StoreError;
use eventcore_generated::value::RawJson;
use eventcore_tests::store::store;
use eventcore_tests::{Server, TestDatabase, not_run};

use super::{append, moves, on_both_layouts};

on_both_layouts!(
    a_reader_without_the_sequence_is_refused_and_sees_no_empty_log,
    a_log_without_its_sequence_is_never_an_empty_feed,
    a_position_is_never_given_twice,
    tables_that_were_dumped_without_the_sequence_are_recognised,
    what_the_server_refuses_shows_no_payload,
);

async fn a_reader_without_the_sequence_is_refused_and_sees_no_empty_log(layout: Layout) {
    let db = store(layout).await;
    let owner = db.connect().await;
    append(&owner, "a", 5).await;
    let role = format!("{} looks", db.name());
    let grant = format!(
        "CREATE ROLE \"{role}\"; GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{role}\"; SET ROLE \"{role}\""
    );
    let reader = db.connect().await;
    reader.batch_execute(&grant).await.unwrap();
    let refused = [
        read_feed_page(&reader, 0, 10).await.err(),
        read_feed_page(&reader, 3, 10).await.err(),
        health(&reader).await.err(),
        verify_events(&reader).await.err(),
    ];
    for error in refused {
        let error = error.expect("a refusal");
        assert_eq!(error.sql_state(), Some("42501"), "{error}");
    }
    // Nobody holds the feed back, so that nothing is compared with the sequence.
    assert_eq!(horizon_lag(&reader).await.unwrap(), []);
    let grant = format!("GRANT SELECT ON SEQUENCE events_position_seq TO \"{role}\"");
    owner.batch_execute(&grant).await.unwrap();
    assert_eq!(
        read_feed_page(&reader, 0, 10).await.unwrap().events.len(),
        5
    );
}

async fn a_log_without_its_sequence_is_never_an_empty_feed(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 5).await;
    assert!(!health(&client).await.unwrap().sequence_behind);
    for (value, is_called) in [(1, false), (1, true), (4, true)] {
        let set = format!("SELECT setval('events_position_seq', {value}, {is_called})");
        client.batch_execute(&set).await.unwrap();
        let last = if is_called { value } else { 0 };
        for after in [last, 5] {
            let error = read_feed_page(&client, after, 10).await.unwrap_err();
            let found = error.as_store();
            assert_eq!(found, Some(&StoreError::SequenceBehind), "{value} {after}");
        }
        assert!(health(&client).await.unwrap().sequence_behind);
    }
    let again = Append::new().to("b", ExpectedVersion::Any, moves(1));
    let error = again.run(&client).await.unwrap_err();
    assert_eq!(error.as_store(), Some(&StoreError::SequenceBehind));
    client
        .batch_execute("SELECT setval('events_position_seq', 5)")
        .await
        .unwrap();
    again.run(&client).await.unwrap();
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

/// Events of a restore stand in other partitions than new ones, where no key would refuse their positions.
async fn a_position_is_never_given_twice(layout: Layout) {
    let db = store(layout).await;
    let owner = db.connect().await;
    append(&owner, "a", 5).await;
    let log = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => {
            let month = "SELECT create_monthly_partition('2026-01-01')";
            owner.batch_execute(month).await.unwrap();
            "events"
        }
    };
    let restored = format!(
        "INSERT INTO {log} (global_position, stream_id, event_version, event_id, event_type, event_data, created_at)
         VALUES (7, 'b', 1, '019bbfb3-f2c0-7000-8000-000000000001', 'moved', '{{}}',
                 event_time('019bbfb3-f2c0-7000-8000-000000000001'));
         INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
         SELECT 'b', 1, e.event_id, e.event_id FROM event_log AS e WHERE e.stream_id = 'b'"
    );
    owner.batch_execute(&restored).await.unwrap();
    let refused = |error: eventcore_generated::error::Error| {
        assert_eq!(
            error.as_store(),
            Some(&StoreError::SequenceBehind),
            "{error}"
        );
    };
    // Each way to take a position, in a session that takes its first one.
    let one = || Append::new().to("c", ExpectedVersion::NoStream, moves(1));
    for append in [
        one(),
        Append::new().to("c", ExpectedVersion::Any, moves(3)),
        one().to("d", ExpectedVersion::NoStream, moves(1)),
    ] {
        refused(append.run(&db.connect().await).await.unwrap_err());
    }
    let client = db.connect().await;
    let error = client
        .batch_execute("SELECT mark_append()")
        .await
        .unwrap_err();
    assert_eq!(error.code().unwrap().code(), "ES004");
    let set = |value: i64| format!("SELECT setval('events_position_seq', {value})");
    owner.batch_execute(&set(7)).await.unwrap();
    one().run(&client).await.unwrap();
    assert_eq!(verify_events(&client).await.unwrap(), []);
    // A sequence that goes back is found in a session that appended before.
    owner.batch_execute(&set(3)).await.unwrap();
    let again = Append::new().to("c", ExpectedVersion::Any, moves(1));
    refused(again.run(&client).await.unwrap_err());
    client
        .batch_execute("BEGIN; SELECT mark_append()")
        .await
        .unwrap_err();
}

async fn tables_that_were_dumped_without_the_sequence_are_recognised(layout: Layout) {
    let Some(dump) = pg_dump() else {
        not_run(&format!(
            "{layout}: a partial dump: no pg_dump is as new as the server"
        ));
        return;
    };
    let (from, to) = (store(layout).await, store(layout).await);
    append(&from.connect().await, "a", 5).await;
    // Not the sequence, whose name begins like theirs.
    let tables = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => "events_2*",
    };
    let text = dumped(&dump, &from, &["event_streams", tables]);
    to.psql(["-qc", &text]).succeeds();
    let client = to.connect().await;
    assert!(health(&client).await.unwrap().sequence_behind);
    let error = read_feed_page(&client, 0, 10).await.unwrap_err();
    assert_eq!(error.as_store(), Some(&StoreError::SequenceBehind));
}

/// The server's own, or one on this machine that knows the server's version.
fn pg_dump() -> Option<PathBuf> {
    let server = Server::shared().address();
    let own = server.bin_dir.join("pg_dump");
    if own.exists() {
        return Some(own);
    }
    let output = Command::new("pg_dump").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text
        .split_whitespace()
        .find_map(|word| word.split('.').next()?.parse::<u16>().ok());
    (version? >= server.version.major).then(|| "pg_dump".into())
}

/// The rows of the tables, as SQL.
fn dumped(pg_dump: &Path, db: &TestDatabase<'_>, tables: &[&str]) -> String {
    let mut command = Command::new(pg_dump);
    command.args(["--data-only", "--inserts", "--dbname", &db.url()]);
    for table in tables {
        command.args(["--table", table]);
    }
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    // psql's own commands, which newer versions write, are no SQL.
    let lines = text.lines().filter(|line| !line.starts_with('\\'));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_append_without_a_partition_names_the_month() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let drop = "DO $$ DECLARE leaf text; BEGIN \
                  FOR leaf IN SELECT partition_name FROM list_partitions() LOOP EXECUTE 'DROP TABLE ' || leaf; END LOOP; \
                END $$";
    client.batch_execute(drop).await.unwrap();
    let month = Utc::now().date_naive().with_day(1);
    for count in [1, 3] {
        let call = Append::new().to("a", ExpectedVersion::Any, moves(count));
        let error = call.run(&client).await.unwrap_err();
        assert_eq!(error.as_store(), Some(&StoreError::NoPartition { month }));
        let text = error.to_string();
        let shown = month.unwrap().format("%Y-%m").to_string();
        assert!(
            text.contains(&shown) && text.contains("`maintain_partitions`"),
            "{text}"
        );
    }
}

async fn what_the_server_refuses_shows_no_payload(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let payload = RawJson::parse(r#"{"secret":"hunter2"}"#).unwrap();
    let long = "x".repeat(300);
    for stream in ["", &long] {
        let error = append_events(
            &client,
            &[stream],
            &[-1],
            &[1],
            &[None],
            &["t"],
            &[&payload],
            &[1],
            &[None],
            &[None],
            &[None],
            &[None],
        )
        .await
        .unwrap_err();
        assert_eq!(error.sql_state(), Some("23514"));
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
