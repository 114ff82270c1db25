//! The partition routines on a real server: months in UTC, the partition tree instead of names, two
//! sessions at once, short locks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod create;
mod leaf;
mod retention;
mod settings;

use eventcore_codegen::sql;
use eventcore_schema_model::constraint::{Constraint, Key};
use eventcore_schema_model::name::IntoIdent;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// A partitioned table with everything a policy can give its partitions.
fn table(name: impl IntoIdent, encoding: BoundEncoding) -> Table {
    let key = match encoding {
        BoundEncoding::UuidV7 => DataType::Uuid,
        BoundEncoding::TimestampTz => DataType::TimestampTz,
    };
    let leaf = LeafTemplate::default()
        .constraint(
            Constraint::unique("stream_key", Key::new(["stream"]))
                .comment("100 % of a leaf's own."),
        )
        .index(
            Index::new("stream_idx", ["stream"])
                .method(IndexMethod::Hash)
                .only_where(col("stream").not_eq("%s"))
                .comment("An index of a leaf's own."),
        )
        .trigger(
            Trigger::new(
                "refuse",
                TriggerTiming::Before,
                [TriggerEvent::Delete, TriggerEvent::Truncate],
                "refuse",
            )
            .comment("Nothing goes."),
        )
        .storage("fillfactor", 90);
    let mut policy = PartitionPolicy::monthly(encoding).ahead(3, 1).leaf(leaf);
    policy.detach_concurrently = true;
    Table::new(name.into_ident())
        .column(Column::new("id", key).comment("Key."))
        .column(Column::new("stream", DataType::Text))
        .primary_key(["id"])
        .index(Index::new("stream_id_idx", ["stream", "id"]))
        .partition_by_policy(PartitionKey::range(["id"]), policy)
}

fn schema(namespace: &str, table: Table) -> Schema {
    let refuse = Routine::new(
        "refuse",
        Returns::Trigger,
        "BEGIN\n    RAISE EXCEPTION 'refused';\nEND;",
    );
    Schema::new("test")
        .namespace(namespace)
        .routine(refuse)
        .table(table)
}

/// All statements that make `schema`, its namespace too.
fn founding(schema: &Schema) -> String {
    let mut statements = Vec::new();
    if schema.namespace != "public" {
        let namespace = sql::quote_ident(schema.namespace.as_str());
        statements.push(format!("CREATE SCHEMA {namespace};\n"));
    }
    for routine in &schema.routines {
        statements.push(sql::create_routine(schema, routine).unwrap());
    }
    for table in &schema.tables {
        statements.push(sql::create_table(schema, table));
        for index in &table.indexes {
            statements.push(sql::create_index(schema, table, index));
        }
        for routine in sql::partition_routines(schema, table) {
            statements.push(sql::create_routine(schema, &routine).unwrap());
        }
    }
    statements.join("\n")
}

/// A database with the table `events` and its routines in the schema `public`.
async fn events(encoding: BoundEncoding) -> (TestDatabase<'static>, Client) {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    client
        .batch_execute(&founding(&schema("public", table("events", encoding))))
        .await
        .unwrap();
    (db, client)
}

/// The texts of a query's first column.
async fn texts(client: &Client, query: &str) -> Vec<String> {
    let rows = client
        .query(query, &[])
        .await
        .unwrap_or_else(|error| panic!("{query}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

async fn error(client: &Client, query: &str) -> (SqlState, String) {
    let error = client.query(query, &[]).await.expect_err(query);
    let error = error.as_db_error().expect(query);
    (error.code().clone(), error.message().to_owned())
}

/// Partitions with their bounds, by time: `name from to`.
async fn partitions(client: &Client) -> Vec<String> {
    texts(
        client,
        "SELECT partition_name || to_char(lower_bound AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS.US')
             || to_char(upper_bound AT TIME ZONE 'UTC', ' YYYY-MM-DD HH24:MI:SS.US')
           FROM public.list_partitions()",
    )
    .await
}

#[test]
fn the_routines_read_as_reviewed() {
    let schema = schema("public", table("events", BoundEncoding::UuidV7));
    let routines = sql::partition_routines(&schema, &schema.tables[0]);
    let texts: Vec<_> = routines
        .iter()
        .map(|routine| sql::create_routine(&schema, routine).unwrap())
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}
