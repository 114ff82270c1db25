//! The store's own tables with columns, keys and triggers that need objects of a team's own: founded by the very migration
//! that creates these tables, or added to a store that is in use, to the same end.

use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::expr::next_value;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

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
        })
}

async fn check(store: EventStore) {
    let (before, after) = (valid(store.clone().schema()), valid(of_tenants(&store)));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &before).await;
    let append = "SELECT append_events(ARRAY['a'], ARRAY[0::bigint], ARRAY[1], ARRAY[NULL]::uuid[], ARRAY['moved'], \
                  ARRAY['{}']::jsonb[], NULL, NULL, NULL, NULL, NULL)";
    run(&client, append, "an event").await;
    for migration in evolve(&before, &after).unwrap() {
        apply(&client, &migration).await;
    }
    run(&client, &append.replace("'a'", "'b'"), "another event").await;
    let (found, expected) = (catalog_of(&client).await, founded_catalog(&after).await);
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(found == expected, "{}", diff.unified_diff());
}

#[tokio::test]
async fn a_simple_stores_tables_need_objects_of_a_team() {
    check(EventStore::simple()).await;
}

#[tokio::test]
async fn a_partitioned_stores_tables_need_objects_of_a_team() {
    check(EventStore::partitioned()).await;
}
