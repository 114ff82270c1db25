//! sqlx's own migrator on the folder as it is, refinery on the migrations as data: how many each applied, and none twice.

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_tests::{TestDatabase, catalog};
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};
use tokio_postgres::Client;

use super::{STORES, Store, append, run, stored};

const LEDGERS: [&str; 2] = ["_sqlx_migrations", "refinery_schema_history"];

/// What psql leaves, to compare with.
async fn by_hand(store: &Store) -> String {
    let db = TestDatabase::create().await;
    for path in store.migrations() {
        db.psql_file(path, true).succeeds();
    }
    catalog::describe(&db.connect().await, &[]).await
}

async fn works(client: &Client) {
    append(client, "public", "jsonb", "order-1", 0).await;
    assert_eq!(stored(client, "public").await.len(), 1);
}

/// Version, description, success and checksum of each row of sqlx's ledger.
async fn sqlx_ledger(client: &Client) -> Vec<(i64, String, bool, Vec<u8>)> {
    let rows = client
        .query(
            "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}

#[tokio::test]
async fn sqlx_runs_the_folder_as_it_is_and_only_once() {
    for store in &STORES {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        let migrator = Migrator::new(store.path("migrations")).await.unwrap();
        assert_eq!(migrator.iter().count(), store.files.len());
        let mut connection = PgConnection::connect(&db.url()).await.unwrap();

        migrator.run(&mut connection).await.unwrap();
        let applied = sqlx_ledger(&client).await;
        let names: Vec<String> = applied
            .iter()
            .map(|(version, words, success, checksum)| {
                assert!(*success && checksum.len() == 48);
                format!("{version:03}_{}.sql", words.replace(' ', "_"))
            })
            .collect();
        assert_eq!(names, store.files);
        catalog::assert_same(
            &by_hand(store).await,
            &catalog::describe(&client, &LEDGERS).await,
        );
        works(&client).await;

        migrator.run(&mut connection).await.unwrap();
        assert_eq!(sqlx_ledger(&client).await, applied);
        works_on(&client).await;
    }
}

/// The store still holds its event and takes the next.
async fn works_on(client: &Client) {
    append(client, "public", "jsonb", "order-1", 1).await;
    assert_eq!(stored(client, "public").await.len(), 2);
}

/// sqlx notices when a file that it applied has changed.
#[tokio::test]
async fn sqlx_refuses_a_changed_file() {
    let store = &STORES[0];
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let migrator = Migrator::new(store.path("migrations")).await.unwrap();
    let mut connection = PgConnection::connect(&db.url()).await.unwrap();
    migrator.run(&mut connection).await.unwrap();
    run(
        &client,
        "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 5",
    )
    .await;
    let refusal = migrator.run(&mut connection).await.unwrap_err().to_string();
    assert!(
        refusal.contains('5') && refusal.contains("modified"),
        "{refusal}"
    );
}

pub(crate) fn refinery_runner(layout: Layout) -> refinery::Runner {
    let unapplied: Vec<refinery::Migration> = migrations(layout)
        .iter()
        .map(|one| refinery::Migration::unapplied(&one.refinery_name(), one.sql).unwrap())
        .collect();
    refinery::Runner::new(&unapplied)
}

#[tokio::test]
async fn refinery_runs_the_migrations_as_data_and_only_once() {
    for (store, layout) in STORES.iter().zip([Layout::Simple, Layout::Partitioned]) {
        let db = TestDatabase::create().await;
        let mut client = db.connect().await;
        let report = refinery_runner(layout)
            .run_async(&mut client)
            .await
            .unwrap();
        let names: Vec<String> = report
            .applied_migrations()
            .iter()
            .map(|one| format!("{:03}_{}.sql", one.version(), one.name()))
            .collect();
        assert_eq!(names, store.files);
        catalog::assert_same(
            &by_hand(store).await,
            &catalog::describe(&client, &LEDGERS).await,
        );
        works(&client).await;

        let report = refinery_runner(layout)
            .run_async(&mut client)
            .await
            .unwrap();
        assert_eq!(report.applied_migrations().len(), 0);
        works_on(&client).await;
    }
}

/// refinery finds nothing in the folder itself and says nothing, which is why the migrations are offered as data.
#[test]
fn refinery_loads_nothing_from_the_folder() {
    for store in STORES {
        let found = refinery::load_sql_migrations(store.path("migrations")).unwrap();
        assert_eq!(found.len(), 0);
    }
}
