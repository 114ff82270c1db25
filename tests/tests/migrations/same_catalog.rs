//! `schema.sql` and the migrations lead to the same catalog, and each layout stands alone.

use eventcore_tests::{TestDatabase, catalog};

use super::{STORES, Store, month};

/// The catalog after `apply`, from a month that does not end meanwhile.
async fn after(paths: Vec<std::path::PathBuf>) -> (String, String) {
    let db = TestDatabase::create().await;
    for path in paths {
        db.psql_file(path, true).succeeds();
    }
    let client = db.connect().await;
    (catalog::describe(&client, &[]).await, month(&client).await)
}

async fn both(store: &Store) -> (String, String) {
    loop {
        let (migrated, before) = after(store.migrations().collect()).await;
        let (whole, then) = after(vec![store.path("schema.sql")]).await;
        // The first partitions are those of the month in which they were made.
        if before == then {
            return (migrated, whole);
        }
    }
}

#[tokio::test]
async fn schema_sql_and_the_migrations_lead_to_the_same_catalog() {
    for store in &STORES {
        let (migrated, whole) = both(store).await;
        assert!(
            migrated.contains("relation public.event_streams kind=r"),
            "{migrated}"
        );
        catalog::assert_same(&migrated, &whole);
    }
}

/// A comparison that sees nothing would always succeed: each kind of change shows.
#[tokio::test]
async fn the_catalog_shows_every_kind_of_change() {
    let db = TestDatabase::create().await;
    for path in STORES[1].migrations() {
        db.psql_file(path, true).succeeds();
    }
    let client = db.connect().await;
    let before = catalog::describe(&client, &[]).await;
    for change in [
        "ALTER TABLE event_streams ALTER stream_version SET DEFAULT 3",
        "ALTER TABLE event_streams ALTER stream_version DROP NOT NULL",
        "ALTER TABLE events ADD CHECK (event_version < 10)",
        "ALTER TABLE event_streams SET (fillfactor = 11)",
        "ALTER TABLE event_streams DISABLE TRIGGER ALL",
        "ALTER TABLE events OWNER TO pg_monitor",
        "DROP INDEX events_correlation_idx",
        "CREATE INDEX ON event_streams (stream_version)",
        "COMMENT ON COLUMN events.event_id IS 'changed'",
        "COMMENT ON FUNCTION feed_horizon IS 'changed'",
        "COMMENT ON INDEX events_correlation_idx IS NULL",
        "GRANT SELECT ON events TO pg_monitor",
        "GRANT EXECUTE ON FUNCTION append_outcome TO pg_monitor",
        "ALTER FUNCTION feed_horizon STABLE",
        "ALTER SEQUENCE events_position_seq CACHE 2",
        "CREATE OR REPLACE VIEW event_log AS SELECT e.*, 1 AS more FROM event_log AS e",
        "ALTER VIEW event_log SET (security_invoker = false)",
        "SELECT create_monthly_partition('2031-05-01')",
        "CREATE SCHEMA more",
        "CREATE TYPE more AS ENUM ('a')",
    ] {
        super::run(&client, &format!("BEGIN; {change}")).await;
        assert!(
            before != catalog::describe(&client, &[]).await,
            "unseen: {change}"
        );
        super::run(&client, "ROLLBACK").await;
    }
    catalog::assert_same(&before, &catalog::describe(&client, &[]).await);
}

/// D12: no file of one layout names the other's table.
#[tokio::test]
async fn each_layout_stands_alone() {
    let [simple, partitioned] = &STORES;
    let (whole, _) = after(vec![simple.path("schema.sql")]).await;
    assert!(!whole.contains("relation public.events "), "{whole}");
    let (whole, _) = after(vec![partitioned.path("schema.sql")]).await;
    assert!(!whole.contains("events_simple"), "{whole}");
}
