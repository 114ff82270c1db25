//! The payload of an event, stored as JSON: `json` or `jsonb`.

use eventcore_schema_model::event::{EncodeError, Event, check_jsonb};
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

/// The payload of an event; one that `jsonb` cannot hold is refused here, where its place is known.
pub(crate) fn encode<E: Event>(event: &E) -> Result<Payload, EncodeError> {
    let text = event.encode()?;
    if APPEND_EVENTS
        .params
        .iter()
        .any(|param| param.name == "event_data" && param.ty == Type::JSONB_ARRAY)
    {
        check_jsonb(event.event_type(), &text)?;
    }
    RawJson::parse(String::from_utf8_lossy(&text)).map_err(|error| EncodeError::Serialize {
        event_type: event.event_type().to_owned(),
        reason: error.to_string(),
    })
}
