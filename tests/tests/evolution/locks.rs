//! The lock lines of planned steps are true: while a step runs, a second session sees in `pg_locks` exactly what its
//! header says.

use eventcore_codegen::plan::Execution;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use eventcore_tests::{TestDatabase, locks};

use crate::case::{apply, evolve, found, run, valid};
use crate::{scenarios, type_scenarios};

/// Applies the way from one to the other, and compares at each step that has a transaction.
pub(crate) async fn headers_are_true(from: Schema, to: Schema) {
    let (from, to) = (valid(from), valid(to));
    let db = TestDatabase::create().await;
    let (runner, observer) = (db.connect().await, db.connect().await);
    found(&runner, &from).await;
    let pid = runner
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);
    let migrations = evolve(&from, &to).unwrap();
    assert!(!migrations.is_empty());
    for migration in &migrations {
        if migration.planned.step.execution != Execution::Transaction {
            apply(&runner, migration).await;
            continue;
        }
        let before = locks::relations(&observer).await;
        run(&runner, "BEGIN", "").await;
        run(&runner, &migration.text, &migration.text).await;
        let held = locks::held(&observer, pid, &before).await;
        run(&runner, "COMMIT", "").await;
        let renamed: Vec<String> = held
            .iter()
            .map(|lock| lock.replace("purchases", "orders"))
            .collect();
        let said: Vec<String> = locks::said(&migration.text).into_iter().collect();
        assert_eq!(said, renamed, "said and held by\n{}", migration.text);
    }
}

#[tokio::test]
async fn steps_on_plain_tables_say_which_locks_they_take() {
    for (_, from, to) in scenarios::all().into_iter().chain(type_scenarios::all()) {
        headers_are_true(from, to).await;
    }
}

#[tokio::test]
async fn steps_on_the_log_say_which_locks_they_take() {
    let store = || EventStore::partitioned().schema();
    let tenant = || Column::new("tenant", DataType::Text).nullable();
    let index = || Index::new("events_tenant_idx", ["tenant"]).serves_external("reports");
    let with = || store().edit_table("events", |log| log.column(tenant()).index(index()));
    headers_are_true(store(), with()).await;
    headers_are_true(
        with(),
        store().edit_table("events", |log| log.column(tenant())),
    )
    .await;
    let check = |log: Table| log.check("events_size_check", col("event_version").lt(1_000_000));
    headers_are_true(store(), store().edit_table("events", check)).await;
}
