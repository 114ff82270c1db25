//! Appends: expected versions, several streams, replays, refusals (R1, R10, D5, D17, D19).

use eventcore_generated::append::AppendEvents;
use eventcore_generated::error::Error;
use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, NewEvent};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_generated::store_error::{Conflict, StoreError};
use eventcore_generated::streams::{find_stream, read_stream_forward};
use eventcore_tests::store::{Moved, store};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{append, moves, on_both_layouts};

on_both_layouts!(
    an_append_gives_versions_and_positions,
    every_kind_of_expected_version,
    a_conflict_names_every_stream_and_burns_no_position,
    several_streams_are_appended_all_or_none,
    a_checked_stream_is_not_written,
    the_same_append_again_is_a_replay,
    an_event_id_is_taken_once,
    what_is_no_event_is_refused,
    stored_events_are_never_changed,
    a_nul_character_is_refused_with_its_place,
    an_append_keeps_updates_hot_and_times_true,
    arguments_that_do_not_belong_together_are_refused,
    arrays_that_start_elsewhere_lose_nothing,
    a_trigger_that_keeps_rows_away_is_named,
);

fn refusal(result: Result<Appended, Error>) -> StoreError {
    match result {
        Err(Error::Store(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

async fn version(client: &Client, stream: &str) -> i64 {
    find_stream(client, stream)
        .await
        .unwrap()
        .map_or(0, |row| row.stream_version)
}

/// No invariant is broken. The last line of most tests.
async fn verified(client: &Client) {
    assert_eq!(verify_events(client).await.unwrap(), []);
}

async fn an_append_gives_versions_and_positions(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let first = append(&client, "a", 1).await;
    assert_eq!((first.replayed, &first.versions[..]), (false, &[1][..]));
    let many = append(&client, "a", 10).await;
    assert_eq!(many.versions, [11]);
    assert_eq!(many.positions.len(), 10);
    assert!(many.positions.is_sorted() && many.positions[0] > first.positions[0]);

    let prepared = AppendEvents::prepare(&client).await.unwrap();
    for size in [1, 3] {
        let call = Append::new().to("b", ExpectedVersion::Any, moves(size));
        call.run_prepared(&client, &prepared).await.unwrap();
    }
    assert_eq!(version(&client, "b").await, 4);
    verified(&client).await;
}

async fn every_kind_of_expected_version(layout: Layout) {
    use ExpectedVersion::{Any, Exactly, Exists, NoStream};
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "old", 2).await;
    // Stream, expectation, events, the version afterwards or the one that was found.
    let cases = [
        ("new", Exists, 1, Err(0)),
        ("new", Exactly(1), 1, Err(0)),
        ("new", NoStream, 1, Ok(1)),
        ("new", NoStream, 1, Err(1)),
        ("any", Any, 2, Ok(2)),
        ("any", Any, 1, Ok(3)),
        ("old", Exists, 1, Ok(3)),
        ("old", Exactly(3), 2, Ok(5)),
        ("old", Exactly(3), 1, Err(5)),
        ("old", Exactly(9), 1, Err(5)),
        ("old", NoStream, 3, Err(5)),
        ("old", Exactly(5), 0, Ok(5)),
        ("old", Exactly(4), 0, Err(5)),
        ("gone", NoStream, 0, Ok(0)),
    ];
    for (stream, expected, count, outcome) in cases {
        let call = Append::new().to(stream, expected, moves(count));
        match (outcome, call.run(&client).await) {
            (Ok(version), Ok(done)) => assert_eq!(done.versions, [version], "{stream} {expected}"),
            (Err(actual), result) => {
                let StoreError::Conflict(found) = refusal(result) else {
                    panic!("{stream}")
                };
                let conflict = Conflict {
                    stream: stream.to_owned(),
                    expected,
                    actual,
                };
                assert_eq!(found.conflicts, [conflict]);
            }
            (Ok(_), Err(error)) => panic!("{stream} {expected}: {error}"),
        }
    }
    assert_eq!(version(&client, "gone").await, 0);
    verified(&client).await;
}

async fn a_conflict_names_every_stream_and_burns_no_position(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let before = append(&client, "a", 1).await.positions[0];
    let call = Append::new()
        .to("z", ExpectedVersion::Exactly(4), moves(1))
        .to("a", ExpectedVersion::NoStream, moves(1));
    let error = call.run(&client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "stream `a` is at version 1, expected was no stream; stream `z` is at version 0, expected was version 4"
    );
    assert!(!error.is_retryable());
    assert_eq!(append(&client, "b", 1).await.positions, [before + 1]);
}

async fn several_streams_are_appended_all_or_none(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let both = |b: ExpectedVersion| {
        Append::new()
            .to("b", b, moves(2))
            .to("a", ExpectedVersion::Any, moves(1))
    };
    let done = both(ExpectedVersion::NoStream).run(&client).await.unwrap();
    assert_eq!((done.versions, done.positions.len()), (vec![2, 1], 3));
    both(ExpectedVersion::NoStream)
        .run(&client)
        .await
        .unwrap_err();
    assert_eq!(
        (version(&client, "a").await, version(&client, "b").await),
        (1, 2)
    );
    verified(&client).await;
}

async fn a_checked_stream_is_not_written(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "account", 3).await;
    let call = |expected| {
        Append::new()
            .check("account", expected)
            .to("order", ExpectedVersion::Any, moves(1))
    };
    let done = call(ExpectedVersion::Exactly(3))
        .run(&client)
        .await
        .unwrap();
    assert_eq!(done.versions, [3, 1]);
    refusal(call(ExpectedVersion::Exactly(2)).run(&client).await);
    let absent = Append::new().check("absent", ExpectedVersion::NoStream).to(
        "order",
        ExpectedVersion::Any,
        moves(1),
    );
    assert_eq!(absent.run(&client).await.unwrap().versions, [0, 2]);
    assert_eq!(version(&client, "absent").await, 0);
    verified(&client).await;
}

async fn the_same_append_again_is_a_replay(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for expected in [ExpectedVersion::NoStream, ExpectedVersion::Any] {
        for count in [1, 3] {
            let stream = format!("{expected} {count}");
            let call = Append::new().to(&stream, expected, moves(count));
            let first = call.run(&client).await.unwrap();
            let again = call.run(&client).await.unwrap();
            assert_eq!(
                again,
                Appended {
                    replayed: true,
                    ..first.clone()
                }
            );
            // Also when the stream has moved on since.
            append(&client, &stream, 2).await;
            let late = call.run(&client).await.unwrap();
            assert_eq!((late.replayed, late.positions), (true, first.positions));
            assert_eq!(version(&client, &stream).await, count + 2);
        }
    }
    verified(&client).await;
}

async fn an_event_id_is_taken_once(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let event = moves(1).remove(0);
    let to = |stream: &str, event: &NewEvent| {
        Append::new().to(stream, ExpectedVersion::Any, [event.clone()])
    };
    to("a", &event).run(&client).await.unwrap();

    let other = NewEvent::new(&Moved::by(99)).unwrap().id(event.event_id);
    let more = moves(1).remove(0);
    let overlap = Append::new().to("a", ExpectedVersion::Any, [event.clone(), more]);
    let twice = Append::new().to("c", ExpectedVersion::Any, [event.clone(), event.clone()]);
    for call in [to("b", &event), to("a", &other), overlap] {
        let StoreError::EventIdTaken(taken) = refusal(call.run(&client).await) else {
            panic!()
        };
        assert_eq!(taken.stored[0].event_id, event.event_id);
        assert_eq!(
            (taken.stored[0].stream.as_str(), taken.stored[0].version),
            ("a", 1)
        );
    }
    let StoreError::InvalidAppend(_) = refusal(twice.run(&client).await) else {
        panic!()
    };
    assert_eq!(version(&client, "a").await, 1);
    verified(&client).await;
}

async fn what_is_no_event_is_refused(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let event = || moves(1).remove(0);
    let with = |change: fn(&mut NewEvent, &str), name: &str| {
        let mut event = event();
        change(&mut event, name);
        event
    };
    let named = |name: &str| with(|event, name| name.clone_into(&mut event.event_type), name);
    let long = "x".repeat(256);
    // Stream, event, SQLSTATE.
    let cases = [
        (
            "a",
            event().id(Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000)),
            "ES012",
        ),
        ("a", event().id(Uuid::nil()), "ES012"),
        (
            "a",
            event().id(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)),
            "ES012",
        ),
        (
            "a",
            event().id(Uuid::from_u128(0xffff_0000_0000_7000_8000_0000_0000_0001)),
            "ES012",
        ),
        ("", event(), "ES013"),
        (long.as_str(), event(), "ES013"),
        ("a\0", event(), "ES013"),
        ("a", named(""), "ES013"),
        ("a", named(&long), "ES013"),
        ("a", named("a\0"), "ES013"),
        ("a", event().user("a\0"), "ES013"),
        ("a", with(|event, _| event.schema_version = 0, ""), "ES013"),
    ];
    for (stream, event, code) in cases {
        for expected in [ExpectedVersion::Any, ExpectedVersion::NoStream] {
            let call = Append::new().to(stream, expected, [event.clone()]);
            let error = call.run(&client).await.unwrap_err();
            assert_eq!(error.sql_state(), Some(code), "{error}");
        }
    }
    assert_eq!(version(&client, "a").await, 0);
    // Bypassing the function: the owner may insert, yet the table refuses what is no event.
    let insert = "INSERT INTO public.event_streams (stream_id, stream_version) VALUES ('a', -1)";
    assert!(client.batch_execute(insert).await.is_err());
}

