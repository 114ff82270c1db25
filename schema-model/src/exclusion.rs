//! Exclusion constraints: no two rows may compare so with each other.

use serde::{Deserialize, Serialize};

use crate::expr::Expr;
use crate::index::{Index, IndexMethod, IndexPart};
use crate::is_default;
use crate::name::{Ident, IntoIdent, idents};
use crate::storage::StorageParameter;

/// `EXCLUDE USING method (part WITH operator, ...) WHERE (condition)`: of two rows that the condition covers, at least one
/// part does not compare as its operator says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The access method of its index.
    pub method: IndexMethod,
    /// What is compared, and how.
    pub parts: Vec<ExclusionPart>,
    /// Columns stored in its index but not compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<Ident>,
    /// The rows that it covers; all without it. Must be immutable.
    #[serde(default, skip_serializing_if = "is_default")]
    pub predicate: Option<Expr>,
    /// Storage parameters of its index.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Vec<StorageParameter>,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferred: bool,
    /// Why a table with rows may be blocked until its index is built.
    #[serde(default, skip_serializing_if = "is_default")]
    pub blocking: Option<String>,
}

/// What is compared in an exclusion, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusionPart {
    /// The column or expression.
    pub part: IndexPart,
    /// The operator by which two rows may not compare in all parts.
    pub operator: ExclusionOperator,
}

/// The operators that an exclusion can compare by: each gives the same either way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionOperator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `&&`: they have something in common.
    Overlaps,
    /// `-|-`: one begins where the other ends.
    Adjacent,
}

impl ExclusionOperator {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Equal, Self::NotEqual, Self::Overlaps, Self::Adjacent];

    /// The operator in SQL.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Overlaps => "&&",
            Self::Adjacent => "-|-",
        }
    }
}

impl Exclusion {
    /// An exclusion with a GiST index, without parts yet.
    pub fn new() -> Self {
        Self {
            method: IndexMethod::Gist,
            parts: Vec::new(),
            include: Vec::new(),
            predicate: None,
            storage: Vec::new(),
            deferred: false,
            blocking: None,
        }
    }

    /// Adds a column or expression and how it is compared.
    pub fn part(mut self, part: impl Into<IndexPart>, operator: ExclusionOperator) -> Self {
        self.parts.push(ExclusionPart {
            part: part.into(),
            operator,
        });
        self
    }

    /// Sets the access method of its index.
    pub fn method(mut self, method: IndexMethod) -> Self {
        self.method = method;
        self
    }

    /// Stores further columns in its index.
    pub fn include<I: IntoIdent>(mut self, columns: impl IntoIterator<Item = I>) -> Self {
        self.include = idents(columns);
        self
    }

    /// Covers only rows that meet this condition.
    pub fn only_where(mut self, condition: Expr) -> Self {
        self.predicate = Some(condition);
        self
    }

    /// Adds a storage parameter of its index.
    pub fn storage(mut self, name: impl IntoIdent, value: impl ToString) -> Self {
        self.storage.push(StorageParameter::new(name, value));
        self
    }

    /// Checks at commit instead of after each statement.
    pub fn deferred(mut self) -> Self {
        self.deferred = true;
        self
    }

    /// Lets it be added to a table that is there although reads and writes wait until its index is built, and says why:
    /// PostgreSQL has no form of it that lets them go on.
    pub fn blocking(mut self, reason: impl Into<String>) -> Self {
        self.blocking = Some(reason.into());
        self
    }

    /// Its index, under the name that constraint and index share.
    #[track_caller]
    pub fn index(&self, name: &Ident) -> Index {
        let mut index = Index::new(name, self.parts.iter().map(|part| part.part.clone()));
        index.method = self.method;
        index.include.clone_from(&self.include);
        index.predicate.clone_from(&self.predicate);
        index.storage.clone_from(&self.storage);
        index
    }

    /// The expressions that it holds: what is compared, and which rows it covers.
    pub fn expressions(&self) -> Vec<&Expr> {
        let values = self.parts.iter().map(|part| &part.part.value);
        values.chain(&self.predicate).collect()
    }

    /// Every column that it reads or stores.
    pub fn columns(&self) -> Vec<&Ident> {
        let mut columns: Vec<&Ident> = self
            .expressions()
            .into_iter()
            .flat_map(Expr::columns)
            .collect();
        columns.extend(&self.include);
        columns
    }
}

impl Default for Exclusion {
    fn default() -> Self {
        Self::new()
    }
}
