//! The store's parameters on a server: another namespace, other table names, each payload representation, two stores in
//! one database.

use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_tests::store::generated_migrations;
use eventcore_tests::{TestDatabase, catalog};
use tokio_postgres::Client;

use super::{append, run, stored};

async fn apply(client: &Client, store: &EventStore) {
    for (_, sql) in generated_migrations(store.schema()) {
        run(client, &sql).await;
    }
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_store_lives_in_any_namespace_under_any_table_names() {
    for (name, store) in [
        ("es", EventStore::simple()),
        ("es", EventStore::partitioned()),
        ("\"Event Store\"", EventStore::partitioned()),
    ] {
        let store = store
            .namespace(name.trim_matches('"'))
            .tables("stream heads", "Log");
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        run(&client, &format!("CREATE SCHEMA {name}")).await;
        apply(&client, &store).await;
        append(&client, name, "jsonb", "order-1", 0).await;
        let events = stored(&client, name).await;
        assert!(
            events.len() == 1 && events[0].contains("OrderPlaced"),
            "{events:?}"
        );
        let version = format!(
            "SELECT stream_version FROM {name}.\"stream heads\" WHERE stream_id = 'order-1'"
        );
        assert_eq!(number(&client, &version).await, 1);
        assert_eq!(
            number(&client, &format!("SELECT count(*) FROM {name}.\"Log\"")).await,
            1
        );
        assert_eq!(
            number(&client, &format!("SELECT {name}.feed_horizon(0)")).await,
            1
        );

        let objects = catalog::describe(&client, &[]).await;
        let strangers: Vec<&str> = objects
            .lines()
            .filter(|line| {
                line.starts_with("relation public.") || line.starts_with("function public.")
            })
            .collect();
        assert!(strangers.is_empty(), "{strangers:?}");
    }
}

#[tokio::test]
async fn two_stores_in_one_database_do_not_disturb_each_other() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run(&client, "CREATE SCHEMA one; CREATE SCHEMA two").await;
    apply(&client, &EventStore::partitioned().namespace("one")).await;
    append(&client, "one", "jsonb", "order-1", 0).await;
    let events = stored(&client, "one").await;
    let alone: Vec<String> = objects_of(&client, "one.").await;

    apply(&client, &EventStore::simple().namespace("two")).await;
    assert_eq!(objects_of(&client, "one.").await, alone);
    assert_eq!(stored(&client, "one").await, events);
    assert_eq!(stored(&client, "two").await.len(), 0);

    // An append that is open in one holds back the feed of that one alone.
    let writer = db.connect().await;
    run(&writer, "BEGIN").await;
    append(&writer, "one", "jsonb", "order-1", 1).await;
    append(&client, "two", "jsonb", "order-1", 0).await;
    append(&client, "one", "jsonb", "order-2", 0).await;
    assert_eq!(number(&client, "SELECT one.feed_horizon(0)").await, 1);
    assert_eq!(number(&client, "SELECT two.feed_horizon(0)").await, 1);
    append(&client, "two", "jsonb", "order-1", 1).await;
    assert_eq!(number(&client, "SELECT two.feed_horizon(0)").await, 2);
    run(&writer, "COMMIT").await;
    assert_eq!(number(&client, "SELECT one.feed_horizon(0)").await, 3);
    assert_eq!(stored(&client, "one").await.len(), 3);
    assert_eq!(stored(&client, "two").await.len(), 2);
}

async fn objects_of(client: &Client, namespace: &str) -> Vec<String> {
    let all = catalog::describe(client, &[]).await;
    all.lines()
        .filter(|line| {
            line.split(' ')
                .nth(1)
                .is_some_and(|name| name.starts_with(namespace))
        })
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn each_payload_representation_applies_and_takes_an_append() {
    for store in [EventStore::simple(), EventStore::partitioned()] {
        // Without a word on it, only jsonb is searched.
        for (payload, column, asked, search) in [
            (Payload::Jsonb, "jsonb", None, true),
            (Payload::Jsonb, "jsonb", Some(false), false),
            (Payload::Json, "json", None, false),
            (Payload::Bytea, "bytea", None, false),
        ] {
            let store = store.clone().payload(payload);
            let store = match asked {
                Some(asked) => store.payload_search(asked),
                None => store,
            };
            let db = TestDatabase::create().await;
            let client = db.connect().await;
            apply(&client, &store).await;
            append(&client, "public", column, "order-1", 0).await;
            let row = client
                .query_one(
                    "SELECT pg_typeof(event_data)::text, event_data::text FROM event_log",
                    &[],
                )
                .await
                .unwrap();
            assert_eq!(row.get::<_, &str>(0), column);
            let text = if column == "bytea" {
                "\\x7b226e223a20317d"
            } else {
                "{\"n\": 1}"
            };
            assert_eq!(row.get::<_, &str>(1), text);
            let indexed = "SELECT count(*) FROM pg_index
                            WHERE pg_get_indexdef(indexrelid) ~ 'USING gin .*event_data'
                              AND indrelid IN ('event_log'::regclass, to_regclass('events_simple'), to_regclass('events'))";
            assert_eq!(number(&client, indexed).await, i64::from(search));
        }
    }
}

#[tokio::test]
async fn retention_is_what_the_routine_keeps_when_it_is_told_no_number() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    apply(&client, &EventStore::partitioned().retention_months(3)).await;
    run(
        &client,
        "SELECT create_monthly_partition((date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => m))::date)
           FROM generate_series(2, 5) AS m",
    )
    .await;
    let dropped = "SELECT count(*) FROM drop_old_partitions()";
    assert_eq!(number(&client, dropped).await, 2);
    assert_eq!(number(&client, dropped).await, 0);
}
