//! Event stores to test with: a fresh database that the migrations of a layout have run on.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate, Utc};
use eventcore_codegen::history::{Planning, Recorded};
use eventcore_codegen::{GenerateOptions, Store, generate};
use eventcore_generated::event_store::NewEvent;
use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_schema_model::Event;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::validate;
use serde::{Deserialize, Serialize};

use crate::TestDatabase;

/// A fresh store of a layout. Dropped with the value.
///
/// # Panics
/// When a migration fails, or there is no server.
pub async fn store(layout: Layout) -> TestDatabase<'static> {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    for migration in migrations(layout) {
        let done = client.batch_execute(migration.sql).await;
        done.unwrap_or_else(|error| panic!("{layout}: {}: {error:?}", migration.name));
    }
    db
}

/// What a definition generates, in memory, with paths below the store's folder such as `schema.sql`.
///
/// # Panics
/// When the definition is not valid.
pub fn generated(schema: Schema) -> BTreeMap<String, String> {
    let schema = validate(schema).unwrap_or_else(|violations| panic!("{violations}"));
    let store = Store {
        schema: &schema,
        folder: "store",
        recorded: &Recorded::default(),
        planning: Planning::Founding,
    };
    let options = GenerateOptions {
        project: "tests",
        name: None,
    };
    let files = generate(&[store], options).unwrap_or_else(|error| panic!("{error}"));
    files
        .into_iter()
        .filter_map(|file| Some((file.path.strip_prefix("store/")?.to_owned(), file.contents)))
        .collect()
}

/// The migrations that a definition generates, in order: file name and text.
///
/// # Panics
/// When the definition is not valid.
pub fn generated_migrations(schema: Schema) -> Vec<(String, String)> {
    let files = generated(schema).into_iter();
    files
        .filter_map(|(path, text)| Some((path.strip_prefix("migrations/")?.to_owned(), text)))
        .filter(|(name, _)| name != "migrations.sum")
        .collect()
}

/// The months, by their first days, that a partitioned store keeps ready: from the one that an event id of seven
/// days ago lies in to six after this one, in UTC.
pub fn kept_months() -> Vec<NaiveDate> {
    let today = Utc::now().date_naive();
    let oldest = today - Days::new(7);
    let first = oldest - Days::new(oldest.day0().into());
    let last = today + Months::new(6);
    std::iter::successors(Some(first), |month| {
        month.checked_add_months(Months::new(1))
    })
    .take_while(|month| *month <= last)
    .collect()
}

/// An event of the tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "counter.moved")]
pub struct Moved {
    /// By how much.
    pub by: i64,
    /// Why.
    pub note: String,
}

impl Moved {
    /// A move with an empty note.
    pub fn by(by: i64) -> Self {
        Self {
            by,
            note: String::new(),
        }
    }
}

/// Another event of the tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "counter.closed", version = 2)]
pub struct Closed {
    /// Whether for good.
    pub for_good: bool,
}

/// `count` new events, of moves by 1, 2, 3 and so on.
///
/// # Panics
/// Never: a move is an object, and has no NUL.
pub fn moves(count: i64) -> Vec<NewEvent> {
    (1..=count)
        .map(|by| NewEvent::new(&Moved::by(by)).expect("a move can be written"))
        .collect()
}

/// Makes a test of each function, in each layout: `async fn name(layout: Layout)`.
#[macro_export]
macro_rules! on_both_layouts {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        mod simple {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] $(#[$meta])*
            async fn $name() { super::$name(eventcore_generated::layout::Layout::Simple).await })*
        }
        mod partitioned {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] $(#[$meta])*
            async fn $name() { super::$name(eventcore_generated::layout::Layout::Partitioned).await })*
        }
    };
}
