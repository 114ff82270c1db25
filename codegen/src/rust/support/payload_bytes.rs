//! The payload of an event, stored as bytes: `bytea`.

use eventcore_schema_model::event::{EncodeError, Event, Representation};

/// A payload: bytes; those of an [`Event`] are JSON text.
pub type Payload = Vec<u8>;

/// What the append takes for a payload.
pub(crate) type Param<'a> = &'a [u8];

/// A payload as the append takes it.
pub(crate) fn param(payload: &Payload) -> Param<'_> {
    payload
}

/// The bytes that an event is decoded from.
pub(crate) fn bytes(payload: &Payload) -> &[u8] {
    payload
}

/// Bytes come back as they are.
#[allow(
    clippy::unnecessary_wraps,
    reason = "payloads of JSON may be refused"
)]
pub(crate) fn check(_: &str, _: &Payload) -> Result<(), EncodeError> {
    Ok(())
}

/// The payload of an event, which the log gives back as an equal value.
pub(crate) fn encode<E: Event>(event: &E) -> Result<Payload, EncodeError> {
    event.encode_for(Representation::Text)
}
