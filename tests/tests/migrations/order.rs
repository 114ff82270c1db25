//! What no migration lists is created in an order that a server accepts, whatever the order of the definition.

use eventcore_codegen::history::{Planning, Recorded};
use eventcore_codegen::{GenerateOptions, Store, generate};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::validate;
use eventcore_tests::TestDatabase;
use eventcore_tests::store::generated_migrations;

fn view(name: &str, text: &str, template: impl FnOnce(Template) -> Template) -> View {
    View::new(name, template(Template::new(text))).column("id", DataType::BigInt, true)
}

fn sql_function(name: &str, text: Template) -> Routine {
    Routine::new(name, Returns::Value(DataType::BigInt), text).language(Language::SqlAtomic)
}

fn table(name: &str) -> Table {
    Table::new(name)
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"])
}

#[tokio::test]
async fn each_object_is_created_after_those_that_it_needs() {
    let schema = Schema::new("shop")
        .view(view("last", "SELECT t.id FROM {middle} AS t", |text| {
            text.relation("middle", "middle")
        }))
        .view(view("middle", "SELECT {newest}() AS id", |text| {
            text.routine("newest", "newest")
        }))
        .routine(sql_function(
            "newest",
            Template::new("SELECT max(t.id) + {zero}() FROM {orders} AS t")
                .routine("zero", "zero")
                .relation("orders", "orders"),
        ))
        .routine(sql_function("zero", Template::new("SELECT 0::bigint")))
        .table(table("lines").foreign_key(
            "lines_order_fkey",
            ForeignKey::new(["id"], "orders", ["id"]),
        ))
        .table(
            table("parcels")
                .column(Column::new("number", DataType::BigInt))
                .foreign_key(
                    "parcels_number_fkey",
                    ForeignKey::new(["number"], "orders", ["number"]),
                ),
        )
        .table(
            table("orders")
                .column(Column::new("number", DataType::BigInt))
                .index(
                    Index::new("orders_number_idx", ["number"])
                        .unique()
                        .serves_external("parcels"),
                ),
        );
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    for (name, text) in generated_migrations(schema) {
        let done = client.batch_execute(&text).await;
        done.unwrap_or_else(|error| panic!("{name}: {error:?}\n{text}"));
    }
}

#[test]
fn a_circle_is_refused_by_name() {
    let schema = Schema::new("shop")
        .view(view("a", "SELECT t.id FROM {b} AS t", |text| {
            text.relation("b", "b")
        }))
        .view(view("b", "SELECT t.id FROM {a} AS t", |text| {
            text.relation("a", "a")
        }))
        .table(table("orders"));
    let schema = validate(schema).unwrap();
    let store = Store {
        schema: &schema,
        folder: "shop",
        recorded: &Recorded::default(),
        planning: Planning::Founding,
    };
    let options = GenerateOptions {
        project: "shop",
        name: None,
    };
    let refused = generate(&[store], options).unwrap_err().to_string();
    assert!(refused.contains("one: view `a`; view `b`;"), "{refused}");
}

/// A table that a migration lists brings the indexes that none lists; what is new has a name of its own.
#[test]
fn a_listed_table_brings_its_indexes() {
    let indexed = |name: &str| {
        table(name)
            .column(Column::new("note", DataType::Text))
            .index(Index::new(format!("{name}_idx"), ["note"]).serves_external("support"))
    };
    let schema = Schema::new("shop")
        .table(indexed("orders"))
        .table(indexed("lines"))
        .migration(
            Migration::new(1, "create_orders", "Creates the orders.")
                .creates(ObjectRef::table("orders")),
        );
    let migrations = generated_migrations(schema);
    let [(first, orders), (second, lines)] = &migrations[..] else {
        panic!("{migrations:?}")
    };
    assert_eq!(first, "001_create_orders.sql");
    assert_eq!(second, "002_create_lines.sql");
    assert!(orders.contains("CREATE INDEX orders_idx"), "{orders}");
    assert!(lines.contains("CREATE INDEX lines_idx"), "{lines}");
    assert!(!lines.contains("orders"), "{lines}");
}
