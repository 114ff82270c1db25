//! Tables.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::constraint::{Constraint, ConstraintKind, ForeignKey, Key};
use crate::evolution::{DroppedColumn, DroppedPartition};
use crate::exclusion::Exclusion;
use crate::expr::Expr;
use crate::index::Index;
use crate::is_default;
use crate::lint::{Allow, LintCode};
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::partition::{LeafTemplate, PartitionKey, PartitionPolicy, Partitioning};
use crate::place::Place;
use crate::storage::StorageParameter;
use crate::trigger::Trigger;

/// The tables of an event store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreTable {
    /// The streams with their versions.
    Streams,
    /// The log: the events.
    Log,
}

/// A table with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns, in table order.
    pub columns: Vec<Column>,
    /// Its constraints.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Vec<Constraint>,
    /// Its indexes, without those of its keys.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<Index>,
    /// Its triggers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub triggers: Vec<Trigger>,
    /// How it is partitioned, if it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partitioning: Option<Partitioning>,
    /// Storage parameters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Vec<StorageParameter>,
    /// Rows are only ever inserted: no back-fill, no foreign key to it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub append_only: bool,
    /// Which table of the event store it is. No migration drops such a table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub store_table: Option<StoreTable>,
    /// What it holds, for the catalog and for readers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// Lints that are silenced here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub allows: Vec<Allow>,
    /// The name that it had before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renamed_from: Option<QualifiedName>,
    /// Columns that it no longer has, and whose values are given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped_columns: Vec<DroppedColumn>,
    /// Partitions that it no longer has.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped_partitions: Vec<DroppedPartition>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

impl Table {
    /// A table without columns.
    #[track_caller]
    pub fn new(name: impl IntoName) -> Self {
        Self {
            name: name.into_name(),
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            partitioning: None,
            storage: Vec::new(),
            append_only: false,
            store_table: None,
            comment: None,
            allows: Vec::new(),
            renamed_from: None,
            dropped_columns: Vec::new(),
            dropped_partitions: Vec::new(),
            place: Place::here(),
        }
    }

    /// Adds a column.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds the primary key over these columns, named `<table>_pkey`.
    #[track_caller]
    pub fn primary_key<I: IntoIdent>(self, columns: impl IntoIterator<Item = I>) -> Self {
        let name = format!("{}_pkey", self.name.name);
        self.constraint(Constraint::new(
            name,
            ConstraintKind::PrimaryKey(Key::new(columns)),
        ))
    }

    /// Adds a unique key over these columns.
    #[track_caller]
    pub fn unique<I: IntoIdent>(
        self,
        name: impl IntoIdent,
        columns: impl IntoIterator<Item = I>,
    ) -> Self {
        self.constraint(Constraint::unique(name, Key::new(columns)))
    }

    /// Adds a check.
    #[track_caller]
    pub fn check(self, name: impl IntoIdent, condition: Expr) -> Self {
        self.constraint(Constraint::new(name, ConstraintKind::Check(condition)))
    }

    /// Adds a foreign key.
    #[track_caller]
    pub fn foreign_key(self, name: impl IntoIdent, key: ForeignKey) -> Self {
        self.constraint(Constraint::new(name, ConstraintKind::ForeignKey(key)))
    }

    /// Adds an exclusion constraint.
    #[track_caller]
    pub fn exclude(self, name: impl IntoIdent, exclusion: Exclusion) -> Self {
        self.constraint(Constraint::new(
            name,
            ConstraintKind::Exclude(Box::new(exclusion)),
        ))
    }

    /// Adds a constraint.
    pub fn constraint(mut self, constraint: Constraint) -> Self {
        self.constraints.push(constraint);
        self
    }

