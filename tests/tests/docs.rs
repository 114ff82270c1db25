//! `SCHEMA.md`: what a reader on a forge sees, as test snapshots.

use eventcore_codegen::docs::schema_md;
use eventcore_schema_model::event_data::DataShape;
use eventcore_schema_model::event_type::{EventField, EventType};
use eventcore_schema_model::place::Place;
use eventcore_schema_model::prelude::*;

fn check(name: &str, schema: Schema) {
    let schema = validate(schema).unwrap_or_else(|violations| panic!("{violations}"));
    insta::assert_snapshot!(name, schema_md(&schema, "shop").contents);
}

fn last_order() -> View {
    let body = Template::new("SELECT max(order_no) AS order_no FROM {orders}");
    let index = Index::new("last_order_idx", ["order_no"]).unique();
    View::new("last_order", body.relation("orders", "orders"))
        .column("order_no", DataType::BigInt, true)
        .index(index.serves_external("refresh"))
        .with_no_data()
}

#[test]
fn tables_and_what_serves_which_query() {
    let customers = Table::new("customers")
        .column(Column::new("customer_id", DataType::Uuid))
        .column(Column::new("email", DataType::Text).collate("C"))
        .primary_key(["customer_id"])
        .unique("customers_email_key", ["email"])
        .comment("Who buys.");
    let orders = Table::new("orders")
        .column(Column::new("order_no", DataType::BigInt).identity(Identity::Always))
        .column(Column::new("customer_id", DataType::Uuid).comment("Who ordered."))
        .column(Column::new("state", DataType::Text).default("open"))
        .column(Column::new("tags", DataType::array(DataType::Text)).nullable())
        .column(Column::new("paid_at", DataType::TimestampTz).nullable())
        .primary_key(["order_no"])
        .foreign_key(
            "orders_customer_id_fkey",
            ForeignKey::new(["customer_id"], "customers", ["customer_id"])
                .on_delete(ForeignKeyAction::Restrict),
        )
        .check(
            "orders_state_check",
            col("state").eq("open").or(col("state").eq("paid")),
        )
        .index(
            Index::new(
                "orders_unpaid_idx",
                [
                    IndexPart::from("customer_id"),
                    IndexPart::from("order_no").descending(),
                ],
            )
            .include(["state"])
            .only_where(col("paid_at").is_null())
            .serves(["unpaid_orders"])
            .comment("Small: most orders are paid."),
        )
        .storage("fillfactor", 90)
        .comment("One row per order.");
    let order = Row::new("Order", "An order.").column("order_no", DataType::BigInt, "Its number.");
    check(
        "tables",
        Schema::new("shop")
            .description("Orders of a shop.")
            .sequence(
                Sequence::new("invoice_no")
                    .cache(10)
                    .comment("Numbers invoices."),
            )
            .table(customers)
            .table(orders)
            .view(
                View::new(
                    "open_orders",
                    Template::new("SELECT order_no FROM {orders} WHERE paid_at IS NULL")
                        .relation("orders", "orders"),
                )
                .column("order_no", DataType::BigInt, true)
                .comment("Orders that wait for money."),
            )
            .view(last_order())
            .routine(
                Routine::new(
                    "order_count",
                    Returns::Value(DataType::BigInt),
                    "SELECT 1::bigint",
                )
                .argument(Argument::new("state", DataType::Text).default("open"))
                .language(Language::Sql)
                .comment("How many orders are in a state."),
            )
            .query(
                Query::new(
                    "orders",
                    "unpaid_orders",
                    "The unpaid orders of a customer,\nnewest first.\n\nAt most a thousand.",
                    "SELECT order_no FROM public.orders WHERE customer_id = {customer}",
                )
                .param(Param::new("customer", DataType::Uuid, "Whose."))
                .many(order.clone())
                .access(
                    Access::to("orders")
                        .equal(["customer_id"])
                        .range("order_no"),
                ),
            )
            .query(
                Query::new(
                    "orders",
                    "order_by_number",
                    "One order.",
                    "SELECT order_no FROM public.orders WHERE order_no = {number}",
                )
                .param(Param::new("number", DataType::BigInt, "Its number."))
                .optional(order)
                .access(Access::to("orders").equal(["order_no"])),
            ),
    );
}

