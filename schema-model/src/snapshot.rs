//! The schema snapshot: a versioned, readable serialisation of a definition, from which the next diff
//! starts, and of the one before it, to which the newest migrations go back. Where it is kept is the caller's business.

mod reverse;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::reverse::Reverse;
use crate::schema::Schema;
use crate::validate::ValidSchema;

/// The snapshot format that this version writes and reads.
pub const FORMAT: u32 = 1;

/// A definition, and the migrations that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The definition. Nothing says that it keeps today's rules.
    pub schema: Schema,
    /// The chained checksum over all its migrations; empty where there is none.
    pub chain: String,
    /// The migrations that came last.
    pub newest: Newest,
}

/// The migrations that one run added: what can be planned anew until it is released.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// The words that their names begin with, where they have some in common.
    pub slug: Option<String>,
    /// The names of their files, in order; none where nothing can be planned anew.
    pub files: Vec<String>,
    /// The files that they took the place of, under other names.
    pub replaces: Vec<String>,
    /// The definition before them; none where they build the store from nothing.
    pub before: Option<Schema>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    chain: &'a str,
    newest: NewestText,
    schema: &'a Schema,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

#[derive(Deserialize)]
struct Read {
    chain: String,
    newest: NewestText,
    schema: Schema,
}

#[derive(Serialize, Deserialize)]
struct NewestText {
    slug: Option<String>,
    files: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaces: Vec<String>,
    before: Option<Reverse>,
}

/// A schema snapshot that cannot be read.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The text is not a snapshot.
    #[error("the schema snapshot cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The way back to the definition before leads nowhere.
    #[error(
        "the schema snapshot has a member `{member}` before its newest migrations that does not fit"
    )]
    Before {
        /// Which.
        member: String,
    },
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
pub fn to_text(
    schema: &ValidSchema,
    chain: &str,
    newest: &Newest,
) -> Result<String, SnapshotError> {
    let before = newest.before.as_ref();
    let mut text = serde_json::to_string_pretty(&Written {
        format: FORMAT,
        chain,
        newest: NewestText {
            slug: newest.slug.clone(),
            files: newest.files.clone(),
            replaces: newest.replaces.clone(),
            before: before
                .map(|before| Reverse::between(schema, before))
                .transpose()?,
        },
        schema,
    })?;
    text.push('\n');
    Ok(text)
}

/// What a snapshot's text holds.
///
/// # Errors
/// When the text is not a snapshot, or one of another format.
pub fn from_text(text: &str) -> Result<Snapshot, SnapshotError> {
    let Format { format: found } = serde_json::from_str(text)?;
    if found != FORMAT {
        return Err(SnapshotError::UnknownFormat { found });
    }
    let Read {
        chain,
        newest,
        schema,
    } = serde_json::from_str(text)?;
    let before = newest.before;
    let newest = Newest {
        slug: newest.slug,
        files: newest.files,
        replaces: newest.replaces,
        before: before
            .map(|before| before.applied_to(&schema))
            .transpose()?,
    };
    Ok(Snapshot {
        schema,
        chain,
        newest,
    })
}
