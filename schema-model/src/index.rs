//! Indexes and the queries that each serves.

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::is_default;
use crate::lint::{Allow, LintCode};
use crate::name::{Ident, IntoIdent, idents};
use crate::place::Place;
use crate::storage::StorageParameter;

/// An index of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name, unique among the relations of the PostgreSQL schema.
    pub name: Ident,
    /// The access method.
    pub method: IndexMethod,
    /// What it is sorted or hashed by, in order.
    pub parts: Vec<IndexPart>,
    /// Whether it refuses equal keys.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unique: bool,
    /// Whether two NULLs count as equal in a unique index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// Columns stored but not part of the key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<Ident>,
    /// The rows it covers; all without it. Must be immutable.
    #[serde(default, skip_serializing_if = "is_default")]
    pub predicate: Option<Expr>,
    /// Storage parameters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Vec<StorageParameter>,
    /// Who needs it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub serves: Vec<Serves>,
    /// What it is for, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// Lints that are silenced here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allows: Vec<Allow>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<Ident>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// PostgreSQL's index access methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexMethod {
    /// Sorted; the only one for keys.
    Btree,
    /// Equality of one column.
    Hash,
    /// Documents and arrays, by what they contain.
    Gin,
    /// Ranges, networks and other shapes.
    Gist,
    /// Partitioned search trees.
    SpGist,
    /// Block ranges: tiny, for columns that follow the order of insertion.
    Brin,
}

impl IndexMethod {
    /// Its name in SQL, as in `USING`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Btree => "btree",
            Self::Hash => "hash",
            Self::Gin => "gin",
            Self::Gist => "gist",
            Self::SpGist => "spgist",
            Self::Brin => "brin",
        }
    }
}

/// One column or expression of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPart {
    /// The column or expression.
    pub value: Expr,
    /// The collation, when it is not the column's own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub collation: Option<Ident>,
    /// The operator class, when it is not the type's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opclass: Option<Ident>,
    /// Sorted from greatest to least.
    #[serde(default, skip_serializing_if = "is_default")]
    pub descending: bool,
    /// NULLs first or last, when it is not the direction's default (last ascending, first descending).
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls: Option<NullsOrder>,
}

/// Where NULLs stand in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullsOrder {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// Who needs an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serves {
    /// A query of the definition, by name.
    Query(Ident),
    /// A use that the definition does not hold, in words.
    External(String),
}

impl Index {
    /// A btree index over these columns or expressions.
    #[track_caller]
    pub fn new<P: Into<IndexPart>>(
        name: impl IntoIdent,
        parts: impl IntoIterator<Item = P>,
    ) -> Self {
        Self {
            name: name.into_ident(),
            method: IndexMethod::Btree,
            parts: parts.into_iter().map(Into::into).collect(),
            unique: false,
            nulls_not_distinct: false,
            include: Vec::new(),
            predicate: None,
            storage: Vec::new(),
            serves: Vec::new(),
            comment: None,
            allows: Vec::new(),
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// Sets the access method.
    pub fn method(mut self, method: IndexMethod) -> Self {
        self.method = method;
        self
    }

    /// Refuses equal keys.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Counts two NULLs as equal.
    pub fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Stores further columns.
    pub fn include<I: IntoIdent>(mut self, columns: impl IntoIterator<Item = I>) -> Self {
        self.include = idents(columns);
        self
    }

    /// Covers only the rows for which this holds.
    pub fn only_where(mut self, predicate: Expr) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// Adds a storage parameter.
    pub fn storage(mut self, name: impl IntoIdent, value: impl ToString) -> Self {
        self.storage.push(StorageParameter::new(name, value));
        self
    }

    /// Names the queries of the definition that need it.
    pub fn serves<I: IntoIdent>(mut self, queries: impl IntoIterator<Item = I>) -> Self {
        self.serves.extend(
            queries
                .into_iter()
                .map(|query| Serves::Query(query.into_ident())),
        );
        self
    }

    /// Names a use that the definition does not hold.
    pub fn serves_external(mut self, purpose: impl Into<String>) -> Self {
        self.serves.push(Serves::External(purpose.into()));
        self
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

    /// Silences a lint here, with the reason.
    pub fn allow(mut self, code: LintCode, reason: impl Into<String>) -> Self {
        self.allows.push(Allow {
            code,
            reason: reason.into(),
        });
        self
    }
}

impl Index {
    /// The expressions that it is made of: its parts, and its condition.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let parts = self.parts.iter().map(|it| &it.value);
        parts.chain(&self.predicate)
    }

    /// Its columns in order, if every part is a plain column.
    pub fn column_names(&self) -> Option<Vec<Ident>> {
        let name = |part: &IndexPart| match &part.value {
            Expr::Column(name) => Some(name.clone()),
            _ => None,
        };
        self.parts.iter().map(name).collect()
    }
}

impl IndexPart {
    /// A part over a column or an expression, ascending.
    pub fn new(value: Expr) -> Self {
        Self {
            value,
            collation: None,
            opclass: None,
            descending: false,
            nulls: None,
        }
    }

    /// Sorts from greatest to least.
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Sets where NULLs stand.
    pub fn nulls(mut self, order: NullsOrder) -> Self {
        self.nulls = Some(order);
        self
    }

    /// Sets the operator class.
    pub fn opclass(mut self, opclass: impl IntoIdent) -> Self {
        self.opclass = Some(opclass.into_ident());
        self
    }

    /// Sets the collation.
    pub fn collate(mut self, collation: impl IntoIdent) -> Self {
        self.collation = Some(collation.into_ident());
        self
    }
}

impl From<Expr> for IndexPart {
    fn from(value: Expr) -> Self {
        Self::new(value)
    }
}

/// A column, by its name.
impl From<&str> for IndexPart {
    fn from(column: &str) -> Self {
        Self::new(Expr::Column(column.into_ident()))
    }
}
