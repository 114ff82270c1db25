//! Changes of partitioned tables: the event store's log, with partitions that hold events, made and detached meanwhile.

use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::case::{apply, catalog_of, evolve, found, founded_catalog, run, valid};

fn store() -> Schema {
    EventStore::partitioned().schema()
}

fn with_log(edit: impl FnOnce(Table) -> Table) -> Schema {
    store().edit_table("events", edit)
}

fn tenant() -> Column {
    Column::new("tenant", DataType::Text)
        .nullable()
        .default("none")
        .comment("Whose event it is.")
}

fn tenant_index() -> Index {
    Index::new("events_tenant_idx", ["tenant", "global_position"])
        .serves_external("reports of one tenant")
        .comment("Events of a tenant.")
}

/// Events of today, of a month that gets no more of them, and of one to come.
async fn append(client: &Client) {
    let sql = "
        SELECT create_monthly_partition('2020-03-01');
        SELECT append_events(ARRAY['order-1'], ARRAY[-1::bigint], ARRAY[1, 1], ARRAY[NULL, NULL]::uuid[],
                             ARRAY['placed', 'paid'], ARRAY['{}', '{}']::jsonb[], NULL, NULL, NULL, NULL, NULL);
        INSERT INTO events (event_id, stream_id, event_version, event_type, event_data, created_at)
        VALUES ('0170b0f5-2400-7000-8000-000000000001', 'old-1', 1, 'placed', '{}', '2020-03-05Z')";
    run(client, sql, sql).await;
}

