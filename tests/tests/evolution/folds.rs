//! Events that were appended before a change: the previous release reads them after it as before, what they fold to is
//! the same, and it goes on appending.

use eventcore_codegen::plan::Hazard;
use eventcore_generated::event_store::{Append, ExpectedVersion, NewEvent};
use eventcore_generated::streams::read_stream_forward;
use eventcore_schema_model::Event;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::case::{Rendered, apply, evolve_if_allowed, found, valid};
use crate::pairs::Pairs;
use crate::queries::with_words;

/// Changes of each layout that are of the log itself, and so many that are not.
const CHANGES: usize = 4;
/// Seeds that are tried for them.
const SEEDS: u64 = 4_000;
const STREAMS: [&str; 3] = ["account-1", "account-2", "it's \"odd\""];

#[derive(Debug, Serialize, Deserialize, Event)]
#[event(type = "account.moved")]
struct Moved {
    cents: i64,
}

/// What a stream's events come to: each amount counts by its place, so that order matters.
#[derive(Debug, Default, PartialEq)]
struct Account {
    cents: i64,
    version: i64,
}

async fn append(client: &Client, stream: &str, cents: impl IntoIterator<Item = i64>) {
    let moved = cents
        .into_iter()
        .map(|cents| NewEvent::new(&Moved { cents }).unwrap());
    let append = Append::new().to(stream, ExpectedVersion::Any, moved);
    append.run(client).await.unwrap();
}

async fn fold(client: &Client, stream: &str) -> Account {
    let events = read_stream_forward(client, stream, 1, 1000).await.unwrap();
    let mut account = Account::default();
    for event in events {
        let moved: Moved = event.decode().unwrap();
        account.cents = account.cents * 3 + moved.cents;
        account.version = event.event_version;
    }
    account
}

async fn folds(client: &Client) -> Vec<Account> {
    let mut folds = Vec::new();
    for stream in STREAMS {
        folds.push(fold(client, stream).await);
    }
    folds
}

/// A random change of the store, tables and all, that its programs outlive.
fn change(from: &ValidSchema, seed: u64) -> Option<(ValidSchema, Vec<Rendered>)> {
    let mut pairs = Pairs::new(seed);
    let to = validate(pairs.edited(from)).ok()?;
    let to = with_words(from, to);
    let migrations = evolve_if_allowed(from, &to, &format!("seed {seed}"))?;
    let breaks = migrations
        .iter()
        .flat_map(|it| &it.planned.step.hazards)
        .any(|hazard| matches!(hazard, Hazard::BreaksPrevious { .. }));
    (!breaks && !migrations.is_empty()).then_some((to, migrations))
}

async fn fold_alike(store: EventStore) {
    let from = valid(store.schema());
    let log = from.tables.iter().find(|it| it.append_only).unwrap();
    let (mut of_log, mut of_others) = (0, 0);
    for seed in 0..SEEDS {
        let Some((to, migrations)) = change(&from, seed) else {
            continue;
        };
        let is_of_log = to.find_table(&log.name) != Some(log);
        let count = if is_of_log {
            &mut of_log
        } else {
            &mut of_others
        };
        if *count == CHANGES {
            continue;
        }
        *count += 1;
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &from).await;
        for (stream, start) in STREAMS.into_iter().zip([1, 100, -7]) {
            append(&client, stream, start..start + 5).await;
        }
        let before = folds(&client).await;
        assert_eq!(
            before[0],
            Account {
                cents: 179,
                version: 5
            }
        );
        for migration in &migrations {
            apply(&client, migration).await;
            assert_eq!(
                folds(&client).await,
                before,
                "seed {seed}\n{}",
                migration.text
            );
        }
        append(&client, STREAMS[0], [6]).await;
        let next = Account {
            cents: before[0].cents * 3 + 6,
            version: 6,
        };
        assert_eq!(fold(&client, STREAMS[0]).await, next, "seed {seed}");
        if (of_log, of_others) == (CHANGES, CHANGES) {
            return;
        }
    }
    panic!("only {of_log} changes are of the log, and {of_others} of others");
}

#[tokio::test]
async fn events_of_a_simple_store_fold_alike_after_any_change() {
    fold_alike(EventStore::simple()).await;
}

#[tokio::test]
async fn events_of_a_partitioned_store_fold_alike_after_any_change() {
    fold_alike(EventStore::partitioned()).await;
}
