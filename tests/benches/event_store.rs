//! Appends and reads through the typed functions, against raw SQL on the same server in the same rounds.
//!
//! The raw reference is a floor with fewer guarantees: one prepared autocommit INSERT into a table with two
//! unique keys, no stream row, no version check, no order of the feed.
//!
//! `cargo bench -p eventcore-tests --bench event_store`; `ROUNDS` (7), `MILLISECONDS` (1000) a sample, and
//! `SYNCHRONOUS_COMMIT` (0): 1 to wait for the disk at each commit, as a server does by default.
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]

mod report;

use std::time::{Duration, Instant};

use eventcore_generated::append::AppendEvents;
use eventcore_generated::event_store::{Append, ExpectedVersion, NewEvent, read_feed_page};
use eventcore_generated::streams::ReadStreamForward;
use eventcore_schema_model::Event;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_tests::store::generated;
use eventcore_tests::{Server, ServerOptions, TestDatabase};
use report::{Samples, setting};
use serde::{Deserialize, Serialize};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

/// A payload of about 200 bytes.
#[derive(Clone, Debug, Serialize, Deserialize, Event)]
#[event(type = "order.line_added")]
struct LineAdded {
    order: Uuid,
    product: String,
    quantity: i64,
    price_cents: i64,
    note: String,
}

fn line(quantity: i64) -> LineAdded {
    LineAdded {
        order: Uuid::from_u128(7),
        product: "SKU-0123456789".to_owned(),
        quantity,
        price_cents: 1999,
        note: "a note of the usual length, neither short nor long, as people write them".to_owned(),
    }
}

const RAW_TABLE: &str = "CREATE TABLE raw_events (
    event_id uuid PRIMARY KEY, global_position bigserial, stream_id text COLLATE \"C\" NOT NULL,
    event_version bigint NOT NULL, event_type text NOT NULL, event_data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (stream_id, event_version))";

const RAW_INSERT: &str =
    "INSERT INTO raw_events (event_id, stream_id, event_version, event_type, event_data)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::jsonb[])";

const RAW_INSERT_ONE: &str =
    "INSERT INTO raw_events (event_id, stream_id, event_version, event_type, event_data)
    VALUES ($1, $2, $3, $4, $5)";

/// What is appended at once.
#[derive(Clone, Copy)]
enum Work {
    /// So many events to one stream.
    Events(usize),
    /// One event to each of two streams.
    TwoStreams,
}

impl Work {
    fn events(self) -> usize {
        match self {
            Self::Events(count) => count,
            Self::TwoStreams => 2,
        }
    }
}

/// Events of a stream before the next is begun.
const STREAM_LENGTH: i64 = 100;

/// A client that appends to streams of its own.
struct Writer {
    client: Client,
    append: Option<AppendEvents>,
    raw: Statement,
    raw_one: Statement,
    name: String,
    stream: u64,
    version: i64,
}

impl Writer {
    async fn new(db: &TestDatabase<'_>, name: String, typed: bool) -> Self {
        let client = db.connect().await;
        let append = if typed {
            Some(
                AppendEvents::prepare(&client)
                    .await
                    .expect("append prepares"),
            )
        } else {
            None
        };
        let raw = client.prepare(RAW_INSERT).await.expect("raw prepares");
        let raw_one = client.prepare(RAW_INSERT_ONE).await.expect("raw prepares");
        Self {
            client,
            append,
            raw,
            raw_one,
            name,
            stream: 0,
            version: 0,
        }
    }

    async fn once(&mut self, work: Work) {
        let count = i64::try_from(work.events()).expect("a small number");
        if self.version + count > STREAM_LENGTH {
            (self.stream, self.version) = (self.stream + 1, 0);
        }
        let stream = format!("{}-{}", self.name, self.stream);
        match &self.append {
            Some(append) => self.typed(append, &stream, work).await,
            None => self.raw(&stream, work).await,
        }
        self.version += match work {
            Work::Events(_) => count,
            Work::TwoStreams => 1,
        };
    }

    async fn typed(&self, statement: &AppendEvents, stream: &str, work: Work) {
        let expected = match self.version {
            0 => ExpectedVersion::NoStream,
            version => ExpectedVersion::Exactly(version),
        };
        let event = || NewEvent::new(&line(self.version)).expect("a line can be written");
        let append = match work {
            Work::Events(count) => {
                Append::new().to(stream, expected, std::iter::repeat_with(event).take(count))
            }
            Work::TwoStreams => Append::new()
                .to(format!("{stream}-a"), expected, [event()])
                .to(format!("{stream}-b"), expected, [event()]),
        };
        append
            .run_prepared(&self.client, statement)
            .await
            .expect("the append succeeds");
    }

