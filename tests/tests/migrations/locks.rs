//! The lock lines in the headers are true: while a migration runs, a second session sees in `pg_locks` exactly what its
//! header says, on what stood there before.

use std::collections::BTreeSet;

use eventcore_schema_model::prelude::*;
use eventcore_tests::store::generated_migrations;
use eventcore_tests::{TestDatabase, locks};
use tokio_postgres::Client;

use super::{STORES, run};

/// Runs each migration in a transaction of one session, looks from another before the commit, and compares.
async fn headers_are_true(migrations: &[(String, String)]) -> Vec<BTreeSet<String>> {
    let db = TestDatabase::create().await;
    let (runner, observer) = (db.connect().await, db.connect().await);
    let pid: i32 = one(&runner, "SELECT pg_backend_pid()").await;
    let mut all = Vec::new();
    for (name, sql) in migrations {
        let before = locks::relations(&observer).await;
        run(&runner, "BEGIN").await;
        run(&runner, sql).await;
        let said = locks::said(sql);
        let held = locks::held(&observer, pid, &before, &said).await;
        run(&runner, "COMMIT").await;
        assert_eq!(said, held, "said and held by {name}");
        all.push(held);
    }
    all
}

async fn one<T: for<'a> tokio_postgres::types::FromSql<'a>>(client: &Client, query: &str) -> T {
    client.query_one(query, &[]).await.unwrap().get(0)
}

fn set(locks: &[&str]) -> BTreeSet<String> {
    locks.iter().map(|lock| (*lock).to_owned()).collect()
}

#[tokio::test]
async fn the_headers_of_the_event_store_say_which_locks_they_take() {
    for store in STORES {
        let migrations: Vec<(String, String)> = store
            .migrations()
            .map(|path| {
                let text = std::fs::read_to_string(&path).unwrap();
                (path.display().to_string(), text)
            })
            .collect();
        let held = headers_are_true(&migrations).await;
        assert!(held[0].is_empty());
    }
}

/// A foreign key to a table that is there, and an index on it: what an adopter's own migrations do.
#[tokio::test]
async fn the_headers_of_an_adopters_migrations_say_which_locks_they_take() {
    let customers = Table::new("customers")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("name", DataType::Text))
        .primary_key(["id"])
        .index(Index::new("customers_name_idx", ["name"]).serves_external("support"));
    let orders = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::BigInt))
        .primary_key(["id"])
        .foreign_key(
            "orders_customer_fkey",
            ForeignKey::new(["customer"], "customers", ["id"]),
        );
    let schema = Schema::new("shop")
        .table(customers)
        .table(orders)
        .migration(
            Migration::new(1, "create_customers", "Creates the customers.")
                .creates(ObjectRef::table("customers")),
        )
        .migration(
            Migration::new(2, "create_orders", "Creates the orders.")
                .creates(ObjectRef::table("orders")),
        )
        .migration(
            Migration::new(3, "index_customers", "Finds customers by name.")
                .creates(ObjectRef::index("customers", "customers_name_idx")),
        );
    let migrations = generated_migrations(schema);
    let held = headers_are_true(&migrations).await;
    let expected = [
        set(&[]),
        set(&["SHARE ROW EXCLUSIVE on public.customers"]),
        set(&["SHARE on public.customers"]),
    ];
    assert_eq!(held, expected);
}
