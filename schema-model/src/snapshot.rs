//! The schema snapshot: a versioned, readable serialisation of a definition, from which the next diff
//! starts. Where it is kept is the caller's business.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::schema::Schema;
use crate::validate::ValidSchema;

/// The snapshot format that this version writes and reads.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    schema: &'a Schema,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Read {
    schema: Schema,
}

/// A schema snapshot that cannot be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The text is not a snapshot.
    #[error("the schema snapshot cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written in another format.
    #[error(
        "the schema snapshot has format {found}, this version reads format {FORMAT}; use the version of \
         EventCore Schema that wrote it, or a newer one"
    )]
    UnknownFormat {
        /// The format that it names.
        found: u32,
    },
}

/// The snapshot's text: JSON, one member a line, in definition order, with a final line end.
///
/// # Errors
/// None in practice: a definition holds nothing that JSON cannot.
pub fn to_text(schema: &ValidSchema) -> Result<String, SnapshotError> {
    let mut text = serde_json::to_string_pretty(&Written {
        format: FORMAT,
        schema,
    })?;
    text.push('\n');
    Ok(text)
}

/// The definition in a snapshot's text. It says nothing of whether that definition keeps today's rules.
///
/// # Errors
/// When the text is not a snapshot, or one of another format.
pub fn from_text(text: &str) -> Result<Schema, SnapshotError> {
    let Format { format: found } = serde_json::from_str(text)?;
    if found != FORMAT {
        return Err(SnapshotError::UnknownFormat { found });
    }
    let Read { schema } = serde_json::from_str(text)?;
    Ok(schema)
}
