//! Materialised views, and the query that refreshes one.

use eventcore_codegen::sql;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::validate;

use super::{assert_lines, founded, texts};

fn schema() -> Schema {
    let orders = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::Text));
    let body = Template::new(
        "SELECT o.customer,\n       count(*) AS orders\n  FROM {o} AS o\n GROUP BY o.customer -- each once",
    )
    .relation("o", "orders");
    let totals = View::new("totals", body)
        .column("customer", DataType::Text, true)
        .column("orders", DataType::BigInt, true)
        .index(
            Index::new("totals_customer_key", ["customer"])
                .unique()
                .serves(["refresh_totals"]),
        )
        .index(
            Index::new(
                "totals_orders_idx",
                [IndexPart::from("orders").descending()],
            )
            .serves_external("top ten"),
        )
        .storage("fillfactor", 80)
        .comment("Orders of each customer.");
    let mut empty = totals.clone().with_no_data();
    empty.name = QualifiedName::new("s", "later");
    empty.materialized.as_mut().unwrap().indexes.clear();
    Schema::new("x")
        .namespace("s")
        .table(orders)
        .view(totals)
        .view(empty)
        .query(Query::new(
            "upkeep",
            "refresh_totals",
            "Counts anew while readers go on.",
            Template::new("REFRESH MATERIALIZED VIEW CONCURRENTLY {totals}")
                .relation("totals", "totals"),
        ))
}

#[tokio::test]
async fn materialised_views_are_as_defined_and_a_query_refreshes_them() {
    let schema = validate(schema()).unwrap();
    let (_db, client) = founded(&schema).await;
    let found = texts(
        &client,
        "SELECT concat_ws(' | ', c.relname, c.relkind::text, c.relispopulated::text, array_to_string(c.reloptions, ' '), obj_description(c.oid, 'pg_class'))
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 's' AND c.relkind = 'm' ORDER BY 1",
    )
    .await;
    let expected = [
        "later | m | false | fillfactor=80 | Orders of each customer.",
        "totals | m | true | fillfactor=80 | Orders of each customer.",
    ];
    assert_lines(&found, &expected.map(str::to_owned));
    let found = texts(
        &client,
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 's.totals'::regclass ORDER BY 1",
    )
    .await;
    let expected = [
        "CREATE INDEX totals_orders_idx ON s.totals USING btree (orders DESC)",
        "CREATE UNIQUE INDEX totals_customer_key ON s.totals USING btree (customer)",
    ];
    assert_lines(&found, &expected.map(str::to_owned));
    let insert = "INSERT INTO s.orders VALUES (1, 'Ada'), (2, 'Ada')";
    client.batch_execute(insert).await.unwrap();
    let refresh = sql::query_text(&schema, &schema.queries[0]).unwrap();
    client.execute(&refresh, &[]).await.unwrap();
    let found = texts(
        &client,
        "SELECT format('%s %s', customer, orders) FROM s.totals",
    )
    .await;
    assert_eq!(found, ["Ada 2"]);
}
