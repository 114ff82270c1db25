//! What operators do and watch, over the generated functions: partitions, retention, health, statistics, upkeep, and
//! the check of the log (R7, R8, R12, R15; D6, D9, D10, D21).

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod faults;
mod monitoring;
mod online_drop;
mod partitions;
mod routine_checks;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, read_feed_page};
use eventcore_tests::TestDatabase;
use eventcore_tests::store::moves;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

/// Appends `count` events to a stream at whatever version.
async fn append(client: &Client, stream: &str, count: i64) -> Appended {
    let call = Append::new().to(stream, ExpectedVersion::Any, moves(count));
    call.run(client).await.unwrap()
}

async fn run(client: &Client, statements: &str) {
    let done = client.batch_execute(statements).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
}

/// A writer and a reader at work beside an operator.
struct Traffic {
    done: Arc<AtomicBool>,
    at_work: [JoinHandle<(u64, Duration)>; 2],
}

impl Traffic {
    async fn start(db: &TestDatabase<'_>) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let (writer, reader) = (db.connect().await, db.connect().await);
        let (writing, reading) = (Arc::clone(&done), Arc::clone(&done));
        let writer = tokio::spawn(async move {
            let (mut calls, mut longest) = (0, Duration::ZERO);
            while !writing.load(Ordering::Relaxed) {
                let started = Instant::now();
                append(&writer, "traffic", 1).await;
                longest = longest.max(started.elapsed());
                calls += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            (calls, longest)
        });
        let reader = tokio::spawn(async move {
            let (mut calls, mut longest) = (0, Duration::ZERO);
            while !reading.load(Ordering::Relaxed) {
                let started = Instant::now();
                read_feed_page(&reader, 0, 50).await.unwrap();
                longest = longest.max(started.elapsed());
                calls += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            (calls, longest)
        });
        Self {
            done,
            at_work: [writer, reader],
        }
    }

    /// Ends it. Neither had an error, and the longest call took less than `limit`.
    async fn end(self, limit: Duration) {
        self.done.store(true, Ordering::Relaxed);
        for task in self.at_work {
            let (calls, longest) = task.await.unwrap();
            assert!(calls > 0, "no call was answered");
            assert!(longest < limit, "a call took {longest:?}");
        }
    }
}
