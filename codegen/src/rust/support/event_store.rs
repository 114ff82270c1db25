//! The event store in types: what to append and what came of it, events from and to Rust structs. Knows no SQL: the query
//! functions beside it do the work.

use chrono::{DateTime, Datelike as _};
use eventcore_schema_model::event::{DecodeError, EncodeError, Event, encode_metadata};
use serde::Serialize;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::append::{AppendEvents, append_events};
use super::error::Error;
use super::payload::{self, Payload};
use super::rows::{AppendOutcome, RecordedEvent};
use super::value::RawJson;

use super::store_error::StoreError;
pub use super::feed_page::{FeedPage, read_feed_page, read_filtered_feed_page};
pub use super::store_error::ExpectedVersion;

/// An event to append. Its id is made with it, so that appending it again after a lost connection is a
/// replay and not a second event.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// UUIDv7 of the event.
    pub event_id: Uuid,
    /// Name of its type.
    pub event_type: String,
    /// Version of its payload's shape, from 1.
    pub schema_version: i32,
    payload: Payload,
    metadata: Option<RawJson>,
    /// The event that caused it.
    pub causation_id: Option<Uuid>,
    /// What all events of one business process share.
    pub correlation_id: Option<Uuid>,
    /// Who caused it.
    pub user_id: Option<String>,
}

impl NewEvent {
    /// An event from a value whose type derives [`Event`]. The payload is decoded as the store will give it back, and
    /// compared with the value, so that no event is stored that could never be read.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON, or the store would not give it back as an equal value, with the
    /// place in the value.
    pub fn new<E: Event>(event: &E) -> Result<Self, EncodeError> {
        let payload = payload::encode(event)?;
        let (event_type, version) = (event.event_type(), event.schema_version());
        Ok(Self::of(event_type.to_owned(), version, payload))
    }

    /// An event from a payload that is at hand already.
    ///
    /// # Errors
    /// When the store would not give the payload back with the same content.
    pub fn from_parts(
        event_type: impl Into<String>,
        schema_version: i32,
        payload: Payload,
    ) -> Result<Self, EncodeError> {
        let event_type = event_type.into();
        payload::check(&event_type, &payload)?;
        Ok(Self::of(event_type, schema_version, payload))
    }

    fn of(event_type: String, schema_version: i32, payload: Payload) -> Self {
        Self {
            event_id: Uuid::now_v7(),
            event_type,
            schema_version,
            payload,
            metadata: None,
            causation_id: None,
            correlation_id: None,
            user_id: None,
        }
    }

    /// Sets the id: a UUIDv7 whose time is at most 7 days old and at most 5 minutes ahead.
    pub fn id(mut self, event_id: Uuid) -> Self {
        self.event_id = event_id;
        self
    }

    /// Sets the metadata: what infrastructure adds, a JSON object, which is stored as `jsonb`.
    ///
    /// # Errors
    /// When it is no JSON object, or one that `jsonb` does not give back with the same content, with the place in it.
    pub fn metadata<T: Serialize + ?Sized>(mut self, metadata: &T) -> Result<Self, EncodeError> {
        let text = encode_metadata(&self.event_type, metadata)?;
        let parsed = RawJson::parse(String::from_utf8_lossy(&text));
        self.metadata = Some(parsed.map_err(|error| EncodeError::Serialize {
            event_type: self.event_type.clone(),
            reason: error.to_string(),
        })?);
        Ok(self)
    }

    /// Names the event that caused this one, and takes its correlation.
    pub fn caused_by(mut self, cause: &RecordedEvent) -> Self {
        self.causation_id = Some(cause.event_id);
        self.correlation_id = cause.correlation_id;
        self
    }

    /// Sets the event that caused it.
    pub fn causation(mut self, event_id: Uuid) -> Self {
        self.causation_id = Some(event_id);
        self
    }

    /// Sets what all events of one business process share.
    pub fn correlation(mut self, correlation_id: Uuid) -> Self {
        self.correlation_id = Some(correlation_id);
        self
    }

    /// Sets who caused it.
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }
}

