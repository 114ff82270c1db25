//! A second connection that looks at what the first one is doing: how far a build is, and whom it waits for. What
//! cannot be seen is no error.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, Socket};

/// How often it looks.
pub(crate) const LOOK: Duration = Duration::from_millis(500);

/// A server that takes longer to answer has other worries.
const PATIENCE: Duration = Duration::from_secs(5);

const PROGRESS: &str = "\
SELECT relid::pg_catalog.regclass::pg_catalog.text, phase, \
       CASE WHEN blocks_total > 0 THEN 'blocks' WHEN tuples_total > 0 THEN 'rows' ELSE 'transactions' END, \
       CASE WHEN blocks_total > 0 THEN blocks_done WHEN tuples_total > 0 THEN tuples_done ELSE lockers_done END, \
       CASE WHEN blocks_total > 0 THEN blocks_total WHEN tuples_total > 0 THEN tuples_total ELSE lockers_total END \
  FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1 \
UNION ALL \
SELECT relid::pg_catalog.regclass::pg_catalog.text, phase, 'blocks', heap_blks_scanned, heap_blks_total \
  FROM pg_catalog.pg_stat_progress_cluster WHERE pid = $1 \
UNION ALL \
SELECT relid::pg_catalog.regclass::pg_catalog.text, phase, 'blocks', heap_blks_scanned, heap_blks_total \
  FROM pg_catalog.pg_stat_progress_vacuum WHERE pid = $1";

const BLOCKERS: &str = "\
SELECT a.pid, a.application_name, a.usename::pg_catalog.text, a.state, \
       greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))::pg_catalog.int8 \
  FROM pg_catalog.pg_stat_activity AS a \
 WHERE a.pid = ANY (pg_catalog.pg_blocking_pids($1)) ORDER BY a.pid";

/// How far a statement is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The table, when the server reports on the statement.
    pub relation: Option<String>,
    /// What is being done to it, in the server's words.
    pub phase: String,
    /// What is counted: blocks, rows or transactions.
    pub unit: String,
    /// How many are done.
    pub done: i64,
    /// How many there are; 0 when the server does not know.
    pub total: i64,
    /// Whom it waits for.
    pub blockers: Vec<Blocker>,
}

/// A session that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Its process.
    pub pid: i32,
    /// What it calls itself.
    pub application: String,
    /// Its user, and what it does, such as `idle in transaction`.
    pub state: String,
    /// How long its transaction has been open, in seconds.
    pub open_seconds: Option<i64>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pid {} (", self.pid)?;
        for words in [&self.application, &self.state] {
            if !words.is_empty() {
                write!(formatter, "{words}, ")?;
            }
        }
        match self.open_seconds {
            Some(seconds) => write!(formatter, "transaction open for {seconds} s)"),
            None => formatter.write_str("no transaction)"),
        }
    }
}

type Connecting = Pin<Box<dyn Future<Output = Result<Client, Error>> + Send>>;

/// A second connection, opened when it is first needed.
pub(crate) struct Watcher {
    connect: Box<dyn Fn() -> Connecting + Send + Sync>,
    client: Option<Client>,
    pid: i32,
    blind: bool,
    blockers: Vec<Blocker>,
}

impl fmt::Debug for Watcher {
    /// Says nothing of the configuration, which holds a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watcher").finish_non_exhaustive()
    }
}

/// Connects, and drives the connection by a task of the current runtime.
pub(crate) async fn connect<T>(config: &Config, tls: T) -> Result<Client, Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = config.connect(tls).await?;
    // A connection's error also fails the request that waits for it.
    tokio::spawn(connection);
    Ok(client)
}

impl Watcher {
    /// Watches the session of a process.
    pub(crate) fn of<T>(pid: i32, config: Config, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Self {
            connect: Box::new(move || {
                let (config, tls) = (config.clone(), tls.clone());
                Box::pin(async move { connect(&config, tls).await })
            }),
            client: None,
            pid,
            blind: false,
            blockers: Vec::new(),
        }
    }

    /// Looks; nothing when there is nothing to be seen.
    pub(crate) async fn look(&mut self) -> Option<Progress> {
        if self.blind {
            return None;
        }
        let seen = tokio::time::timeout(PATIENCE, self.try_look()).await;
        // No second connection, or no answer: the statement goes on without being watched.
        let Ok(Ok(seen)) = seen else {
            self.blind = true;
            return None;
        };
        if let Some(progress) = &seen {
            self.blockers.clone_from(&progress.blockers);
        }
        seen
    }

    /// Whom the last statement waited for when it was last looked at.
    pub(crate) fn last_blockers(&mut self) -> Vec<Blocker> {
        std::mem::take(&mut self.blockers)
    }

    async fn try_look(&mut self) -> Result<Option<Progress>, Error> {
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert((self.connect)().await?),
        };
        let row = client.query_opt(PROGRESS, &[&self.pid]).await?;
        let blockers = client.query(BLOCKERS, &[&self.pid]).await?;
        if row.is_none() && blockers.is_empty() {
            return Ok(None);
        }
        let mut progress = Progress {
            blockers: blockers.iter().map(blocker).collect(),
            ..Progress::default()
        };
        if let Some(row) = row {
            progress.relation = row.get(0);
            progress.phase = row.get(1);
            progress.unit = row.get(2);
            progress.done = row.get(3);
            progress.total = row.get(4);
        }
        Ok(Some(progress))
    }
}

fn blocker(row: &tokio_postgres::Row) -> Blocker {
    let text = |index| row.get::<_, Option<String>>(index).unwrap_or_default();
    let user = text(2);
    Blocker {
        pid: row.get(0),
        application: text(1),
        state: format!("user {user}, {}", text(3)),
        open_seconds: row.get(4),
    }
}
