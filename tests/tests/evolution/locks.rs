//! The lock lines of planned steps are true: while a step runs, a second session sees in `pg_locks` exactly what its
//! header says.

use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;

use crate::case::{evolve, valid};
use crate::proof::Bench;

/// Applies the way from one to the other, and compares at each step that has a transaction.
pub(crate) async fn headers_are_true(from: Schema, to: Schema) {
    let (from, to) = (valid(from), valid(to));
    let bench = Bench::new().await;
    bench.begin(&from).await;
    let migrations = evolve(&from, &to).unwrap();
    assert!(!migrations.is_empty());
    for migration in &migrations {
        bench.apply(migration).await;
    }
}

#[tokio::test]
async fn steps_on_the_log_say_which_locks_they_take() {
    let store = || EventStore::partitioned().schema();
    let tenant = || {
        Column::new("tenant", DataType::Text)
            .nullable()
            .default("none")
    };
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
