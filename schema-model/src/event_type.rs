//! The event types that a definition stores, as plain data.

use serde::{Deserialize, Serialize};

use crate::event::{DataTypes, EventShape, PayloadField};
use crate::event_data::{DataShape, NamedShape};
use crate::is_default;
use crate::place::Place;

/// One schema version of one event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventType {
    /// The event type's name, as stored.
    pub name: String,
    /// Names that its events were stored under before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// The schema version of its payload, from 1.
    pub version: i32,
    /// The payload's members.
    pub fields: Vec<EventField>,
    /// Whether a payload with other members is refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
    /// The types that its members refer to by name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub types: Vec<NamedShape>,
    /// Where it was added to the definition.
    #[serde(skip)]
    pub place: Place,
}

/// A member of a payload, or of an object within one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventField {
    /// Its name in the payload.
    pub name: String,
    /// Its Rust type, as written.
    pub rust_type: String,
    /// What serde writes of its type.
    pub shape: DataShape,
    /// Whether a payload may lack it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub optional: bool,
    /// Whether its own members stand in its place.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flattened: bool,
    /// Further names that it is read under.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// The function that gives its value where a payload lacks it, if it is not the type's own default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<String>,
}

impl EventField {
    /// A member with the shape of its type.
    pub fn new(field: &PayloadField, shape: DataShape) -> Self {
        Self {
            name: field.name.to_owned(),
            rust_type: field.rust_type.to_owned(),
            shape,
            optional: field.optional,
            flattened: field.flattened,
            aliases: field.aliases.iter().map(ToString::to_string).collect(),
            default: field.default.map(str::to_owned),
        }
    }

    /// All names that it is read under; a flattened one has none of its own.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        let names = std::iter::once(&self.name).chain(&self.aliases);
        names.filter(|_| !self.flattened).map(String::as_str)
    }
}

impl EventType {
    /// An event type, with the shape of each of its members and the types that these refer to.
    pub fn new(shape: &EventShape, members: Vec<DataShape>, types: DataTypes) -> Self {
        let fields = shape.fields.iter().zip(members);
        Self {
            name: shape.event_type.to_owned(),
            aliases: shape.aliases.iter().map(ToString::to_string).collect(),
            version: shape.schema_version,
            fields: fields
                .map(|(field, shape)| EventField::new(field, shape))
                .collect(),
            closed: shape.closed,
            types: types.into_named(),
            place: Place::default(),
        }
    }

    /// All names that its events are read under.
    pub fn read_names(&self) -> impl Iterator<Item = &str> {
        let names = std::iter::once(&self.name).chain(&self.aliases);
        names.map(String::as_str)
    }
}
