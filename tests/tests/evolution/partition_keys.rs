//! Keys and foreign keys of partitioned tables, and what only partitions have, while the table holds rows.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

use crate::case::{apply, catalog_of, evolve, expansion, found, founded_catalog, run, valid};

fn policy() -> PartitionPolicy {
    PartitionPolicy::monthly(BoundEncoding::TimestampTz)
}

fn readings(policy: PartitionPolicy) -> Table {
    Table::new("readings")
        .column(Column::new("at", DataType::TimestampTz))
        .column(Column::new("device", DataType::BigInt))
        .column(Column::new("number", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .partition_by_policy(PartitionKey::range(["at"]), policy)
}

fn devices() -> Table {
    Table::new("devices")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("other", DataType::BigInt))
        .primary_key(["id"])
        .unique("devices_other_key", ["other"])
}

fn shop(table: Table) -> Schema {
    Schema::new("shop").table(devices()).table(table)
}

fn plain() -> Table {
    readings(policy())
}

fn leaf(leaf: LeafTemplate) -> Schema {
    shop(readings(policy().leaf(leaf)))
}

fn key(columns: &[&str]) -> Constraint {
    Constraint::unique("readings_key", Key::new(columns.iter().copied()))
}

fn to_devices(column: &str) -> ForeignKey {
    ForeignKey::new(["device"], "devices", [column])
}

/// Rows of this month, of a month that gets no more of them, and of one to come.
async fn fill(client: &Client) {
    let sql = "
        SELECT create_monthly_partition('2020-03-01');
        INSERT INTO devices (id, other) SELECT n, n FROM generate_series(1, 50) AS n;
        INSERT INTO readings (at, device, number)
        SELECT at, n, n
          FROM unnest(ARRAY['2020-03-01', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' + INTERVAL '1 month']::timestamp[])
               AS month,
               LATERAL (SELECT date_trunc('month', month) AT TIME ZONE 'UTC' AS at) AS start,
               generate_series(1, 50) AS n";
    run(client, sql, sql).await;
}

async fn held(client: &Client) -> Vec<(i64, String)> {
    let sql = "SELECT number, device::text FROM readings ORDER BY at, number";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Whether the database is as a new one of `to`, but for the month that a new one has not.
async fn is_as_new(client: &Client, to: &Schema, texts: &str) {
    run(client, "DROP TABLE readings_2020_03", "").await;
    let (found, expected) = (
        catalog_of(client).await,
        founded_catalog(&valid(to.clone())).await,
    );
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(found == expected, "{texts}\n{}", diff.unified_diff());
}

/// The way from one definition to the next, on a database with rows.
async fn leads(from: Schema, to: Schema) -> String {
    lead_through(&[from, to]).await
}

/// The way through some definitions, on a database with rows.
async fn lead_through(way: &[Schema]) -> String {
    let way: Vec<_> = way.iter().cloned().map(valid).collect();
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &way[0]).await;
    fill(&client).await;
    let before = held(&client).await;
    let mut texts = Vec::new();
    for pair in way.windows(2) {
        let migrations = evolve(&pair[0], &pair[1]).unwrap_or_else(|error| panic!("{error}"));
        for migration in &migrations {
            apply(&client, migration).await;
        }
        texts.extend(migrations.into_iter().map(|it| it.text));
    }
    assert_eq!(held(&client).await, before);
    let texts = texts.join("\n");
    is_as_new(&client, &way[way.len() - 1], &texts).await;
    texts
}

#[tokio::test]
async fn keys_come_are_replaced_and_go() {
    let texts = leads(
        shop(plain()),
        shop(plain().constraint(key(&["at", "device"]).comment("One at a time."))),
    )
    .await;
    insta::assert_snapshot!("add_key", texts);
    let texts = leads(
        shop(plain().constraint(key(&["at", "device"]))),
        shop(plain().constraint(key(&["number", "at"]))),
    )
    .await;
    insta::assert_snapshot!("replace_key", texts);
    leads(
        shop(plain().constraint(key(&["at", "device"]))),
        shop(plain()),
    )
    .await;
    // A primary key, whose columns refuse NULL only from now on.
    let mut nullable = plain();
    nullable.columns[1].nullable = true;
    leads(shop(nullable), shop(plain().primary_key(["device", "at"]))).await;
    leads(
        shop(plain().primary_key(["device", "at"])),
        shop(plain().primary_key(["at", "number"])),
    )
    .await;
    leads(shop(plain().primary_key(["device", "at"])), shop(plain())).await;
    // On servers from 18 on, a key that is built on each partition lets its columns refuse NULL by themselves.
    let mut nullable = plain();
    nullable.columns[1].nullable = true;
    let via = shop(plain().primary_key(["device", "at"]));
    lead_through(&[shop(plain()), via, shop(nullable)]).await;
}

#[tokio::test]
async fn foreign_keys_come_are_replaced_and_go() {
    let with = |column: &str| shop(plain().foreign_key("readings_device_fkey", to_devices(column)));
    let texts = leads(shop(plain()), with("id")).await;
    insta::assert_snapshot!("add_reference", texts);
    leads(with("id"), with("other")).await;
    leads(with("id"), shop(plain())).await;
}

#[tokio::test]
async fn what_only_partitions_have_follows_on_each() {
    let unique = |columns: &[&str]| {
        LeafTemplate::default().constraint(Constraint::unique(
            "number_key",
            Key::new(columns.iter().copied()),
        ))
    };
    let index = |columns: &[&str]| {
        let index = Index::new("note_idx", columns.iter().copied()).serves_external("support");
        LeafTemplate::default().index(index)
    };
    let none = LeafTemplate::default;
    let texts = leads(leaf(none()), leaf(unique(&["number"]))).await;
    insta::assert_snapshot!("add_leaf_key", texts);
    leads(leaf(unique(&["number"])), leaf(unique(&["device"]))).await;
    leads(leaf(unique(&["number"])), leaf(none())).await;
    leads(leaf(none()), leaf(index(&["note"]))).await;
    leads(leaf(index(&["note"])), leaf(index(&["note", "number"]))).await;
    leads(leaf(index(&["note"])), leaf(none())).await;
}

/// A partition that comes between the steps, or goes, is no trouble; nor is a run that ended early.
#[tokio::test]
async fn partitions_that_come_meanwhile_have_the_key() {
    let changed = |table: Table| {
        table
            .constraint(key(&["at", "device"]))
            .foreign_key("readings_device_fkey", to_devices("id"))
    };
    let unique = Constraint::unique("number_key", Key::new(["number"]));
    let with_leaf = policy().leaf(LeafTemplate::default().constraint(unique));
    let (from, to) = (
        valid(shop(plain())),
        valid(shop(changed(readings(with_leaf)))),
    );
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    fill(&client).await;
    let migrations = evolve(&from, &to).unwrap();
    for (place, migration) in migrations.iter().enumerate() {
        let month = format!("SELECT create_monthly_partition('2031-01-01'::date + {place} * 31)");
        run(&client, &month, "").await;
        if !migration.planned.transactional() {
            // Half of it, and one more partition.
            let statements = expansion(&client, &migration.text).await;
            for statement in &statements[..statements.len() / 2] {
                run(&client, statement, "").await;
            }
            let month = month.replace("2031", "2041");
            run(&client, &month, "").await;
        }
        apply(&client, migration).await;
    }
    let months = "SELECT string_agg(format('DROP TABLE %s', c.relname), '; ') FROM pg_class AS c
                   WHERE c.relname LIKE 'readings_20_1___' AND c.relkind = 'r'";
    let drop: String = client.query_one(months, &[]).await.unwrap().get(0);
    assert!(drop.matches("DROP").count() > 6, "{drop}");
    for month in drop.replace("DROP TABLE ", "").split("; ") {
        let sql = "SELECT count(*) FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype IN ('u', 'f') \
                   AND convalidated";
        let row = client.query_one(sql, &[&month]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 3, "{month}");
    }
    run(&client, &drop, "").await;
    is_as_new(&client, &to, "").await;
}

/// Rows that break the key stop the change, and nothing is lost or half done once they are mended.
#[tokio::test]
async fn rows_that_do_not_fit_stop_the_change() {
    let (from, to) = (
        valid(shop(plain())),
        valid(shop(
            plain().foreign_key("readings_device_fkey", to_devices("id")),
        )),
    );
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    fill(&client).await;
    run(
        &client,
        "INSERT INTO readings (at, device, number) VALUES (now(), 99, 0)",
        "",
    )
    .await;
    let migrations = evolve(&from, &to).unwrap();
    let [migration] = migrations.as_slice() else {
        panic!("one step")
    };
    for statement in expansion(&client, &migration.text).await {
        run(&client, &statement, "").await;
    }
    let check =
        "ALTER TABLE readings ADD CONSTRAINT x FOREIGN KEY (device) REFERENCES devices (id)";
    assert!(client.batch_execute(check).await.is_err());
    run(&client, "DELETE FROM readings WHERE device = 99", "").await;
    apply(&client, migration).await;
    is_as_new(&client, &to, &migration.text).await;
}
