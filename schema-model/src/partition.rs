//! Partition keys and the policy by which partitions come and go.

mod declared;

use serde::{Deserialize, Serialize};

use crate::constraint::Constraint;
use crate::expr::Expr;
use crate::index::Index;
use crate::is_default;
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName, idents};
use crate::storage::StorageParameter;
use crate::trigger::Trigger;

pub use declared::{BoundValue, Partition, PartitionBound};

/// How a table is partitioned, and how its partitions are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partitioning {
    /// What decides where a row goes.
    pub key: PartitionKey,
    /// How partitions come and go; without it those are there that are declared, and others are made by hand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Option<Box<PartitionPolicy>>,
    /// The partitions that are declared, where no policy makes them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub partitions: Vec<Partition>,
    /// What each declared partition that holds rows has beyond what the table hands down.
    #[serde(default, skip_serializing_if = "is_default")]
    pub leaf: LeafTemplate,
}

impl Partitioning {
    /// By a key, without partitions yet.
    pub fn by(key: PartitionKey) -> Self {
        Self {
            key,
            policy: None,
            partitions: Vec::new(),
            leaf: LeafTemplate::default(),
        }
    }

    /// Adds a partition.
    pub fn partition(mut self, partition: Partition) -> Self {
        self.partitions.push(partition);
        self
    }

    /// Sets what each partition that holds rows has of its own.
    pub fn leaf(mut self, leaf: LeafTemplate) -> Self {
        self.leaf = leaf;
        self
    }

    /// What each partition that holds rows has of its own: as the policy says, where there is one.
    pub fn template(&self) -> &LeafTemplate {
        self.policy
            .as_ref()
            .map_or(&self.leaf, |policy| &policy.leaf)
    }

    /// All declared partitions, at any depth.
    pub fn tree(&self) -> Vec<&Partition> {
        self.partitions.iter().flat_map(Partition::tree).collect()
    }

    /// The columns that decide where a row goes, at any depth.
    pub fn key_columns(&self) -> Vec<&Ident> {
        let below = self.tree().into_iter();
        let below = below.filter_map(|it| it.partitioning.as_ref());
        let mut columns: Vec<&Ident> = self.key.columns().iter().collect();
        for column in below.flat_map(|it| it.key.columns()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }
}

/// What decides where a row goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionKey {
    /// `PARTITION BY RANGE (columns)`.
    Range(Vec<Ident>),
    /// `PARTITION BY LIST (column)`.
    List(Ident),
    /// `PARTITION BY HASH (columns)`.
    Hash(Vec<Ident>),
}

impl PartitionKey {
    /// `PARTITION BY RANGE (columns)`.
    pub fn range<I: IntoIdent>(columns: impl IntoIterator<Item = I>) -> Self {
        Self::Range(idents(columns))
    }

    /// `PARTITION BY LIST (column)`.
    pub fn list(column: impl IntoIdent) -> Self {
        Self::List(column.into_ident())
    }

    /// `PARTITION BY HASH (columns)`.
    pub fn hash<I: IntoIdent>(columns: impl IntoIterator<Item = I>) -> Self {
        Self::Hash(idents(columns))
    }

    /// The key's columns.
    pub fn columns(&self) -> &[Ident] {
        match self {
            Self::Range(columns) | Self::Hash(columns) => columns,
            Self::List(column) => std::slice::from_ref(column),
        }
    }

    /// The key's columns, to be changed.
    pub(crate) fn columns_mut(&mut self) -> &mut [Ident] {
        match self {
            Self::Range(columns) | Self::Hash(columns) => columns,
            Self::List(column) => std::slice::from_mut(column),
        }
    }

    /// How it decides: `range`, `list` or `hash`.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Range(_) => "range",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
        }
    }
}

/// How the partitions of a range-partitioned table come and go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionPolicy {
    /// How much time a partition covers.
    pub interval: PartitionInterval,
    /// How a bound is written as a value of the key column.
    pub encoding: BoundEncoding,
    /// How many partitions beyond the current one are kept ready.
    pub ahead: u32,
    /// How many days old a row may be when it arrives: the partition of that day is kept ready too.
    #[serde(default, skip_serializing_if = "is_default")]
    pub late_days: u32,
    /// Fewer partitions ahead than this are an alarm.
    pub alarm_below: u32,
    /// How many past months are kept; all without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retention_months: Option<u32>,
    /// The routine that is called before partitions are dropped, with the time before which they end: `name(timestamptz)`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub before_drop: Option<QualifiedName>,
    /// What each partition has beyond what the parent hands down.
    pub leaf: LeafTemplate,
    /// Whether a DEFAULT partition takes rows that fit nowhere.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default_partition: bool,
    /// Whether partitions are detached without blocking (`DETACH PARTITION ... CONCURRENTLY`).
    pub detach_concurrently: bool,
    /// The routine that makes the partition of one month: `name(date)`.
    pub create_routine: QualifiedName,
    /// The routine that drops partitions older than some months: `name(integer)`.
    pub drop_routine: QualifiedName,
    /// The routine that makes all partitions that the policy wants ahead: `name()`.
    pub maintain_routine: QualifiedName,
    /// The routine that lists the partitions, with bounds and sizes: `name()`.
    pub list_routine: QualifiedName,
}

