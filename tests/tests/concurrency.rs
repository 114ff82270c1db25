//! Many writers at once, over the generated functions: nothing lost, doubled or out of order, and nobody waits for
//! ever (R7, R8, R10). The order of the feed is proved in `feed_order`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventcore_generated::error::Error;
use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, NewEvent};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{list_partitions, verify_events};
use eventcore_generated::partitions::{
    create_monthly_partition, drop_old_partitions, maintain_partitions,
};
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::{find_stream, read_stream_forward};
use eventcore_tests::random::Random;
use eventcore_tests::store::{kept_months, moves, store};
use eventcore_tests::{TestDatabase, on_both_layouts};
use tokio::task::JoinSet;
use tokio_postgres::Client;

const WRITERS: u64 = 8;
const STREAMS: u64 = 4;

on_both_layouts!(
    eight_writers_lose_double_and_disorder_no_version,
    single_calls_over_several_streams_never_deadlock,
    one_of_several_creators_wins,
    a_replay_that_races_with_the_original_stores_once,
);

/// Runs a task on a connection of its own for each number, and gathers what they return.
async fn race<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    db: &TestDatabase<'_>,
    racers: u64,
    racer: impl Fn(u64, Client) -> F,
) -> Vec<T> {
    let mut racers_at_work = JoinSet::new();
    for number in 0..racers {
        racers_at_work.spawn(racer(number, db.connect().await));
    }
    racers_at_work.join_all().await
}

fn is_conflict(error: &Error) -> bool {
    matches!(error.as_store(), Some(StoreError::Conflict(_)))
}

async fn version(client: &Client, stream: &str) -> i64 {
    let row = find_stream(client, stream).await.unwrap();
    row.map_or(0, |row| row.stream_version)
}

fn at(version: i64) -> ExpectedVersion {
    match version {
        0 => ExpectedVersion::NoStream,
        version => ExpectedVersion::Exactly(version),
    }
}

