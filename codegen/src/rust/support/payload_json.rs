//! The payload of an event, stored as JSON: `json` or `jsonb`.

use eventcore_schema_model::event::{EncodeError, Event, Representation, check_json};
use tokio_postgres::types::Type;

use super::append::APPEND_EVENTS;
use super::value::RawJson;

/// A payload: JSON text.
pub type Payload = RawJson;

/// What the append takes for a payload.
pub(crate) type Param<'a> = &'a RawJson;

/// A payload as the append takes it.
pub(crate) fn param(payload: &Payload) -> Param<'_> {
    payload
}

/// The bytes that an event is decoded from.
pub(crate) fn bytes(payload: &Payload) -> &[u8] {
    payload.get().as_bytes()
}

/// How the log keeps payloads.
fn representation() -> Representation {
    let mut params = APPEND_EVENTS.params.iter();
    if params.any(|param| param.name == "event_data" && param.ty == Type::JSONB_ARRAY) {
        Representation::Jsonb
    } else {
        Representation::Text
    }
}

/// Refuses a payload that the log does not give back, where its place is known.
pub(crate) fn check(event_type: &str, payload: &Payload) -> Result<(), EncodeError> {
    check_json(event_type, bytes(payload), representation()).map(drop)
}

/// The payload of an event, which the log gives back as an equal value.
pub(crate) fn encode<E: Event>(event: &E) -> Result<Payload, EncodeError> {
    let text = event.encode_for(representation())?;
    RawJson::parse(String::from_utf8_lossy(&text)).map_err(|error| EncodeError::Serialize {
        event_type: event.event_type().to_owned(),
        reason: error.to_string(),
    })
}
