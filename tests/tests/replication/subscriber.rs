//! A logical subscriber: the sequence of positions does not come along, so that the feed and appends are refused there until it
//! is promoted as `docs/operations.md` says.

use std::ffi::OsStr;

use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, read_feed_page};
use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_generated::monitoring::{health, verify_events};
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::read_stream_forward;
use eventcore_tests::store::moves;
use eventcore_tests::{Server, ServerOptions, TestDatabase, not_run, on_both_layouts};
use tokio_postgres::Client;

use super::cluster::Cluster;
use super::wait_until;

on_both_layouts!(
    a_subscriber_has_streams_and_no_feed_until_it_is_promoted,
    a_subscriber_made_from_a_standby_is_a_subscriber,
    a_subscriber_with_sequences_takes_over_once_they_are_refreshed,
);

async fn append(client: &Client) -> Result<Appended, eventcore_generated::error::Error> {
    let append = Append::new().to("counter", ExpectedVersion::Any, moves(5));
    append.run(client).await
}

async fn found(client: &Client, layout: Layout) {
    for migration in migrations(layout) {
        client.batch_execute(migration.sql).await.unwrap();
    }
}

/// As `docs/operations.md` says to promote one.
async fn promote(client: &Client, subscription: &str) {
    let promotion = format!(
        "ALTER SUBSCRIPTION {subscription} DISABLE;
         ALTER SUBSCRIPTION {subscription} SET (slot_name = NONE);
         DROP SUBSCRIPTION {subscription};
         SELECT setval('events_position_seq', max(global_position)) FROM event_log"
    );
    for statement in promotion.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
}

/// Streams are read, and nothing else.
async fn is_subscriber(client: &Client) {
    let events = read_stream_forward(client, "counter", 1, 10).await.unwrap();
    assert_eq!(events.len(), 5);
    assert!(health(client).await.unwrap().sequence_behind);
    let feed = read_feed_page(client, 0, 10).await.unwrap_err();
    assert_eq!(feed.as_store(), Some(&StoreError::SequenceBehind));
    let refused = append(client).await.unwrap_err();
    assert_eq!(refused.as_store(), Some(&StoreError::SequenceBehind));
}

/// The feed has all events, and the next one comes after them.
async fn is_primary(client: &Client, events: i64) {
    let page = read_feed_page(client, 0, 100).await.unwrap();
    assert_eq!(page.checkpoint, events);
    assert_eq!(i64::try_from(page.events.len()), Ok(events));
    let positions = append(client).await.unwrap().positions;
    assert_eq!(positions, (events + 1..=events + 5).collect::<Vec<_>>());
    assert_eq!(verify_events(client).await.unwrap(), []);
    assert!(!health(client).await.unwrap().sequence_behind);
}

fn publisher() -> Server {
    Server::dedicated(&ServerOptions::default().setting("wal_level", "logical"))
}

/// How a program connects to a database.
fn parameters(database: &TestDatabase<'_>) -> String {
    let address = database.server().address();
    format!(
        "host={} port={} user={} password={} dbname={}",
        address.host,
        address.port,
        address.user,
        address.password,
        database.name()
    )
}

/// A store of five events and its subscriber, which has them.
async fn replicate(
    source: &TestDatabase<'_>,
    target: &TestDatabase<'_>,
    layout: Layout,
    published: &str,
) -> [Client; 2] {
    let (from, to) = (source.connect().await, target.connect().await);
    found(&from, layout).await;
    found(&to, layout).await;
    let publication = format!(
        "CREATE PUBLICATION store FOR {published} WITH (publish_via_partition_root = true)"
    );
    from.batch_execute(&publication).await.unwrap();
    let subscription = format!(
        "CREATE SUBSCRIPTION store CONNECTION '{}' PUBLICATION store",
        parameters(source)
    );
    to.batch_execute(&subscription).await.unwrap();
    append(&from).await.unwrap();
    // Each table is copied by a worker of its own at first.
    let copied = "SELECT count(*) = 5 AND (SELECT count(*) = 1 FROM event_streams) FROM event_log";
    wait_until(&to, copied).await;
    [from, to]
}

