//! Streams whose first events retention dropped: a read of these events is an error, never a page without them.

use eventcore_generated::error::Error;
use eventcore_generated::event_store::{Append, ExpectedVersion};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_generated::online_drop::drop_old_partitions_online;
use eventcore_generated::partitions::{drop_old_partitions, forget_streams, truncate_streams};
use eventcore_generated::store_error::{StoreError, StreamTruncated};
use eventcore_generated::streams::{
    find_stream, read_stream_backward, read_stream_forward, read_streams,
};
use eventcore_tests::TestDatabase;
use eventcore_tests::store::store;
use tokio_postgres::Client;

use super::moves;

/// A stream `a` with two events of January and one of now, `b` and `d` with two of January, `c` with one of now.
async fn aged() -> (TestDatabase<'static>, Client) {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let old = "SELECT create_monthly_partition('2026-01-01');
        INSERT INTO events (global_position, stream_id, event_version, event_id, event_type, event_data, created_at)
        SELECT nextval('events_position_seq'), e.stream_id, e.version, e.id, 'moved', '{}', event_time(e.id)
          FROM (SELECT s.stream_id, v.version,
                       ('019bbfb3-f2c' || v.version || '-7000-8000-00000000000' || s.n)::uuid AS id
                  FROM unnest(ARRAY['a', 'b', 'd']) WITH ORDINALITY AS s (stream_id, n)
                 CROSS JOIN generate_series(1, 2) AS v (version)) AS e;
        INSERT INTO event_streams (stream_id, stream_version, first_event_id, last_event_id)
        SELECT e.stream_id, 2, min(e.event_id::text)::uuid, max(e.event_id::text)::uuid
          FROM events AS e GROUP BY e.stream_id";
    client.batch_execute(old).await.unwrap();
    for stream in ["a", "c"] {
        let append = Append::new().to(stream, ExpectedVersion::Any, moves(1));
        append.run(&client).await.unwrap();
    }
    assert_eq!(verify_events(&client).await.unwrap(), []);
    assert_eq!(versions(&client, "a", 1).await.unwrap(), [1, 2, 3]);
    (db, client)
}

async fn versions(client: &Client, stream: &str, from: i64) -> Result<Vec<i64>, Error> {
    let events = read_stream_forward(client, stream, from, 10).await?;
    Ok(events.iter().map(|event| event.event_version).collect())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(read: Result<T, Error>, stream: &str, first_version: i64) {
    let error = read.expect_err("a refusal");
    let stream = stream.to_owned();
    let truncated = StoreError::StreamTruncated(StreamTruncated {
        stream,
        first_version,
    });
    assert_eq!(error.as_store(), Some(&truncated), "{error}");
}

async fn reads_are_told(client: &Client) {
    refused(versions(client, "a", 0).await, "a", 3);
    refused(versions(client, "a", 1).await, "a", 3);
    refused(versions(client, "a", 2).await, "a", 3);
    assert_eq!(versions(client, "a", 3).await.unwrap(), [3]);
    let back = async |from| read_stream_backward(client, "a", from, 10).await;
    assert_eq!(back(i64::MAX).await.unwrap().len(), 1);
    refused(back(2).await, "a", 3);
    // Nothing of it is kept; the next event has the next version.
    refused(versions(client, "b", 1).await, "b", 3);
    assert_eq!(versions(client, "b", 3).await.unwrap(), [0; 0]);
    assert_eq!(versions(client, "c", 1).await.unwrap(), [1]);
    assert_eq!(versions(client, "none", 1).await.unwrap(), [0; 0]);
    let whole = async |streams: &[&str]| read_streams(client, streams, 0, 10).await;
    refused(whole(&["a", "c"]).await, "a", 3);
    assert_eq!(whole(&["c"]).await.unwrap().len(), 1);
    let again = Append::new().to("b", ExpectedVersion::Exactly(2), moves(1));
    again.run(client).await.unwrap();
    assert_eq!(versions(client, "b", 3).await.unwrap(), [3]);
    refused(versions(client, "b", 1).await, "b", 3);
    assert_eq!(verify_events(client).await.unwrap(), []);
}

#[tokio::test]
async fn a_stream_without_its_first_events_is_never_read_as_if_it_were_whole() {
    let (_db, client) = aged().await;
    let before = find_stream(&client, "a").await.unwrap().unwrap();
    let dropped = drop_old_partitions(&client, 1).await.unwrap();
    assert_eq!(dropped.len(), 1);
    let after = find_stream(&client, "a").await.unwrap().unwrap();
    assert_eq!((before.first_version, after.first_version), (1, 3));
    assert_eq!(after.updated_at, before.updated_at);
    reads_are_told(&client).await;
    // A month later nothing more is to be marked.
    assert_eq!(truncate_streams(&client, 1, 100).await.unwrap().streams, 0);
}

#[tokio::test]
async fn so_it_is_when_partitions_are_dropped_online() {
    let (_db, client) = aged().await;
    assert_eq!(
        drop_old_partitions_online(&client, 0).await.unwrap().len(),
        0
    );
    assert_eq!(versions(&client, "a", 1).await.unwrap(), [1, 2, 3]);
    assert_eq!(
        drop_old_partitions_online(&client, 1).await.unwrap().len(),
        1
    );
    reads_are_told(&client).await;
}

#[tokio::test]
async fn events_are_refused_from_the_mark_on_before_they_are_gone() {
    let (_db, client) = aged().await;
    let marked = async |most| truncate_streams(&client, 1, most).await.unwrap().streams;
    assert_eq!(
        [marked(2).await, marked(2).await, marked(2).await],
        [2, 1, 0]
    );
    refused(versions(&client, "a", 1).await, "a", 3);
    assert_eq!(verify_events(&client).await.unwrap(), []);
    drop_old_partitions(&client, 1).await.unwrap();
    reads_are_told(&client).await;
}

#[tokio::test]
async fn a_stream_may_be_forgotten_once_none_of_its_events_is_kept() {
    let (_db, client) = aged().await;
    let old = "UPDATE event_streams SET updated_at = '2026-02-01' WHERE stream_id IN ('a', 'd')";
    client.batch_execute(old).await.unwrap();
    let since = "2026-06-01T00:00:00Z".parse().unwrap();
    assert_eq!(forget_streams(&client, since).await.unwrap().streams, 0);
    drop_old_partitions(&client, 1).await.unwrap();
    assert_eq!(forget_streams(&client, since).await.unwrap().streams, 1);
    assert_eq!(find_stream(&client, "d").await.unwrap(), None);
    let anew = Append::new().to("d", ExpectedVersion::NoStream, moves(1));
    anew.run(&client).await.unwrap();
    assert_eq!(versions(&client, "d", 1).await.unwrap(), [1]);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

#[tokio::test]
async fn a_month_that_was_dropped_by_hand_is_found() {
    let (_db, client) = aged().await;
    client
        .batch_execute("DROP TABLE events_2026_01")
        .await
        .unwrap();
    let found = verify_events(&client).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.finding.as_str(), it.stream_id.as_deref()))
        .collect();
    assert!(found.contains(&("first version", Some("a"))), "{found:?}");
    assert!(found.contains(&("stream version", Some("b"))), "{found:?}");
}

