//! Reads: streams both ways, several streams, single events, processes, searches (R3, R11).

use eventcore_generated::event_store::{Append, ExpectedVersion, NewEvent};
use eventcore_generated::events::{
    find_event, find_events_by_metadata, find_events_by_payload, read_causes, read_correlation,
    read_effects, read_user_events,
};
use eventcore_generated::layout::Layout;
use eventcore_generated::rows::RecordedEvent;
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::{
    ReadStreamForward, find_streams, list_streams, read_stream_backward, read_stream_forward,
    read_streams,
};
use eventcore_generated::value::RawJson;
use eventcore_tests::store::{Closed, Moved, store};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{append, moves, on_both_layouts};

on_both_layouts!(
    a_stream_is_read_forward_backward_and_from_a_version,
    several_streams_come_in_the_order_of_the_feed,
    an_event_comes_back_as_it_went_in,
    a_correlation_and_both_ways_of_a_causation,
    a_circle_of_causes_ends,
    events_are_found_by_what_they_contain,
    streams_are_listed_by_name,
    a_value_that_postgresql_cannot_take_is_refused_by_name,
);

fn versions(events: &[RecordedEvent]) -> Vec<i64> {
    events.iter().map(|event| event.event_version).collect()
}

async fn a_stream_is_read_forward_backward_and_from_a_version(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 5).await;
    append(&client, "b", 1).await;
    let forward = |from, most| read_stream_forward(&client, "a", from, most);
    assert_eq!(versions(&forward(1, 100).await.unwrap()), [1, 2, 3, 4, 5]);
    assert_eq!(versions(&forward(3, 2).await.unwrap()), [3, 4]);
    assert_eq!(versions(&forward(6, 2).await.unwrap()), [0_i64; 0]);
    let backward = |from, most| read_stream_backward(&client, "a", from, most);
    assert_eq!(versions(&backward(i64::MAX, 2).await.unwrap()), [5, 4]);
    assert_eq!(versions(&backward(2, 9).await.unwrap()), [2, 1]);
    assert!(
        read_stream_forward(&client, "absent", 1, 9)
            .await
            .unwrap()
            .is_empty()
    );

    let prepared = ReadStreamForward::prepare(&client).await.unwrap();
    for _ in 0..7 {
        assert_eq!(
            versions(&prepared.query(&client, "a", 4, 9).await.unwrap()),
            [4, 5]
        );
    }
}

async fn several_streams_come_in_the_order_of_the_feed(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for stream in ["a", "b", "c", "a", "c"] {
        append(&client, stream, 1).await;
    }
    let read = |after, most| read_streams(&client, &["a", "c", "absent"], after, most);
    let all = read(0, 9).await.unwrap();
    let names: Vec<&str> = all.iter().map(|event| event.stream_id.as_str()).collect();
    assert_eq!(names, ["a", "c", "a", "c"]);
    assert!(all.is_sorted_by_key(|event| event.global_position));
    let rest = read(all[0].global_position, 2).await.unwrap();
    assert_eq!(versions(&rest), [1, 2]);
    let rows = find_streams(&client, &["c", "a", "absent"]).await.unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.stream_id.as_str(), row.stream_version))
        .collect();
    assert_eq!(found, [("a", 2), ("c", 2)]);
}

async fn an_event_comes_back_as_it_went_in(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let (cause, correlation) = (Uuid::now_v7(), Uuid::now_v7());
    let full = NewEvent::new(&Moved {
        by: -7,
        note: "é\"\\\n漢".to_owned(),
    })
    .unwrap()
    .metadata(&json!({"ip": "192.0.2.1"}))
    .unwrap()
    .causation(cause)
    .correlation(correlation)
    .user("ann");
    let bare = NewEvent::new(&Closed { for_good: true }).unwrap();
    let call = Append::new().to("a", ExpectedVersion::NoStream, [full.clone(), bare.clone()]);
    call.run(&client).await.unwrap();

    let stored = find_event(&client, full.event_id).await.unwrap().unwrap();
    assert_eq!(stored.decode::<Moved>().unwrap().note, "é\"\\\n漢");
    assert_eq!((stored.event_version, stored.schema_version), (1, 1));
    assert_eq!(
        (stored.causation_id, stored.correlation_id),
        (Some(cause), Some(correlation))
    );
    assert_eq!(stored.user_id.as_deref(), Some("ann"));
    let metadata: serde_json::Value = stored.metadata.as_ref().unwrap().decode().unwrap();
    assert_eq!(metadata["ip"], "192.0.2.1");
    let (seconds, nanos) = full.event_id.get_timestamp().unwrap().to_unix();
    let millis = i64::try_from(seconds).unwrap() * 1000 + i64::from(nanos / 1_000_000);
    assert_eq!(stored.created_at.timestamp_millis(), millis);
    assert_eq!(stored.created_at.timestamp_subsec_micros() % 1000, 0);

    let stored = find_event(&client, bare.event_id).await.unwrap().unwrap();
    assert_eq!(
        (stored.event_type.as_str(), stored.schema_version),
        ("counter.closed", 2)
    );
    assert_eq!(
        (&stored.metadata, &stored.user_id, stored.causation_id),
        (&None, &None, None)
    );
    assert!(stored.decode::<Moved>().is_err());
    assert!(find_event(&client, Uuid::now_v7()).await.unwrap().is_none());
}

