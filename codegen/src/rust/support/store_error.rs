//! The refusals of an event store: SQLSTATEs of class `ES` with a JSON DETAIL. The only place that knows
//! these codes in Rust. Nothing is ever read from a message's prose.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use thiserror::Error;
use tokio_postgres::error::{DbError, SqlState};
use uuid::Uuid;

/// The class of all codes of an event store.
const CLASS: &str = "ES";

/// Reads a refusal, if its DETAIL fits.
type Decode = fn(&DbError) -> Option<StoreError>;

/// Code and the refusal that it stands for. A DETAIL that does not fit gives `None`, and the caller
/// [`StoreError::Other`].
const CODES: &[(&str, Decode)] = &[
    ("ES001", |_| Some(StoreError::FeedOnStandby)),
    ("ES002", |_| Some(StoreError::FeedIsolation)),
    ("ES003", |refusal| {
        detail(refusal).map(StoreError::CheckpointAhead)
    }),
    ("ES004", |_| Some(StoreError::SequenceBehind)),
    ("ES005", |refusal| {
        detail(refusal).map(StoreError::StreamTruncated)
    }),
    ("ES010", |refusal| detail(refusal).map(StoreError::Conflict)),
    ("ES011", |refusal| {
        detail(refusal).map(StoreError::EventIdTaken)
    }),
    ("ES012", |refusal| {
        detail(refusal).map(StoreError::InvalidEventId)
    }),
    ("ES013", |refusal| {
        Some(StoreError::InvalidAppend(refusal.message().to_owned()))
    }),
    ("ES020", |refusal| {
        Some(StoreError::AppendOnly(refusal.message().to_owned()))
    }),
];

/// Why the event store refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The feed was read on a standby, whose horizon is unknown.
    #[error("the feed cannot be read on a standby; read it on the primary")]
    FeedOnStandby,
    /// The feed was read in a transaction whose snapshot is older than the horizon.
    #[error("the feed must be read under READ COMMITTED")]
    FeedIsolation,
    /// A checkpoint beyond the log: the store was restored, failed over, or is another one.
    #[error(
        "checkpoint {} is ahead of the log, which ends at {}; rebuild the consumer, or set its checkpoint back",
        .0.checkpoint, .0.last
    )]
    CheckpointAhead(CheckpointAhead),
    /// The log holds positions that its sequence has not given out: a logical replica, or a restore without the
    /// sequence.
    #[error(
        "the sequence of positions is behind the log: read the feed of a logical replica on its publisher; after a \
         restore without the sequence, set it to the greatest position before anything is appended"
    )]
    SequenceBehind,
    /// Events that were to be read were dropped by retention.
    #[error(
        "stream `{}` begins at version {}: earlier events were dropped; read it from there on, from a snapshot of what came before",
        .0.stream, .0.first_version
    )]
    StreamTruncated(StreamTruncated),
    /// The log has no partition for the time inside an event's id.
    #[error(
        "the log has no partition{} for an event: call `maintain_partitions`, and let a scheduler call it daily",
        .month.map(|month| format!(" of {}", month.format("%Y-%m"))).unwrap_or_default()
    )]
    NoPartition {
        /// The first day of the month of the newest event, where the append names its id.
        month: Option<NaiveDate>,
    },
    /// A stream is not at the version that the append expected. Read it again and decide again.
    #[error("{0}")]
    Conflict(Conflicts),
    /// An event id that is stored with another content, stream or version.
    #[error("{0}")]
    EventIdTaken(EventIdTaken),
    /// An event id that is no UUIDv7, or whose time is too far from the server's clock.
    #[error("event id {} is refused: {}", .0.event_id, .0.reason)]
    InvalidEventId(InvalidEventId),
    /// Arguments of an append that do not belong together.
    #[error("{0}")]
    InvalidAppend(String),
    /// Stored events cannot be changed or removed.
    #[error("{0}")]
    AppendOnly(String),
    /// A value of the call that PostgreSQL cannot take as text or `jsonb`, such as one with the character NUL.
    #[error("a value of the call is refused: {message} (SQLSTATE {code})")]
    InvalidValue {
        /// The SQLSTATE.
        code: String,
        /// What the server said.
        message: String,
    },
    /// A code that this crate does not know, or whose DETAIL it cannot read.
    #[error("{message} (SQLSTATE {code})")]
    Other {
        /// The code.
        code: String,
        /// What the server said.
        message: String,
        /// The DETAIL, as it came.
        detail: Option<String>,
    },
}

/// A checkpoint beyond the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct CheckpointAhead {
    /// The checkpoint.
    pub checkpoint: i64,
    /// The last position that was ever given out.
    pub last: i64,
}

/// A stream of which retention dropped the first events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StreamTruncated {
    /// Its name.
    pub stream: String,
    /// The version of the first event that is kept; one more than that of the last event if none is.
    pub first_version: i64,
}

/// Every stream that was not at the expected version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Conflicts {
    /// At least one.
    pub conflicts: Vec<Conflict>,
}

/// A stream that was not at the expected version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Conflict {
    /// The stream.
    pub stream: String,
    /// What the append expected.
    pub expected: ExpectedVersion,
    /// The version it is at; 0 when there is no such stream.
    pub actual: i64,
}

/// What an append expects of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedVersion {
    /// There is no such stream.
    NoStream,
    /// The stream is at this version; 0 is the same as [`NoStream`](Self::NoStream).
    Exactly(i64),
    /// Whatever the version is.
    Any,
    /// The stream exists, at whatever version.
    Exists,
}

