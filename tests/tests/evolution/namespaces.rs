//! PostgreSQL schemas that were made by hand before the definition declared them.

use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;

use crate::case::{apply, catalog_of, evolve, found, founded_catalog, run, valid};

fn invoices(name: QualifiedName) -> Table {
    Table::new(name)
        .column(Column::new("id", DataType::BigInt))
        .primary_key(["id"])
}

fn grant(namespace: &str) -> Grant {
    let on = ObjectRef::namespace(namespace);
    Grant::new([Privilege::Usage], on, "public")
}

/// The first schema in a database where somebody made `namespace`, then the second.
async fn is_taken_over(namespace: &str, from: Schema, to: Schema) {
    let (from, to) = (valid(from), valid(to));
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    run(&client, &format!("CREATE SCHEMA {namespace}"), "by hand").await;
    found(&client, &from).await;
    let migrations = evolve(&from, &to).unwrap();
    let texts: Vec<&str> = migrations.iter().map(|it| it.text.as_str()).collect();
    assert!(!texts.join("").contains("CREATE SCHEMA"), "{texts:?}");
    for migration in &migrations {
        apply(&client, migration).await;
    }
    assert_eq!(catalog_of(&client).await, founded_catalog(&to).await);
    assert!(evolve(&to, &to).unwrap().is_empty());
}

#[tokio::test]
async fn what_stands_in_it_already_shows_that_it_is_there() {
    let table = || invoices(QualifiedName::new("billing", "invoices"));
    let shop = || Schema::new("shop").table(table());
    let declared = Namespace::new("billing").comment("It's paid.");
    is_taken_over(
        "billing",
        shop(),
        shop()
            .declare_namespace(declared)
            .grant(grant("billing"))
            .table(invoices(QualifiedName::new("billing", "more"))),
    )
    .await;
}

#[tokio::test]
async fn the_definitions_own_is_there() {
    let shop = || Schema::new("shop").namespace("es");
    let declared = Namespace::new("es").comment("It's a shop.");
    is_taken_over(
        "es",
        shop(),
        shop().declare_namespace(declared).grant(grant("es")),
    )
    .await;
}

/// Without an object in it nobody can know: the step says what it needs.
#[tokio::test]
async fn one_that_somebody_made_meanwhile_is_found_before_anything_is_done() {
    let (from, to) = (
        valid(Schema::new("shop")),
        valid(Schema::new("shop").declare_namespace(Namespace::new("billing"))),
    );
    let migrations = evolve(&from, &to).unwrap();
    let needs = &migrations[0].planned.step.needs;
    let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
    assert_eq!(needs, ["schema billing is not there"]);
}

/// A table's founding migration may be listed; what it stands in comes with the first that is.
#[tokio::test]
async fn a_store_in_a_namespace_of_its_own() {
    use eventcore_schema_model::eventcore::EventStore;
    for store in [EventStore::simple(), EventStore::partitioned()] {
        let schema = store
            .namespace("My Store")
            .declare_namespace()
            .reader_role("pg_monitor")
            .schema();
        let schema = valid(schema);
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &schema).await;
        let row = client
            .query_one(
                "SELECT pg_catalog.has_schema_privilege('pg_monitor', 'My Store', 'USAGE')",
                &[],
            )
            .await;
        assert!(row.unwrap().get::<_, bool>(0));
    }
}
