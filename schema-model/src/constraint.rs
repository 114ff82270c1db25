//! Primary keys, unique keys, checks and foreign keys; exclusions have a file of their own.

use serde::{Deserialize, Serialize};

use crate::exclusion::Exclusion;
use crate::expr::Expr;
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName, idents};
use crate::place::Place;

/// A named constraint of a table. Names are always explicit, so that no server version chooses one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name; unique among the relations of the PostgreSQL schema for keys, within the table otherwise.
    pub name: Ident,
    /// What it demands.
    pub kind: ConstraintKind,
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

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY (columns) INCLUDE (include)`.
    PrimaryKey(Key),
    /// `UNIQUE (columns) INCLUDE (include)`.
    Unique(Key),
    /// `CHECK (expression)`.
    Check(Expr),
    /// `FOREIGN KEY (columns) REFERENCES table (columns)`.
    ForeignKey(ForeignKey),
    /// `EXCLUDE USING method (part WITH operator, ...) WHERE (condition)`.
    Exclude(Box<Exclusion>),
}

/// The columns of a primary or unique key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Key columns, in index order.
    pub columns: Vec<Ident>,
    /// Columns stored in the index but not part of the key.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include: Vec<Ident>,
    /// Whether two NULLs count as equal (`NULLS NOT DISTINCT`); unique keys only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
}

/// A reference to a key of another table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<Ident>,
    /// The referenced table.
    pub references: QualifiedName,
    /// The referenced columns: a primary or unique key there.
    pub referenced_columns: Vec<Ident>,
    /// What a delete of the referenced row does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_delete: ForeignKeyAction,
    /// What an update of the referenced key does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_update: ForeignKeyAction,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deferred: bool,
}

/// What happens to referencing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignKeyAction {
    /// `NO ACTION`: refused, checked at the end of the statement or transaction.
    #[default]
    NoAction,
    /// `RESTRICT`: refused at once.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

impl Key {
    /// A key over these columns.
    pub fn new<I: IntoIdent>(columns: impl IntoIterator<Item = I>) -> Self {
        Self {
            columns: idents(columns),
            include: Vec::new(),
            nulls_not_distinct: false,
        }
    }

    /// Stores further columns in the key's index.
    pub fn include<I: IntoIdent>(mut self, columns: impl IntoIterator<Item = I>) -> Self {
        self.include = idents(columns);
        self
    }

    /// Counts two NULLs as equal.
    pub fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }
}

impl ForeignKey {
    /// A reference from `columns` to `referenced_columns` of `references`.
    pub fn new<A: IntoIdent, B: IntoIdent>(
        columns: impl IntoIterator<Item = A>,
        references: impl IntoName,
        referenced_columns: impl IntoIterator<Item = B>,
    ) -> Self {
        Self {
            columns: idents(columns),
            references: references.into_name(),
            referenced_columns: idents(referenced_columns),
            on_delete: ForeignKeyAction::NoAction,
            on_update: ForeignKeyAction::NoAction,
            deferred: false,
        }
    }

    /// Sets what a delete of the referenced row does.
    pub fn on_delete(mut self, action: ForeignKeyAction) -> Self {
        self.on_delete = action;
        self
    }

    /// Sets what an update of the referenced key does.
    pub fn on_update(mut self, action: ForeignKeyAction) -> Self {
        self.on_update = action;
        self
    }

    /// Checks at commit instead of after each statement.
    pub fn deferred(mut self) -> Self {
        self.deferred = true;
        self
    }
}

impl Constraint {
    /// A named constraint.
    #[track_caller]
    pub fn new(name: impl IntoIdent, kind: ConstraintKind) -> Self {
        Self {
            name: name.into_ident(),
            kind,
            comment: None,
            renamed_from: None,
            place: Place::here(),
        }
    }

    /// A named unique key.
    #[track_caller]
    pub fn unique(name: impl IntoIdent, key: Key) -> Self {
        Self::new(name, ConstraintKind::Unique(key))
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

    /// The key columns, for a primary or unique key.
    pub fn key(&self) -> Option<&Key> {
        match &self.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => Some(key),
            _ => None,
        }
    }

    /// Whether an index of its name stands behind it.
    pub fn has_index(&self) -> bool {
        match &self.kind {
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::Exclude(_) => true,
            ConstraintKind::Check(_) | ConstraintKind::ForeignKey(_) => false,
        }
    }

    /// The expressions that it holds, without plain lists of columns.
    pub fn expressions(&self) -> Vec<&Expr> {
        match &self.kind {
            ConstraintKind::Check(condition) => vec![condition],
            ConstraintKind::Exclude(exclusion) => exclusion.expressions(),
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_) => Vec::new(),
        }
    }
}
