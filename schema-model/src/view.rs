//! Views.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::place::Place;
use crate::template::Template;
use crate::ty::DataType;

/// A view. It runs with the rights of whoever reads it (`security_invoker`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns, in order; the server confirms names and types in the tests.
    pub columns: Vec<ViewColumn>,
    /// The SELECT.
    pub body: Template,
    /// What it shows, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// A column of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: Ident,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// Whether it can be NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
}

impl View {
    /// A view without columns yet.
    #[track_caller]
    pub fn new(name: impl IntoName, body: impl Into<Template>) -> Self {
        Self {
            name: name.into_name(),
            columns: Vec::new(),
            body: body.into(),
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Adds a column.
    pub fn column(mut self, name: impl IntoIdent, ty: DataType, nullable: bool) -> Self {
        self.columns.push(ViewColumn {
            name: name.into_ident(),
            ty,
            nullable,
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
}
