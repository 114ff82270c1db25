//! The database of the orders service: the event store, and a read model beside it.

use eventcore_schema_model::Event;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use serde::{Deserialize, Serialize};

/// A customer placed an order.
#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
pub struct OrderPlaced {
    pub order_id: String,
    pub customer: String,
    pub total_cents: i64,
}

/// What the database holds.
pub fn definition() -> Schema {
    EventStore::simple()
        .name("orders")
        .schema()
        .event::<OrderPlaced>()
        .user_type(EnumType::new("order_state", ["placed", "paid"]))
        .table(order_summary())
        .query(record_order())
        .query(orders_of_customer())
}

fn order_summary() -> Table {
    Table::new("order_summary")
        .column(Column::new("order_id", DataType::Text))
        .column(Column::new("customer", DataType::Text))
        .column(Column::new("state", DataType::named("order_state")).default("placed"))
        .column(Column::new("total_cents", DataType::BigInt).comment("In cents of a euro."))
        .primary_key(["order_id"])
        .check("order_summary_total_check", col("total_cents").ge(0))
        .index(
            Index::new("order_summary_customer_idx", ["customer", "order_id"])
                .serves(["orders_of_customer"]),
        )
        .comment("One row per order, written together with its event.")
}

fn record_order() -> Query {
    let text = "INSERT INTO {order_summary} (order_id, customer, total_cents)\n\
                VALUES ({order_id}, {customer}, {total_cents})";
    Query::new(
        "orders",
        "record_order",
        "Adds an order to the read model.",
        body(text),
    )
    .param(Param::new("order_id", DataType::Text, "The order."))
    .param(Param::new("customer", DataType::Text, "Who placed it."))
    .param(Param::new(
        "total_cents",
        DataType::BigInt,
        "What it costs, in cents.",
    ))
    .affected()
}

fn orders_of_customer() -> Query {
    let text = "SELECT order_id, total_cents FROM {order_summary}\n \
                WHERE customer = {customer} ORDER BY order_id";
    let row = Row::new("CustomerOrder", "An order of a customer.")
        .column("order_id", DataType::Text, "The order.")
        .column("total_cents", DataType::BigInt, "What it costs, in cents.");
    Query::new(
        "orders",
        "orders_of_customer",
        "Lists the orders of a customer.",
        body(text),
    )
    .param(Param::new("customer", DataType::Text, "Who placed them."))
    .many(row)
    .access(
        Access::to("order_summary")
            .equal(["customer"])
            .range("order_id"),
    )
}

fn body(text: &str) -> Template {
    Template::new(text).relation("order_summary", "order_summary")
}