#[test]
fn names_and_texts_that_markdown_would_misread() {
    let odd = "we|ird `name`\n*x* <b> %%\"";
    let mut schema = Schema::new("od|d")
        .namespace("My Schema")
        .description("Pipes | stars *x* and <b>tags</b>, `code|d` kept.")
        .table(
            Table::new(odd)
                .column(
                    Column::new("a|b", DataType::Text)
                        .default("x|`y`\\\nz")
                        .comment("first | line\nsecond `a|b` line, one ` alone"),
                )
                .column(Column::new(
                    "the \"thing\"",
                    DataType::Numeric(Some((10, 2))),
                ))
                .primary_key(["a|b"])
                .check("a|b_check", col("a|b").concat("|").not_eq("||")),
        );
    schema.events.push(EventType {
        name: "order|placed".to_owned(),
        aliases: vec!["order|created".to_owned()],
        version: 2,
        fields: vec![EventField {
            name: "total".to_owned(),
            rust_type: "Option<Vec<u8>>".to_owned(),
            shape: DataShape::Anything,
            optional: true,
            flattened: false,
            aliases: Vec::new(),
            default: None,
        }],
        closed: false,
        types: Vec::new(),
        place: Place::default(),
    });
    check("odd_names", schema);
}

#[test]
fn partitions_in_words() {
    let guard = Routine::new(
        "refuse_change",
        Returns::Trigger,
        "BEGIN RAISE EXCEPTION 'append only'; END",
    );
    let refuse = |name: &str, events: Vec<TriggerEvent>| {
        Trigger::new(name, TriggerTiming::Before, events, "refuse_change")
    };
    let policy = PartitionPolicy::monthly(BoundEncoding::UuidV7)
        .ahead(3, 1)
        .retain_months(24)
        .leaf(LeafTemplate::default().trigger(refuse("no_truncate", vec![TriggerEvent::Truncate])));
    let log = Table::new("log")
        .column(Column::new("event_id", DataType::Uuid))
        .primary_key(["event_id"])
        .append_only()
        .trigger(refuse("no_truncate", vec![TriggerEvent::Truncate]))
        .trigger(refuse(
            "no_change",
            vec![TriggerEvent::Update(Vec::new()), TriggerEvent::Delete],
        ))
        .partition_by_policy(PartitionKey::range(["event_id"]), policy);
    check("partitions", Schema::new("log").routine(guard).table(log));
}

#[test]
fn declared_partitions_in_words() {
    let below = Partitioning::by(PartitionKey::hash(["id"]))
        .partition(Partition::new("orders_eu_0", PartitionBound::hash(2, 0)))
        .partition(Partition::new("orders_eu_1", PartitionBound::hash(2, 1)));
    let by = Partitioning::by(PartitionKey::list("region"))
        .partition(
            Partition::new("orders_eu", PartitionBound::list(["de", "it's"]))
                .partitioned(below)
                .comment("Europe's."),
        )
        .partition(Partition::new("orders_rest", PartitionBound::Default))
        .leaf(LeafTemplate::default().storage("fillfactor", 80));
    let orders = Table::new("orders")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("region", DataType::Text))
        .primary_key(["region", "id"])
        .partitioned(by);
    check("declared_partitions", Schema::new("shop").table(orders));
}

/// What all else stands in and uses has sections of its own.
#[test]
fn schemas_extensions_and_composite_types_are_described() {
    let street = Attribute::new("street", DataType::Text).comment("With the number.");
    let schema = Schema::new("shop")
        .declare_namespace(Namespace::new("billing").comment("What is paid."))
        .extension(Extension::new("citext").namespace("billing").version("1.6"))
        .user_type(Composite::new("address").attribute(street));
    let text = schema_md(&validate(schema).unwrap(), "shop").contents;
    for expected in [
        "- [PostgreSQL schemas](#postgresql-schemas)",
        "| `billing` | What is paid. |",
        "| `citext` | `billing` | `1.6` |",
        "| `public.address` | `street text` With the number. |",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}
