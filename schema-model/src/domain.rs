//! Domains: a type with rules of its own.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::expr::{Expr, col};
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::place::Place;
use crate::ty::DataType;

/// A domain: a type whose values are those of another that keep its checks. Programs see the other type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// The type that its values are of.
    #[serde(rename = "type")]
    pub base: DataType,
    /// The collation, such as `C`, for text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collation: Option<Ident>,
    /// The default of columns that have none of their own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
    /// Whether NULL is refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not_null: bool,
    /// What every value keeps.
    #[serde(default, skip_serializing_if = "is_default")]
    pub checks: Vec<DomainCheck>,
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

/// A check of a domain, over [`value`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainCheck {
    /// Its name.
    pub name: Ident,
    /// What holds for each value.
    pub condition: Expr,
}

/// The value that a domain's check looks at.
pub fn value() -> Expr {
    col("value")
}

impl Domain {
    /// A domain over a type, without rules yet.
    #[track_caller]
    pub fn new(name: impl IntoName, base: DataType) -> Self {
        Self {
            name: name.into_name(),
            base,
            collation: None,
            default: None,
            not_null: false,
            checks: Vec::new(),
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Sets the collation.
    pub fn collate(mut self, collation: impl IntoIdent) -> Self {
        self.collation = Some(collation.into_ident());
        self
    }

    /// Sets the default.
    pub fn default(mut self, value: impl Into<Expr>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Refuses NULL.
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// Adds a check, over [`value`].
    pub fn check(mut self, name: impl IntoIdent, condition: Expr) -> Self {
        self.checks.push(DomainCheck {
            name: name.into_ident(),
            condition,
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

    /// Whether a value can break a rule of it.
    pub fn has_rules(&self) -> bool {
        self.not_null || !self.checks.is_empty()
    }

    /// The one column that its checks see.
    pub(crate) fn columns(&self) -> [Column; 1] {
        [Column::new("value", self.base.clone())]
    }
}
