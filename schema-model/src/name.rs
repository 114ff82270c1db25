//! Identifiers and qualified names: a checked type for every name that reaches SQL. Quoting is the
//! renderer's business.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest identifier that PostgreSQL keeps whole, in bytes (`NAMEDATALEN` - 1); a longer one would be
/// cut without an error.
pub const MAX_IDENT_BYTES: usize = 63;

/// A PostgreSQL identifier, as the catalog stores it (not quoted, case kept).
///
/// [`Ident::new`] checks. The builders of this crate take any text and leave the check to
/// [`validate`](crate::validate::validate), so that all wrong names are reported at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ident(String);

/// Why a text is not a PostgreSQL identifier.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentError {
    /// The empty text.
    #[error("an identifier cannot be empty")]
    Empty,
    /// Longer than [`MAX_IDENT_BYTES`].
    #[error("`{text}` is {bytes} bytes long, PostgreSQL keeps {MAX_IDENT_BYTES}")]
    TooLong {
        /// The refused text.
        text: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// Contains the byte 0, which no PostgreSQL text can hold.
    #[error("`{}` contains the character U+0000", text.escape_debug())]
    Nul {
        /// The refused text.
        text: String,
    },
}

impl Ident {
    /// A checked identifier.
    ///
    /// # Errors
    /// When the text is empty, longer than 63 bytes or contains U+0000.
    pub fn new(text: impl Into<String>) -> Result<Self, IdentError> {
        let ident = Self(text.into());
        match ident.defect() {
            Some(defect) => Err(defect),
            None => Ok(ident),
        }
    }

    pub(crate) fn unchecked(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name that the server makes up for what belongs to a column, `<table>_<column>_<ending>`: the longer name is cut
    /// until all fits.
    pub fn of_server(table: &Self, column: &Self, ending: &str) -> Self {
        let most = MAX_IDENT_BYTES - "__".len() - ending.len();
        let (mut first, mut second) = (table.0.len(), column.0.len());
        while first + second > most {
            if first > second {
                first -= 1;
            } else {
                second -= 1;
            }
        }
        let (table, column) = (cut(&table.0, first), cut(&column.0, second));
        Self(format!("{table}_{column}_{ending}"))
    }

    pub(crate) fn defect(&self) -> Option<IdentError> {
        let text = &self.0;
        if text.is_empty() {
            Some(IdentError::Empty)
        } else if text.contains('\0') {
            Some(IdentError::Nul { text: text.clone() })
        } else if text.len() > MAX_IDENT_BYTES {
            Some(IdentError::TooLong {
                text: text.clone(),
                bytes: text.len(),
            })
        } else {
            None
        }
    }

    /// The identifier as the catalog stores it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As many whole characters as `bytes` hold.
fn cut(name: &str, bytes: usize) -> &str {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= bytes).last();
    &name[..end.unwrap_or_default()]
}

impl fmt::Display for Ident {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// A name of an object in a PostgreSQL schema. Without a schema of its own it stands in the
/// [`namespace`](crate::schema::Schema::namespace) of the definition that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The PostgreSQL schema, if it is not the definition's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Ident>,
    /// The object's name.
    pub name: Ident,
}

impl QualifiedName {
    /// Another name in the same PostgreSQL schema.
    pub fn sibling(&self, name: &Ident) -> Self {
        Self {
            namespace: self.namespace.clone(),
            name: name.clone(),
        }
    }

    /// A name in a PostgreSQL schema of its own.
    pub fn new(namespace: impl IntoIdent, name: impl IntoIdent) -> Self {
        Self {
            namespace: Some(namespace.into_ident()),
            name: name.into_ident(),
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{namespace}.{}", self.name),
            None => write!(formatter, "{}", self.name),
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for String {}
    impl Sealed for super::Ident {}
    impl Sealed for &super::Ident {}
    impl Sealed for super::QualifiedName {}
    impl Sealed for &super::QualifiedName {}
}

/// What a builder accepts where it wants an identifier.
pub trait IntoIdent: sealed::Sealed {
    #[doc(hidden)]
    fn into_ident(self) -> Ident;
}

impl IntoIdent for &str {
    fn into_ident(self) -> Ident {
        Ident::unchecked(self)
    }
}

impl IntoIdent for String {
    fn into_ident(self) -> Ident {
        Ident::unchecked(self)
    }
}

impl IntoIdent for Ident {
    fn into_ident(self) -> Ident {
        self
    }
}

impl IntoIdent for &Ident {
    fn into_ident(self) -> Ident {
        self.clone()
    }
}

/// What a builder accepts where it wants an object's name: a bare name in the definition's own
/// namespace, or a [`QualifiedName`].
pub trait IntoName: sealed::Sealed {
    #[doc(hidden)]
    fn into_name(self) -> QualifiedName;
}

impl IntoName for QualifiedName {
    fn into_name(self) -> QualifiedName {
        self
    }
}

impl IntoName for &QualifiedName {
    fn into_name(self) -> QualifiedName {
        self.clone()
    }
}

macro_rules! bare_name {
    ($($from:ty),*) => {$(
        impl IntoName for $from {
            fn into_name(self) -> QualifiedName {
                QualifiedName { namespace: None, name: self.into_ident() }
            }
        }
    )*};
}
bare_name!(&str, String, Ident, &Ident);

pub(crate) fn idents<I>(names: impl IntoIterator<Item = I>) -> Vec<Ident>
where
    I: IntoIdent,
{
    names.into_iter().map(IntoIdent::into_ident).collect()
}