async fn eight_writers_lose_double_and_disorder_no_version(layout: Layout) {
    const APPENDS: usize = 60;
    let db = store(layout).await;
    let outcomes = race(&db, WRITERS, async |number, client| {
        let mut random = Random::new(number);
        let (mut stored, mut conflicts) = (Vec::new(), 0);
        while stored.len() < APPENDS {
            let stream = format!("s-{}", random.below(STREAMS));
            let expected = version(&client, &stream).await;
            // Long enough for another to come between.
            if random.chance(50) {
                random.sleep_below(3).await;
            }
            let event = moves(1).remove(0);
            let id = event.event_id;
            match Append::new()
                .to(&stream, at(expected), [event])
                .run(&client)
                .await
            {
                Ok(done) => {
                    assert_eq!(done.versions, [expected + 1]);
                    stored.push((stream, expected + 1, id, done.positions[0]));
                }
                Err(error) if is_conflict(&error) => conflicts += 1,
                Err(error) => panic!("{error}"),
            }
        }
        (stored, conflicts)
    })
    .await;
    let conflicts: i32 = outcomes.iter().map(|(_, conflicts)| conflicts).sum();
    assert!(conflicts > 0, "nobody was in anybody's way");
    let mut claimed: Vec<_> = outcomes
        .into_iter()
        .flat_map(|(stored, _)| stored)
        .collect();
    claimed.sort();

    let client = db.connect().await;
    let mut found = Vec::new();
    for number in 0..STREAMS {
        let stream = format!("s-{number}");
        let events = read_stream_forward(&client, &stream, 1, 10_000)
            .await
            .unwrap();
        let count = i64::try_from(events.len()).unwrap();
        assert_eq!(version(&client, &stream).await, count);
        assert!(events.iter().map(|event| event.event_version).eq(1..=count));
        assert!(events.is_sorted_by_key(|event| event.global_position));
        found.extend(events.into_iter().map(|event| {
            let place = (event.event_version, event.event_id, event.global_position);
            (event.stream_id, place.0, place.1, place.2)
        }));
    }
    assert_eq!(found, claimed);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

async fn single_calls_over_several_streams_never_deadlock(layout: Layout) {
    const CALLS: u64 = 150;
    let db = store(layout).await;
    let codes = race(&db, WRITERS, async |number, client| {
        let mut random = Random::new(100 + number);
        let mut codes = Vec::new();
        for _ in 0..CALLS {
            let mut streams: Vec<u64> = (0..6).collect();
            random.shuffle(&mut streams);
            let call = streams[..4].iter().fold(Append::new(), |call, stream| {
                let name = format!("s-{stream}");
                match random.below(4) {
                    0 => call.check(name, ExpectedVersion::Any),
                    1 => call.to(name, ExpectedVersion::Any, moves(2)),
                    2 => call.to(name, ExpectedVersion::Exists, moves(1)),
                    _ => call.to(name, ExpectedVersion::NoStream, moves(1)),
                }
            });
            if let Err(error) = call.run(&client).await {
                codes.push(error.sql_state().unwrap_or("none").to_owned());
            }
        }
        codes
    })
    .await;
    // Eight writers make 1,200 calls.
    let others: Vec<String> = codes
        .into_iter()
        .flatten()
        .filter(|code| code != "ES010")
        .collect();
    assert_eq!(others, Vec::<String>::new());
    let client = db.connect().await;
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

async fn one_of_several_creators_wins(layout: Layout) {
    let db = store(layout).await;
    let started = Arc::new(tokio::sync::Barrier::new(usize::try_from(WRITERS).unwrap()));
    let outcomes = race(&db, WRITERS, |_, client| {
        let started = Arc::clone(&started);
        async move {
            let mut won = Vec::new();
            for round in 0..30 {
                started.wait().await;
                // Half of the rounds are one event, the short way through the function.
                let call = Append::new().to(
                    format!("new-{round}"),
                    ExpectedVersion::NoStream,
                    moves(1 + round % 2),
                );
                match call.run(&client).await {
                    Ok(done) => won.push((round, done.versions[0])),
                    Err(error) => assert!(is_conflict(&error), "{error}"),
                }
            }
            won
        }
    })
    .await;
    let mut won: Vec<_> = outcomes.into_iter().flatten().collect();
    won.sort_unstable();
    let once: Vec<_> = (0..30).map(|round| (round, 1 + round % 2)).collect();
    assert_eq!(won, once);
    let client = db.connect().await;
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

async fn a_replay_that_races_with_the_original_stores_once(layout: Layout) {
    const ROUNDS: usize = 40;
    const RACERS: u64 = 3;
    let db = store(layout).await;
    // The same append, to one or two streams, of one or several events, with each kind of expectation.
    let calls: Vec<Append> = (0..ROUNDS)
        .map(|round| {
            let events = |count| -> Vec<NewEvent> { moves(count) };
            let (first, second) = (format!("a-{round}"), format!("b-{round}"));
            match round % 4 {
                0 => Append::new().to(first, ExpectedVersion::NoStream, events(1)),
                1 => Append::new().to(first, ExpectedVersion::Any, events(1)),
                2 => Append::new()
                    .to(first, ExpectedVersion::NoStream, events(3))
                    .to(second, ExpectedVersion::NoStream, events(2)),
                _ => Append::new()
                    .to(second, ExpectedVersion::Any, events(2))
                    .to(first, ExpectedVersion::Any, events(1)),
            }
        })
        .collect();
    let calls = Arc::new(calls);
    let started = Arc::new(tokio::sync::Barrier::new(usize::try_from(RACERS).unwrap()));
    let outcomes: Vec<Vec<Appended>> = race(&db, RACERS, |_, client| {
        let (calls, started) = (Arc::clone(&calls), Arc::clone(&started));
        async move {
            let mut outcomes = Vec::new();
            for call in calls.iter() {
                started.wait().await;
                outcomes.push(call.run(&client).await.unwrap());
            }
            outcomes
        }
    })
    .await;
    for round in 0..ROUNDS {
        let of_round: Vec<&Appended> = outcomes.iter().map(|outcomes| &outcomes[round]).collect();
        let originals = of_round.iter().filter(|done| !done.replayed).count();
        assert_eq!(originals, 1, "round {round}: {of_round:?}");
        assert!(of_round.iter().all(|done| {
            (&done.versions, &done.positions) == (&of_round[0].versions, &of_round[0].positions)
        }));
    }
    let client = db.connect().await;
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn makers_and_droppers_of_partitions_race_while_appends_go_on() {
    const ROUNDS: u32 = 6;
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..3 {
        let (writer, done) = (db.connect().await, Arc::clone(&done));
        writers.spawn(async move {
            let mut appended = 0_i64;
            while !done.load(Ordering::Relaxed) {
                let call = Append::new().to(format!("w-{number}"), ExpectedVersion::Any, moves(2));
                call.run(&writer).await.unwrap();
                appended += 2;
            }
            appended
        });
    }
    let dropped = race(&db, 6, async |number, client| {
        let mut dropped = Vec::new();
        for round in 0..ROUNDS {
            let month = chrono::NaiveDate::from_ymd_opt(2020, 1 + round, 5).unwrap();
            match number % 3 {
                0 => {
                    let made = create_monthly_partition(&client, month).await.unwrap();
                    assert_eq!(
                        made.partition_name,
                        format!("public.events_2020_{:02}", 1 + round)
                    );
                }
                1 => {
                    maintain_partitions(&client).await.unwrap();
                }
                // Gives up when it waits long, as it says.
                _ => match drop_old_partitions(&client, 12).await {
                    Ok(names) => dropped.extend(names.into_iter().map(|row| row.partition_name)),
                    Err(error) => assert_eq!(error.sql_state(), Some("55P03"), "{error}"),
                },
            }
        }
        dropped
    })
    .await;
    done.store(true, Ordering::Relaxed);
    let appended: i64 = writers.join_all().await.into_iter().sum();
    assert!(appended > 0);
    let dropped: Vec<String> = dropped.into_iter().flatten().collect();
    assert!(
        dropped
            .iter()
            .all(|name| name.starts_with("public.events_2020_"))
    );
    drop_old_partitions(&client, 12).await.unwrap();
    assert_eq!(
        list_partitions(&client).await.unwrap().len(),
        kept_months().len(),
        "the months that are kept ready"
    );
    let events: i64 = client
        .query_one("SELECT count(*) FROM event_log", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(events, appended);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}