/// Appends an event that names its cause.
async fn caused(client: &Client, stream: &str, cause: Option<Uuid>, correlation: Uuid) -> Uuid {
    let mut event = moves(1).remove(0).correlation(correlation).user("ann");
    event.causation_id = cause;
    let id = event.event_id;
    Append::new()
        .to(stream, ExpectedVersion::Any, [event])
        .run(client)
        .await
        .unwrap();
    id
}

async fn a_correlation_and_both_ways_of_a_causation(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let (process, other) = (Uuid::now_v7(), Uuid::now_v7());
    let root = caused(&client, "a", None, process).await;
    let left = caused(&client, "b", Some(root), process).await;
    let leaf = caused(&client, "a", Some(left), process).await;
    let right = caused(&client, "c", Some(root), process).await;
    caused(&client, "c", None, other).await;

    let ids = |events: Vec<RecordedEvent>| -> Vec<Uuid> {
        events.into_iter().map(|event| event.event_id).collect()
    };
    let all = read_correlation(&client, process, 0, 9).await.unwrap();
    assert_eq!(ids(all), [root, left, leaf, right]);
    assert_eq!(
        ids(read_causes(&client, leaf, 9).await.unwrap()),
        [leaf, left, root]
    );
    assert_eq!(
        ids(read_causes(&client, leaf, 1).await.unwrap()),
        [leaf, left]
    );
    assert_eq!(
        ids(read_effects(&client, root, 9).await.unwrap()),
        [root, left, right, leaf]
    );
    assert_eq!(
        ids(read_effects(&client, root, 1).await.unwrap()),
        [root, left, right]
    );
    assert_eq!(ids(read_effects(&client, leaf, 9).await.unwrap()), [leaf]);
    assert_eq!(
        read_user_events(&client, "ann", 0, 9).await.unwrap().len(),
        5
    );
}

async fn a_circle_of_causes_ends(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let (mut first, mut second) = (moves(1).remove(0), moves(1).remove(0));
    first.causation_id = Some(second.event_id);
    second.causation_id = Some(first.event_id);
    let id = first.event_id;
    let call = Append::new().to("a", ExpectedVersion::Any, [first, second]);
    call.run(&client).await.unwrap();
    assert_eq!(read_causes(&client, id, 1000).await.unwrap().len(), 2);
    assert_eq!(read_effects(&client, id, 1000).await.unwrap().len(), 2);
}

async fn events_are_found_by_what_they_contain(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for by in 1..=3 {
        let event = NewEvent::new(&Moved::by(by))
            .unwrap()
            .metadata(&json!({"shop": by % 2}))
            .unwrap();
        Append::new()
            .to("a", ExpectedVersion::Any, [event])
            .run(&client)
            .await
            .unwrap();
    }
    let document = |value| RawJson::encode(&value).unwrap();
    let odd = find_events_by_metadata(&client, &document(json!({"shop": 1})), 0, 9)
        .await
        .unwrap();
    assert_eq!(versions(&odd), [1, 3]);
    let two = find_events_by_payload(&client, &document(json!({"by": 2})), 0, 9)
        .await
        .unwrap();
    assert_eq!(versions(&two), [2]);
}

async fn streams_are_listed_by_name(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for stream in ["order-1", "order-2", "Order-3", "order_4", "other"] {
        append(&client, stream, 1).await;
    }
    let list = async |prefix: &str, after: &str, most| -> Vec<String> {
        let rows = list_streams(&client, prefix, after, most).await.unwrap();
        rows.into_iter().map(|row| row.stream_id).collect()
    };
    assert_eq!(list("order-", "", 9).await, ["order-1", "order-2"]);
    assert_eq!(list("order-", "order-1", 9).await, ["order-2"]);
    assert_eq!(list("", "", 2).await, ["Order-3", "order-1"]);
}

async fn a_value_that_postgresql_cannot_take_is_refused_by_name(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let json = |text: &str| RawJson::parse(text).unwrap();
    let by_payload = async |text: &str| find_events_by_payload(&client, &json(text), 0, 9).await;
    let refused = [
        (
            read_stream_forward(&client, "a\0", 1, 9).await.err(),
            "22021",
        ),
        (find_streams(&client, &["a\0"]).await.err(), "22021"),
        (by_payload(r#"{"a":"\u0000"}"#).await.err(), "22P05"),
        (by_payload(r#"{"a":1e200000}"#).await.err(), "22003"),
        (by_payload(r#"{"a":"\ud800"}"#).await.err(), "22P02"),
    ];
    for (error, code) in refused {
        let error = error.expect(code);
        assert_eq!(error.sql_state(), Some(code), "{error}");
        let is_of_value = matches!(error.as_store(), Some(StoreError::InvalidValue { .. }));
        assert!(is_of_value, "{error:?}");
    }
    // 0 is the version of a stream that does not exist.
    let expected = ExpectedVersion::Exactly(0);
    Append::new()
        .to("new", expected, moves(1))
        .run(&client)
        .await
        .unwrap();
    let conflict = Append::new()
        .to("new", expected, moves(1))
        .run(&client)
        .await
        .unwrap_err();
    assert!(
        matches!(conflict.as_store(), Some(StoreError::Conflict(_))),
        "{conflict}"
    );
}
