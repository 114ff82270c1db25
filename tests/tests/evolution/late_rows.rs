//! Rows that come while a change is under way: what they lack is given to them too.

use eventcore_codegen::plan::Action;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{apply, evolve, found, run, valid};

fn orders(note: Column) -> Schema {
    let orders = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(note)
        .primary_key(["id"]);
    Schema::new("shop").table(orders)
}

fn note() -> Column {
    Column::new("note", DataType::Text)
}

#[tokio::test]
async fn a_row_without_a_value_after_the_back_fill_is_filled_before_rows_are_checked() {
    for minimum in [15, 18] {
        let from = valid(orders(note().nullable()).minimum_server(minimum));
        let to = valid(orders(note().backfill("none")).minimum_server(minimum));
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        if db.server().version().major < minimum {
            continue;
        }
        found(&client, &from).await;
        run(&client, "INSERT INTO orders VALUES (1, NULL)", "").await;
        let mut filled = 0;
        for migration in evolve(&from, &to).unwrap() {
            apply(&client, &migration).await;
            if let [Action::Backfill(..)] = migration.planned.step.actions.as_slice() {
                filled += 1;
            }
            if filled == 1 {
                // The previous release goes on until it is refused, and that is after the first fill.
                let late = "INSERT INTO orders SELECT count(*) + 1, NULL FROM orders";
                run(&client, late, "").await;
                filled += 1;
            }
        }
        let rows = client.query("SELECT note FROM orders", &[]).await.unwrap();
        let notes: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(notes, ["none", "none"]);
    }
}