impl RecordedEvent {
    /// The event as a Rust value.
    ///
    /// # Errors
    /// When the type is not one of `E`'s, its version is newer than the program, or the payload does not fit.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(
            &self.event_type,
            self.schema_version,
            payload::bytes(&self.event_data),
        )
    }
}

/// Events for one or several streams, appended all together or not at all.
///
/// It can be run again: with the same ids it is a replay, and returns what the first run did.
#[derive(Clone, Debug, Default)]
#[must_use = "an append does nothing until it is run"]
pub struct Append {
    streams: Vec<(String, ExpectedVersion)>,
    events: Vec<(i32, NewEvent)>,
}

/// What an append did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Whether an earlier run had stored these events already.
    pub replayed: bool,
    /// The version of each stream, in the order in which the append names them.
    pub versions: Vec<i64>,
    /// The global position of each event, in the order in which the append names them.
    pub positions: Vec<i64>,
}

impl Append {
    /// An append of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends events to a stream that must be at the expected version. Each stream is named once.
    pub fn to(
        self,
        stream_id: impl Into<String>,
        expected: ExpectedVersion,
        events: impl IntoIterator<Item = NewEvent>,
    ) -> Self {
        let mut append = self.check(stream_id, expected);
        let place = i32::try_from(append.streams.len()).unwrap_or(i32::MAX);
        append
            .events
            .extend(events.into_iter().map(|event| (place, event)));
        append
    }

    /// Checks that a stream is at the expected version, without writing to it.
    pub fn check(mut self, stream_id: impl Into<String>, expected: ExpectedVersion) -> Self {
        self.streams.push((stream_id.into(), expected));
        self
    }

    /// Runs it, in one round trip.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](super::store_error::StoreError::Conflict) when a stream is not at the
    /// expected version; the store's other refusals; what the server or the connection says.
    pub async fn run(&self, client: &impl GenericClient) -> Result<Appended, Error> {
        let columns = Columns::of(self)?;
        let outcome = append_events(
            client,
            &columns.stream_ids,
            &columns.expected_versions,
            &columns.event_streams,
            &columns.event_ids,
            &columns.event_types,
            &columns.payloads,
            &columns.schema_versions,
            &columns.metadata,
            &columns.causation_ids,
            &columns.correlation_ids,
            &columns.user_ids,
        );
        self.outcome(outcome.await)
    }

    /// Runs it by a statement that was prepared on this connection, in one round trip.
    ///
    /// # Errors
    /// As [`Append::run`].
    pub async fn run_prepared(
        &self,
        client: &impl GenericClient,
        statement: &AppendEvents,
    ) -> Result<Appended, Error> {
        let columns = Columns::of(self)?;
        let outcome = statement.query(
            client,
            &columns.stream_ids,
            &columns.expected_versions,
            &columns.event_streams,
            &columns.event_ids,
            &columns.event_types,
            &columns.payloads,
            &columns.schema_versions,
            &columns.metadata,
            &columns.causation_ids,
            &columns.correlation_ids,
            &columns.user_ids,
        );
        self.outcome(outcome.await)
    }

    /// The server's array: replayed or not, a version per stream, a position per event.
    fn outcome(&self, answer: Result<AppendOutcome, Error>) -> Result<Appended, Error> {
        let AppendOutcome { outcome } = answer.map_err(|error| match error {
            Error::Store(refusal) => Error::Store(Box::new(self.with_month(*refusal))),
            other => other,
        })?;
        let expected = 1 + self.streams.len() + self.events.len();
        match outcome.split_first() {
            Some((replayed, rest)) if outcome.len() == expected => {
                let (versions, positions) = rest.split_at(self.streams.len());
                Ok(Appended {
                    replayed: *replayed != 0,
                    versions: versions.to_vec(),
                    positions: positions.to_vec(),
                })
            }
            _ => Err(Error::Decode {
                query: "append_events",
                column: "outcome",
                source: format!("it has {} elements instead of {expected}", outcome.len()).into(),
            }),
        }
    }
}