    async fn raw(&self, stream: &str, work: Work) {
        let payload = || serde_json::to_value(line(self.version)).expect("a line can be written");
        if let Work::Events(1) = work {
            let id = Uuid::now_v7();
            let (next, payload) = (self.version + 1, payload());
            let event_type = LineAdded::SHAPES[0].event_type;
            let values: [&(dyn ToSql + Sync); 5] = [&id, &stream, &next, &event_type, &payload];
            self.client
                .execute(&self.raw_one, &values)
                .await
                .expect("the insert succeeds");
            return;
        }
        let mut rows = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for place in 0..i32::try_from(work.events()).expect("a small number") {
            let (stream, version) = match work {
                Work::Events(_) => (stream.to_owned(), self.version + 1 + i64::from(place)),
                Work::TwoStreams => (format!("{stream}-{place}"), self.version + 1),
            };
            rows.0.push(Uuid::now_v7());
            rows.1.push(stream);
            rows.2.push(version);
            rows.3.push(LineAdded::SHAPES[0].event_type);
            rows.4.push(payload());
        }
        let values: [&(dyn ToSql + Sync); 5] = [&rows.0, &rows.1, &rows.2, &rows.3, &rows.4];
        self.client
            .execute(&self.raw, &values)
            .await
            .expect("the insert succeeds");
    }
}

/// A database and its clients.
struct Subject {
    name: &'static str,
    db: TestDatabase<'static>,
    typed: bool,
}

impl Subject {
    async fn store(server: &'static Server, name: &'static str, store: &EventStore) -> Self {
        let db = TestDatabase::create_on(server).await;
        let files = generated(store.schema());
        let client = db.connect().await;
        client
            .batch_execute(&files["schema.sql"])
            .await
            .expect("the schema applies");
        client
            .batch_execute(RAW_TABLE)
            .await
            .expect("the raw table");
        Self {
            name,
            db,
            typed: true,
        }
    }

    async fn raw(server: &'static Server) -> Self {
        let db = TestDatabase::create_on(server).await;
        db.connect()
            .await
            .batch_execute(RAW_TABLE)
            .await
            .expect("the raw table");
        Self {
            name: "raw",
            db,
            typed: false,
        }
    }

    async fn writers(&self, label: &str, count: usize) -> Vec<Writer> {
        let mut writers = Vec::new();
        for place in 0..count {
            let name = format!("{label}-{place}");
            writers.push(Writer::new(&self.db, name, self.typed).await);
        }
        writers
    }
}

