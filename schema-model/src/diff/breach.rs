//! What a change can take away from a query that was written for the schema before, and the words for it.

use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;

/// What a change takes away from queries that were written for the schema before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// An object is gone, has another name, or is called otherwise.
    Object(ObjectRef),
    /// Values of a composite type have other attributes.
    Attributes(QualifiedName),
    /// A column of a table or view is gone, or has another name or type.
    Column(QualifiedName, Ident),
    /// A column is new, and a text may mean it by a name that it uses for something else.
    Added(QualifiedName, Ident),
    /// A column is gone, and a text means a column of another query around by its name then.
    Outwards(QualifiedName, Ident),
    /// A column takes NULL no more.
    NotNull(QualifiedName, Ident),
    /// A column may hold NULL.
    Null(QualifiedName, Ident),
    /// A column has no value of its own any more.
    Default(QualifiedName, Ident),
    /// A column takes no value but its own.
    Given(QualifiedName, Ident),
    /// Rows of a table are only inserted from now on.
    AppendOnly(QualifiedName),
    /// No rows can be written through a view any more.
    Written(QualifiedName),
    /// What kept columns of a table unique is gone, or has another name.
    Key(QualifiedName, Ident),
    /// An exclusion of a table is checked at the end of transactions, so that no `ON CONFLICT` can use it.
    Deferred(QualifiedName, Ident),
    /// A role loses privileges on an object.
    Privileges(ObjectRef, Ident),
}

/// Queries of the previous release that a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenQueries {
    /// What the change takes away.
    pub breach: Breach,
    /// Who needs it.
    pub queries: Vec<Ident>,
}

impl Breach {
    /// The object whose word allows it.
    pub(super) fn object(&self, to: &Schema) -> ObjectRef {
        match self {
            Self::Object(object) | Self::Privileges(object, _) => object.clone(),
            Self::Attributes(name) => ObjectRef::Type(name.clone()),
            Self::AppendOnly(name)
            | Self::Written(name)
            | Self::Column(name, _)
            | Self::Added(name, _)
            | Self::Outwards(name, _)
            | Self::NotNull(name, _)
            | Self::Null(name, _)
            | Self::Default(name, _)
            | Self::Given(name, _)
            | Self::Key(name, _)
            | Self::Deferred(name, _) => match to.find_view(name) {
                Some(_) => ObjectRef::View(name.clone()),
                None => ObjectRef::Table(name.clone()),
            },
        }
    }

    /// Why a query fails, as a clause about it, and what would spare it.
    pub(super) fn words(&self) -> (String, &'static str) {
        match self {
            Self::Object(_) => (
                "call it as it was".to_owned(),
                "add one of another name beside it, and give this one up in a later release",
            ),
            Self::Attributes(_) => (
                "write or read values of it by all its attributes".to_owned(),
                "add a type of another name beside it",
            ),
            Self::Column(_, column) => (
                format!("use column `{column}` as it was"),
                "keep the column, and give it up in a later release",
            ),
            Self::Added(_, column) => (
                format!("mean something else by `{column}`"),
                "choose another name",
            ),
            Self::Outwards(_, column) => (
                format!("mean another table's `{column}` once this one is gone, in silence"),
                "qualify the name in these queries (`alias.name`) in a release before",
            ),
            Self::NotNull(_, column) => (
                format!("may leave column `{column}` NULL"),
                "give it a default, or leave it nullable in this release",
            ),
            Self::Null(_, column) => (
                format!("read column `{column}` as never NULL"),
                "leave it not null until the programs that read it know better",
            ),
            Self::Default(_, column) => (
                format!("leave column `{column}` to its default"),
                "keep the default in this release",
            ),
            Self::Given(_, column) => (
                format!("give column `{column}` a value"),
                "let it be `Identity::ByDefault` in this release",
            ),
            Self::AppendOnly(_) => (
                "update or delete its rows".to_owned(),
                "make it append-only in a later release",
            ),
            Self::Written(_) => (
                "write rows through it".to_owned(),
                "add a view of another name beside it",
            ),
            Self::Deferred(_, name) => (
                format!("use ON CONFLICT without columns, which fails once `{name}` is deferred"),
                "leave it checked at once in this release",
            ),
            Self::Key(_, name) => (
                format!("rely on `{name}` in ON CONFLICT"),
                "keep it, and give it up in a later release",
            ),
            Self::Privileges(_, role) => (
                format!("may run as `{role}`, which loses privileges"),
                "leave the privileges in this release",
            ),
        }
    }
}
