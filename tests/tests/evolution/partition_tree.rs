//! Declared partitions, by list, range and hash, at two levels: they come, go, and follow what their table becomes.

use eventcore_schema_model::constraint::Key;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use eventcore_tests::random::Random;
use tokio_postgres::Client;

use crate::case::{apply, catalog_of, evolve, found, founded_catalog, run, valid};
use crate::resume::killed_then_finished;

const ROWS: i64 = 300;

fn hashed(name: &str) -> Partitioning {
    (0..2).fold(
        Partitioning::by(PartitionKey::hash(["id"])),
        |by, remainder| {
            let name = format!("{name}_{remainder}");
            by.partition(Partition::new(name, PartitionBound::hash(2, remainder)))
        },
    )
}

/// By region; one region by ranges of ids, another by hash.
fn regions() -> Partitioning {
    let ranges = Partitioning::by(PartitionKey::range(["id"]))
        .partition(Partition::new(
            "orders_eu_low",
            PartitionBound::range([BoundValue::Min], [100]),
        ))
        .partition(Partition::new(
            "orders_eu_high",
            PartitionBound::range([BoundValue::from(100)], [BoundValue::Max]),
        ));
    Partitioning::by(PartitionKey::list("region"))
        .partition(
            Partition::new("orders_eu", PartitionBound::list(["de", "fr"]))
                .partitioned(ranges)
                .comment("Europe's."),
        )
        .partition(
            Partition::new("orders_us", PartitionBound::list(["us"]))
                .partitioned(hashed("orders_us")),
        )
        .partition(Partition::new("orders_jp", PartitionBound::list(["jp"])))
}