impl Append {
    /// Names the month of the newest event, where no partition takes it.
    fn with_month(&self, refusal: StoreError) -> StoreError {
        let StoreError::NoPartition { .. } = refusal else {
            return refusal;
        };
        let newest = self.events.iter().map(|(_, event)| event.event_id).max();
        // The first 48 bits of a UUIDv7 are its time, in milliseconds.
        let time = newest.and_then(|id| i64::try_from(id.as_u128() >> 80).ok());
        let day = time.and_then(DateTime::from_timestamp_millis);
        let month = day.and_then(|day| day.date_naive().with_day(1));
        StoreError::NoPartition { month }
    }
}

/// An append as the arrays that the function takes, all from one list, so that lengths cannot differ.
struct Columns<'a> {
    stream_ids: Vec<&'a str>,
    expected_versions: Vec<i64>,
    event_streams: Vec<i32>,
    event_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    payloads: Vec<payload::Param<'a>>,
    schema_versions: Vec<i32>,
    metadata: Vec<Option<&'a RawJson>>,
    causation_ids: Vec<Option<Uuid>>,
    correlation_ids: Vec<Option<Uuid>>,
    user_ids: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    /// What the server would refuse with a text of its own, or take for something else, is refused here.
    fn of(append: &'a Append) -> Result<Self, Error> {
        for (stream, expected) in &append.streams {
            check_name("stream id", stream)?;
            if let ExpectedVersion::Exactly(version @ ..0) = expected {
                return Err(invalid(format!(
                    "stream `{stream}` cannot be at version {version}; expect 0 or more, or another `ExpectedVersion`"
                )));
            }
        }
        for (_, event) in &append.events {
            check_name("event type", &event.event_type)?;
            if event.schema_version < 1 {
                return Err(invalid(format!(
                    "event type `{}` cannot have schema version {}; versions start at 1",
                    event.event_type, event.schema_version
                )));
            }
            if let Some(user) = event.user_id.as_deref().filter(|user| user.contains('\0')) {
                return Err(invalid(format!(
                    "user id {user:?} contains the character `\\u{{0}}`, which PostgreSQL cannot store; remove it"
                )));
            }
        }
        let events = || append.events.iter().map(|(_, event)| event);
        Ok(Self {
            stream_ids: append
                .streams
                .iter()
                .map(|(stream, _)| stream.as_str())
                .collect(),
            expected_versions: append
                .streams
                .iter()
                .map(|(_, expected)| expected.to_number())
                .collect(),
            event_streams: append.events.iter().map(|(place, _)| *place).collect(),
            event_ids: events().map(|event| Some(event.event_id)).collect(),
            event_types: events().map(|event| event.event_type.as_str()).collect(),
            payloads: events()
                .map(|event| payload::param(&event.payload))
                .collect(),
            schema_versions: events().map(|event| event.schema_version).collect(),
            metadata: events().map(|event| event.metadata.as_ref()).collect(),
            causation_ids: events().map(|event| event.causation_id).collect(),
            correlation_ids: events().map(|event| event.correlation_id).collect(),
            user_ids: events().map(|event| event.user_id.as_deref()).collect(),
        })
    }
}

/// The longest stream id and event type, in characters.
const MAX_NAME_CHARS: usize = 255;

/// Refuses a stream id or event type that no column holds.
fn check_name(what: &str, name: &str) -> Result<(), Error> {
    let chars = name.chars().count();
    let defect = if name.is_empty() {
        format!("an empty {what}")
    } else if chars > MAX_NAME_CHARS {
        let start: String = name.chars().take(40).collect();
        format!("{what} {start:?}... of {chars} characters")
    } else if name.contains('\0') {
        format!("{what} {name:?} with the character `\\u{{0}}`")
    } else {
        return Ok(());
    };
    Err(invalid(format!(
        "{defect}; use 1 to {MAX_NAME_CHARS} characters other than `\\u{{0}}`"
    )))
}

fn invalid(reason: String) -> Error {
    Box::new(StoreError::InvalidAppend(format!("append: {reason}"))).into()
}
