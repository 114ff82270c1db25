//! What rests on something that changes, and that the server does not let go of: refused before a migration is planned.

use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{evolve, found, valid};

/// Items, and a view of them that groups by these columns.
fn items(key: &[&str], grouped: &str) -> Schema {
    let table = Table::new("items")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("a", DataType::Integer))
        .primary_key(key.iter().copied());
    let text = format!("SELECT min(i.{{items.a}}) AS least FROM {{items}} AS i GROUP BY {grouped}");
    let view = View::new("shown", Template::new(text).relation("items", "items"));
    Schema::new("shop")
        .table(table)
        .view(view.column("least", DataType::Integer, true))
}

#[tokio::test]
async fn a_view_that_groups_by_a_key_keeps_it() {
    let (before, after) = (
        items(&["id"], "i.id, i.a"),
        items(&["id", "a"], "i.id, i.a"),
    );
    let (before, after) = (valid(before), valid(after));
    let error = evolve(&before, &after).err().unwrap().to_string();
    assert!(
        error.contains("view `shown` groups by the primary key of `items`, which changes")
            && error.contains("give up what rests on it in this migration"),
        "{error}"
    );
    // The server keeps the key only where the view shows what the key tells, which no text of ours is parsed for.
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    found(&client, &before).await;
    let sql = "CREATE VIEW rests AS SELECT id, a FROM items GROUP BY id; ALTER TABLE items DROP CONSTRAINT items_pkey";
    let error = client.batch_execute(sql).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "2BP01");
    let other = |key: &[&str]| valid(items(key, "i.a"));
    assert!(evolve(&other(&["id"]), &other(&["id", "a"])).is_ok());
}