/// Ids may be days old: an event of the month that goes can have a later version than one of a month that stays.
#[tokio::test]
async fn a_stream_begins_behind_the_last_event_that_goes() {
    let (_db, client) = aged().await;
    let append = async |stream: &str| {
        let append = Append::new().to(stream, ExpectedVersion::Any, moves(1));
        append.run(&client).await.unwrap();
    };
    for stream in ["e", "f"] {
        append(stream).await;
        let late = format!(
            "INSERT INTO events (global_position, stream_id, event_version, event_id, event_type, event_data, created_at)
             SELECT nextval('events_position_seq'), '{stream}', 2, i.id, 'moved', '{{}}', event_time(i.id)
               FROM (SELECT ('019bbfb3-f2c9-7000-8000-0000000000' || to_hex(ascii('{stream}')))::uuid AS id) AS i;
             UPDATE event_streams AS s SET stream_version = 2, first_event_id = e.event_id
               FROM events AS e WHERE s.stream_id = '{stream}' AND e.stream_id = '{stream}' AND e.event_version = 2"
        );
        client.batch_execute(&late).await.unwrap();
    }
    append("f").await;
    assert_eq!(verify_events(&client).await.unwrap(), []);
    assert_eq!(versions(&client, "f", 1).await.unwrap(), [1, 2, 3]);
    drop_old_partitions(&client, 1).await.unwrap();
    for stream in ["e", "f"] {
        refused(versions(&client, stream, 1).await, stream, 3);
    }
    assert_eq!(versions(&client, "f", 3).await.unwrap(), [3]);
    assert_eq!(versions(&client, "e", 3).await.unwrap(), [0; 0]);
    assert_eq!(verify_events(&client).await.unwrap(), []);
    // Its first event is still there, so that it is not begun anew.
    let old = "UPDATE event_streams SET updated_at = '2026-02-01' WHERE stream_id = 'e'";
    client.batch_execute(old).await.unwrap();
    let since = "2026-06-01T00:00:00Z".parse().unwrap();
    assert_eq!(forget_streams(&client, since).await.unwrap().streams, 0);
    append("e").await;
    assert_eq!(versions(&client, "e", 3).await.unwrap(), [3]);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}
