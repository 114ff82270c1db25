//! What expansions of `#[derive(Event)]` call. Not for hand-written code: it changes with the derive.

use super::seen::{Refused, Seen};
use super::{
    DataTypes, DecodeError, EncodeError, Event, EventData, EventShape, Representation, check_json,
    json,
};
pub use crate::event_data::{DataShape, EnumShape, StructShape, Tagging, VariantShape};
pub use crate::event_type::{EventField, EventType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
pub use std::option::Option;
pub use std::primitive::{i32, str, u8, usize};
pub use std::result::Result::{self, Err};
pub use std::string::String;
pub use std::vec::Vec;

/// What serde must be able to do with an event's struct; a trait of its own for the sake of one
/// message where two bounds would give two.
#[diagnostic::on_unimplemented(
    message = "the payload of event `{Self}` cannot be written and read as JSON",
    label = "this event does not implement both `Serialize` and `Deserialize`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]`"
)]
pub trait SerdePayload: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SerdePayload for T {}

/// The codec of one struct. Its bound stands in one expression of the expansion, [`payload`], so
/// that a missing implementation is reported once.
#[derive(Debug)]
pub struct Payload<T> {
    write: fn(&T) -> serde_json::Result<Vec<u8>>,
    seen: fn(&T) -> Result<Seen, Refused>,
    read: fn(&[u8]) -> serde_json::Result<T>,
    equal: Option<fn(&T, &T) -> bool>,
}

/// Finds `PartialEq` of a type that has it: `Equality::<T>::FUNCTION` is the constant of [`NoEquality`] for others.
#[derive(Debug)]
pub struct Equality<T>(PhantomData<T>);

impl<T: PartialEq> Equality<T> {
    /// Whether two values are equal.
    pub const FUNCTION: Option<fn(&T, &T) -> bool> = Some(|left, right| left == right);
}

/// What [`Equality`] knows of a type without `PartialEq`.
pub trait NoEquality<T> {
    /// No function.
    const FUNCTION: Option<fn(&T, &T) -> bool> = None;
}

impl<T> NoEquality<T> for Equality<T> {}

/// Finds the shape of a type that has one: `KnownShape::<T>::SHAPE` is the constant of [`NoShape`] for others.
#[derive(Debug)]
pub struct KnownShape<T>(PhantomData<T>);

impl<T: EventData> KnownShape<T> {
    /// The shape.
    pub const SHAPE: Option<fn(&mut DataTypes) -> DataShape> = Some(T::shape);
}

/// What [`KnownShape`] knows of a type without a shape.
pub trait NoShape {
    /// No shape.
    const SHAPE: Option<fn(&mut DataTypes) -> DataShape> = None;
}

impl<T> NoShape for KnownShape<T> {}

/// What a function makes of a type, whose own shape may be known.
pub fn made(
    by: &str,
    shape: Option<fn(&mut DataTypes) -> DataShape>,
    types: &mut DataTypes,
) -> DataShape {
    let by = by.to_owned();
    match shape {
        Some(shape) => DataShape::Made {
            by,
            shape: Box::new(shape(types)),
        },
        None => DataShape::Other(by),
    }
}

/// Another shape, some values of which are refused by what was recorded under the first name, and has the second one now.
pub fn checked(by: &str, also: Option<&str>, shape: DataShape) -> DataShape {
    DataShape::Checked {
        by: by.to_owned(),
        also: also.map(str::to_owned),
        shape: Box::new(shape),
    }
}

/// The codec of a struct that serde knows, and the comparison of two values of it, if there is one.
pub const fn payload<T: SerdePayload>(equal: Option<fn(&T, &T) -> bool>) -> Payload<T> {
    Payload {
        equal,
        write: |value| serde_json::to_vec(value),
        seen: |value| Seen::of(value),
        read: |text| serde_json::from_slice(text),
    }
}

impl<T> Payload<T> {
    /// See [`Event::encode`].
    ///
    /// # Errors
    /// As documented there.
    pub fn encode(&self, value: &T, shape: &EventShape) -> Result<Vec<u8>, EncodeError> {
        let event_type = || shape.event_type.to_owned();
        let text = (self.write)(value).map_err(|error| EncodeError::Serialize {
            event_type: event_type(),
            reason: error.to_string(),
        })?;
        // serde_json writes floats that are not finite as null: without a null there is none.
        if text.windows(4).any(|word| word == b"null") {
            super::check_finite(shape.event_type, &self.seen(value, shape)?)?;
        }
        Ok(text)
    }

