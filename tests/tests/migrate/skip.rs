//! Migrations that the rows of a database do not fit, and never will: left out on purpose, in order, and told from those
//! that ran.

use eventcore_tests::TestDatabase;

use crate::fixture::{
    END_RUNS, Files, NO_RUN, fails, history, holds, kill, run, run_sql, stuck, until,
};

const ORDERS: &str = "CREATE TABLE orders (n int);\nINSERT INTO orders VALUES (-1), (1);\n";
const CHECK: &str = "ALTER TABLE orders ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;\n";
const VALIDATE: &str = "ALTER TABLE orders VALIDATE CONSTRAINT positive;\n";
const INDEX: &str = "-- no-transaction\n\
    -- If interrupted: DROP INDEX CONCURRENTLY IF EXISTS public.orders_idx;\n\
    \n\
    CREATE INDEX CONCURRENTLY orders_idx ON orders (n);\n";

#[tokio::test]
async fn what_does_not_fit_is_left_out_and_the_rest_goes_on() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_orders.sql", ORDERS),
        ("002_check.sql", CHECK),
        ("003_check_validate.sql", VALIDATE),
        ("004_more.sql", "CREATE TABLE more ();\n"),
    ]);
    let error = files.refuses(&db).await;
    for expected in [
        "check constraint \"positive\" of relation \"orders\" is violated by some row (23514)",
        "`--skip 003` records it as applied",
    ] {
        assert!(error.contains(expected), "no `{expected}` in {error}");
    }
    let client = db.connect().await;
    for (versions, expected) in [
        (
            vec![4],
            "cannot skip 4: what comes next is `003_check_validate.sql`",
        ),
        (
            vec![3, 5],
            "cannot skip 5: what comes next is `004_more.sql`",
        ),
        (vec![3, 4, 5], "cannot skip 5: nothing is pending there"),
        (
            vec![2],
            "cannot skip 2: what comes next is `003_check_validate.sql`",
        ),
    ] {
        let error = fails(files.migrator().skip(versions), &db).await;
        assert!(error.contains(expected), "no `{expected}` in {error}");
        assert_eq!(history(&client).await.len(), 2);
    }
    let (report, _) = run(files.migrator().skip([3]), db.config()).await;
    assert_eq!(report.recorded, ["003_check_validate.sql"]);
    assert_eq!((report.before, report.pending), (2, 1));
    let (migrator, config) = (files.migrator(), db.config());
    let status = migrator
        .status(&config, tokio_postgres::NoTls)
        .await
        .unwrap();
    let shown: Vec<_> = status
        .rows
        .iter()
        .map(|row| row.state.to_string())
        .collect();
    assert_eq!(
        shown,
        [
            "applied",
            "applied",
            "recorded, not run (skipped)",
            "pending"
        ]
    );
    let (report, _) = files.applies(&db).await;
    assert_eq!(report.applied, ["004_more.sql"]);
    assert!(
        holds(
            &client,
            "SELECT NOT convalidated FROM pg_constraint WHERE conname = 'positive'"
        )
        .await
    );
}

#[tokio::test]
async fn what_one_left_that_was_begun_is_cleared_away() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_orders.sql", ORDERS), ("002_index.sql", INDEX)]);
    Files::new(&[("001_orders.sql", ORDERS)]).applies(&db).await;
    let (client, writer) = (db.connect().await, db.connect().await);
    run_sql(&writer, "BEGIN; INSERT INTO orders VALUES (0)").await;
    let mut child = files.spawn(&db);
    until(&client, &stuck("CREATE INDEX")).await;
    kill(&mut child);
    run_sql(&client, END_RUNS).await;
    until(&client, NO_RUN).await;
    run_sql(&writer, "COMMIT").await;
    assert_eq!(history(&client).await[1], "2 index started 0");
    let there = "SELECT to_regclass('orders_idx') IS NOT NULL";
    assert!(holds(&client, there).await);

    let (report, log) = run(files.migrator().skip([2]), db.config()).await;
    log.says("clearing DROP INDEX CONCURRENTLY IF EXISTS public.orders_idx");
    assert_eq!((report.before, report.pending), (1, 0));
    assert!(!holds(&client, there).await);
    assert_eq!(history(&client).await[1], "2 index applied 0");
    assert!(files.applies(&db).await.0.applied.is_empty());
}
