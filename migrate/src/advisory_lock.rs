//! One run at a time: an advisory lock of the session, which no death of a client or server can leave behind.

use std::time::{Duration, Instant};

use eventcore_codegen::sql::quote_ident;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Client;

use crate::error::MigrateError;
use crate::history::TABLE;
use crate::observer::{Event, Observer};

/// How often a run that waits looks again. It does not wait inside the server: a session that waits there has a
/// snapshot, and a concurrent build of the run that it waits for would wait for that.
const LOOK: Duration = Duration::from_millis(200);

const HOLDER: &str = "SELECT l.pid, a.application_name, a.usename::pg_catalog.text, a.client_addr::pg_catalog.text \
    FROM pg_catalog.pg_locks AS l \
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 \
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
      AND l.classid = $1::pg_catalog.int8::pg_catalog.oid AND l.objid = $2::pg_catalog.int8::pg_catalog.oid";

/// The lock's key: two numbers, so that it can never be one of the single numbers that the event store's own advisory
/// locks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockKey(i32, i32);

impl LockKey {
    /// The key of a history.
    pub(crate) fn of(namespace: &str) -> Self {
        let digest = Sha256::digest(format!("{}.{TABLE}", quote_ident(namespace)));
        let number = |at: usize| {
            let bytes = digest.iter().skip(at).take(4);
            bytes.fold(0_i32, |number, byte| number << 8 | i32::from(*byte))
        };
        Self(number(0), number(4))
    }

    /// Takes the lock, waiting for whoever has it.
    pub(crate) async fn take(
        self,
        client: &Client,
        at_most: Option<Duration>,
        observer: &mut dyn Observer,
    ) -> Result<(), MigrateError> {
        let started = Instant::now();
        let mut said = None;
        loop {
            let row = client
                .query_one(
                    "SELECT pg_catalog.pg_try_advisory_lock($1, $2)",
                    &[&self.0, &self.1],
                )
                .await
                .map_err(MigrateError::asking("for the lock of a run"))?;
            if row.get(0) {
                return Ok(());
            }
            let holder = self.holder(client).await?;
            let waited = started.elapsed();
            if at_most.is_some_and(|at_most| waited >= at_most) {
                return Err(MigrateError::Busy {
                    holder: holder
                        .or(said)
                        .unwrap_or_else(|| "another session".to_owned()),
                    waited,
                });
            }
            if let Some(holder) = holder.filter(|holder| said.as_ref() != Some(holder)) {
                observer.observe(&Event::Waiting {
                    holder: &holder,
                    at_most,
                });
                said = Some(holder);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether the session that answers now is the one that took it.
    pub(crate) async fn is_held(self, client: &Client) -> Result<bool, MigrateError> {
        let unsigned = |number: i32| i64::from(number.cast_unsigned());
        let query = format!(
            "SELECT EXISTS (SELECT FROM ({HOLDER}) AS h WHERE h.pid = pg_catalog.pg_backend_pid())"
        );
        let row = client
            .query_one(&query, &[&unsigned(self.0), &unsigned(self.1)])
            .await
            .map_err(MigrateError::asking("who has the lock of a run"))?;
        Ok(row.get(0))
    }

    /// Gives it back. A connection that is gone has done so already.
    pub(crate) async fn release(self, client: &Client) {
        let _ = client
            .query_one(
                "SELECT pg_catalog.pg_advisory_unlock($1, $2)",
                &[&self.0, &self.1],
            )
            .await;
    }

    /// Who has it; none when it was given back meanwhile.
    async fn holder(self, client: &Client) -> Result<Option<String>, MigrateError> {
        let unsigned = |number: i32| i64::from(number.cast_unsigned());
        let row = client
            .query_opt(HOLDER, &[&unsigned(self.0), &unsigned(self.1)])
            .await
            .map_err(MigrateError::asking("who has the lock of a run"))?;
        Ok(row.map(|row| {
            let pid: i32 = row.get(0);
            let words = [
                row.get::<_, Option<String>>(1),
                row.get::<_, Option<String>>(2)
                    .map(|user| format!("user {user}")),
                row.get::<_, Option<String>>(3)
                    .map(|address| format!("from {address}")),
            ];
            let words: Vec<_> = words
                .into_iter()
                .flatten()
                .filter(|word| !word.is_empty())
                .collect();
            format!("pid {pid} ({})", words.join(", "))
        }))
    }
}