    fn seen(&self, value: &T, shape: &EventShape) -> Result<Seen, EncodeError> {
        (self.seen)(value).map_err(|error| EncodeError::Serialize {
            event_type: shape.event_type.to_owned(),
            reason: error.to_string(),
        })
    }

    /// See [`Event::encode_for`].
    ///
    /// # Errors
    /// As documented there.
    pub fn encode_for(
        &self,
        value: &T,
        shape: &EventShape,
        representation: Representation,
    ) -> Result<Vec<u8>, EncodeError> {
        let text = self.encode(value, shape)?;
        let stored = check_json(shape.event_type, &text, representation)?;
        let read = (self.read)(&stored).map_err(|error| {
            let (path, reason) = place_of(&stored, &error);
            EncodeError::Unreadable {
                event_type: shape.event_type.to_owned(),
                path,
                reason,
            }
        })?;
        let written = self.seen(value, shape)?;
        let event_type = || shape.event_type.to_owned();
        if let Some(found) = written.difference(&self.seen(&read, shape)?) {
            return Err(EncodeError::Changed {
                event_type: event_type(),
                path: found.path,
                written: found.what.0,
                read: found.what.1,
            });
        }
        match self.equal {
            Some(equal) if !equal(value, &read) => Err(EncodeError::Unequal {
                event_type: event_type(),
            }),
            _ => Ok(text),
        }
    }

    /// See [`Event::decode`].
    ///
    /// # Errors
    /// As documented there.
    pub fn decode(
        &self,
        shape: &'static EventShape,
        event_type: &str,
        schema_version: i32,
        text: &[u8],
    ) -> Result<T, DecodeError> {
        if !shape.holds(event_type) {
            return Err(unknown_type(event_type, std::slice::from_ref(shape)));
        }
        if schema_version > shape.schema_version {
            return Err(DecodeError::FutureVersion {
                event_type: shape.event_type,
                given: schema_version,
                known: shape.schema_version,
            });
        }
        if schema_version < 1 {
            return Err(DecodeError::InvalidVersion {
                event_type: shape.event_type,
                given: schema_version,
            });
        }
        (self.read)(text).map_err(|error| misfit(shape, schema_version, text, &error))
    }
}

#[cold]
fn misfit(
    shape: &'static EventShape,
    schema_version: i32,
    text: &[u8],
    error: &serde_json::Error,
) -> DecodeError {
    let (path, reason) = place_of(text, error);
    DecodeError::Payload {
        event_type: shape.event_type,
        schema_version,
        known: shape.schema_version,
        path,
        reason,
    }
}

/// The place of an error in a payload, and serde's message without its own words for that place.
fn place_of(text: &[u8], error: &serde_json::Error) -> (String, String) {
    let message = error.to_string();
    // The path takes the place of serde_json's " at line 1 column 40", unless there is no JSON to have one.
    let position = format!(" at line {} column {}", error.line(), error.column());
    if !error.is_data() {
        return (String::new(), message);
    }
    let offset = json::offset_of(text, error.line(), error.column());
    let reason = message.strip_suffix(&position).unwrap_or(&message);
    (json::path_at(text, offset), reason.to_owned())
}

/// The error of a name that none of the shapes has.
#[cold]
pub fn unknown_type(given: &str, shapes: &[EventShape]) -> DecodeError {
    DecodeError::UnknownType {
        given: given.to_owned(),
        known: shapes.iter().map(|shape| shape.event_type).collect(),
    }
}

/// What an enum needs to know of the type in one of its variants; see [`Payload`] for the reason.
#[derive(Debug)]
pub struct Variant<T> {
    pub shapes: &'static [EventShape],
    pub recorded: fn() -> Vec<EventType>,
    pub event_type: fn(&T) -> &'static str,
    pub schema_version: fn(&T) -> i32,
    pub encode: fn(&T) -> Result<Vec<u8>, EncodeError>,
    pub encode_for: fn(&T, Representation) -> Result<Vec<u8>, EncodeError>,
    pub decode: fn(&str, i32, &[u8]) -> Result<T, DecodeError>,
}

