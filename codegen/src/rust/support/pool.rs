//! The connection pool: bb8's, with what it leaves open. bb8's own floor counts idle connections only, and
//! closes and opens them all again at each idle time-out; ours counts all connections and keeps them. And
//! bb8 forgets why it could not connect; ours says so when a call times out.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use bb8::{ErrorSink, ManageConnection, PooledConnection, QueueStrategy, RunError};
use bb8_postgres::PostgresConnectionManager;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::config::{PostgresConfig, Tls};
use super::error::{Error, causes};

/// How often the floor is looked after when no idle time-out asks for more.
const KEEP_RATE: Duration = Duration::from_secs(30);

/// Never more often than this.
const FASTEST_RATE: Duration = Duration::from_millis(50);

/// A connection on loan; it goes back when dropped. `&*connection` is a
/// [`GenericClient`](tokio_postgres::GenericClient).
pub type Connection<'pool> = PooledConnection<'pool, Manager>;

/// A pool of connections. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    pool: bb8::Pool<Manager>,
    manager: Manager,
    min_connections: u32,
    acquire_timeout: Duration,
    last_failure: LastFailure,
}

/// How many connections a pool has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSize {
    /// All connections.
    pub connections: u32,
    /// Those that nobody uses.
    pub idle: u32,
}

impl Pool {
    pub(crate) async fn open(
        settings: &PostgresConfig,
        config: Config,
        tls: Tls,
    ) -> Result<Self, Error> {
        let manager = match tls.0 {
            None => Manager::Plain(PostgresConnectionManager::new(config, NoTls)),
            Some(tls) => Manager::Encrypted(PostgresConnectionManager::new(config, tls)),
        };
        let connect_error = |source| Error::Connect { source };
        let first = manager.connect().await.map_err(connect_error)?;
        let last_failure = LastFailure::default();
        let rate = settings
            .idle_timeout
            .map_or(KEEP_RATE, |idle| (idle / 3).clamp(FASTEST_RATE, KEEP_RATE));
        let pool = bb8::Pool::builder()
            .max_size(settings.max_connections)
            .connection_timeout(settings.acquire_timeout)
            .idle_timeout(settings.idle_timeout)
            .max_lifetime(None)
            .reaper_rate(rate)
            // The latest used first, so that what is not needed grows old.
            .queue_strategy(QueueStrategy::Lifo)
            .error_sink(Box::new(last_failure.clone()))
            .build_unchecked(manager.clone());
        // Only fails when the connection broke meanwhile; then the pool opens another.
        let _ = pool.add(first);
        let inner = Arc::new(Inner {
            pool,
            manager,
            min_connections: settings.min_connections,
            acquire_timeout: settings.acquire_timeout,
            last_failure,
        });
        inner.fill().await.map_err(connect_error)?;
        if settings.min_connections > 0 {
            tokio::spawn(keep(Arc::downgrade(&inner), rate));
        }
        Ok(Self { inner })
    }

    /// A connection that is alive, opened if none is free and the limit is not reached.
    ///
    /// # Errors
    /// When none is to be had within the acquire time-out; with the reason when connecting failed.
    pub async fn get(&self) -> Result<Connection<'_>, Error> {
        let started = Instant::now();
        self.inner.pool.get().await.map_err(|error| match error {
            RunError::User(source) => Error::Connect { source },
            RunError::TimedOut => Error::AcquireTimeout {
                waited: self.inner.acquire_timeout,
                last: self.inner.last_failure.since(started),
            },
        })
    }

    /// As [`Pool::get`], for a task that outlives the borrow of the pool.
    ///
    /// # Errors
    /// As there.
    pub async fn get_owned(&self) -> Result<Connection<'static>, Error> {
        let started = Instant::now();
        self.inner
            .pool
            .get_owned()
            .await
            .map_err(|error| match error {
                RunError::User(source) => Error::Connect { source },
                RunError::TimedOut => Error::AcquireTimeout {
                    waited: self.inner.acquire_timeout,
                    last: self.inner.last_failure.since(started),
                },
            })
    }

    /// How many connections there are now.
    pub fn size(&self) -> PoolSize {
        let state = self.inner.pool.state();
        PoolSize {
            connections: state.connections,
            idle: state.idle_connections,
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pool")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Opens connections until the floor is reached.
    async fn fill(&self) -> Result<(), tokio_postgres::Error> {
        while self.pool.state().connections < self.min_connections {
            let connection = self.manager.connect().await?;
            if self.pool.add(connection).is_err() {
                // The limit was reached meanwhile, or the server closed it at once: the next turn sees.
                break;
            }
        }
        Ok(())
    }

    /// Uses as many idle connections as the floor has, so that these do not grow old. The check of a loan
    /// finds dead ones, which then make room for new ones.
    async fn refresh(&self) {
        let state = self.pool.state();
        let in_use = state.connections - state.idle_connections.min(state.connections);
        let wanted = self
            .min_connections
            .saturating_sub(in_use)
            .min(state.idle_connections);
        let mut loans = Vec::new();
        for _ in 0..wanted {
            // Not more than are idle: a loan that would wait for a caller is not worth it.
            if self.pool.state().idle_connections == 0 {
                break;
            }
            match self.pool.get().await {
                Ok(loan) => loans.push(loan),
                Err(_) => break,
            }
        }
    }
}

/// Looks after the floor as long as somebody has the pool.
async fn keep(pool: Weak<Inner>, rate: Duration) {
    loop {
        tokio::time::sleep(rate).await;
        let Some(inner) = pool.upgrade() else { return };
        inner.refresh().await;
        if let Err(error) = inner.fill().await {
            inner.last_failure.sink(error);
        }
    }
}

/// Why the last attempt to connect failed, and when.
#[derive(Clone, Debug, Default)]
struct LastFailure(Arc<Mutex<Option<(Instant, String)>>>);

impl LastFailure {
    fn since(&self, started: Instant) -> Option<String> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, reason) = last.as_ref().filter(|(at, _)| *at >= started)?;
        Some(reason.clone())
    }
}

impl ErrorSink<tokio_postgres::Error> for LastFailure {
    fn sink(&self, error: tokio_postgres::Error) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), causes(&error)));
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<tokio_postgres::Error>> {
        Box::new(self.clone())
    }
}

/// Opens connections, with or without TLS.
#[derive(Clone)]
pub enum Manager {
    /// Not encrypted.
    Plain(PostgresConnectionManager<NoTls>),
    /// Encrypted.
    Encrypted(PostgresConnectionManager<MakeRustlsConnect>),
}

impl fmt::Debug for Manager {
    /// Says nothing of the configuration, which holds a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Plain(_) => "Manager::Plain",
            Self::Encrypted(_) => "Manager::Encrypted",
        })
    }
}

impl ManageConnection for Manager {
    type Connection = Client;
    type Error = tokio_postgres::Error;

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        match self {
            Self::Plain(manager) => manager.connect().await,
            Self::Encrypted(manager) => manager.connect().await,
        }
    }

    async fn is_valid(&self, client: &mut Client) -> Result<(), tokio_postgres::Error> {
        client.simple_query("").await.map(drop)
    }

    fn has_broken(&self, client: &mut Client) -> bool {
        client.is_closed()
    }
}
