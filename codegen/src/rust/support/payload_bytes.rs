//! The payload of an event, stored as bytes: `bytea`.

use eventcore_schema_model::event::{EncodeError, Event};

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

/// The payload of an event.
pub(crate) fn encode<E: Event>(event: &E) -> Result<Payload, EncodeError> {
    event.encode()
}
