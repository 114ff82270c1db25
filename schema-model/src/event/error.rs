//! Why an event could not be written as JSON or read back. Texts name the event, the place in its
//! payload and the way out; they know nothing of where the payload came from.

/// An event that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// serde refused the value, for instance a map whose keys are not text.
    #[error("event `{event_type}` cannot be written as JSON: {reason}")]
    Serialize {
        /// The event's stored name.
        event_type: String,
        /// serde's message.
        reason: String,
    },

    /// JSON has no infinity and no "not a number"; serde would write `null` in their place.
    #[error(
        "event `{event_type}` cannot be written as JSON: `{path}` is {value}, which would be stored as null; \
         use a finite number, or the `None` of an `Option`"
    )]
    NotFinite {
        /// The event's stored name.
        event_type: String,
        /// The place in the payload, such as `items[3].price`.
        path: String,
        /// `NaN`, `inf` or `-inf`.
        value: String,
    },

    /// A `jsonb` column cannot hold the text, or gives something else back.
    #[error(
        "event `{event_type}` cannot be stored as jsonb: the value{} {reason}; \
         change it, or choose `json` or `bytea` as the payload's representation",
        at(path)
    )]
    NotJsonb {
        /// The event's stored name.
        event_type: String,
        /// The place in the payload, such as `items[3].name`; empty for the payload itself.
        path: String,
        /// What the column cannot hold, as a verb with its object.
        reason: String,
    },

    /// Lists and objects stand inside each other more deeply than JSON is read.
    #[error(
        "event `{event_type}` could never be read: `{path}` is more than {limit} lists and objects deep; \
         store deep trees as a list of nodes that name their parents"
    )]
    TooDeep {
        /// The event's stored name.
        event_type: String,
        /// The beginning of the place in the payload.
        path: String,
        /// How many may stand inside each other.
        limit: usize,
    },

    /// The stored payload could never be read as the type that it was written from.
    #[error(
        "event `{event_type}` could never be read: its payload does not fit its own type{}: {reason}; \
         change the type, or how serde reads it",
        at(path)
    )]
    Unreadable {
        /// The event's stored name.
        event_type: String,
        /// The place in the payload, such as `items[3].price`; empty for the payload itself.
        path: String,
        /// serde's message.
        reason: String,
    },

    /// The stored payload would be read as another value.
    #[error(
        "event `{event_type}` would be read as another value{}: {written} becomes {read}; \
         change the value, or the type, so that JSON tells the two apart",
        at(path)
    )]
    Changed {
        /// The event's stored name.
        event_type: String,
        /// The place in the value, such as `items[3].price`; empty for the event itself.
        path: String,
        /// What is there: a number, `None`, or the kind of value, never a text's content.
        written: String,
        /// What would be read.
        read: String,
    },

    /// The event that would be read is not equal to the one that was written, by its own `PartialEq`.
    #[error(
        "event `{event_type}` would be read as another value: it is not equal (`PartialEq`) to itself after it is written and read; \
         look for fields that serde skips or converts, and for variants of an untagged enum that have the same fields"
    )]
    Unequal {
        /// The event's stored name.
        event_type: String,
    },

    /// Metadata is stored as `jsonb`, which cannot hold it, or gives something else back.
    #[error(
        "event `{event_type}` cannot have this metadata: the value at `{path}` {reason}; change it"
    )]
    MetadataNotJsonb {
        /// The event's stored name.
        event_type: String,
        /// The place, such as `metadata.ip`.
        path: String,
        /// What `jsonb` cannot hold, as a verb with its object.
        reason: String,
    },

    /// Metadata is an object, to which infrastructure adds members.
    #[error(
        "event `{event_type}` cannot have this metadata: it is {found}, and must be a JSON object; \
         pass a struct or a map"
    )]
    MetadataNotObject {
        /// The event's stored name.
        event_type: String,
        /// What it is instead.
        found: String,
    },
}

/// A stored event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The stored name is none that the Rust type knows.
    #[error("unknown event type `{}`; known: {}", given.escape_debug(), list(known))]
    UnknownType {
        /// The name that was stored.
        given: String,
        /// The names that the Rust type knows.
        known: Vec<&'static str>,
    },

    /// The event was written by a newer program.
    #[error(
        "event `{event_type}` has schema version {given}, this program knows up to {known}: \
         deploy the program that reads version {given} first"
    )]
    FutureVersion {
        /// The event's stored name.
        event_type: &'static str,
        /// The version that was stored.
        given: i32,
        /// The newest version that the program knows.
        known: i32,
    },

    /// Schema versions start at 1.
    #[error("event `{event_type}` has schema version {given}; versions start at 1")]
    InvalidVersion {
        /// The event's stored name.
        event_type: &'static str,
        /// The version that was stored.
        given: i32,
    },

    /// The payload is no JSON, or does not fit the Rust type.
    #[error(
        "payload of event `{event_type}` version {schema_version}{} does not fit{}: {reason}",
        own(*schema_version, *known),
        at(path)
    )]
    Payload {
        /// The event's stored name.
        event_type: &'static str,
        /// The version that was stored.
        schema_version: i32,
        /// The version that the program writes.
        known: i32,
        /// The place in the payload, such as `items[3].price`; empty for the payload itself.
        path: String,
        /// serde's message.
        reason: String,
    },
}

fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at `{path}`")
    }
}

fn own(given: i32, known: i32) -> String {
    if given == known {
        String::new()
    } else {
        format!(" (this program writes version {known})")
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
