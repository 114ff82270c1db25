//! A store beside PostgreSQL's own ways to copy a database: physical standbys, logical subscribers, `pg_upgrade`. What
//! `docs/operations.md` says of them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cluster;
mod standby;
mod subscriber;
mod upgrade;

#[rustfmt::skip]
#[path = "../rust_emission/src/modules.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::struct_field_names,
    reason = "an emitted crate, mounted in a test"
)]
mod emitted;

use std::time::{Duration, Instant};

use tokio_postgres::Client;

/// The answer of a query to one question, asked again until it is `true`.
async fn wait_until(client: &Client, question: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = client.query_one(question, &[]).await;
        if answer.is_ok_and(|row| row.get(0)) {
            return;
        }
        assert!(Instant::now() < deadline, "never true: {question}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
