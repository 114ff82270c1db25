//! What an event type is to a program: its stored name, schema version and payload as JSON.
//! Knows serde, and nothing of tables, SQL or drivers.
//!
//! A struct is one event type; an enum of such structs is the set a program reads from its streams.
//! `#[derive(Event)]` (feature `derive`) writes the implementation of [`Event`]:
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! use eventcore_schema_model::Event;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
//! #[event(type = "order.placed", version = 2)]
//! struct OrderPlaced {
//!     customer: String,
//!     note: Option<String>,
//! }
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
//! #[event(type = "order.shipped")]
//! struct OrderShipped {}
//!
//! #[derive(Debug, PartialEq, Event)]
//! enum OrderEvent {
//!     Placed(OrderPlaced),
//!     Shipped(OrderShipped),
//! }
//!
//! let event = OrderEvent::Placed(OrderPlaced { customer: "Ada".to_owned(), note: None });
//! assert_eq!(event.event_type(), "order.placed");
//! assert_eq!(event.schema_version(), 2);
//!
//! let payload = event.encode()?;
//! assert_eq!(payload, br#"{"customer":"Ada","note":null}"#);
//! assert_eq!(OrderEvent::decode("order.placed", 2, &payload)?, event);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod data;
mod error;
mod json;
mod jsonb;
#[doc(hidden)]
pub mod private;
mod seen;

use std::borrow::Cow;

pub use data::{DataTypes, EventData};
pub use error::{DecodeError, EncodeError};
use seen::Seen;
use serde::Serialize;

use crate::event_type::EventType;

/// An event type, or a closed set of event types, that can be written to a store and read back.
///
/// Derive it: on a struct with named fields it takes `#[event(type = "order.placed", version = 2)]`;
/// on an enum whose variants each hold one such struct it takes nothing. The type name is always
/// written out, so that renaming the struct does not rename what is stored. See the
/// [module](crate::event) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this type does not implement `Event`",
    note = "put `#[derive(Event)]` and `#[event(type = \"...\")]` on its definition"
)]
pub trait Event: Sized {
    /// The event types this can hold: one of a struct, those of all variants of an enum.
    const SHAPES: &'static [EventShape];

    /// The event types with the shapes of their members, as gen-sql records them.
    fn recorded() -> Vec<EventType>;

    /// The name that the event is stored under.
    fn event_type(&self) -> &'static str;

    /// The schema version that the event's payload is written in, from 1.
    fn schema_version(&self) -> i32;

    /// The payload as JSON text.
    ///
    /// Nothing says that it comes back as it was: see [`encode_for`](Self::encode_for).
    ///
    /// # Errors
    /// When serde refuses the value, or when it holds a float that JSON has no way to write.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// The payload as JSON text for a column of this representation, which gives it back as an equal value: it is
    /// decoded as it will be stored, and compared. Costs about as much as writing and reading it.
    ///
    /// # Errors
    /// Those of [`encode`](Self::encode); when the column cannot hold the text; when what it gives back
    /// does not fit the type, or is another value.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use eventcore_schema_model::Event;
    /// # use eventcore_schema_model::event::Representation;
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Serialize, Deserialize, Event)]
    /// #[event(type = "answer.given")]
    /// struct AnswerGiven { answer: serde_json::Value }
    ///
    /// // jsonb writes 1e16 as an integer.
    /// let event = AnswerGiven { answer: 1e16.into() };
    /// assert!(event.encode_for(Representation::Text).is_ok());
    /// let error = event.encode_for(Representation::Jsonb).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "event `answer.given` would be read as another value at `answer`: 1e16 becomes 10000000000000000; \
    ///      change the value, or the type, so that JSON tells the two apart",
    /// );
    /// # }
    /// ```
    fn encode_for(&self, representation: Representation) -> Result<Vec<u8>, EncodeError>;

    /// Reads back an event from what the store holds.
    ///
    /// Older schema versions than the program's own are read as far as serde can fit them
    /// (an added field is `Option` or has `#[serde(default)]`).
    ///
    /// # Errors
    /// When the type is none of [`SHAPES`](Self::SHAPES), when the version is newer than the
    /// program's, and when the payload does not fit.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// # use eventcore_schema_model::Event;
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Debug, Serialize, Deserialize, Event)]
    /// #[event(type = "order.shipped")]
    /// struct OrderShipped { parcels: Vec<u32> }
    ///
    /// let error = OrderShipped::decode("order.shipped", 1, br#"{"parcels":[1,"two"]}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "payload of event `order.shipped` version 1 does not fit at `parcels[1]`: \
    ///      invalid type: string \"two\", expected u32",
    /// );
    /// # }
    /// ```
    fn decode(event_type: &str, schema_version: i32, payload: &[u8]) -> Result<Self, DecodeError>;
}

