//! The committed stores: from nothing, once more, and after psql.

use std::path::Path;

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_migrate::{Migration, Migrator, Silent, read_folder};
use eventcore_tests::{TestDatabase, on_both_layouts, store};
use tokio_postgres::NoTls;

use crate::fixture::{Log, described, fails, history, run};

on_both_layouts!(
    a_store_from_nothing_and_once_more,
    a_store_that_psql_made_is_recorded,
    migrations_that_a_program_embeds,
);

fn migrator(layout: Layout) -> Migrator {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../generated"))
        .join(layout.to_string())
        .join("migrations");
    Migrator::new(read_folder(&folder).unwrap())
}

fn count(layout: Layout) -> usize {
    migrations(layout).len()
}

async fn a_store_from_nothing_and_once_more(layout: Layout) {
    let db = TestDatabase::create().await;
    let (report, log) = run(migrator(layout), db.config()).await;
    assert_eq!(report.applied.len(), count(layout));
    assert_eq!(log.count("applied "), count(layout));
    let client = db.connect().await;
    let by_hand = store::store(layout).await;
    let expected = described(&by_hand.connect().await).await;
    assert_eq!(described(&client).await, expected);

    let before = history(&client).await;
    let (report, log) = run(migrator(layout), db.config()).await;
    assert_eq!((report.applied.len(), report.before), (0, count(layout)));
    assert_eq!(log.text(), "");
    assert_eq!(history(&client).await, before);
    assert_eq!(described(&client).await, expected);
}

async fn a_store_that_psql_made_is_recorded(layout: Layout) {
    let db = store::store(layout).await;
    let error = fails(migrator(layout), &db).await;
    assert!(
        error.contains("already exists with same argument types (42723)"),
        "{error}"
    );
    assert!(error.contains("`--baseline VERSION`"), "{error}");
    assert!(error.contains("nothing of it is left"), "{error}");

    let last = migrations(layout).last().unwrap().version;
    let dry = migrator(layout)
        .baseline(last)
        .dry_run(&db.config(), NoTls)
        .await
        .unwrap();
    assert_eq!(dry.recorded.len(), count(layout));
    let client = db.connect().await;
    assert_eq!(history(&client).await, Vec::<String>::new());

    let (report, log) = run(migrator(layout).baseline(last), db.config()).await;
    assert_eq!((report.recorded.len(), report.pending), (count(layout), 0));
    log.says("recorded 001_create_event_streams.sql");
    let (report, _) = run(migrator(layout), db.config()).await;
    assert_eq!((report.applied.len(), report.before), (0, count(layout)));
    // Once more it has nothing to do.
    let (report, _) = run(migrator(layout).baseline(last), db.config()).await;
    assert_eq!(report.recorded.len(), 0);
}

async fn migrations_that_a_program_embeds(layout: Layout) {
    let embedded = || {
        migrations(layout)
            .iter()
            .map(|one| Migration::new(one.version, one.name, one.sql))
    };
    let db = TestDatabase::create().await;
    let mut client = db.connect().await;
    let migrator = Migrator::new(embedded().rev());
    let report = migrator.run_on(&mut client, &mut Silent).await.unwrap();
    assert_eq!(report.applied.len(), count(layout));
    // The lock was given back, to a session that goes on.
    let next = Migrator::new(embedded()).wait(Some(std::time::Duration::from_secs(5)));
    let (report, log) = run(next, db.config()).await;
    assert_eq!(report.before, count(layout));
    assert_eq!(log.count("waiting for pid "), 0);
}

#[tokio::test]
async fn a_baseline_leaves_the_rest_to_the_next_run() {
    let db = TestDatabase::create().await;
    let folder = crate::fixture::Files::new(&[
        ("001_a.sql", "CREATE TABLE a ();\n"),
        ("002_b.sql", "CREATE TABLE b ();\n"),
    ]);
    let client = db.connect().await;
    crate::fixture::run_sql(&client, "CREATE TABLE a ()").await;
    let error = fails(folder.migrator().baseline(3), &db).await;
    assert!(error.contains("no migration 3"), "{error}");
    let (report, _) = run(folder.migrator().baseline(1), db.config()).await;
    assert_eq!((report.recorded.len(), report.pending), (1, 1));
    let error = fails(folder.migrator().baseline(2), &db).await;
    assert!(error.contains("  public.b\n    - "), "{error}");
    let (report, _): (_, Log) = folder.applies(&db).await;
    assert_eq!(report.applied, ["002_b.sql"]);
    assert_eq!(history(&client).await, ["1 a applied 0", "2 b applied 1"]);
}
