//! Views, and materialised views, which keep the rows that they show until they are refreshed.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::index::Index;
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::place::Place;
use crate::schema::Schema;
use crate::storage::StorageParameter;
use crate::table::Table;
use crate::template::{Binding, Template};
use crate::ty::DataType;

/// A view. It runs with the rights of whoever reads it (`security_invoker`); a materialised one is filled with those of
/// its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns, in order; the server confirms names and types in the tests.
    pub columns: Vec<ViewColumn>,
    /// The SELECT.
    pub body: Template,
    /// How its rows are kept, if they are: it is a materialised view then.
    #[serde(default, skip_serializing_if = "is_default")]
    pub materialized: Option<Box<Materialized>>,
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

/// How a materialised view keeps its rows.
///
/// A query of the definition refreshes it: `REFRESH MATERIALIZED VIEW CONCURRENTLY {totals}`, which needs a unique index
/// over plain columns, without a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Materialized {
    /// Its indexes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<Index>,
    /// Storage parameters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Vec<StorageParameter>,
    /// It is created `WITH NO DATA`, and cannot be read until it is refreshed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub empty: bool,
    /// Why what it reads may be blocked until it is filled anew.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blocking: Option<String>,
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
            materialized: None,
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

    /// Keeps its rows until it is refreshed: a materialised view.
    pub fn materialized(mut self) -> Self {
        self.kept();
        self
    }

    /// Adds an index, for which it is a materialised view.
    pub fn index(mut self, index: Index) -> Self {
        self.kept().indexes.push(index);
        self
    }

    /// Adds a storage parameter, for which it is a materialised view.
    pub fn storage(mut self, name: impl IntoIdent, value: impl ToString) -> Self {
        let parameter = StorageParameter::new(name, value);
        self.kept().storage.push(parameter);
        self
    }

    /// Whether it reads a relation.
    pub fn reads(&self, schema: &Schema, relation: &QualifiedName) -> bool {
        let mut bound = self.body.bindings.values();
        bound.any(|it| matches!(it, Binding::Relation(name) if schema.same_name(name, relation)))
    }

    /// Creates it `WITH NO DATA`, for which it is a materialised view: it cannot be read until it is refreshed.
    pub fn with_no_data(mut self) -> Self {
        self.kept().empty = true;
        self
    }

    /// Lets a change of what it reads be blocked until it is filled anew, in the same transaction, and says why.
    pub fn blocking(mut self, reason: impl Into<String>) -> Self {
        self.kept().blocking = Some(reason.into());
        self
    }

    fn kept(&mut self) -> &mut Materialized {
        self.materialized.get_or_insert_default()
    }

    /// Its indexes; none where it is not materialised.
    pub fn indexes(&self) -> &[Index] {
        self.materialized.as_ref().map_or(&[], |kept| &kept.indexes)
    }

    /// A table of its columns with its indexes and storage parameters: what belongs to a materialised view keeps the
    /// rules of a table's.
    pub fn as_table(&self) -> Table {
        let mut table = Table::new(&self.name);
        table.place = self.place;
        table.columns = self
            .columns
            .iter()
            .map(|column| {
                let mut known = Column::new(&column.name, column.ty.clone());
                known.nullable = column.nullable;
                known
            })
            .collect();
        if let Some(kept) = &self.materialized {
            table.indexes.clone_from(&kept.indexes);
            table.storage.clone_from(&kept.storage);
        }
        table
    }

    /// Whether it shows the same as another, from rows that are kept or from such as are not.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        self.body == other.body
            && self.columns == other.columns
            && self.materialized.is_some() == other.materialized.is_some()
    }

    /// Whether the server puts it in the place of another, without looking at what rests on that: a view that has all its
    /// columns, in order, perhaps more behind.
    pub fn takes_place_of(&self, before: &Self) -> bool {
        if self.materialized.is_some() || before.materialized.is_some() {
            return self.shows_the_same(before);
        }
        let mut pairs = before.columns.iter().zip(&self.columns);
        before.columns.len() <= self.columns.len()
            && pairs.all(|(before, after)| before.name == after.name && before.ty == after.ty)
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