/// A boxed event is the event: a large variant of an enum may stand in a `Box`.
impl<T: Event> Event for Box<T> {
    const SHAPES: &'static [EventShape] = T::SHAPES;

    fn recorded() -> Vec<EventType> {
        T::recorded()
    }

    fn event_type(&self) -> &'static str {
        T::event_type(self)
    }

    fn schema_version(&self) -> i32 {
        T::schema_version(self)
    }

    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        T::encode(self)
    }

    fn encode_for(&self, representation: Representation) -> Result<Vec<u8>, EncodeError> {
        T::encode_for(self, representation)
    }

    fn decode(event_type: &str, schema_version: i32, payload: &[u8]) -> Result<Self, DecodeError> {
        T::decode(event_type, schema_version, payload).map(Self::new)
    }
}

/// One event type as it is stored: name, schema version and the fields of its payload.
///
/// ```
/// use eventcore_schema_model::event::{EventShape, PayloadField};
///
/// const PLACED: EventShape = EventShape::new(
///     "order.placed",
///     1,
///     &[PayloadField::new("customer", "String"), PayloadField::new("note", "Option<String>").optional()],
/// );
/// assert!(PLACED.fields[1].optional);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct EventShape {
    /// The name events are stored under, such as `order.placed`.
    pub event_type: &'static str,
    /// Names that events of this type were stored under before, which are read as well.
    pub aliases: &'static [&'static str],
    /// The version of the payload that the program writes, from 1.
    pub schema_version: i32,
    /// The payload's fields, in the order of the struct.
    pub fields: &'static [PayloadField],
    /// Whether a payload with other members is refused (`#[serde(deny_unknown_fields)]`).
    pub closed: bool,
}

impl EventShape {
    /// Describes an event type.
    pub const fn new(
        event_type: &'static str,
        schema_version: i32,
        fields: &'static [PayloadField],
    ) -> Self {
        Self {
            event_type,
            aliases: &[],
            schema_version,
            fields,
            closed: false,
        }
    }

    /// Events that were stored under these names before are of this type.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Whether events that are stored under the name are of this type.
    pub fn holds(&self, event_type: &str) -> bool {
        self.event_type == event_type || self.aliases.contains(&event_type)
    }

    /// A payload with members that are no fields is refused.
    pub const fn closed(mut self) -> Self {
        self.closed = true;
        self
    }
}

/// One field of a payload, under the name it has in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct PayloadField {
    /// The name in JSON, after `#[serde(rename)]` and `#[serde(rename_all)]`.
    pub name: &'static str,
    /// The type as it stands in the Rust source.
    pub rust_type: &'static str,
    /// Whether a payload without the field, or one that may leave it out, can be read back.
    pub optional: bool,
    /// Whether the fields of its type stand in its place (`#[serde(flatten)]`).
    pub flattened: bool,
    /// Further names that it is read under (`#[serde(alias)]`).
    pub aliases: &'static [&'static str],
    /// The function that gives its value where a payload lacks it (`#[serde(default = "...")]`).
    pub default: Option<&'static str>,
}

impl PayloadField {
    /// Describes a field that every payload must have.
    pub const fn new(name: &'static str, rust_type: &'static str) -> Self {
        Self {
            name,
            rust_type,
            optional: false,
            flattened: false,
            aliases: &[],
            default: None,
        }
    }

    /// A payload without the field is read with what this function gives.
    pub const fn default(mut self, function: &'static str) -> Self {
        self.default = Some(function);
        self
    }

