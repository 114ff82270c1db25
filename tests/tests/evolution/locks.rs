//! The lock lines of planned steps are true: while a step runs, a second session sees in `pg_locks` exactly what its
//! header says.

use eventcore_codegen::plan::Execution;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use eventcore_tests::{TestDatabase, locks};

use crate::case::{apply, evolve, found, run, valid};

fn customers() -> Table {
    Table::new("customers")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("name", DataType::Text).nullable())
        .primary_key(["id"])
}

fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::BigInt))
        .column(Column::new("note", DataType::Text).nullable())
        .primary_key(["id"])
}

fn touch() -> Routine {
    Routine::new("touch", Returns::Trigger, "BEGIN\n    RETURN NEW;\nEND;")
}

fn shown(column: &str) -> View {
    let body = Template::new(format!("SELECT o.{{o.{column}}}\n  FROM {{o}} AS o"))
        .relation("o", "orders");
    View::new("shown", body).column(column, DataType::BigInt, false)
}

fn shop(orders: Table) -> Schema {
    Schema::new("shop")
        .table(customers())
        .table(orders)
        .routine(touch())
}

/// Applies the way from one to the other, and compares at each step that has a transaction.
async fn headers_are_true(from: Schema, to: Schema) {
    let (from, to) = (valid(from), valid(to));
    let db = TestDatabase::create().await;
    let (runner, observer) = (db.connect().await, db.connect().await);
    found(&runner, &from).await;
    let pid = runner
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let migrations = evolve(&from, &to).unwrap();
    assert!(!migrations.is_empty());
    for migration in &migrations {
        if migration.planned.step.execution != Execution::Transaction {
            apply(&runner, migration).await;
            continue;
        }
        let before = locks::relations(&observer).await;
        run(&runner, "BEGIN", "").await;
        run(&runner, &migration.text, &migration.text).await;
        let held = locks::held(&observer, pid, &before).await;
        run(&runner, "COMMIT", "").await;
        let renamed: Vec<String> = held
            .iter()
            .map(|lock| lock.replace("purchases", "orders"))
            .collect();
        let said: Vec<String> = locks::said(&migration.text).into_iter().collect();
        assert_eq!(said, renamed, "said and held by\n{}", migration.text);
    }
}

#[tokio::test]
async fn steps_on_plain_tables_say_which_locks_they_take() {
    let key = || ForeignKey::new(["customer"], "customers", ["id"]);
    let changes: Vec<(Schema, Schema)> = vec![
        (
            shop(orders()),
            shop(
                orders().column(
                    Column::new("tenant", DataType::Text)
                        .nullable()
                        .comment("x"),
                ),
            ),
        ),
        (
            shop(orders()),
            shop(orders().column(Column::new("tenant", DataType::Text).backfill(col("note")))),
        ),
        (
            shop(orders()),
            shop(orders().foreign_key("orders_customer_fkey", key())),
        ),
        (
            shop(orders().foreign_key("orders_customer_fkey", key())),
            shop(orders()),
        ),
        (
            shop(orders()),
            shop(
                orders()
                    .check("orders_check", col("customer").gt(0))
                    .unique("orders_key", ["customer"]),
            ),
        ),
        (
            shop(orders().check("orders_check", col("customer").gt(0))),
            shop(orders().check("orders_check", col("customer").gt(1))),
        ),
        (
            shop(orders()),
            shop(orders().trigger(Trigger::new(
                "touch",
                TriggerTiming::Before,
                [TriggerEvent::Insert],
                "touch",
            ))),
        ),
        (
            shop(orders().trigger(Trigger::new(
                "touch",
                TriggerTiming::Before,
                [TriggerEvent::Insert],
                "touch",
            ))),
            shop(orders()),
        ),
        (
            shop(orders()),
            shop(orders().storage("fillfactor", 80).comment("Orders.")),
        ),
        (
            shop(orders()),
            shop(orders()).table(
                Table::new("lines")
                    .column(Column::new("id", DataType::BigInt))
                    .foreign_key("lines_fkey", ForeignKey::new(["id"], "orders", ["id"])),
            ),
        ),
        (
            shop(orders()),
            Schema::new("shop")
                .table(customers())
                .routine(touch())
                .drop(ObjectRef::table("orders"), "x"),
        ),
        (
            shop(orders()).view(shown("id")),
            shop(orders()).view(shown("customer")),
        ),
        (shop(orders()), {
            let mut purchases = orders().renamed_from("orders");
            purchases.name = Table::new("purchases").name;
            shop(purchases)
        }),
        (shop(orders()).view(shown("id")), {
            let mut orders = orders();
            orders.columns[1].ty = DataType::Numeric(None);
            orders.columns[1].rewrite = Some(eventcore_schema_model::evolution::Rewrite {
                using: None,
                reason: "small".to_owned(),
            });
            shop(orders).view(shown("id"))
        }),
    ];
    for (from, to) in changes {
        headers_are_true(from, to).await;
    }
}

#[tokio::test]
async fn steps_on_the_log_say_which_locks_they_take() {
    let store = || EventStore::partitioned().schema();
    let tenant = || Column::new("tenant", DataType::Text).nullable();
    let index = || Index::new("events_tenant_idx", ["tenant"]).serves_external("reports");
    let with = || store().edit_table("events", |log| log.column(tenant()).index(index()));
    headers_are_true(store(), with()).await;
    headers_are_true(
        with(),
        store().edit_table("events", |log| log.column(tenant())),
    )
    .await;
    let check = |log: Table| log.check("events_size_check", col("event_version").lt(1_000_000));
    headers_are_true(store(), store().edit_table("events", check)).await;
}
