//! Writers and readers on one store, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_tests::TestDatabase;
use eventcore_tests::random::Random;
use eventcore_tests::store::store;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, NoTls};

use super::poller::Reader;
use super::verdict::{Seen, Verdict, judge};
use super::writer::{Act, Outcome, Writer};

const WRITERS: u64 = 18;

/// When to stop.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    end: Instant,
    done: Arc<AtomicBool>,
}

impl Clock {
    /// Whether writers are to go on.
    pub(crate) fn is_writing(&self) -> bool {
        Instant::now() < self.end
    }

    /// Whether every transaction of every writer has ended.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }
}

/// What a run came to.
pub(crate) struct Report {
    /// One for each of [`Reader::ALL`].
    pub(crate) verdicts: Vec<Verdict>,
    /// Committed events.
    pub(crate) events: usize,
    /// Positions that were taken and never committed.
    pub(crate) burned: i64,
    /// How often each act came to what.
    pub(crate) acts: BTreeMap<(Act, Outcome), usize>,
}

pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The seed of the environment, or one from the time.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("EVENTCORE_SOAK_SEED").ok();
    given.map_or_else(
        || uuid::Uuid::now_v7().as_u64_pair().1,
        |seed| seed.parse().unwrap(),
    )
}

/// How long to write: as the environment says, or so many seconds.
pub(crate) fn soak_time(seconds: u64) -> Duration {
    let given = std::env::var("EVENTCORE_SOAK_SECONDS").ok();
    Duration::from_secs(given.map_or(seconds, |seconds| seconds.parse().unwrap()))
}

/// Lets writers and readers loose on a fresh store, after `change`.
pub(crate) async fn run(layout: Layout, seed: u64, time: Duration, change: &str) -> Report {
    eprintln!("{layout}: EVENTCORE_SOAK_SEED={seed}, {time:?}");
    let db = store(layout).await;
    let admin = db.connect().await;
    admin.batch_execute(change).await.unwrap();
    let clock = Clock {
        end: Instant::now() + time,
        done: Arc::default(),
    };
    let mut random = Random::new(seed);
    let mut readers = Vec::new();
    for reader in Reader::ALL {
        readers.push(tokio::spawn(reader.run(db.config(), clock.clone())));
    }
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let writer = Writer::new(&db, number, random.fork()).await;
        writers.spawn(writer.run(clock.clone()));
    }
    let mut acts = BTreeMap::new();
    while let Some(counts) = writers.join_next().await {
        for (act, count) in counts.unwrap() {
            *acts.entry(act).or_default() += count;
        }
    }
    all_ended(&db, &admin).await;
    clock.done.store(true, Ordering::SeqCst);

    let mut read = Vec::new();
    for reader in readers {
        read.push(reader.await.unwrap());
    }
    let stored = stored(&admin).await;
    let verdicts = Reader::ALL
        .iter()
        .zip(&read)
        .map(|(reader, seen)| judge(stored.iter().filter(|event| reader.wants(event)), seen));
    let report = Report {
        verdicts: verdicts.collect(),
        events: stored.len(),
        burned: stored.last().map_or(0, |last| last.position)
            - i64::try_from(stored.len()).unwrap(),
        acts,
    };
    assert_eq!(verify_events(&admin).await.unwrap(), []);
    report
}

/// Waits until no session but the readers' has a transaction: one that was killed may still be on its way out.
async fn all_ended(db: &TestDatabase<'_>, admin: &Client) {
    let open = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'writer')
                     + (SELECT count(*) FROM pg_prepared_xacts WHERE database = $1)";
    for _ in 0..1000 {
        let open: i64 = admin.query_one(open, &[&db.name()]).await.unwrap().get(0);
        if open == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a writer's transaction does not end");
}

async fn stored(admin: &Client) -> Vec<Seen> {
    let rows = admin
        .query(
            "SELECT global_position, stream_id, event_version, event_id FROM event_log ORDER BY global_position",
            &[],
        )
        .await
        .unwrap();
    let seen = rows.iter().map(|row| Seen {
        position: row.get(0),
        stream: row.get(1),
        version: row.get(2),
        event_id: row.get(3),
    });
    seen.collect()
}
