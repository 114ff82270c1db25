//! A physical standby: it serves reads of streams, refuses the feed, and from PostgreSQL 19 on gives the feed together with its
//! primary.

use std::time::Duration;

use eventcore_generated::event_store as ours;
use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::read_stream_forward;
use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_tests::store::{Moved, generated_migrations, moves};
use eventcore_tests::{Server, ServerOptions, TestDatabase, not_run};
use tokio_postgres::Client;

use super::emitted::error::Error;
use super::emitted::event_store::{Append, ExpectedVersion, NewEvent};
use super::emitted::feed::{read_feed, standby_horizon};
use super::emitted::maintenance::repack_streams;
use super::emitted::standby_feed::read_feed_page_on_standby;
use super::wait_until;

/// Waits until a standby has all that its primary has.
async fn caught_up(primary: &Client, standby: &Client) {
    let position = "SELECT pg_current_wal_insert_lsn()::text";
    let position: String = primary.query_one(position, &[]).await.unwrap().get(0);
    let question = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'");
    wait_until(standby, &question).await;
}

#[tokio::test]
async fn a_standby_reads_streams_and_refuses_the_feed() {
    let server = Server::dedicated(&ServerOptions::default());
    let Some(standby) = Server::standby_of(&server) else {
        return;
    };
    let db = TestDatabase::create_on(&server).await;
    let primary = db.connect().await;
    for migration in migrations(Layout::Partitioned) {
        primary.batch_execute(migration.sql).await.unwrap();
    }
    let append = ours::Append::new().to("counter", ours::ExpectedVersion::NoStream, moves(3));
    append.run(&primary).await.unwrap();
    caught_up(&primary, &standby.connect("postgres").await).await;
    let replica = standby.connect(db.name()).await;
    let events = read_stream_forward(&replica, "counter", 1, 10)
        .await
        .unwrap();
    assert_eq!(events.len(), 3);
    let refused = ours::read_feed_page(&replica, 0, 10).await.unwrap_err();
    assert_eq!(refused.as_store(), Some(&StoreError::FeedOnStandby));
}

/// A store for PostgreSQL 19, of the emitted crate; none, said aloud, on servers before.
async fn newest_store(server: &Server) -> Option<TestDatabase<'_>> {
    if server.version().major < 19 {
        let test = std::thread::current();
        not_run(&format!(
            "{}: PostgreSQL {} is older than 19",
            test.name().unwrap_or("a test"),
            server.version()
        ));
        return None;
    }
    let db = TestDatabase::create_on(server).await;
    let client = db.connect().await;
    let store = EventStore::partitioned()
        .namespace("es")
        .declare_namespace()
        .payload(Payload::Bytea)
        .minimum_server(19);
    for (name, sql) in generated_migrations(store.schema()) {
        let done = client.batch_execute(&sql).await;
        done.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }
    Some(db)
}

async fn append(client: &Client, stream: &str) -> Result<i64, Error> {
    let event = NewEvent::new(&Moved::by(1)).unwrap();
    let append = Append::new().to(stream, ExpectedVersion::Any, [event]);
    Ok(append.run(client).await?.positions[0])
}

const PATIENT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_of_a_standby_misses_nothing() {
    const WRITERS: usize = 4;
    const EVENTS: usize = 150;
    let server = Server::dedicated(&ServerOptions::default());
    let Some(db) = newest_store(&server).await else {
        return;
    };
    let Some(standby) = Server::standby_of(&server) else {
        return;
    };
    let (primary, replica) = (db.connect().await, standby.connect(db.name()).await);
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let client = db.connect().await;
        writers.push(tokio::spawn(async move {
            for _ in 0..EVENTS {
                // Some are rolled back, so that positions are missing.
                append(&client, &format!("s-{writer}")).await.unwrap();
                client.batch_execute("BEGIN").await.unwrap();
                append(&client, "burned").await.unwrap();
                client.batch_execute("ROLLBACK").await.unwrap();
            }
        }));
    }
    let mut positions = Vec::new();
    let mut checkpoint = 0;
    while positions.len() < WRITERS * EVENTS {
        let page = read_feed_page_on_standby(&primary, &replica, checkpoint, 50, PATIENT);
        let page = page.await.unwrap();
        positions.extend(page.events.iter().map(|event| event.global_position));
        checkpoint = page.checkpoint;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let all = "SELECT global_position FROM es.event_log ORDER BY 1";
    let all = primary.query(all, &[]).await.unwrap();
    let all: Vec<i64> = all.iter().map(|row| row.get(0)).collect();
    assert_eq!(positions, all, "missed, doubled or out of order");
}