async fn events(client: &Client) -> Vec<(String, i64)> {
    let sql = "SELECT stream_id, global_position FROM events ORDER BY global_position";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// The way from one definition to the next on a store that holds events.
async fn leads(from: Schema, to: Schema) -> Vec<String> {
    let (from, to) = (valid(from), valid(to));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    append(&client).await;
    let held = events(&client).await;
    let migrations = evolve(&from, &to).unwrap_or_else(|error| panic!("{error}"));
    for migration in &migrations {
        apply(&client, migration).await;
    }
    assert_eq!(events(&client).await, held);
    // The month of the old event is not one that a new store has.
    run(
        &client,
        "ALTER TABLE events DETACH PARTITION events_2020_03; DROP TABLE events_2020_03",
        "",
    )
    .await;
    let (found, expected) = (catalog_of(&client).await, founded_catalog(&to).await);
    let texts: Vec<String> = migrations.into_iter().map(|it| it.text).collect();
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(
        found == expected,
        "{}\n{}",
        texts.join("\n"),
        diff.unified_diff()
    );
    texts
}

#[tokio::test]
async fn a_column_an_index_and_a_check_come_to_the_log() {
    let texts = leads(
        store(),
        with_log(|log| {
            log.column(tenant()).index(tenant_index()).check(
                "events_tenant_check",
                call(Function::CharLength, [col("tenant")]).le(64),
            )
        }),
    )
    .await;
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn an_index_of_the_log_is_replaced_and_dropped() {
    let with = || with_log(|log| log.column(tenant()).index(tenant_index()));
    leads(with(), with_log(|log| log.column(tenant()))).await;
    let texts = leads(
        with(),
        with_log(|log| {
            let index = tenant_index().only_where(col("tenant").is_not_null());
            log.column(tenant()).index(index)
        }),
    )
    .await;
    assert_eq!(texts.len(), 2, "{}", texts.join("\n"));
}

#[tokio::test]
async fn the_policy_of_the_log_changes() {
    let kept = |months| EventStore::partitioned().retention_months(months).schema();
    let texts = leads(
        store(),
        EventStore::partitioned()
            .months_ahead(6)
            .retention_months(12)
            .schema(),
    )
    .await;
    let hazard = "loses data at the next call of `drop_old_partitions()`: it keeps 12 months of public.events, where it kept all";
    assert!(texts[0].contains(hazard), "{}", texts[0]);
    for (from, to, loses) in [(24, 12, true), (12, 24, false)] {
        let texts = leads(kept(from), kept(to)).await;
        assert_eq!(texts[0].contains("loses data"), loses, "{}", texts[0]);
    }
    leads(kept(12), store()).await;
    leads(
        store(),
        store().edit_table("events", |mut log| {
            let policy = log
                .partitioning
                .as_mut()
                .and_then(|it| it.policy.as_mut())
                .unwrap();
            policy.leaf = policy.leaf.clone().storage("autovacuum_enabled", "off");
            log
        }),
    )
    .await;
}

#[tokio::test]
async fn privileges_reach_every_partition() {
    let db = TestDatabase::create().await;
    let role = format!("{}_reports", db.name());
    run(&db.connect().await, &format!("CREATE ROLE {role}"), "").await;
    leads(
        store(),
        EventStore::partitioned()
            .reader_role(role.as_str())
            .schema(),
    )
    .await;
    let tables = ["event_streams", "events"].map(ObjectRef::table);
    let routines = [
        "event_id_at",
        "feed_horizon",
        "horizon_lag",
        "is_sequence_behind",
        "last_position",
        "list_partitions",
        "read_stream_backward",
        "read_stream_forward",
        "refuse_truncated",
        "verify_events",
    ];
    let without = tables
        .into_iter()
        .chain([ObjectRef::view("event_log")])
        .chain(routines.map(ObjectRef::routine))
        .fold(store(), |store, it| store.breaks(it, "reports move on"));
    leads(
        EventStore::partitioned()
            .reader_role(role.as_str())
            .schema(),
        without,
    )
    .await;
}

/// Who keeps the partitions may call their routines, in a store from nothing and in one that changes.
#[tokio::test]
async fn routines_of_partitions_have_their_privileges() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let role = format!("{}_keeper", db.name());
    run(&client, &format!("CREATE ROLE {role}"), "").await;
    let keeps = ObjectRef::routine("maintain_partitions");
    let grant = Grant::new([Privilege::Execute], keeps, role.as_str());
    let granted = store().grant(grant);
    leads(store(), granted.clone()).await;

    found(&client, &valid(granted)).await;
    let privileges = "SELECT count(*) FROM pg_proc AS p, aclexplode(p.proacl) AS a \
                      WHERE p.oid = 'maintain_partitions()'::regprocedure AND a.grantee = $1::text::regrole";
    let row = client.query_one(privileges, &[&role]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

/// The routines of a log's partitions follow its name, and go with it.
#[tokio::test]
async fn partition_routines_follow_their_table() {
    let from = valid(store());
    let mut renamed = EventStore::partitioned()
        .tables("my_streams", "my_events")
        .schema();
    for table in &mut renamed.tables {
        let old = table
            .name
            .name
            .as_str()
            .replace("my_streams", "event_streams")
            .replace("my_", "");
        table.renamed_from = Some(Table::new(old).name);
    }
    let to = valid(renamed);
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    append(&client).await;
    for migration in evolve(&from, &to).unwrap() {
        apply(&client, &migration).await;
    }
    run(
        &client,
        "SELECT create_monthly_partition('2031-01-01'); SELECT maintain_partitions()",
        "",
    )
    .await;
    let row = client
        .query_one("SELECT count(*) FROM list_partitions()", &[])
        .await
        .unwrap();
    assert!(row.get::<_, i64>(0) > 8);

    let policy = PartitionPolicy::monthly(BoundEncoding::TimestampTz);
    let log = Table::new("readings")
        .column(Column::new("at", DataType::TimestampTz))
        .primary_key(["at"])
        .partition_by_policy(PartitionKey::range(["at"]), policy);
    let from = valid(Schema::new("shop").table(log));
    let to = valid(Schema::new("shop").drop(ObjectRef::table("readings"), "nobody reads it"));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    for migration in evolve(&from, &to).unwrap() {
        apply(&client, &migration).await;
    }
    assert_eq!(catalog_of(&client).await, founded_catalog(&to).await);
}

/// Partitions that come and go between the plan and its end are found: the statements ask the catalog.
#[tokio::test]
async fn partitions_made_and_detached_meanwhile_are_caught() {
    let from = valid(store());
    let to = valid(with_log(|log| {
        log.index(
            Index::new("events_by_user_idx", ["user_id", "created_at"]).serves_external("reports"),
        )
    }));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    append(&client).await;
    let migrations = evolve(&from, &to).unwrap();
    run(
        &client,
        "SELECT create_monthly_partition('2031-01-01'); SELECT drop_old_partitions(12)",
        "",
    )
    .await;
    for migration in &migrations {
        apply(&client, migration).await;
    }
    let sql =
        "SELECT bool_and(i.indisvalid), count(*) FROM pg_partition_tree('events_by_user_idx') AS t
                 JOIN pg_index AS i ON i.indexrelid = t.relid WHERE t.isleaf";
    let row = client.query_one(sql, &[]).await.unwrap();
    let partitions = client
        .query_one("SELECT count(*) FROM list_partitions()", &[])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(0));
    assert_eq!(row.get::<_, i64>(1), partitions.get::<_, i64>(0));
}

/// What an interrupted build left behind is removed, and what it finished is kept.
#[tokio::test]
async fn an_interrupted_build_is_finished() {
    let from = valid(store());
    let to = valid(with_log(|log| {
        log.index(
            Index::new("events_by_user_idx", ["user_id", "created_at"]).serves_external("reports"),
        )
    }));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    append(&client).await;
    let migrations = evolve(&from, &to).unwrap();
    let [migration] = migrations.as_slice() else {
        panic!("one step")
    };
    let statements = crate::case::expansion(&client, &migration.text).await;
    let builds: Vec<&String> = statements
        .iter()
        .filter(|it| it.contains("CONCURRENTLY"))
        .collect();
    run(&client, builds[0], "").await;
    run(&client, builds[1], "").await;
    // The server marks a build that it could not finish like this.
    let mark = "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = (
                    SELECT max(indexrelid) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                     WHERE c.relname LIKE '%by_user_idx%')";
    run(&client, mark, "").await;
    let again = crate::case::expansion(&client, &migration.text).await;
    assert_eq!(
        again
            .iter()
            .filter(|it| it.starts_with("DROP INDEX CONCURRENTLY"))
            .count(),
        1,
        "{again:?}"
    );
    apply(&client, migration).await;
    let (found, expected) = (catalog_of(&client).await, founded_catalog(&to).await);
    let found: Vec<&str> = found
        .lines()
        .filter(|line| !line.contains("2020_03"))
        .collect();
    let expected: Vec<&str> = expected.lines().collect();
    assert_eq!(found, expected);
}

/// psql runs the same file, `\\gexec` and all, once and again.
#[tokio::test]
async fn psql_runs_the_same_files() {
    let from = valid(store());
    let to = valid(with_log(|log| log.column(tenant()).index(tenant_index())));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    append(&client).await;
    let folder = tempfile::tempdir().unwrap();
    for migration in evolve(&from, &to).unwrap() {
        let file = folder
            .path()
            .join(format!("{}.sql", migration.planned.file_stem()));
        write(&file, &migration.text);
        db.psql_file(&file, migration.planned.transactional())
            .succeeds();
        if !migration.planned.transactional() {
            db.psql_file(&file, false).succeeds();
        }
    }
    run(&client, "DROP TABLE events_2020_03", "").await;
    assert_eq!(catalog_of(&client).await, founded_catalog(&to).await);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file for psql, in a temporary folder"
)]
fn write(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