/// The variant of an event.
pub const fn variant<T: Event>() -> Variant<T> {
    Variant {
        shapes: T::SHAPES,
        recorded: T::recorded,
        event_type: T::event_type,
        schema_version: T::schema_version,
        encode: T::encode,
        encode_for: T::encode_for,
        decode: T::decode,
    }
}

impl<T> Variant<T> {
    /// Whether events stored under the name belong to this variant.
    pub fn holds(&self, event_type: &str) -> bool {
        self.shapes.iter().any(|shape| shape.holds(event_type))
    }
}

/// The elements as a `Vec`.
pub fn list<T, const N: usize>(elements: [T; N]) -> Vec<T> {
    Vec::from(elements)
}

/// The text as a `String`.
pub fn text(text: &str) -> String {
    text.to_owned()
}

/// The members of a struct, with the name of the struct as one more, which serde writes and does not read.
pub fn tagged(tag: &str, content: DataShape) -> DataShape {
    let DataShape::Struct(mut shape) = content else {
        return content;
    };
    let name = "name of the struct".to_owned();
    let tag = EventField {
        name: tag.to_owned(),
        rust_type: name.clone(),
        shape: DataShape::Format(name),
        optional: true,
        flattened: false,
        aliases: Vec::new(),
        default: None,
    };
    shape.fields.insert(0, tag);
    DataShape::Struct(shape)
}

/// The event types of all variants of an enum.
pub fn recorded(variants: &[fn() -> Vec<EventType>]) -> Vec<EventType> {
    variants.iter().flat_map(|recorded| recorded()).collect()
}

/// All shapes of an enum's variants in one list; `N` is their number.
pub const fn concat<const N: usize>(variants: &[&[EventShape]]) -> [EventShape; N] {
    let mut all = [EventShape::new("", 1, &[]); N];
    let (mut next, mut variant) = (0, 0);
    while variant < variants.len() {
        let mut shape = 0;
        while shape < variants[variant].len() {
            all[next] = variants[variant][shape];
            next += 1;
            shape += 1;
        }
        variant += 1;
    }
    all
}

/// Stops the compiler if the variant at the index shares an event type with one before it.
///
/// # Panics
/// In constant evaluation alone, where that is a compiler error at the caller's place.
#[track_caller]
pub const fn assert_distinct(variants: &[&[EventShape]], names: &[&str], index: usize) {
    let mut before = 0;
    while before < index {
        if let Some(event_type) = common(variants[before], variants[index]) {
            let message = Message::new()
                .push("the variants `")
                .push(names[before])
                .push("` and `")
                .push(names[index])
                .push("` both hold event type `")
                .push(event_type)
                .push("`: one stored event must lead to one variant");
            panic!("{}", message.as_str());
        }
        before += 1;
    }
}

const fn common(left: &[EventShape], right: &[EventShape]) -> Option<&'static str> {
    let mut l = 0;
    while l < left.len() {
        let mut r = 0;
        while r < right.len() {
            if let Some(name) = common_name(&left[l], &right[r]) {
                return Some(name);
            }
            r += 1;
        }
        l += 1;
    }
    None
}

/// A name that events of both types are read under.
const fn common_name(left: &EventShape, right: &EventShape) -> Option<&'static str> {
    let mut l = 0;
    while l <= left.aliases.len() {
        let mut r = 0;
        while r <= right.aliases.len() {
            let name = read_name(left, l);
            if equal(name, read_name(right, r)) {
                return Some(name);
            }
            r += 1;
        }
        l += 1;
    }
    None
}

/// The name of an event type, or one of its aliases, from 1.
const fn read_name(shape: &EventShape, at: usize) -> &'static str {
    if at == 0 {
        shape.event_type
    } else {
        shape.aliases[at - 1]
    }
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Text put together in constant evaluation, which cannot format.
struct Message {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Message {
    /// An event type of 255 characters of 4 bytes, two identifiers and the words between.
    const CAPACITY: usize = 4096;

    const fn new() -> Self {
        Self {
            bytes: [0; Self::CAPACITY],
            len: 0,
        }
    }

    /// Adds the text, or nothing where it does not fit: never half a character.
    const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if self.len + text.len() <= Self::CAPACITY {
            let mut at = 0;
            while at < text.len() {
                self.bytes[self.len] = text[at];
                self.len += 1;
                at += 1;
            }
        }
        self
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "two variants hold the same event type",
        }
    }
}