/// Events that are stored under the given ids.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EventIdTaken {
    /// At least one.
    pub stored: Vec<StoredUnderId>,
}

/// The event that is stored under an id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StoredUnderId {
    /// The id.
    pub event_id: Uuid,
    /// The stream it is stored in.
    pub stream: String,
    /// Its version there.
    pub version: i64,
}

/// A refused event id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InvalidEventId {
    /// The id.
    pub event_id: Uuid,
    /// `version` when it is no UUIDv7, `clock` when its time is too far from the server's clock.
    pub reason: String,
    /// The time inside the id.
    #[serde(default)]
    pub time: Option<DateTime<Utc>>,
    /// The oldest time that would pass.
    #[serde(default)]
    pub oldest: Option<DateTime<Utc>>,
    /// The newest time that would pass.
    #[serde(default)]
    pub newest: Option<DateTime<Utc>>,
}

impl StoreError {
    /// The refusal behind a server's error, if its code is of the class, or if it is what an append meets.
    pub(crate) fn of(query: &str, refusal: &DbError) -> Option<Self> {
        let code = refusal.code().code();
        if query == "append_events"
            && let Some(known) = Self::of_append(refusal)
        {
            return Some(known);
        }
        if is_of_value(query, refusal.code()) {
            return Some(Self::InvalidValue {
                code: code.to_owned(),
                message: refusal.message().to_owned(),
            });
        }
        if !code.starts_with(CLASS) {
            return None;
        }
        let known = CODES.iter().find(|(known, _)| *known == code);
        let decoded = known.and_then(|(_, decode)| decode(refusal));
        Some(decoded.unwrap_or_else(|| Self::Other {
            code: code.to_owned(),
            message: refusal.message().to_owned(),
            detail: refusal.detail().map(str::to_owned),
        }))
    }

    /// What the server's own checks of the log mean to an append.
    fn of_append(refusal: &DbError) -> Option<Self> {
        match (refusal.code(), refusal.constraint()) {
            // A row that no partition takes breaks no constraint that has a name.
            (&SqlState::CHECK_VIOLATION, None) => Some(Self::NoPartition { month: None }),
            (&SqlState::UNIQUE_VIOLATION, Some(key)) if key.ends_with("_global_position_key") => {
                Some(Self::SequenceBehind)
            }
            _ => None,
        }
    }

    /// The SQLSTATE.
    pub fn code(&self) -> &str {
        match self {
            Self::FeedOnStandby => "ES001",
            Self::FeedIsolation => "ES002",
            Self::CheckpointAhead(_) => "ES003",
            Self::SequenceBehind => "ES004",
            Self::StreamTruncated(_) => "ES005",
            Self::NoPartition { .. } => "23514",
            Self::Conflict(_) => "ES010",
            Self::EventIdTaken(_) => "ES011",
            Self::InvalidEventId(_) => "ES012",
            Self::InvalidAppend(_) => "ES013",
            Self::AppendOnly(_) => "ES020",
            Self::InvalidValue { code, .. } | Self::Other { code, .. } => code,
        }
    }
}

/// Whether a refusal is of a value that no text or `jsonb` holds, and not of what the query does.
fn is_of_value(query: &str, code: &SqlState) -> bool {
    let of_jsonb = [
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        SqlState::INVALID_TEXT_REPRESENTATION,
    ];
    match *code {
        SqlState::CHARACTER_NOT_IN_REPERTOIRE
        | SqlState::UNTRANSLATABLE_CHARACTER
        | SqlState::PROGRAM_LIMIT_EXCEEDED => true,
        _ => query == "find_events_by_payload" && of_jsonb.contains(code),
    }
}

impl ExpectedVersion {
    /// The number that the append takes for it.
    pub const fn to_number(self) -> i64 {
        match self {
            Self::NoStream => 0,
            Self::Exactly(version) => version,
            Self::Any => -1,
            Self::Exists => -2,
        }
    }
}

impl<'de> Deserialize<'de> for ExpectedVersion {
    /// From a number, or from the word `exists`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(i64),
            Word(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Number(0) => Ok(Self::NoStream),
            Form::Number(-1) => Ok(Self::Any),
            Form::Number(-2) => Ok(Self::Exists),
            Form::Number(version) if version > 0 => Ok(Self::Exactly(version)),
            Form::Word(word) if word == "exists" => Ok(Self::Exists),
            Form::Word(word) if word == "any" => Ok(Self::Any),
            _ => Err(D::Error::custom("no expected version")),
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => formatter.write_str("no stream"),
            Self::Exactly(version) => write!(formatter, "version {version}"),
            Self::Any => formatter.write_str("any version"),
            Self::Exists => formatter.write_str("an existing stream"),
        }
    }
}

impl fmt::Display for Conflicts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, conflict) in self.conflicts.iter().enumerate() {
            let Conflict {
                stream,
                expected,
                actual,
            } = conflict;
            let separator = if index == 0 { "" } else { "; " };
            write!(
                formatter,
                "{separator}stream `{stream}` is at version {actual}, expected was {expected}"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for EventIdTaken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, stored) in self.stored.iter().enumerate() {
            let StoredUnderId {
                event_id,
                stream,
                version,
            } = stored;
            let separator = if index == 0 { "" } else { "; " };
            write!(
                formatter,
                "{separator}event id {event_id} is taken by version {version} of stream `{stream}`"
            )?;
        }
        Ok(())
    }
}

fn detail<T: DeserializeOwned>(refusal: &DbError) -> Option<T> {
    serde_json::from_str(refusal.detail()?).ok()
}
