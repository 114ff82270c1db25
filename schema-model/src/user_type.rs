//! Types that a definition brings. A column, an argument or a result has one by its name:
//! [`DataType::named`](crate::ty::DataType::named).

use serde::{Deserialize, Serialize};

use crate::composite::Composite;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::is_default;
use crate::name::{IntoName, QualifiedName};
use crate::place::Place;
use crate::ty::DataType;

/// A type of the definition's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserType {
    /// A list of labels.
    Enum(EnumType),
    /// Another type with rules of its own.
    Domain(Domain),
    /// Several values as one.
    Composite(Composite),
}

/// An enum type: a value is one of its labels, and they sort in the order in which they stand.
///
/// A label is added anywhere in the list. None is ever lost or moved: the server cannot do either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: QualifiedName,
    /// Its labels, in order.
    pub labels: Vec<String>,
    /// Labels that had another text before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_labels: Vec<RenamedLabel>,
    /// What it tells apart, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// A label and the text that it had before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenamedLabel {
    /// Its text before.
    pub from: String,
    /// Its text now.
    pub to: String,
}

impl EnumType {
    /// An enum type with these labels, in order.
    #[track_caller]
    pub fn new<L: Into<String>>(name: impl IntoName, labels: impl IntoIterator<Item = L>) -> Self {
        Self {
            name: name.into_name(),
            labels: labels.into_iter().map(Into::into).collect(),
            renamed_labels: Vec::new(),
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Says which text a label had before: the same label, not a new one beside the loss of an old one.
    pub fn renamed_label(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.renamed_labels.push(RenamedLabel {
            from: from.into(),
            to: to.into(),
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

impl From<EnumType> for UserType {
    fn from(ty: EnumType) -> Self {
        Self::Enum(ty)
    }
}

impl From<Domain> for UserType {
    fn from(ty: Domain) -> Self {
        Self::Domain(ty)
    }
}

impl From<Composite> for UserType {
    fn from(ty: Composite) -> Self {
        Self::Composite(ty)
    }
}

impl UserType {
    /// Its name.
    pub fn name(&self) -> &QualifiedName {
        match self {
            Self::Enum(ty) => &ty.name,
            Self::Domain(ty) => &ty.name,
            Self::Composite(ty) => &ty.name,
        }
    }

    /// Its name, to be changed.
    pub(crate) fn name_mut(&mut self) -> &mut QualifiedName {
        match self {
            Self::Enum(ty) => &mut ty.name,
            Self::Domain(ty) => &mut ty.name,
            Self::Composite(ty) => &mut ty.name,
        }
    }

    /// What it is for.
    pub fn comment(&self) -> Option<&String> {
        match self {
            Self::Enum(ty) => ty.comment.as_ref(),
            Self::Domain(ty) => ty.comment.as_ref(),
            Self::Composite(ty) => ty.comment.as_ref(),
        }
    }

    /// The name that it had before.
    pub fn renamed_from(&self) -> Option<&QualifiedName> {
        match self {
            Self::Enum(ty) => ty.renamed_from.as_ref(),
            Self::Domain(ty) => ty.renamed_from.as_ref(),
            Self::Composite(ty) => ty.renamed_from.as_ref(),
        }
    }

    /// Where it was defined.
    pub fn place(&self) -> Place {
        match self {
            Self::Enum(ty) => ty.place,
            Self::Domain(ty) => ty.place,
            Self::Composite(ty) => ty.place,
        }
    }

    /// The types that it is made of.
    pub fn parts(&self) -> Vec<&DataType> {
        match self {
            Self::Enum(_) => Vec::new(),
            Self::Domain(ty) => vec![&ty.base],
            Self::Composite(ty) => ty.attributes.iter().map(|it| &it.ty).collect(),
        }
    }

    /// The expressions that a domain holds: its default and its checks.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Domain(ty) => {
                let checks = ty.checks.iter().map(|it| &it.condition);
                ty.default.iter().chain(checks).collect()
            }
            Self::Enum(_) | Self::Composite(_) => Vec::new(),
        }
    }

    /// The same under this name, without a word on what was before.
    pub(crate) fn under(&self, name: &QualifiedName) -> Self {
        match self {
            Self::Enum(ty) => Self::Enum(EnumType {
                name: name.clone(),
                renamed_from: None,
                renamed_labels: Vec::new(),
                ..ty.clone()
            }),
            Self::Domain(ty) => Self::Domain(Domain {
                name: name.clone(),
                renamed_from: None,
                ..ty.clone()
            }),
            Self::Composite(ty) => Self::Composite(Composite {
                name: name.clone(),
                renamed_from: None,
                dropped_attributes: Vec::new(),
                ..ty.clone()
            }),
        }
    }
}