    /// Adds an index.
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Adds a trigger.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.triggers.push(trigger);
        self
    }

    /// Partitions the table by `key`, without a policy.
    pub fn partition_by(self, key: PartitionKey) -> Self {
        self.partitioned(Partitioning::by(key))
    }

    /// Partitions the table into what is declared.
    pub fn partitioned(mut self, partitioning: Partitioning) -> Self {
        self.partitioning = Some(partitioning);
        self
    }

    /// Partitions the table by `key` and keeps its partitions by `policy`.
    pub fn partition_by_policy(self, key: PartitionKey, policy: PartitionPolicy) -> Self {
        self.partitioned(Partitioning {
            policy: Some(Box::new(policy)),
            ..Partitioning::by(key)
        })
    }

    /// Adds a storage parameter.
    pub fn storage(mut self, name: impl IntoIdent, value: impl ToString) -> Self {
        self.storage.push(StorageParameter::new(name, value));
        self
    }

    /// Says that rows are only ever inserted.
    pub fn append_only(mut self) -> Self {
        self.append_only = true;
        self
    }

    /// Marks a table of an event store.
    pub(crate) fn of_event_store(mut self, table: StoreTable) -> Self {
        self.store_table = Some(table);
        self
    }

    /// Says which name it had before: a rename, not a new one beside the loss of an old one.
    pub fn renamed_from(mut self, name: impl IntoName) -> Self {
        self.renamed_from = Some(name.into_name());
        self
    }

    /// Gives a column up, with its values, and says why.
    #[track_caller]
    pub fn drop_column(mut self, name: impl IntoIdent, reason: impl Into<String>) -> Self {
        self.dropped_columns.push(DroppedColumn {
            name: name.into_ident(),
            reason: reason.into(),
            place: Place::here(),
        });
        self
    }

    /// Gives a partition up, with its rows, and says why.
    #[track_caller]
    pub fn drop_partition(self, name: impl IntoIdent, reason: impl Into<String>) -> Self {
        self.without_partition(name.into_ident(), reason.into(), false, Place::here())
    }

    /// Lets a partition go on as a table of its own, which the definition knows no more, and says why.
    #[track_caller]
    pub fn detach_partition(self, name: impl IntoIdent, reason: impl Into<String>) -> Self {
        self.without_partition(name.into_ident(), reason.into(), true, Place::here())
    }

    fn without_partition(mut self, name: Ident, reason: String, kept: bool, place: Place) -> Self {
        self.dropped_partitions.push(DroppedPartition {
            name,
            reason,
            kept,
            place,
        });
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

    /// The column of this name.
    pub fn find_column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Whether these columns, in any order, are a key of it.
    pub fn has_key(&self, columns: &[Ident]) -> bool {
        let mut keys = self.constraints.iter().filter_map(Constraint::key);
        keys.any(|key| same_columns(&key.columns, columns))
    }

    /// The indexes that make these columns, in any order, unique for all its rows.
    pub fn unique_indexes(&self, columns: &[Ident]) -> impl Iterator<Item = &Index> {
        self.unique_over(columns)
            .filter(|index| index.predicate.is_none())
    }

    /// The indexes that make these columns, in any order, unique for some or all of its rows.
    pub(crate) fn unique_over(&self, columns: &[Ident]) -> impl Iterator<Item = &Index> {
        self.indexes.iter().filter(|index| {
            let names = index.column_names();
            index.unique && names.is_some_and(|names| same_columns(&names, columns))
        })
    }

    /// The expressions that come with it: of its columns, constraints and triggers.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let columns = self.columns.iter();
        let columns = columns.flat_map(Column::expressions);
        let constraints = self.constraints.iter().flat_map(Constraint::expressions);
        let triggers = self.triggers.iter().flat_map(|it| &it.when);
        columns.chain(constraints).chain(triggers)
    }

    /// What each of its partitions that holds rows has of its own; nothing for a table that is not partitioned.
    pub fn leaf(&self) -> Option<&LeafTemplate> {
        self.partitioning.as_ref().map(Partitioning::template)
    }

    /// The primary key.
    pub fn find_primary_key(&self) -> Option<&Key> {
        self.constraints
            .iter()
            .find_map(|constraint| match &constraint.kind {
                ConstraintKind::PrimaryKey(key) => Some(key),
                _ => None,
            })
    }
}

fn same_columns(key: &[Ident], columns: &[Ident]) -> bool {
    key.len() == columns.len() && columns.iter().all(|name| key.contains(name))
}
