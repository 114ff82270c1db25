//! Every statement that the crate and the `.sql` files hold, on a real server after the migrations: prepared, compared
//! with what is declared, executed as its header shows, and read where every column that may be NULL is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod declared;
mod files;
mod nulls;

use eventcore_generated::layout::Layout;
use eventcore_generated::migrations::migrations;
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;

/// A database with a store that holds a few events of the year 2024, with the ids that the headers' examples name. Each
/// sets at most one of the columns that may be NULL.
async fn store(layout: Layout) -> (TestDatabase<'static>, Client) {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    for migration in migrations(layout) {
        run(&client, migration.sql).await;
    }
    if layout == Layout::Partitioned {
        run(&client, "SELECT create_monthly_partition('2024-06-01')").await;
    }
    let table = match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => "events",
    };
    // As an owner restores a dump: append_events() would refuse ids as old as these.
    run(
        &client,
        &include_str!("store.sql").replace("the_log", table),
    )
    .await;
    (db, client)
}

async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{sql}", error.as_db_error());
    }
}
