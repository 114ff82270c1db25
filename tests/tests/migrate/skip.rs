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

/// The files of a unique key that duplicates do not fit, and of its end.
#[tokio::test]
async fn what_rests_on_a_skipped_migration_is_skipped_too() {
    const BUILD: &str = "-- no-transaction\n\
        -- If interrupted: DROP INDEX CONCURRENTLY IF EXISTS public.one;\n\
        -- Done when: index public.one is valid\n\
        \n\
        CREATE UNIQUE INDEX CONCURRENTLY one ON orders ((1));\n";
    const ADD: &str = "-- Needs: table public.orders is there\n\
        -- Needs: index public.one is valid\n\
        -- Done when: constraint one of public.orders is there\n\
        \n\
        ALTER TABLE orders ADD CONSTRAINT one UNIQUE USING INDEX one;\n";
    const DROP: &str = "-- Needs: constraint one of public.orders is there\n\
        -- Done when: constraint one of public.orders is not there\n\
        \n\
        ALTER TABLE orders DROP CONSTRAINT one;\n";
    const BOTH: &str = "-- Needs: constraint one of public.orders is there\n\
        -- Needs: constraint positive of public.orders is there\n\
        \n\
        ALTER TABLE orders DROP CONSTRAINT one;\n\
        ALTER TABLE orders DROP CONSTRAINT positive;\n";
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_orders.sql", ORDERS),
        ("002_one.sql", BUILD),
        ("003_one_next.sql", ADD),
    ]);
    files.refuses(&db).await;
    run(files.migrator().skip([2]), db.config()).await;
    let (report, log) = files.applies(&db).await;
    log.says("Skipped { file: \"003_one_next.sql\" }");
    assert_eq!(report.recorded, ["003_one_next.sql"]);
    let (migrator, config) = (files.migrator(), db.config());
    let status = migrator.status(&config, tokio_postgres::NoTls);
    let status = status.await.unwrap();
    let missing: Vec<_> = status
        .missing
        .iter()
        .map(|it| it.condition.to_string())
        .collect();
    assert_eq!(missing, ["constraint one of public.orders is there"]);

    // A file that does something else too is for a human to look at.
    files.put("004_both.sql", BOTH);
    let error = files.refuses(&db).await;
    assert!(
        error.contains("`004_both.sql` cannot start") && error.contains("`--skip` this one too"),
        "{error}"
    );
    // One that drops what was skipped, if it is there, beside something else does that.
    let dropped = BOTH
        .replace("DROP CONSTRAINT", "DROP CONSTRAINT IF EXISTS")
        .replace(
            "\n\n",
            "\n-- Done when: constraint one of public.orders is not there\n\n",
        );
    let all = Files::new(&[
        (
            "001_orders.sql",
            &format!(
                "{ORDERS}ALTER TABLE orders ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;\n"
            ),
        ),
        ("002_one.sql", BUILD),
        ("003_one_next.sql", ADD),
        ("004_both.sql", &dropped),
    ]);
    let other = TestDatabase::create().await;
    all.refuses(&other).await;
    run(all.migrator().skip([2]), other.config()).await;
    let (report, _) = all.applies(&other).await;
    assert_eq!(report.recorded, ["003_one_next.sql"]);
    assert_eq!(report.applied, ["004_both.sql"]);
    files.remove("004_both.sql");
    // One that takes back what was skipped has nothing to do, and nothing is missing any more.
    files.put("004_no_one.sql", DROP);
    let (report, _) = files.applies(&db).await;
    assert_eq!(report.recorded, ["004_no_one.sql"]);
    let (migrator, config) = (files.migrator(), db.config());
    let status = migrator.status(&config, tokio_postgres::NoTls);
    let status = status.await.unwrap();
    assert_eq!(status.missing, []);
    assert!(status.is_current());
}
