//! Queries: reviewed SQL with named, typed parameters and a typed row.

use serde::{Deserialize, Serialize};

use crate::is_default;
use crate::lint::{Allow, LintCode};
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName, idents};
use crate::place::Place;
use crate::template::Template;
use crate::ty::DataType;

/// A query, from which come a `.sql` file and a typed Rust function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Its name: the file's, and the function's.
    pub name: Ident,
    /// The Rust module that holds its function.
    pub module: Ident,
    /// What it answers; the function's documentation.
    pub doc: String,
    /// Its parameters: the first is `$1`, written `{parameter_name}` in the text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub params: Vec<Param>,
    /// Its row, if it returns any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub row: Option<Row>,
    /// How many rows it returns.
    pub cardinality: Cardinality,
    /// Its text. `{name}` of a parameter stands for `$n`.
    pub body: Template,
    /// Cannot run inside a transaction, such as `REINDEX ... CONCURRENTLY`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub outside_transaction: bool,
    /// How it finds its rows, for the proof that an index serves it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Vec<Access>,
    /// Lints that are silenced here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allows: Vec<Allow>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// Whether NULL may be given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
    /// Whether elements may be NULL, for an array.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable_elements: bool,
    /// What it means, with its unit.
    pub doc: String,
    /// A value to show in an example, as SQL; without it one of its type.
    #[serde(default, skip_serializing_if = "is_default")]
    pub example: Option<String>,
}

/// A row type; queries that share one name share one Rust struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The Rust struct's name, in `CamelCase`.
    pub name: Ident,
    /// What one row is.
    pub doc: String,
    /// Its columns, in the order of the SELECT list.
    pub columns: Vec<RowColumn>,
}

/// A column of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowColumn {
    /// Its name.
    pub name: Ident,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: DataType,
    /// Whether it can be NULL.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
    /// What it means, with its unit.
    pub doc: String,
}

/// How many rows a query returns, and in which form the function hands them over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// Nothing: a command.
    None,
    /// Exactly one row.
    One,
    /// No row or one.
    Optional,
    /// All rows, collected.
    Many,
    /// Rows as they arrive.
    Stream,
    /// The number of rows changed.
    Affected,
}

/// How a query finds its rows in one relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The table; a view's name stands for the table below it.
    pub relation: QualifiedName,
    /// Columns compared by `=` or `= ANY`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub equal: Vec<Ident>,
    /// The column compared by a range, or sorted by, after those.
    #[serde(default, skip_serializing_if = "is_default")]
    pub range: Option<Ident>,
    /// The column searched by containment (`@>`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub contains: Option<Ident>,
}

impl Query {
    /// A query that returns nothing.
    #[track_caller]
    pub fn new(
        module: impl IntoIdent,
        name: impl IntoIdent,
        doc: impl Into<String>,
        body: impl Into<Template>,
    ) -> Self {
        Self {
            name: name.into_ident(),
            module: module.into_ident(),
            doc: doc.into(),
            params: Vec::new(),
            row: None,
            cardinality: Cardinality::None,
            body: body.into(),
            outside_transaction: false,
            access: Vec::new(),
            allows: Vec::new(),
            place: Place::here(),
        }
    }

    /// Adds a parameter.
    pub fn param(mut self, param: Param) -> Self {
        self.params.push(param);
        self
    }

    /// Returns exactly one such row.
    pub fn one(self, row: Row) -> Self {
        self.rows(row, Cardinality::One)
    }

    /// Returns no such row or one.
    pub fn optional(self, row: Row) -> Self {
        self.rows(row, Cardinality::Optional)
    }

    /// Returns any number of such rows.
    pub fn many(self, row: Row) -> Self {
        self.rows(row, Cardinality::Many)
    }

    /// Returns such rows as they arrive.
    pub fn stream(self, row: Row) -> Self {
        self.rows(row, Cardinality::Stream)
    }

    /// Returns the number of rows changed.
    pub fn affected(mut self) -> Self {
        self.cardinality = Cardinality::Affected;
        self
    }

    fn rows(mut self, row: Row, cardinality: Cardinality) -> Self {
        self.row = Some(row);
        self.cardinality = cardinality;
        self
    }

    /// Says that it cannot run inside a transaction.
    pub fn outside_transaction(mut self) -> Self {
        self.outside_transaction = true;
        self
    }

    /// Says how it finds its rows.
    pub fn access(mut self, access: Access) -> Self {
        self.access.push(access);
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

impl Param {
    /// A parameter that is not NULL.
    pub fn new(name: impl IntoIdent, ty: DataType, doc: impl Into<String>) -> Self {
        Self {
            name: name.into_ident(),
            ty,
            nullable: false,
            nullable_elements: false,
            doc: doc.into(),
            example: None,
        }
    }

    /// Shows this value in examples, as SQL.
    pub fn example(mut self, value: impl ToString) -> Self {
        self.example = Some(value.to_string());
        self
    }

    /// Allows NULL.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Allows NULL elements in an array.
    pub fn nullable_elements(mut self) -> Self {
        self.nullable_elements = true;
        self
    }
}

impl Row {
    /// A row without columns yet.
    pub fn new(name: impl IntoIdent, doc: impl Into<String>) -> Self {
        Self {
            name: name.into_ident(),
            doc: doc.into(),
            columns: Vec::new(),
        }
    }

    /// Adds a column that is not NULL.
    pub fn column(self, name: impl IntoIdent, ty: DataType, doc: impl Into<String>) -> Self {
        self.push(name, ty, false, doc)
    }

    /// Adds a column that can be NULL.
    pub fn nullable(self, name: impl IntoIdent, ty: DataType, doc: impl Into<String>) -> Self {
        self.push(name, ty, true, doc)
    }

    fn push(
        mut self,
        name: impl IntoIdent,
        ty: DataType,
        nullable: bool,
        doc: impl Into<String>,
    ) -> Self {
        self.columns.push(RowColumn {
            name: name.into_ident(),
            ty,
            nullable,
            doc: doc.into(),
        });
        self
    }
}

impl Access {
    /// All rows of a relation.
    pub fn to(relation: impl IntoName) -> Self {
        Self {
            relation: relation.into_name(),
            equal: Vec::new(),
            range: None,
            contains: None,
        }
    }

    /// Compares these columns by `=`.
    pub fn equal<I: IntoIdent>(mut self, columns: impl IntoIterator<Item = I>) -> Self {
        self.equal = idents(columns);
        self
    }

    /// Compares or sorts by this column.
    pub fn range(mut self, column: impl IntoIdent) -> Self {
        self.range = Some(column.into_ident());
        self
    }

    /// Searches this column by containment.
    pub fn contains(mut self, column: impl IntoIdent) -> Self {
        self.contains = Some(column.into_ident());
        self
    }
}
