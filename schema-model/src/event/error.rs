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

    /// A `jsonb` column cannot hold the text.
    #[error(
        "event `{event_type}` cannot be stored as jsonb: the text{} contains {character}; \
         remove it, or choose `json` or `bytea` as the payload's representation",
        at(path)
    )]
    NotJsonb {
        /// The event's stored name.
        event_type: String,
        /// The place in the payload, such as `items[3].name`; empty for the payload itself.
        path: String,
        /// What text in the database cannot hold, as escaped in JSON.
        character: String,
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
