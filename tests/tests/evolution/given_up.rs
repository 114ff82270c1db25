//! A change whose migrations stopped half way, because rows do not fit it, and that is given up: the rest is skipped where
//! it stopped, and the next change leads that database and one where all of it ran to the same end.

use eventcore_migrate::{Migration, Migrator, Report, Silent};
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::NoTls;

use crate::case::{catalog_of, evolve_from, found, run, valid};

fn orders() -> Schema {
    Schema::new("shop").table(
        Table::new("orders")
            .column(Column::new("id", DataType::BigInt))
            .column(Column::new("cents", DataType::Integer))
            .primary_key(["id"]),
    )
}

#[tokio::test]
async fn what_was_given_up_is_taken_back_wherever_it_stopped() {
    let before = valid(orders());
    let wanted = valid(orders().edit_table("orders", |it| {
        it.check("orders_cents_check", col("cents").ge(0))
    }));
    let after = valid(orders().edit_table("orders", |it| {
        it.column(Column::new("note", DataType::Text).nullable())
    }));
    let planned = |from, to, first| {
        let planned = evolve_from(from, to, first).unwrap();
        planned
            .into_iter()
            .map(|it| Migration::new(it.planned.version, it.planned.slug, it.text))
    };
    let mut migrations: Vec<_> = planned(&before, &wanted, 2).collect();
    assert_eq!(migrations.len(), 2);
    migrations.extend(planned(&wanted, &after, 4));
    let apply = async |migrations: &[Migration], db: &TestDatabase<'_>, skip: &[u32]| {
        let migrator = Migrator::new(migrations.to_vec());
        let migrator = if skip.is_empty() {
            migrator
        } else {
            migrator.skip(skip.iter().copied())
        };
        migrator.run(&db.config(), NoTls, &mut Silent).await
    };
    let mut catalogs = Vec::new();
    for cents in [1, -1] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &before).await;
        run(
            &client,
            &format!("INSERT INTO orders VALUES (1, {cents})"),
            "",
        )
        .await;
        let mut result: Result<Report, _> = apply(&migrations, &db, &[]).await;
        if cents < 0 {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("`--skip 003`"), "{error}");
            apply(&migrations, &db, &[3]).await.unwrap();
            result = apply(&migrations, &db, &[]).await;
        }
        result.unwrap();
        run(&client, "DROP TABLE eventcore_migrations", "").await;
        catalogs.push(catalog_of(&client).await);
    }
    assert_eq!(catalogs[0], catalogs[1]);
    assert!(!catalogs[0].contains("orders_cents_check"));
}

/// A key that duplicates do not fit is skipped, and mended by another of its name: where it was skipped and where it was not.
#[tokio::test]
async fn a_key_that_was_skipped_is_replaced() {
    let keyed = |columns: &[&str]| {
        let columns = columns.to_vec();
        valid(orders().edit_table("orders", |it| it.unique("orders_key", columns)))
    };
    let before = valid(orders());
    let (wanted, after) = (keyed(&["cents"]), keyed(&["cents", "id"]));
    let planned = |from, to, first| {
        let planned = evolve_from(from, to, first).unwrap();
        let texts = planned.into_iter();
        texts.map(|it| Migration::new(it.planned.version, it.planned.slug, it.text))
    };
    let mut migrations: Vec<_> = planned(&before, &wanted, 2).collect();
    let next = u32::try_from(migrations.len()).unwrap() + 2;
    migrations.extend(planned(&wanted, &after, next));
    let mut catalogs = Vec::new();
    for rows in ["(1, 1), (2, 1)", "(1, 1), (2, 2)"] {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        found(&client, &before).await;
        run(&client, &format!("INSERT INTO orders VALUES {rows}"), "").await;
        let migrator = || Migrator::new(migrations.clone());
        let first = migrator().run(&db.config(), NoTls, &mut Silent).await;
        if first.is_err() {
            let skip = migrator().skip([2]);
            skip.run(&db.config(), NoTls, &mut Silent).await.unwrap();
            let rest = migrator().run(&db.config(), NoTls, &mut Silent).await;
            rest.unwrap();
        }
        run(&client, "DROP TABLE eventcore_migrations", "").await;
        catalogs.push(catalog_of(&client).await);
    }
    assert_eq!(catalogs[0], catalogs[1]);
}
