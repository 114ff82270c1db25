//! Definitions that keep every rule, for the cases to break.

use eventcore_schema_model::prelude::*;

/// A table with a column of each kind that the cases need.
pub(crate) fn orders() -> Table {
    Table::new("orders")
        .column(Column::new("id", DataType::Uuid))
        .column(Column::new("customer", DataType::Text))
        .column(Column::new("note", DataType::Text).nullable())
        .column(Column::new("total", DataType::Integer).default(0))
        .column(Column::new("placed_at", DataType::TimestampTz))
        .column(Column::new("document", DataType::Jsonb).nullable())
        .column(Column::new("source", DataType::Json).nullable())
        .primary_key(["id"])
}

/// A text with those of these relations bound that it names.
pub(crate) fn bound(text: &str, relations: &[&str]) -> Template {
    let mut template = Template::new(text);
    for name in relations {
        if text.contains(&format!("{{{name}")) {
            template = template.relation(*name, *name);
        }
    }
    template
}

pub(crate) fn shop(table: Table) -> Schema {
    Schema::new("shop").table(table)
}

/// A partitioned, append-only table with all of its guards.
pub(crate) fn log(policy: PartitionPolicy) -> Table {
    Table::new("log")
        .column(Column::new("id", DataType::Uuid))
        .column(Column::new("position", DataType::BigInt))
        .column(Column::new("at", DataType::TimestampTz))
        .column(Column::new("remark", DataType::Text).nullable())
        .primary_key(["id"])
        .partition_by_policy(PartitionKey::range(["id"]), policy)
        .append_only()
        .trigger(row_guard())
        .trigger(truncate_guard())
}

pub(crate) fn row_guard() -> Trigger {
    let changes = [TriggerEvent::Update(Vec::new()), TriggerEvent::Delete];
    Trigger::new("refuse_change", TriggerTiming::Before, changes, "refuse")
}

pub(crate) fn truncate_guard() -> Trigger {
    let truncate = [TriggerEvent::Truncate];
    Trigger::new("refuse_truncate", TriggerTiming::Before, truncate, "refuse")
}

pub(crate) fn guarded_leaf() -> LeafTemplate {
    LeafTemplate::default().trigger(truncate_guard())
}

pub(crate) fn monthly() -> PartitionPolicy {
    PartitionPolicy::monthly(BoundEncoding::UuidV7).leaf(guarded_leaf())
}

pub(crate) fn refuse() -> Routine {
    Routine::new(
        "refuse",
        Returns::Trigger,
        "BEGIN RAISE EXCEPTION 'refused'; END",
    )
}

/// A log, and the routine that its guards call.
pub(crate) fn archive(table: Table) -> Schema {
    Schema::new("archive").table(table).routine(refuse())
}

pub(crate) fn find_order() -> Query {
    let body = Template::new("SELECT {orders.id} FROM {orders} WHERE {orders.id} = {id}")
        .relation("orders", "orders");
    Query::new("orders", "find_order", "Finds an order.", body)
        .param(Param::new("id", DataType::Uuid, "The order's id."))
        .optional(order_row())
}

pub(crate) fn order_row() -> Row {
    Row::new("Order", "An order.").column("id", DataType::Uuid, "Its id.")
}

/// A query with nothing but its text.
pub(crate) fn command(body: impl Into<Template>) -> Query {
    Query::new("orders", "run", "Runs.", body)
}

#[test]
fn the_shapes_keep_every_rule() {
    validate(
        shop(orders())
            .query(find_order())
            .query(command("SELECT 1")),
    )
    .unwrap();
    validate(archive(log(monthly()))).unwrap();
}
