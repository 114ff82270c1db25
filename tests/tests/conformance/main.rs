//! Every rendered form on a real server: the server's own description of each object, read from its
//! catalog, against the model, attribute by attribute.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod expressions;
mod indexes;
mod routines;
mod tables;
mod views;

use eventcore_codegen::sql;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

/// All statements that make `schema`, in an order that works for any definition without view chains.
fn founding(schema: &Schema) -> String {
    let mut statements = Vec::new();
    for sequence in &schema.sequences {
        statements.push(sql::create_sequence(schema, sequence));
    }
    for routine in &schema.routines {
        statements.push(sql::create_routine(schema, routine).unwrap());
    }
    for table in &schema.tables {
        statements.push(sql::create_table(schema, table));
        statements.extend(
            table
                .indexes
                .iter()
                .map(|index| sql::create_index(schema, table, index)),
        );
        let triggers = table.triggers.iter();
        statements.extend(triggers.map(|trigger| sql::create_trigger(schema, table, trigger)));
        for routine in sql::partition_routines(schema, table) {
            statements.push(sql::create_routine(schema, &routine).unwrap());
        }
    }
    for view in &schema.views {
        statements.push(sql::create_view(schema, view).unwrap());
    }
    statements.extend(schema.grants.iter().map(|grant| sql::grant(schema, grant)));
    statements.join("\n")
}

/// A database with everything that `schema` defines, in its namespace `s`.
async fn founded(schema: &Schema) -> (TestDatabase<'static>, Client) {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    client.batch_execute("CREATE SCHEMA s").await.unwrap();
    let statements = founding(schema);
    if let Err(error) = client.batch_execute(&statements).await {
        panic!("{error:?}\n{statements}");
    }
    (db, client)
}

/// The texts of a query's first column.
async fn texts(client: &Client, query: &str) -> Vec<String> {
    let rows = client
        .query(query, &[])
        .await
        .unwrap_or_else(|error| panic!("{query}: {error:?}"));
    rows.iter()
        .map(|row| {
            row.get::<_, Option<String>>(0)
                .unwrap_or_else(|| "-".to_owned())
        })
        .collect()
}

/// Compares line by line, so that a difference is seen where it is.
#[track_caller]
fn assert_lines(found: &[String], expected: &[String]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}