async fn stored_events_are_never_changed(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 2).await;
    let log = match layout {
        Layout::Simple => "public.events_simple",
        Layout::Partitioned => "public.events",
    };
    let mut tables = vec![log.to_owned()];
    let leaves =
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::text::regclass";
    for row in client.query(leaves, &[&log]).await.unwrap() {
        tables.push(row.get(0));
    }
    assert_eq!(tables.len() > 1, layout == Layout::Partitioned);
    for table in &tables {
        for change in [
            format!("UPDATE {table} SET user_id = 'x'"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let error = client.batch_execute(&change).await.unwrap_err();
            assert_eq!(error.code().unwrap().code(), "ES020", "{change}");
        }
    }
    let merge = format!(
        "INSERT INTO {log} SELECT * FROM {log} ON CONFLICT (event_id) DO UPDATE SET user_id = 'x'"
    );
    assert!(client.batch_execute(&merge).await.is_err());
    verified(&client).await;
}

async fn a_nul_character_is_refused_with_its_place(layout: Layout) {
    let event = Moved {
        by: 1,
        note: "a\0b".to_owned(),
    };
    let error = NewEvent::new(&event).unwrap_err().to_string();
    assert!(
        error.contains("counter.moved") && error.contains("note"),
        "{error}"
    );

    let db = store(layout).await;
    let client = db.connect().await;
    let escaped = Moved {
        by: 1,
        note: "a\\u0000b".to_owned(),
    };
    let call = Append::new().to(
        "a",
        ExpectedVersion::Any,
        [NewEvent::new(&escaped).unwrap()],
    );
    call.run(&client).await.unwrap();
    let stored = read_stream_forward(&client, "a", 1, 10).await.unwrap();
    assert_eq!(stored[0].decode::<Moved>().unwrap(), escaped);
}

