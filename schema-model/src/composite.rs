//! Composite types: several values as one.

use serde::{Deserialize, Serialize};

use crate::evolution::DroppedColumn;
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::place::Place;
use crate::ty::DataType;

/// A composite type: a value holds one of each attribute, in their order. An attribute is added last, renamed and given up;
/// one whose type is in use keeps its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composite {
    /// Its name.
    pub name: QualifiedName,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Attributes that it no longer has.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped_attributes: Vec<DroppedColumn>,
    /// What its values mean, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// An attribute of a composite type. It may be NULL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: Ident,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// What it means, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<Ident>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

impl Composite {
    /// A composite type without attributes yet.
    #[track_caller]
    pub fn new(name: impl IntoName) -> Self {
        Self {
            name: name.into_name(),
            attributes: Vec::new(),
            dropped_attributes: Vec::new(),
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Adds an attribute.
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Gives up an attribute that it no longer has, with its values, and says why.
    #[track_caller]
    pub fn drop_attribute(mut self, name: impl IntoIdent, reason: impl Into<String>) -> Self {
        self.dropped_attributes.push(DroppedColumn {
            name: name.into_ident(),
            reason: reason.into(),
            place: Place::here(),
        });
        self
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoName) -> Self {
        self.renamed_from = Some(name.into_name());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// The attribute of this name.
    pub fn find_attribute(&self, name: &Ident) -> Option<&Attribute> {
        self.attributes.iter().find(|it| it.name == *name)
    }
}

impl Attribute {
    /// An attribute.
    #[track_caller]
    pub fn new(name: impl IntoIdent, ty: DataType) -> Self {
        Self {
            name: name.into_ident(),
            ty,
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoIdent) -> Self {
        self.renamed_from = Some(name.into_ident());
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }
}
