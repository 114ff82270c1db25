//! The connection of a run: sends statements one by one, and tells how they get on. Knows no migration.

use eventcore_codegen::plan::Condition;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::backoff::Backoff;
use crate::error::MigrateError;
use crate::observer::{Event, Observer};
use crate::server::{is_passing, words};
use crate::watcher::{Blocker, LOOK, Watcher};

/// Sets the time-outs that are about transactions and idle sessions to none, as far as the server has them: a header sets those of
/// locks and statements, and a run ends its transactions itself.
pub(crate) const WITHOUT_TIMEOUTS: &str = "SELECT pg_catalog.set_config(name, '0', false) \
       FROM pg_catalog.pg_settings \
      WHERE name IN ('idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')";

/// The connection of a run.
pub(crate) struct Session<'a> {
    pub(crate) client: &'a Client,
    pub(crate) observer: &'a mut dyn Observer,
    pub(crate) watcher: Option<Watcher>,
    /// Whether the history is empty.
    pub(crate) first: bool,
}

impl Session<'_> {
    /// Runs a text as one message.
    pub(crate) async fn execute(&mut self, file: &str, sql: &str) -> Result<(), Error> {
        let mut statement = std::pin::pin!(self.client.batch_execute(sql));
        let Some(watcher) = &mut self.watcher else {
            return statement.await;
        };
        watcher.last_blockers();
        loop {
            if let Ok(done) = tokio::time::timeout(LOOK, statement.as_mut()).await {
                return done;
            }
            if let Some(progress) = watcher.look().await {
                self.observer.observe(&Event::Progress {
                    file,
                    progress: &progress,
                });
            }
        }
    }

    /// After an error: whether another attempt is to be made. Waits until it is time.
    pub(crate) async fn is_retried(
        &mut self,
        file: &str,
        error: &Error,
        backoff: &mut Backoff,
    ) -> bool {
        if !is_passing(error) {
            return false;
        }
        let Some(delay) = backoff.next() else {
            return false;
        };
        self.observer.observe(&Event::Retrying {
            file,
            failed: backoff.made(),
            attempts: backoff.attempts(),
            delay,
            reason: &words(error),
        });
        tokio::time::sleep(delay).await;
        true
    }

    /// Whom the last statement waited for.
    pub(crate) fn last_blockers(&mut self) -> Vec<Blocker> {
        self.watcher
            .as_mut()
            .map(Watcher::last_blockers)
            .unwrap_or_default()
    }
}

/// Every cell of a query's result that is not NULL, row by row: what psql's `\gexec` runs.
pub(crate) async fn cells(client: &Client, query: &str) -> Result<Vec<String>, Error> {
    let mut cells = Vec::new();
    for message in client.simple_query(query).await? {
        if let SimpleQueryMessage::Row(row) = message {
            cells.extend((0..row.len()).filter_map(|index| row.get(index).map(str::to_owned)));
        }
    }
    Ok(cells)
}

/// The conditions that do not hold.
pub(crate) async fn missing(
    client: &Client,
    conditions: &[Condition],
) -> Result<Vec<Condition>, MigrateError> {
    let mut missing = Vec::new();
    for condition in conditions {
        let found = cells(client, &condition.query())
            .await
            .map_err(MigrateError::doing(format!("ask whether `{condition}`")))?;
        if found != ["t"] {
            missing.push(condition.clone());
        }
    }
    Ok(missing)
}