async fn an_append_keeps_updates_hot_and_times_true(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for _ in 0..50 {
        append(&client, "a", 1).await;
    }
    let row = find_stream(&client, "a").await.unwrap().unwrap();
    assert!(row.updated_at > row.created_at);
    client
        .batch_execute("SELECT pg_stat_force_next_flush()")
        .await
        .ok();
    let fresh = db.connect().await;
    let counts =
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'event_streams'";
    let mut updates = (0_i64, 0_i64);
    for _ in 0..50 {
        let row = fresh.query_one(counts, &[]).await.unwrap();
        updates = (row.get(0), row.get(1));
        if updates.0 >= 49 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(updates.0, 49);
    assert!(
        updates.1 >= 48,
        "{} of {} updates were HOT",
        updates.1,
        updates.0
    );

    // A statement that moves the version and does not set updated_at has it set by the trigger; another one is no append.
    let set = async |what: &str| {
        let update = format!("UPDATE event_streams SET {what} = {what} WHERE stream_id = 'a'");
        client.batch_execute(&update).await.unwrap();
        find_stream(&client, "a").await.unwrap().unwrap().updated_at
    };
    assert_eq!(set("first_version").await, row.updated_at);
    assert!(set("stream_version").await > row.updated_at);
}

async fn arguments_that_do_not_belong_together_are_refused(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let nothing = Append::new();
    let twice = Append::new().to("a", ExpectedVersion::Any, moves(1)).to(
        "a",
        ExpectedVersion::Any,
        moves(1),
    );
    // -1 and -2 stand for other expectations in the function's arguments.
    let at = |version| Append::new().to("a", ExpectedVersion::Exactly(version), moves(1));
    let numbers = [-1, -2, -7, i64::MIN, i64::MAX].map(at);
    for call in [nothing, twice].into_iter().chain(numbers) {
        let StoreError::InvalidAppend(_) = refusal(call.run(&client).await) else {
            panic!()
        };
    }
    assert_eq!(version(&client, "a").await, 0);
}

/// The fast way and the general one store the same, whatever the bounds of the arrays are.
async fn arrays_that_start_elsewhere_lose_nothing(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let own_id = "ARRAY[new_event_id()]";
    for (stream, id) in [("own-id", own_id), ("made-id", "ARRAY[NULL]::uuid[]")] {
        let call = format!(
            "SELECT append_events(ARRAY['{stream}'], ARRAY[0], ARRAY[1], {id}, ARRAY['t'], ARRAY['{{}}']::jsonb[],
                 '[0:0]={{7}}', '[2:2]={{\"{{\\\"a\\\": 1}}\"}}', ARRAY[ARRAY[new_event_id()]], NULL, '[5:5]={{bob}}')"
        );
        client.batch_execute(&call).await.unwrap();
        let stored = client
            .query_one(
                "SELECT format('%s %s %s %s', schema_version, metadata, causation_id IS NOT NULL, user_id)
                   FROM event_log WHERE stream_id = $1",
                &[&stream],
            )
            .await
            .unwrap();
        assert_eq!(stored.get::<_, &str>(0), r#"7 {"a": 1} t bob"#, "{stream}");
    }
}

/// A team's own trigger may return NULL: neither a conflict, which is retried for ever, nor a wait without an end.
async fn a_trigger_that_keeps_rows_away_is_named(layout: Layout) {
    let log = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => "events",
    };
    for table in [log, "event_streams"] {
        let db = store(layout).await;
        let client = db.connect().await;
        append(&client, "known", 1).await;
        let trigger = format!(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             CREATE TRIGGER nothing BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION nothing()"
        );
        client.batch_execute(&trigger).await.unwrap();
        for (stream, expected, count) in [
            ("new", ExpectedVersion::NoStream, 1),
            ("new", ExpectedVersion::NoStream, 2),
            ("new", ExpectedVersion::Any, 1),
            ("known", ExpectedVersion::Exactly(1), 1),
            ("known", ExpectedVersion::Exactly(1), 2),
        ] {
            let call = Append::new().to(stream, expected, moves(count));
            let error = call.run(&client).await.unwrap_err();
            let source = std::error::Error::source(&error);
            let said = format!("{error} {source:?}");
            assert_eq!(error.sql_state(), Some("09000"), "{stream}: {said}");
            assert!(said.contains("let it return NEW"), "{stream}: {said}");
        }
        client
            .batch_execute(&format!("DROP TRIGGER nothing ON {table}"))
            .await
            .unwrap();
        verified(&client).await;
    }
}