fn orders(partitioning: Partitioning) -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("region", DataType::Text))
        .column(Column::new("customer", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .partitioned(partitioning)
}

fn customers() -> Table {
    Table::new("customers")
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"])
}

fn shop(table: Table) -> Schema {
    let touch = Routine::new("touch", Returns::Trigger, "BEGIN\n    RETURN NULL;\nEND;");
    Schema::new("shop")
        .routine(touch)
        .table(customers())
        .table(table)
}

fn plain() -> Table {
    orders(regions())
}

/// Everything that a table of partitions can get.
fn full(partitioning: Partitioning) -> Table {
    let on_truncate = Trigger::new(
        "touch",
        TriggerTiming::After,
        [TriggerEvent::Truncate],
        "touch",
    );
    let leaf = LeafTemplate::default()
        .constraint(Constraint::unique(
            "customer_key",
            Key::new(["customer", "id"]),
        ))
        .index(Index::new("leaf_idx", ["note"]).serves_external("support"))
        .trigger(on_truncate)
        .storage("fillfactor", 80);
    orders(partitioning.leaf(leaf))
        .column(
            Column::new("size", DataType::BigInt)
                .default(1)
                .backfill(col("customer")),
        )
        .primary_key(["region", "id"])
        .index(Index::new("orders_note_idx", ["note", "size"]).serves_external("support"))
        .check("orders_check", col("customer").ge(0))
        .foreign_key(
            "orders_customer_fkey",
            ForeignKey::new(["customer"], "customers", ["id"]),
        )
}

async fn fill(client: &Client) {
    let sql = format!(
        "INSERT INTO customers SELECT generate_series(0, {ROWS});
         INSERT INTO orders (id, region, customer)
         SELECT n, (ARRAY['de', 'fr', 'us', 'jp'])[1 + n % 4], n FROM generate_series(1, {ROWS}) AS n"
    );
    run(client, &sql, &sql).await;
}

async fn held(client: &Client) -> Vec<(i64, String, i64)> {
    let sql = "SELECT id, region, customer FROM orders ORDER BY id";
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

async fn is_as_new(client: &Client, to: &Schema, texts: &str) {
    let (found, expected) = (
        catalog_of(client).await,
        founded_catalog(&valid(to.clone())).await,
    );
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(found == expected, "{texts}\n{}", diff.unified_diff());
}

/// The way from one definition to the next on a database with rows: the steps, and the rows that are there then.
async fn leads(from: Schema, to: Schema) -> (String, Vec<(i64, String, i64)>) {
    let (from, to) = (valid(from), valid(to));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    fill(&client).await;
    let migrations = evolve(&from, &to).unwrap_or_else(|error| panic!("{error}"));
    for migration in &migrations {
        apply(&client, migration).await;
    }
    let texts: Vec<String> = migrations.into_iter().map(|it| it.text).collect();
    let texts = texts.join("\n");
    is_as_new(&client, &to, &texts).await;
    (texts, held(&client).await)
}

fn all_rows() -> i64 {
    ROWS
}

fn count(rows: &[(i64, String, i64)]) -> i64 {
    i64::try_from(rows.len()).unwrap()
}

#[tokio::test]
async fn everything_reaches_all_leaves_and_goes_again() {
    let (texts, rows) = leads(shop(plain()), shop(full(regions()))).await;
    insta::assert_snapshot!("tree_gets_all", texts);
    assert_eq!(count(&rows), all_rows());
    let back = shop(orders(regions()).drop_column("size", "nobody reads it"));
    let (_, rows) = leads(shop(full(regions())), back).await;
    assert_eq!(count(&rows), all_rows());
}

#[tokio::test]
async fn partitions_come() {
    let more = regions()
        .partition(Partition::new("orders_br", PartitionBound::list(["br"])).comment("Brazil's."))
        .partition(
            Partition::new("orders_asia", PartitionBound::list(["cn", "kr"]))
                .partitioned(hashed("orders_asia")),
        );
    let (texts, _) = leads(shop(full(regions())), shop(full(more.clone()))).await;
    insta::assert_snapshot!("partition_comes", texts);
    // With a DEFAULT partition, which is looked through.
    let rest = || regions().partition(Partition::new("orders_rest", PartitionBound::Default));
    leads(shop(plain()), shop(orders(rest()))).await;
    let with = rest().partition(Partition::new("orders_br", PartitionBound::list(["br"])));
    let (texts, _) = leads(shop(orders(rest())), shop(orders(with))).await;
    assert!(
        texts.contains("Hazard: scans table public.orders_rest"),
        "{texts}"
    );
    // Together with all else that changes.
    leads(shop(plain()), shop(full(more))).await;
}

#[tokio::test]
async fn partitions_go_or_stay_as_tables() {
    let mut fewer = regions();
    fewer.partitions.remove(1);
    let to = shop(full(fewer.clone()).drop_partition("orders_us", "sold"));
    let (texts, rows) = leads(shop(full(regions())), to).await;
    insta::assert_snapshot!("partition_goes", texts);
    assert_eq!(count(&rows), all_rows() - all_rows() / 4);

    let (from, to) = (
        valid(shop(plain())),
        valid(shop(
            orders(fewer).detach_partition("orders_us", "moves elsewhere"),
        )),
    );
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &from).await;
    fill(&client).await;
    for migration in evolve(&from, &to).unwrap() {
        apply(&client, &migration).await;
    }
    let row = client
        .query_one("SELECT count(*) FROM orders_us", &[])
        .await;
    assert_eq!(row.unwrap().get::<_, i64>(0), all_rows() / 4);
    run(&client, "DROP TABLE orders_us", "").await;
    is_as_new(&client, &to, "").await;
}

/// A foreign key that references a partitioned table, while that gets a partition and loses another.
#[tokio::test]
async fn other_tables_reference_a_partitioned_one() {
    let referencing = |table: Table| {
        let lines = Table::new("lines")
            .column(Column::new("region", DataType::Text))
            .column(Column::new("id", DataType::BigInt));
        let key = ForeignKey::new(["region", "id"], "orders", ["region", "id"]);
        (
            shop(table.clone()).table(lines.clone()),
            shop(table).table(lines.foreign_key("lines_fkey", key)),
        )
    };
    let keyed = |by: Partitioning| orders(by).primary_key(["region", "id"]);
    let (without, with) = referencing(keyed(regions()));
    leads(without, with.clone()).await;
    let mut other = regions().partition(Partition::new("orders_br", PartitionBound::list(["br"])));
    other.partitions.remove(2);
    let (_, to) = referencing(keyed(other).drop_partition("orders_jp", "sold"));
    leads(with.clone(), to).await;
    let (without, _) = referencing(keyed(regions()));
    leads(with, without).await;
}

#[tokio::test]
async fn partitions_are_renamed_and_described() {
    let mut renamed = regions();
    renamed.partitions[2].renamed_from = Some(renamed.partitions[2].name.clone());
    renamed.partitions[2].name = Ident::new("orders_japan").unwrap();
    renamed.partitions[0].comment = Some("Europe.".to_owned());
    leads(shop(plain()), shop(orders(renamed.clone()))).await;
    leads(shop(full(regions())), shop(full(renamed))).await;
}

/// Killed at any moment, client and server, a run is finished by the next, at every depth.
#[tokio::test]
async fn a_killed_run_is_finished_at_every_depth() {
    let more = regions().partition(
        Partition::new("orders_asia", PartitionBound::list(["cn", "kr"]))
            .partitioned(hashed("orders_asia")),
    );
    let mut fewer = more;
    fewer.partitions.remove(1);
    let (from, to) = (
        valid(shop(plain())),
        valid(shop(full(fewer).drop_partition("orders_us", "sold"))),
    );
    let mut killed = 0;
    for seed in 0..12 {
        let mut random = Random::new(seed);
        let planned = evolve(&from, &to).unwrap();
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &from).await;
        fill(&client).await;
        killed += killed_then_finished(
            &db,
            &client,
            &planned,
            5,
            60,
            &mut random,
            &format!("seed {seed}"),
        )
        .await;
        run(&client, "DROP TABLE eventcore_migrations", "").await;
        assert_eq!(count(&held(&client).await), all_rows() - all_rows() / 4);
        is_as_new(&client, &to, &format!("seed {seed}")).await;
        let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        let row = client.query_one(invalid, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);
    }
    assert!(killed > 20, "only {killed} runs were killed");
}