#[tokio::test]
async fn a_standby_that_is_behind_says_so() {
    let server = Server::dedicated(&ServerOptions::default());
    let Some(db) = newest_store(&server).await else {
        return;
    };
    let Some(standby) = Server::standby_of(&server) else {
        return;
    };
    let (primary, replica) = (db.connect().await, standby.connect(db.name()).await);
    let read = |timeout| read_feed_page_on_standby(&primary, &replica, 0, 10, timeout);
    let empty = read(PATIENT).await.unwrap();
    assert_eq!((empty.events.len(), empty.checkpoint), (0, 0));

    let pause = "SELECT pg_wal_replay_pause()";
    replica.batch_execute(pause).await.unwrap();
    let position = append(&primary, "counter").await.unwrap();
    // What a page without the wait would be: the event is missed for ever, as the horizon is beyond it.
    let end = standby_horizon(&primary, 0).await.unwrap();
    assert_eq!(end.horizon, position);
    let unaware = read_feed(&replica, 0, end.horizon, 10).await.unwrap();
    assert_eq!(unaware.len(), 0);
    for timeout in [Duration::ZERO, Duration::from_millis(50)] {
        let behind = read(timeout).await.unwrap_err();
        assert!(matches!(behind, Error::StandbyBehind { waited } if waited == timeout));
    }
    let resume = "SELECT pg_wal_replay_resume()";
    replica.batch_execute(resume).await.unwrap();
    assert_eq!(read(PATIENT).await.unwrap().events.len(), 1);

    // One that is no standby, and one that was promoted and has not what came after.
    let none = read_feed_page_on_standby(&primary, &primary, 0, 10, PATIENT);
    assert!(matches!(none.await.unwrap_err(), Error::NotAStandby));
    replica.batch_execute("SELECT pg_promote()").await.unwrap();
    append(&primary, "counter").await.unwrap();
    let promoted = read(PATIENT).await.unwrap_err();
    assert!(matches!(promoted, Error::NotAStandby), "{promoted:?}");
}

#[tokio::test]
async fn the_log_is_exported_as_a_json_object_a_line() {
    let Some(db) = newest_store(Server::shared()).await else {
        return;
    };
    let client = db.connect().await;
    for stream in ["a", "b"] {
        append(&client, stream).await.unwrap();
    }
    let export =
        "COPY (SELECT * FROM es.event_log ORDER BY global_position) TO STDOUT (FORMAT json)";
    let lines = db.psql(["-c", export]).succeeds();
    let streams = lines.lines().map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["stream_id"].as_str().unwrap().to_owned()
    });
    assert_eq!(streams.collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_repacked_beside_appends() {
    let server = Server::dedicated(&ServerOptions::default().setting("wal_level", "logical"));
    let Some(db) = newest_store(&server).await else {
        return;
    };
    let (client, writer) = (db.connect().await, db.connect().await);
    let bloat = "SET session_replication_role = replica;
        INSERT INTO es.event_streams (stream_id, stream_version) SELECT 's-' || g, 0 FROM generate_series(1, 20000) AS g;
        UPDATE es.event_streams SET stream_version = 0;
        UPDATE es.event_streams SET stream_version = 0;
        RESET session_replication_role";
    client.batch_execute(bloat).await.unwrap();
    let size = "SELECT pg_table_size('es.event_streams')";
    let before: i64 = client.query_one(size, &[]).await.unwrap().get(0);
    let appends = tokio::spawn(async move {
        for _ in 0..300 {
            append(&writer, "counter").await.unwrap();
        }
    });
    client
        .batch_execute("SET lock_timeout = '10s'")
        .await
        .unwrap();
    repack_streams(&client).await.unwrap();
    appends.await.unwrap();
    let after: i64 = client.query_one(size, &[]).await.unwrap().get(0);
    assert!(after * 2 < before, "{before} bytes became {after}");
    let rows = "SELECT count(*) FROM es.event_streams";
    let rows: i64 = client.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(rows, 20_001);
    let wrong = "SELECT count(*) FROM es.verify_events()";
    let wrong: i64 = client.query_one(wrong, &[]).await.unwrap().get(0);
    assert_eq!(wrong, 0);
}