/// Events a second that these writers append together.
async fn rate(writers: &mut Vec<Writer>, work: Work, time: Duration) -> f64 {
    let started = Instant::now();
    let tasks: Vec<_> = std::mem::take(writers)
        .into_iter()
        .map(|mut writer| {
            tokio::spawn(async move {
                let mut appended = 0;
                while started.elapsed() < time {
                    writer.once(work).await;
                    appended += work.events();
                }
                (writer, appended)
            })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        let (writer, appended) = task.await.expect("no writer fails");
        writers.push(writer);
        total += appended;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of a second's events")]
    let total = total as f64;
    total / started.elapsed().as_secs_f64()
}

async fn appends(subjects: &[Subject], rounds: u64, time: Duration) {
    let works = [
        ("append 1", Work::Events(1)),
        ("append 10", Work::Events(10)),
        ("2 streams", Work::TwoStreams),
    ];
    println!("\nAppends, events/s, median (range), and share of raw in the same round\n");
    println!("| work | clients | subject | events/s | share of raw |\n|---|---|---|---|---|");
    for (label, work) in works {
        for clients in [1, 8] {
            let mut writers = Vec::new();
            for subject in subjects {
                writers.push(
                    subject
                        .writers(&format!("{label}-{clients}"), clients)
                        .await,
                );
            }
            let mut samples = vec![Samples::default(); subjects.len()];
            for round in 0..=rounds {
                for (subject, writers) in writers.iter_mut().enumerate() {
                    let rate = rate(writers, work, time).await;
                    // The first round fills caches.
                    if round > 0 {
                        samples[subject].0.push(rate);
                    }
                }
            }
            for (subject, own) in subjects.iter().zip(&samples) {
                let share = own.ratio_to(&samples[0]).show(2);
                println!(
                    "| {label} | {clients} | {} | {} | {share} |",
                    subject.name,
                    own.show(0)
                );
            }
        }
    }
}

/// Events a second of one run of `read`, which returns how many it read.
async fn timed<F: Future<Output = usize>>(read: F) -> f64 {
    let started = Instant::now();
    let count = read.await;
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let count = count as f64;
    count / started.elapsed().as_secs_f64()
}

/// Fills a store with `streams` streams of 1,000 events, and the raw table with the same.
async fn fill(subject: &Subject, streams: usize) {
    let mut writer = subject.writers("fill", 1).await.remove(0);
    for stream in 0..streams {
        for hundred in 0..10 {
            writer.version = hundred * 100;
            let name = format!("read-{stream}");
            match &writer.append {
                Some(append) => writer.typed(append, &name, Work::Events(100)).await,
                None => writer.raw(&name, Work::Events(100)).await,
            }
        }
    }
    let client = subject.db.connect().await;
    client
        .batch_execute("VACUUM ANALYZE")
        .await
        .expect("vacuum");
}

async fn read_stream(subject: &Subject, client: &Client, stream: &str) -> usize {
    if subject.typed {
        let statement = ReadStreamForward::prepare(client)
            .await
            .expect("read prepares");
        let events = statement
            .query(client, stream, 1, 1000)
            .await
            .expect("read");
        let lines: Vec<LineAdded> = events
            .iter()
            .map(|event| event.decode().expect("a line"))
            .collect();
        return lines.len();
    }
    let rows = client
        .query(
            "SELECT * FROM raw_events WHERE stream_id = $1 ORDER BY event_version",
            &[&stream],
        )
        .await
        .expect("read");
    let payload = |row: &tokio_postgres::Row| row.get::<_, serde_json::Value>("event_data");
    let lines: Vec<LineAdded> = rows
        .iter()
        .map(|row| serde_json::from_value(payload(row)).expect("a line"))
        .collect();
    lines.len()
}

async fn read_all(subject: &Subject, client: &Client) -> usize {
    if subject.typed {
        let (mut after, mut count) = (0, 0);
        loop {
            let page = read_feed_page(client, after, 1000).await.expect("a page");
            count += page.events.len();
            after = page.checkpoint;
            if page.events.is_empty() {
                return count;
            }
        }
    }
    let all = "SELECT * FROM raw_events ORDER BY global_position";
    client.query(all, &[]).await.expect("read").len()
}

async fn reads(subjects: &[Subject], rounds: u64) {
    const STREAMS: usize = 100;
    let mut clients = Vec::new();
    for subject in subjects {
        fill(subject, STREAMS).await;
        clients.push(subject.db.connect().await);
    }
    println!("\nReads, events/s, median (range), and share of raw in the same round\n");
    println!("| work | subject | events/s | share of raw |\n|---|---|---|---|");
    for whole_feed in [false, true] {
        let label = if whole_feed {
            "the whole feed"
        } else {
            "a stream of 1,000 into structs"
        };
        let mut samples = vec![Samples::default(); subjects.len()];
        for round in 0..=rounds {
            for (place, (subject, client)) in subjects.iter().zip(&clients).enumerate() {
                let rate = if whole_feed {
                    timed(read_all(subject, client)).await
                } else {
                    let mut best = Samples::default();
                    for stream in 0..10 {
                        let stream = format!("read-{stream}");
                        best.0
                            .push(timed(read_stream(subject, client, &stream)).await);
                    }
                    best.median()
                };
                if round > 0 {
                    samples[place].0.push(rate);
                }
            }
        }
        for (subject, own) in subjects.iter().zip(&samples) {
            let share = own.ratio_to(&samples[0]).show(2);
            println!("| {label} | {} | {} | {share} |", subject.name, own.show(0));
        }
    }
}

#[tokio::main]
async fn main() {
    let rounds = setting("ROUNDS", 7);
    let time = Duration::from_millis(setting("MILLISECONDS", 1000));
    // fsync stays on; where commits do not wait for it, what the processor costs shows, not the disk.
    let synchronous_commit = if setting("SYNCHRONOUS_COMMIT", 0) == 0 {
        "off"
    } else {
        "on"
    };
    let options = ServerOptions::default()
        .fsync()
        .setting("shared_buffers", "512MB")
        .setting("synchronous_commit", synchronous_commit);
    let server: &'static Server = Box::leak(Box::new(Server::dedicated(&options)));
    println!(
        "PostgreSQL {}, fsync on, synchronous_commit {synchronous_commit}",
        server.version()
    );
    let subjects = [
        Subject::raw(server).await,
        Subject::store(
            server,
            "simple, no payload search",
            &EventStore::simple().payload_search(false),
        )
        .await,
        Subject::store(server, "simple", &EventStore::simple()).await,
        Subject::store(
            server,
            "partitioned, no payload search",
            &EventStore::partitioned().payload_search(false),
        )
        .await,
        Subject::store(server, "partitioned", &EventStore::partitioned()).await,
    ];
    appends(&subjects, rounds, time).await;
    reads(&subjects, rounds).await;
}