/// How much time a partition covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionInterval {
    /// A calendar month, in UTC.
    Monthly,
}

/// How a bound in time is written as a value of the key column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundEncoding {
    /// The least UUID of that millisecond; the key is a `uuid` of version 7.
    UuidV7,
    /// The instant itself; the key is a `timestamptz`.
    TimestampTz,
}

/// What each partition has that a partitioned parent cannot bear or does not hand down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeafTemplate {
    /// Keys that hold within one partition. A name stands for the suffix after the partition's own name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Vec<Constraint>,
    /// Indexes that only partitions have. A name stands for the suffix after the partition's own name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub indexes: Vec<Index>,
    /// Triggers that a parent's do not protect a partition from, such as on truncate.
    #[serde(default, skip_serializing_if = "is_default")]
    pub triggers: Vec<Trigger>,
    /// Storage parameters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub storage: Vec<StorageParameter>,
}

impl LeafTemplate {
    /// Adds a key that holds within one partition.
    pub fn constraint(mut self, constraint: Constraint) -> Self {
        self.constraints.push(constraint);
        self
    }

    /// Adds an index that only partitions have.
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Adds a trigger.
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.triggers.push(trigger);
        self
    }

    /// Adds a storage parameter.
    pub fn storage(mut self, name: impl IntoIdent, value: impl ToString) -> Self {
        self.storage.push(StorageParameter::new(name, value));
        self
    }

    /// The expressions of what each partition has.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let constraints = self.constraints.iter().flat_map(Constraint::expressions);
        let indexes = self.indexes.iter().flat_map(Index::expressions);
        let triggers = self.triggers.iter().flat_map(|it| &it.when);
        constraints.chain(indexes).chain(triggers)
    }
}

impl PartitionPolicy {
    /// Calendar months in UTC: 6 ahead, alarm below 2, nothing dropped by itself.
    pub fn monthly(encoding: BoundEncoding) -> Self {
        Self {
            interval: PartitionInterval::Monthly,
            encoding,
            ahead: 6,
            late_days: 0,
            alarm_below: 2,
            retention_months: None,
            before_drop: None,
            leaf: LeafTemplate::default(),
            default_partition: false,
            detach_concurrently: true,
            create_routine: "create_monthly_partition".into_name(),
            drop_routine: "drop_old_partitions".into_name(),
            maintain_routine: "maintain_partitions".into_name(),
            list_routine: "list_partitions".into_name(),
        }
    }

    /// Sets how many partitions beyond the current one are kept ready, and below how many it is an alarm.
    pub fn ahead(mut self, partitions: u32, alarm_below: u32) -> Self {
        self.ahead = partitions;
        self.alarm_below = alarm_below;
        self
    }

    /// Sets how many days old a row may be when it arrives; none without it.
    pub fn late_days(mut self, days: u32) -> Self {
        self.late_days = days;
        self
    }

    /// Sets how many past months are kept.
    pub fn retain_months(mut self, months: u32) -> Self {
        self.retention_months = Some(months);
        self
    }

    /// Sets the routine that is called before partitions are dropped, with the time before which they end.
    pub fn before_drop(mut self, routine: impl IntoName) -> Self {
        self.before_drop = Some(routine.into_name());
        self
    }

    /// Sets what each partition has of its own.
    pub fn leaf(mut self, leaf: LeafTemplate) -> Self {
        self.leaf = leaf;
        self
    }

    /// Lets a DEFAULT partition take rows that fit nowhere.
    pub fn default_partition(mut self) -> Self {
        self.default_partition = true;
        self
    }

    /// Detaches under a short lock instead of concurrently.
    pub fn detach_blocking(mut self) -> Self {
        self.detach_concurrently = false;
        self
    }

    /// The names of its routines.
    pub fn routine_names(&self) -> [&QualifiedName; 4] {
        [
            &self.create_routine,
            &self.drop_routine,
            &self.maintain_routine,
            &self.list_routine,
        ]
    }

    /// Names the four routines, for a definition with more than one partitioned table.
    pub fn routines(
        mut self,
        create: impl IntoName,
        drop: impl IntoName,
        maintain: impl IntoName,
        list: impl IntoName,
    ) -> Self {
        self.create_routine = create.into_name();
        self.drop_routine = drop.into_name();
        self.maintain_routine = maintain.into_name();
        self.list_routine = list.into_name();
        self
    }
}