async fn a_subscriber_has_streams_and_no_feed_until_it_is_promoted(layout: Layout) {
    let (publisher, subscriber) = (publisher(), Server::dedicated(&ServerOptions::default()));
    let source = TestDatabase::create_on(&publisher).await;
    let target = TestDatabase::create_on(&subscriber).await;
    let [_, to] = replicate(&source, &target, layout, "ALL TABLES").await;
    is_subscriber(&to).await;
    promote(&to, "store").await;
    is_primary(&to, 5).await;
}

async fn a_subscriber_with_sequences_takes_over_once_they_are_refreshed(layout: Layout) {
    let publisher = publisher();
    if publisher.version().major < 19 {
        not_run(
            "subscriber::a_subscriber_with_sequences_takes_over_once_they_are_refreshed: the server is older than 19",
        );
        return;
    }
    let subscriber = Server::dedicated(&ServerOptions::default());
    let source = TestDatabase::create_on(&publisher).await;
    let target = TestDatabase::create_on(&subscriber).await;
    let [from, to] = replicate(&source, &target, layout, "ALL TABLES, ALL SEQUENCES").await;
    // Sequences are copied when the subscription is made, and not since.
    let settled = "SELECT NOT EXISTS (SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r')";
    wait_until(&to, settled).await;
    append(&from).await.unwrap();
    wait_until(&to, "SELECT count(*) = 10 FROM event_log").await;
    let feed = read_feed_page(&to, 5, 10).await.unwrap_err();
    assert_eq!(feed.as_store(), Some(&StoreError::SequenceBehind));
    let refused = append(&to).await.unwrap_err();
    assert_eq!(refused.as_store(), Some(&StoreError::SequenceBehind));
    let take_over = [
        "ALTER SUBSCRIPTION store REFRESH SEQUENCES",
        "DROP SUBSCRIPTION store",
    ];
    for statement in take_over {
        to.batch_execute(statement).await.unwrap();
        wait_until(&to, "SELECT NOT is_sequence_behind()").await;
    }
    is_primary(&to, 10).await;
}

async fn a_subscriber_made_from_a_standby_is_a_subscriber(layout: Layout) {
    let publisher = publisher();
    let Some(program) = publisher.program("pg_createsubscriber") else {
        return;
    };
    let source = TestDatabase::create_on(&publisher).await;
    let from = source.connect().await;
    found(&from, layout).await;
    append(&from).await.unwrap();
    let connection = parameters(&source);
    let made = Cluster::make(
        "
        \"$2/pg_basebackup\" -D \"$base/data\" -d \"$3\" --write-recovery-conf --checkpoint=fast --no-sync
        echo \"unix_socket_directories = '$base'\" >>\"$base/data/postgresql.conf\"
        \"$2/pg_createsubscriber\" -D \"$base/data\" -P \"$3\" -d \"$4\" -p \"$1\" -s \"$base\"
        start \"$2\" \"$1\"
        ",
        [program.parent().unwrap().as_os_str(), OsStr::new(&connection), OsStr::new(source.name())],
    );
    let to = made
        .connect(&publisher.address().password, source.name())
        .await;
    // It has the positions that were logged ahead; what comes beyond them is not counted.
    assert_eq!(read_feed_page(&to, 0, 10).await.unwrap().events.len(), 5);
    for _ in 0..8 {
        append(&from).await.unwrap();
    }
    wait_until(&to, "SELECT count(*) = 45 FROM event_log").await;
    assert!(health(&to).await.unwrap().sequence_behind);
    let last = "SELECT last_position()";
    let last: i64 = to.query_one(last, &[]).await.unwrap().get(0);
    assert!((5..45).contains(&last), "{last}");
    let feed = read_feed_page(&to, last, 10).await.unwrap_err();
    assert_eq!(feed.as_store(), Some(&StoreError::SequenceBehind));
    let refused = append(&to).await.unwrap_err();
    assert_eq!(refused.as_store(), Some(&StoreError::SequenceBehind));
}
