//! What can go wrong in a call to the database. The refusals of an event store are in `store_error`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use thiserror::Error;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::{WasNull, WrongType};

use super::layout::Layout;
use super::store_error::StoreError;

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The event store refused, with an SQLSTATE of its own: a version conflict, for example.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// The server refused.
    #[error("query `{query}` failed with SQLSTATE {}: {source}", code.code())]
    Database {
        /// The query.
        query: &'static str,
        /// The server's code.
        code: SqlState,
        /// What the server said.
        source: Refusal,
    },
    /// The connection or the protocol failed; whether the query ran is not known.
    #[error(
        "query `{query}` failed on the way to the server or back: {}",
        causes(source)
    )]
    Connection {
        /// The query.
        query: &'static str,
        /// What failed.
        source: tokio_postgres::Error,
    },
    /// A value that is not what the definition says.
    #[error(
        "query `{query}`: column `{column}` cannot be read: {}; {}", causes(source.as_ref()), decode_help(source.as_ref())
    )]
    Decode {
        /// The query.
        query: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        source: Cause,
    },
    /// A row with more or fewer columns than the definition says.
    #[error(
        "query `{query}` returned {actual} columns instead of {expected}; does the database have this crate's migrations?"
    )]
    Columns {
        /// The query.
        query: &'static str,
        /// How many the definition says.
        expected: usize,
        /// How many came.
        actual: usize,
    },
    /// More or fewer rows than the query may return.
    #[error("query `{query}` returned {actual} rows instead of {expected}")]
    RowCount {
        /// The query.
        query: &'static str,
        /// What the definition says.
        expected: &'static str,
        /// How many came.
        actual: usize,
    },
    /// A query that this layout does not have.
    #[error("query `{query}` is not part of the layout `{layout}`")]
    Layout {
        /// The query.
        query: &'static str,
        /// The layout.
        layout: Layout,
    },
    /// A prepared selection that is executed with a selection of another text.
    #[error(
        "the selection was prepared with another text; prepare it again when its columns, conditions or order change"
    )]
    OtherText,
    /// A standby on which the feed was to be read has not replayed what the primary has committed.
    #[error("the standby is more than {waited:?} behind its primary; read the page again later, or wait longer")]
    StandbyBehind {
        /// How long the call waited.
        waited: Duration,
    },
    /// The feed was to be read on a standby, and that server is none, or was promoted.
    #[error("the server is no standby; read the feed with `read_feed_page` on the primary")]
    NotAStandby,
    /// Pool settings that contradict each other.
    #[error("invalid connection settings: {0}")]
    Config(String),
    /// A TLS setting that cannot be used.
    #[error("invalid TLS settings: {reason}")]
    Tls {
        /// Why.
        reason: String,
    },
    /// No connection could be made.
    #[error("cannot connect: {}", causes(source))]
    Connect {
        /// What failed.
        source: tokio_postgres::Error,
    },
    /// No connection became free in time.
    #[error("no connection within {waited:?}{}", last.as_deref().map(|last| format!("; the last attempt to connect failed: {last}")).unwrap_or_default())]
    AcquireTimeout {
        /// How long the call waited.
        waited: Duration,
        /// Why the last attempt to open a connection failed, if one did.
        last: Option<String>,
    },
}

/// What the server said, in texts without the row that it refused; [`Deref`] leads to all of it.
pub struct Refusal(tokio_postgres::Error);

impl Deref for Refusal {
    type Target = tokio_postgres::Error;

    fn deref(&self) -> &tokio_postgres::Error {
        &self.0
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&causes(&self.0))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Refusal").field(&causes(&self.0)).finish()
    }
}

impl std::error::Error for Refusal {}

/// What to do about a value that cannot be read, by its cause.
fn decode_help(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<WasNull>() {
            return "its row declares that neither the value nor an element of it is NULL: declare the column `.nullable(...)`, or \
                    change the query";
        }
        if error.is::<WrongType>() {
            return "does the database have this crate's migrations?";
        }
        cause = error.source();
    }
    "its Rust type does not take every value of the PostgreSQL type, such as `infinity`, or an array of two dimensions: change \
     the query, such as by a cast to text"
}

impl Error {
    /// The error of a query.
    pub(crate) fn of_query(query: &'static str, source: tokio_postgres::Error) -> Self {
        let Some(refusal) = source.as_db_error() else {
            return Self::Connection { query, source };
        };
        if let Some(store) = StoreError::of(query, refusal) {
            return Self::Store(Box::new(store));
        }
        Self::Database {
            query,
            code: refusal.code().clone(),
            source: Refusal(source),
        }
    }

    /// The server's SQLSTATE, if the server refused.
    pub fn sql_state(&self) -> Option<&str> {
        match self {
            Self::Store(store) => Some(store.code()),
            Self::Database { code, .. } => Some(code.code()),
            Self::Connect { source } => source.code().map(SqlState::code),
            _ => None,
        }
    }

    /// The event store's refusal, if it is one.
    pub fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(store) => Some(store),
            _ => None,
        }
    }

    /// Whether the same call can succeed when made again, on a new connection and in a new transaction.
    ///
    /// A version conflict is not: read the stream and decide again. After a lost connection the first call
    /// may have succeeded, so repeat only what is idempotent, such as an append with the same event ids.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::AcquireTimeout { .. } => true,
            Self::Connect { source } => source.code().is_none_or(is_transient),
            Self::Database { code, .. } => is_transient(code),
            _ => false,
        }
    }
}

/// The driver's errors say little themselves; what happened is in their causes.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(refusal) = error.downcast_ref::<DbError>() {
        let mut text = refusal.message().to_owned();
        // The DETAIL of these two is the row, payload included, which belongs in no log.
        let shows_row = [SqlState::CHECK_VIOLATION, SqlState::NOT_NULL_VIOLATION];
        let detail = refusal.detail().filter(|_| !shows_row.contains(refusal.code()));
        let more = [detail, refusal.hint()].into_iter().flatten();
        for more in more.filter(|more| !more.is_empty()) {
            text.push_str("; ");
            text.push_str(more);
        }
        return text;
    }
    match error.source() {
        // "db error" and the like announce the cause.
        Some(cause) if error.is::<tokio_postgres::Error>() && cause.is::<DbError>() => {
            causes(cause)
        }
        Some(cause) => format!("{error}: {}", causes(cause)),
        None => error.to_string(),
    }
}

fn is_transient(code: &SqlState) -> bool {
    let transient = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ];
    // Class 08: connection exceptions.
    transient.contains(code) || code.code().starts_with("08")
}
