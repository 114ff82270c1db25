//! Where in the Rust source an object was defined. Takes no part in equality, in schema snapshots or in
//! rendered output.

use std::fmt;
use std::panic::Location;

/// The source place of a definition, for messages only: two places are always equal.
#[derive(Clone, Copy, Default)]
pub struct Place(Option<&'static Location<'static>>);

impl Place {
    /// The place of the caller.
    #[track_caller]
    pub fn here() -> Self {
        Self(Some(Location::caller()))
    }

    /// File and line, where known; an object read from a schema snapshot has none.
    pub fn location(&self) -> Option<(&'static str, u32)> {
        self.0.map(|location| (location.file(), location.line()))
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Place")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.location() {
            Some((file, line)) => write!(formatter, "{file}:{line}"),
            None => formatter.write_str("unknown place"),
        }
    }
}