    /// The field is read under these names too.
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The field may be absent from a payload.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The fields of its type stand in the payload in its place.
    pub const fn flattened(mut self) -> Self {
        self.flattened = true;
        self
    }
}

/// How a column keeps JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Representation {
    /// Decoded, by PostgreSQL's `jsonb`.
    Jsonb,
    /// To the byte: `json` and `bytea`.
    Text,
}

/// What a column of this representation gives back of a payload of well-formed JSON text.
///
/// `jsonb` stores decoded text, and text in the database holds neither the character `\u0000` nor one
/// half of a surrogate pair; of two members of one name it keeps the last; its numbers have no negative zero, and
/// at most 131,072 digits before the point and 16,383 behind it.
///
/// # Errors
/// [`EncodeError::NotJsonb`] or [`EncodeError::TooDeep`] with the path of the first value that would not come back.
///
/// ```
/// use eventcore_schema_model::event::{Representation::Jsonb, check_json};
///
/// let stored = check_json("note.taken", br#"{"text":"C:\\u0000","at":1e3}"#, Jsonb).unwrap();
/// assert_eq!(*stored, *br#"{"at":1000,"text":"C:\\u0000"}"#);
/// let error = check_json("note.taken", br#"{"lines":["a\u0000b"]}"#, Jsonb).unwrap_err();
/// assert!(error.to_string().contains("`lines[0]`"));
/// ```
pub fn check_json<'a>(
    event_type: &str,
    text: &'a [u8],
    representation: Representation,
) -> Result<Cow<'a, [u8]>, EncodeError> {
    if let Some(offset) = jsonb::too_deep(text) {
        let path: String = json::path_at(text, offset).chars().take(40).collect();
        return Err(EncodeError::TooDeep {
            event_type: event_type.to_owned(),
            path: path + "...",
            limit: jsonb::MAX_DEPTH,
        });
    }
    if representation == Representation::Text {
        return Ok(Cow::Borrowed(text));
    }
    let stored = jsonb::stored(text).map_err(|lost| EncodeError::NotJsonb {
        event_type: event_type.to_owned(),
        path: json::path_at(text, lost.offset),
        reason: lost.what,
    })?;
    Ok(Cow::Owned(stored))
}

/// An event's metadata as JSON text, which is stored as `jsonb` in every store.
///
/// # Errors
/// As for a payload, and when it is no JSON object.
pub fn encode_metadata<T: Serialize + ?Sized>(
    event_type: &str,
    metadata: &T,
) -> Result<Vec<u8>, EncodeError> {
    let refused = |reason: String| EncodeError::Serialize {
        event_type: event_type.to_owned(),
        reason: format!("metadata: {reason}"),
    };
    let text = serde_json::to_vec(metadata).map_err(|error| refused(error.to_string()))?;
    // Its members under a name that leads to them.
    let named = [br#"{"metadata":"#, &text[..], b"}"].concat();
    let seen = Seen::of(metadata).map_err(|error| refused(error.to_string()))?;
    let named_seen = Seen::Map(vec![(Seen::Text("metadata".to_owned()), seen)]);
    check_finite(event_type, &named_seen)?;
    check_json(event_type, &named, Representation::Jsonb).map_err(|error| match error {
        EncodeError::NotJsonb {
            event_type,
            path,
            reason,
        } => EncodeError::MetadataNotJsonb {
            event_type,
            path,
            reason,
        },
        other => other,
    })?;
    match text.first() {
        Some(b'{') => Ok(text),
        first => Err(EncodeError::MetadataNotObject {
            event_type: event_type.to_owned(),
            found: match first {
                Some(b'[') => "a list",
                Some(b'"') => "a text",
                Some(b'n') => "null",
                Some(b't' | b'f') => "a boolean",
                _ => "a number",
            }
            .to_owned(),
        }),
    }
}

fn check_finite(event_type: &str, seen: &Seen) -> Result<(), EncodeError> {
    match seen.not_finite() {
        None => Ok(()),
        Some(found) => Err(EncodeError::NotFinite {
            event_type: event_type.to_owned(),
            path: found.path,
            value: found.what.to_string(),
        }),
    }
}
