//! The event types that a definition stores, as plain data.

use serde::{Deserialize, Serialize};

use crate::event::{EventShape, PayloadField};
use crate::is_default;
use crate::place::Place;

/// One schema version of one event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventType {
    /// The event type's name, as stored.
    pub name: String,
    /// The schema version of its payload, from 1.
    pub version: i32,
    /// The payload's members.
    pub fields: Vec<EventField>,
    /// Whether a payload with other members is refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
    /// Where it was added to the definition.
    #[serde(skip)]
    pub place: Place,
}

/// A member of a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventField {
    /// Its name in the payload.
    pub name: String,
    /// Its Rust type, as written.
    pub rust_type: String,
    /// Whether a payload may lack it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Whether its own members stand in its place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flattened: bool,
    /// Further names that it is read under.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
}

impl EventField {
    /// All names that it is read under; a flattened one has none of its own.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        let names = std::iter::once(&self.name).chain(&self.aliases);
        names.filter(|_| !self.flattened).map(String::as_str)
    }
}

impl From<&EventShape> for EventType {
    fn from(shape: &EventShape) -> Self {
        let field = |field: &PayloadField| EventField {
            name: field.name.to_owned(),
            rust_type: field.rust_type.to_owned(),
            optional: field.optional,
            flattened: field.flattened,
            aliases: field.aliases.iter().map(ToString::to_string).collect(),
        };
        Self {
            name: shape.event_type.to_owned(),
            version: shape.schema_version,
            fields: shape.fields.iter().map(field).collect(),
            closed: shape.closed,
            place: Place::default(),
        }
    }
}
