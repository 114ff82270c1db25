//! What serde writes of a Rust type, as plain data: the part of an event that its own members do not tell.

use serde::{Deserialize, Serialize};

use crate::event_type::EventField;
use crate::is_default;

/// The JSON that serde writes of a Rust type and reads back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataShape {
    /// `null`.
    Null,
    /// A boolean.
    Bool,
    /// An integer, with its Rust type, such as `i64`.
    Integer(String),
    /// A float, with its Rust type.
    Float(String),
    /// A text of one character.
    Char,
    /// Any text.
    Text,
    /// A text of a form of its own, with its name, such as `uuid`.
    Format(String),
    /// Any JSON.
    Anything,
    /// Any JSON, kept as its text: serde does not read it from what it has buffered, as below `flatten`, `tag` and `untagged`.
    Raw,
    /// JSON that only the named Rust type or function knows.
    Other(String),
    /// `null`, or another shape.
    Option(Box<DataShape>),
    /// A list of any length.
    List(Box<DataShape>),
    /// A list in which no element stands twice.
    Set(Box<DataShape>),
    /// A list of this length.
    Array(Box<DataShape>, usize),
    /// A list of these elements.
    Tuple(Vec<DataShape>),
    /// An object whose names are keys, and what stands at each.
    Map(Box<DataShape>, Box<DataShape>),
    /// An object of known members.
    Struct(StructShape),
    /// One of several variants.
    Enum(EnumShape),
    /// A type of this name among those of the event type.
    Type(String),
    /// Another shape, some values of which the Rust type may refuse: it is made from another by `try_from`, or told to be read as
    /// another by `#[event(json = T)]`.
    Checked {
        /// What refuses them: the Rust type, and the function that reads it; or what `#[event(same_as = "...")]` says instead.
        by: String,
        /// Beside `same_as`: what refuses them by its own name.
        #[serde(default, skip_serializing_if = "is_default")]
        also: Option<String>,
        /// The other shape.
        shape: Box<DataShape>,
    },
    /// What a function of `with` or `deserialize_with` makes of another shape.
    Made {
        /// The function and the Rust type.
        by: String,
        /// The shape of the type itself.
        shape: Box<DataShape>,
    },
}

/// An object of known members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructShape {
    /// Its members, in the order of the struct.
    pub fields: Vec<EventField>,
    /// Whether an object with other members is refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
}

/// One of several variants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumShape {
    /// Where the variant's name stands.
    pub tagging: Tagging,
    /// The variants, in the order of the enum.
    pub variants: Vec<VariantShape>,
}

/// Where the name of an enum's variant stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tagging {
    /// As a text, or as the one name of an object that holds the content.
    External,
    /// As this member, among those of the content.
    Internal(String),
    /// As the first of these members, beside the content in the second.
    Adjacent(String, String),
    /// Nowhere: the first variant that fits is read.
    Untagged,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantShape {
    /// Its name in JSON.
    pub name: String,
    /// Further names that it is read under.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// What it holds; nothing for a unit variant.
    #[serde(default, skip_serializing_if = "is_default")]
    pub content: Option<DataShape>,
    /// Whether names of no variant are read as it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub other: bool,
    /// Whether its name stands nowhere, in an enum whose others are tagged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub untagged: bool,
}

/// A type that the members of an event type refer to by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedShape {
    /// Its Rust name, unique within the event type.
    pub name: String,
    /// Its shape.
    pub shape: DataShape,
}
