//! The store's own tables with columns, keys and triggers that need objects of a team's own: founded by the very migration
//! that creates these tables, or added to a store that is in use, to the same end.

use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::table::StoreTable;
use eventcore_schema_model::validate::ValidSchema;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::case::{apply, catalog_of, evolve, found, founded_catalog, run, valid};

fn of_tenants(store: &EventStore) -> Schema {
    let schema = store.clone().schema();
    let log = schema.tables.iter().find(|table| table.append_only);
    let log = log.unwrap().name.clone();
    let tenants = Table::new("tenants")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("kind", DataType::named("tenant_kind")))
        .column(Column::new("code", DataType::Text))
        .index(Index::new("tenants_id_idx", ["id"]).unique())
        .primary_key(["code"]);
    let tenant = Column::new("tenant", DataType::BigInt).nullable();
    let to_tenants = ForeignKey::new(["tenant"], "tenants", ["id"]);
    let number = Column::new("number", DataType::BigInt).default(next_value("stream_numbers"));
    let touch = "BEGIN\n    RETURN NEW;\nEND;";
    schema
        .user_type(EnumType::new("tenant_kind", ["free", "paying"]))
        .sequence(Sequence::new("stream_numbers"))
        .table(tenants)
        .routine(Routine::new("look_at_stream", Returns::Trigger, touch))
        .edit_table("event_streams", |it| {
            it.column(tenant.clone())
                .column(number.rewrite("one row a stream"))
                .foreign_key("event_streams_tenant_fkey", to_tenants.clone())
                .trigger(Trigger::new(
                    "look",
                    TriggerTiming::Before,
                    [TriggerEvent::Insert],
                    "look_at_stream",
                ))
        })
        .edit_table(&log, |it| {
            let kind = Column::new("kind", DataType::named("tenant_kind")).nullable();
            it.column(kind)
                .column(tenant)
                .foreign_key(format!("{}_tenant_fkey", log.name), to_tenants)
                .trigger(Trigger::new(
                    "fill",
                    TriggerTiming::Before,
                    [TriggerEvent::Insert],
                    "look_at_stream",
                ))
        })
}

/// A store of the definition before, which gets an event, the change, and another event.
async fn evolved(before: Schema, after: &ValidSchema) -> (TestDatabase<'static>, Client) {
    let before = valid(before);
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &before).await;
    let append = "SELECT append_events(ARRAY['a'], ARRAY[0::bigint], ARRAY[1], ARRAY[NULL]::uuid[], ARRAY['moved'], \
                  ARRAY['{}']::jsonb[], NULL, NULL, NULL, NULL, NULL)";
    run(&client, append, "an event").await;
    for migration in evolve(&before, after).unwrap() {
        apply(&client, &migration).await;
    }
    run(&client, &append.replace("'a'", "'b'"), "another event").await;
    (db, client)
}

async fn check(before: Schema, after: Schema) {
    let after = valid(after);
    let (_db, client) = evolved(before, &after).await;
    let (found, expected) = (catalog_of(&client).await, founded_catalog(&after).await);
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(found == expected, "{}", diff.unified_diff());
}

/// The same store under other names of its tables.
fn renamed(store: EventStore) -> (Schema, Schema) {
    let before = store.schema();
    let [streams, log] = [StoreTable::Streams, StoreTable::Log]
        .map(|kind| before.find_store_table(kind).unwrap().name.clone());
    let after = store.tables("streams", "log").schema();
    let after = after
        .edit_table("streams", |it| it.renamed_from(streams))
        .edit_table("log", |it| it.renamed_from(log));
    (before, after)
}

#[tokio::test]
async fn a_simple_stores_tables_need_objects_of_a_team() {
    let store = EventStore::simple();
    check(store.schema(), of_tenants(&store)).await;
}

#[tokio::test]
async fn a_partitioned_stores_tables_need_objects_of_a_team() {
    let store = EventStore::partitioned();
    check(store.schema(), of_tenants(&store)).await;
}

#[tokio::test]
async fn a_simple_stores_tables_are_renamed() {
    let (before, after) = renamed(EventStore::simple());
    check(before, after).await;
}

#[tokio::test]
async fn a_partitioned_stores_tables_are_renamed_and_its_partitions_stay() {
    let (before, after) = renamed(EventStore::partitioned());
    let after = valid(after);
    let (_db, client) = evolved(before, &after).await;
    let partitions = "SELECT string_agg(partition_name::text, ' ') FROM list_partitions()";
    let names = |row: tokio_postgres::Row| row.get::<_, String>(0);
    let kept = names(client.query_one(partitions, &[]).await.unwrap());
    assert!(
        kept.contains("events_20") && !kept.contains("log_20"),
        "{kept}"
    );
    // Months are known by their bounds: none is made again under the new name.
    run(&client, "SELECT maintain_partitions()", "the scheduler").await;
    assert_eq!(
        names(client.query_one(partitions, &[]).await.unwrap()),
        kept
    );
}
