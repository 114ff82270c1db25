//! The files under hostile settings of database and role: every runner leaves the same store, whose routines work, and a
//! session that is as it was.

use std::collections::BTreeSet;

use eventcore_generated::layout::Layout;
use eventcore_migrate::{Migration, Migrator, Silent};
use eventcore_tests::{TestDatabase, catalog, hostile};
use sqlx::{Connection as _, PgConnection};
use tokio_postgres::{Client, NoTls};

use super::{STORES, Store, append, run, runners, stored};

/// What a store looks like, but for what the database had before and what runners keep.
async fn described(db: &TestDatabase<'_>) -> String {
    let ledgers = [
        "_sqlx_migrations",
        "refinery_schema_history",
        "eventcore_migrations",
    ];
    let client = hostile::neutral(db).await;
    hostile::unshadow(&client).await;
    catalog::describe(&client, &ledgers).await
}

/// Every setting of a session; those of plpgsql are there from its first use on.
async fn settings(client: &Client) -> BTreeSet<(String, String)> {
    let rows = client.query(
        "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'",
        &[],
    );
    let rows = rows.await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn hostile_database() -> TestDatabase<'static> {
    let db = TestDatabase::create().await;
    hostile::configure(&db).await;
    db
}

/// The store is what it is elsewhere, and takes and gives events under the same settings.
async fn assert_works(db: &TestDatabase<'_>, expected: &str) {
    catalog::assert_same(expected, &described(db).await);
    let client = db.connect().await;
    append(&client, "public", "jsonb", "order-1", 0).await;
    assert_eq!(stored(&client, "public").await.len(), 1);
}

fn files(store: &Store) -> impl Iterator<Item = Migration> {
    store.files.iter().map(|file| {
        let (version, slug) = file.trim_end_matches(".sql").split_once('_').unwrap();
        let text = store.text(&format!("migrations/{file}"));
        Migration::new(version.parse().unwrap(), slug.to_owned(), text)
    })
}

#[tokio::test]
async fn every_runner_leaves_the_same_store_under_hostile_settings() {
    for (store, layout) in STORES.iter().zip([Layout::Simple, Layout::Partitioned]) {
        let plain = TestDatabase::create().await;
        for path in store.migrations() {
            plain.psql_file(path, true).succeeds();
        }
        let expected = described(&plain).await;

        for is_one_transaction in [true, false] {
            let db = hostile_database().await;
            for path in store.migrations() {
                db.psql_file(path, is_one_transaction).succeeds();
            }
            assert_works(&db, &expected).await;
        }
        let db = hostile_database().await;
        db.psql_file(store.path("schema.sql"), false).succeeds();
        assert_works(&db, &expected).await;

        let db = hostile_database().await;
        let migrator = Migrator::new(files(store));
        let mut client = db.connect().await;
        migrator.run_on(&mut client, &mut Silent).await.unwrap();
        assert_works(&db, &expected).await;
        assert!(migrator.run(&db.config(), NoTls, &mut Silent).await.is_ok());

        // What these two create for themselves would take the types that hide the server's own.
        let db = hostile_database().await;
        hostile::unshadow(&hostile::neutral(&db).await).await;
        let migrator = sqlx::migrate::Migrator::new(store.path("migrations"))
            .await
            .unwrap();
        let mut connection = PgConnection::connect(&db.url()).await.unwrap();
        migrator.run(&mut connection).await.unwrap();
        assert_works(&db, &expected).await;

        let db = hostile_database().await;
        hostile::unshadow(&hostile::neutral(&db).await).await;
        let mut client = db.connect().await;
        runners::refinery_runner(layout)
            .run_async(&mut client)
            .await
            .unwrap();
        assert_works(&db, &expected).await;
    }
}

#[tokio::test]
async fn a_file_gives_the_session_back_as_it_was() {
    for store in &STORES {
        for transaction in [("", ""), ("BEGIN;", "COMMIT;")] {
            let db = hostile_database().await;
            let client = db.connect().await;
            client
                .batch_execute("SET search_path = public, hostile")
                .await
                .unwrap();
            let before = settings(&client).await;
            let (begin, commit) = transaction;
            for file in store.files {
                let text = store.text(&format!("migrations/{file}"));
                run(&client, &format!("{begin}\n{text}\n{commit}")).await;
            }
            let after = settings(&client).await;
            let differ: Vec<_> = after.symmetric_difference(&before).collect();
            assert!(differ.is_empty(), "{differ:?}");
        }
    }
}

/// What a stranger is refused, by its SQLSTATE.
async fn is_refused(client: &Client, sql: &str) {
    let error = client.batch_execute(sql).await.expect_err(sql);
    let code = error.code().map(tokio_postgres::error::SqlState::code);
    assert_eq!(code, Some("42501"), "{sql}: {error:?}");
}

#[tokio::test]
async fn default_privileges_of_the_database_do_not_reach_the_store() {
    for store in &STORES {
        let db = hostile_database().await;
        for path in store.migrations() {
            db.psql_file(path, true).succeeds();
        }
        let client = hostile::neutral(&db).await;
        if store.folder == "partitioned" {
            run(&client, "SELECT create_monthly_partition('2031-05-01')").await;
        }
        let others = "SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class AS c
                      CROSS JOIN aclexplode(c.relacl) AS a
                      WHERE a.grantee <> c.relowner AND c.relnamespace = 'public'::regnamespace";
        let row = client.query_one(others, &[]).await.unwrap();
        assert_eq!(row.get::<_, Option<String>>(0), None);
        let sequence = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S'";
        let sequence: String = client.query_one(sequence, &[]).await.unwrap().get(0);
        let log = "SELECT oid::regclass::text FROM pg_class WHERE relname ~ '^events' AND relkind IN ('r', 'p')";
        run(&client, &format!("SET ROLE {}", hostile::ROLE)).await;
        for row in client.query(log, &[]).await.unwrap() {
            let log: String = row.get(0);
            is_refused(&client, &format!("INSERT INTO {log} DEFAULT VALUES")).await;
            is_refused(&client, &format!("SELECT FROM {log}")).await;
        }
        is_refused(&client, &format!("SELECT setval('{sequence}', 100000)")).await;
    }
}
