//! The locks that steps take on objects that others use, and who waits for them. The modes are those of
//! PostgreSQL's manual, chapter "Explicit Locking"; the tests observe them in `pg_locks`.

use std::fmt;

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::ty::DataType;

use super::action::{Action, Commented, DomainChange, LeafChange, Renamed, TableChange};
use super::evolution::default_beside;

/// A lock on a table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// How strong.
    pub mode: LockMode,
    /// On which table or view.
    pub table: QualifiedName,
    /// How much of it.
    pub reach: LockReach,
}

/// How much of a table a lock is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockReach {
    /// The table, with its partitions.
    Table,
    /// Its partitions alone: statements that name the table go on, as far as they need none of them.
    Partitions,
}

/// PostgreSQL's table lock modes that migrations take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// `SHARE UPDATE EXCLUSIVE`
    ShareUpdateExclusive,
    /// `SHARE`
    Share,
    /// `SHARE ROW EXCLUSIVE`
    ShareRowExclusive,
    /// `ACCESS EXCLUSIVE`
    AccessExclusive,
}

impl LockMode {
    /// What waits while the lock is held.
    pub fn who_waits(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => {
                "reads and writes go on, maintenance and other changes of it wait"
            }
            Self::Share | Self::ShareRowExclusive => "writes wait, reads go on",
            Self::AccessExclusive => "reads and writes wait",
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}

/// The strongest lock of each table, in the order of their first mention. Its partitions have one of their own where that
/// is stronger.
pub(super) fn strongest(locks: impl IntoIterator<Item = Lock>) -> Vec<Lock> {
    let mut strongest: Vec<Lock> = Vec::new();
    for lock in locks {
        let same = |known: &&mut Lock| known.table == lock.table && known.reach == lock.reach;
        match strongest.iter_mut().find(same) {
            Some(known) => known.mode = known.mode.max(lock.mode),
            None => strongest.push(lock),
        }
    }
    let whole: Vec<Lock> = strongest
        .iter()
        .filter(|lock| lock.reach == LockReach::Table)
        .cloned()
        .collect();
    let is_covered = |lock: &Lock| {
        let mut whole = whole.iter();
        whole.any(|table| table.table == lock.table && table.mode >= lock.mode)
    };
    strongest.retain(|lock| lock.reach == LockReach::Table || !is_covered(lock));
    strongest
}

/// The locks that creating `object` takes on tables that are not in `created`.
pub(super) fn of_create(schema: &Schema, object: &ObjectRef, created: &[ObjectRef]) -> Vec<Lock> {
    let is_new = |table: &QualifiedName| {
        created.iter().any(|known| match known {
            ObjectRef::Table(name) => schema.same_name(name, table),
            _ => false,
        })
    };
    let mut locks = Vec::new();
    match object {
        ObjectRef::Index(table, _) => locks.push(lock(LockMode::Share, table)),
        ObjectRef::Table(name) => {
            if let Some(table) = schema.find_table(name) {
                locks.extend(referenced(table, LockMode::ShareRowExclusive));
            }
        }
        // The first partitions are attached to it.
        ObjectRef::Partitions(table) => locks.push(lock(LockMode::ShareUpdateExclusive, table)),
        ObjectRef::Namespace(_)
        | ObjectRef::Extension(_)
        | ObjectRef::Type(_)
        | ObjectRef::Sequence(_)
        | ObjectRef::View(_)
        | ObjectRef::Routine(_) => {}
    }
    locks.retain(|lock| !is_new(&lock.table));
    locks.dedup();
    locks
}

/// The locks that an action takes on what was there before, somewhere on the way from one schema to the other.
pub(super) fn of_action((before, after): (&Schema, &Schema), action: &Action) -> Vec<Lock> {
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
    match action {
        Action::Create(_)
        | Action::DropNamespace(_)
        | Action::DropExtension(_)
        | Action::UpdateExtension(..)
        | Action::FillView(_)
        | Action::DropType(_)
        | Action::AlterComposite(..)
        | Action::AddLabel(..)
        | Action::AlterDomain(
            _,
            DomainChange::SetDefault(_)
            | DomainChange::DropDefault
            | DomainChange::DropNotNull
            | DomainChange::AddUnvalidated(_)
            | DomainChange::DropCheck(_),
        )
        | Action::DropSequence(_)
        | Action::DropRoutine(_)
        | Action::ReplaceRoutine(_)
        | Action::AlterSequence(_)
        | Action::Grant(_)
        | Action::Revoke(_)
        | Action::Backfill(..)
        | Action::AlterIndex(..)
        | Action::ContinueIdentity(..)
        | Action::ContinueSequence(..) => Vec::new(),
        Action::AlterDomain(domain, DomainChange::SetNotNull | DomainChange::Validate(_)) => {
            [before, after].map(|it| of_values(it, domain)).concat()
        }
        Action::DropTable(name) => {
            let table = before.find_table(name);
            let references = table
                .into_iter()
                .flat_map(|it| referenced(it, AccessExclusive));
            std::iter::once(lock(AccessExclusive, name))
                .chain(references)
                .collect()
        }
        Action::DropView(name) | Action::DropMaterializedView(name) => {
            vec![lock(AccessExclusive, name)]
        }
        Action::ReplaceView(view) => vec![lock(AccessExclusive, &view.name)],
        Action::Rename(renamed) => of_rename(renamed),
        Action::AlterTable(name, changes) => changes
            .iter()
            .flat_map(|change| of_change(before, name, change))
            .collect(),
        Action::BuildIndex(table, _) | Action::DropIndex(table, _) => {
            vec![lock(ShareUpdateExclusive, table)]
        }
        Action::BuildPartitionedIndex(table, _) => vec![lock(LockMode::Share, table)],
        Action::BuildPartitionedKey(key) => vec![lock(AccessExclusive, &key.table)],
        Action::CreatePartition(new) => {
            let (table, parent, _) = new.as_ref();
            let default = default_beside(before, table, parent);
            let found = before.find_table(table);
            let references = found
                .into_iter()
                .flat_map(|it| referenced(it, ShareRowExclusive));
            std::iter::once(parent)
                .chain(default)
                .map(|name| lock(AccessExclusive, &table.sibling(name)))
                .chain(references)
                .collect()
        }
        Action::DetachPartition(table, parent, _) => {
            vec![lock(ShareUpdateExclusive, &table.sibling(parent))]
        }
        Action::BuildLeafIndex(table, _) => vec![lock(ShareUpdateExclusive, table)],
        Action::AddPartitionedReference(table, constraint) => {
            let references = match &constraint.kind {
                ConstraintKind::ForeignKey(key) => Some(lock(AccessExclusive, &key.references)),
                _ => None,
            };
            std::iter::once(lock(ShareRowExclusive, table))
                .chain(references)
                .collect()
        }
        Action::AlterLeaves(table, changes) => of_leaf_changes(table, changes),
        Action::SetTrigger(table, _) => vec![lock(ShareRowExclusive, table)],
        Action::DropTrigger(table, _) | Action::DropPartitionedIndex(table, _) => {
            vec![lock(AccessExclusive, table)]
        }
        Action::Comment(object, _) => of_comment(object),
    }
}

/// The locks of a look at all values of a domain: on tables, and on partitions where rows are in these.
fn of_values(schema: &Schema, domain: &QualifiedName) -> Vec<Lock> {
    let tables = tables_with(schema, domain).into_iter();
    let tables = tables.map(|name| match schema.find_table(name) {
        Some(table) if table.partitioning.is_some() => of_partitions(LockMode::Share, name),
        _ => lock(LockMode::Share, name),
    });
    tables.collect()
}

fn of_leaf_changes(table: &QualifiedName, changes: &[LeafChange]) -> Vec<Lock> {
    let modes = changes.iter().filter_map(|change| match change {
        LeafChange::SetTrigger(_) => Some(LockMode::ShareRowExclusive),
        LeafChange::DropTrigger(_)
        | LeafChange::TakePart { .. }
        | LeafChange::DropPart(_)
        | LeafChange::DropNotNull(_) => Some(LockMode::AccessExclusive),
        LeafChange::SetStorage(_) | LeafChange::ResetStorage(_) => {
            Some(LockMode::ShareUpdateExclusive)
        }
        LeafChange::Grant(_) | LeafChange::Revoke(_) => None,
    });
    modes.map(|mode| of_partitions(mode, table)).collect()
}

fn of_rename(renamed: &Renamed) -> Vec<Lock> {
    match renamed {
        Renamed::Table(name, _)
        | Renamed::View(name, _)
        | Renamed::MaterializedView(name, _)
        | Renamed::Column(name, ..)
        | Renamed::Constraint(name, ..) => vec![lock(LockMode::AccessExclusive, name)],
        Renamed::Type(..)
        | Renamed::Label(..)
        | Renamed::Attribute(..)
        | Renamed::Sequence(..)
        | Renamed::Routine(..)
        | Renamed::Index(..) => Vec::new(),
    }
}

fn of_comment(object: &Commented) -> Vec<Lock> {
    match object {
        Commented::Table(table)
        | Commented::Column(table, _)
        | Commented::View(table)
        | Commented::MaterializedView(table) => {
            vec![lock(LockMode::ShareUpdateExclusive, table)]
        }
        Commented::Namespace(_)
        | Commented::Constraint(..)
        | Commented::Index(..)
        | Commented::Trigger(..)
        | Commented::Type(_)
        | Commented::Attribute(..)
        | Commented::Sequence(_)
        | Commented::Routine(_) => Vec::new(),
    }
}

/// The tables and materialised views that have a column of a domain, or of one over it.
pub(super) fn tables_with<'a>(
    schema: &'a Schema,
    domain: &QualifiedName,
) -> Vec<&'a QualifiedName> {
    let is_over = |ty: &DataType| {
        let mut domains = schema.domains_of(ty);
        domains.any(|it| schema.same_name(&it.name, domain))
    };
    let tables = schema.tables.iter();
    let tables = tables.filter(|table| table.columns.iter().any(|it| is_over(&it.ty)));
    let views = schema.views.iter().filter(|view| {
        view.materialized.is_some() && view.columns.iter().any(|it| is_over(&it.ty))
    });
    tables
        .map(|table| &table.name)
        .chain(views.map(|view| &view.name))
        .collect()
}

fn of_change(before: &Schema, name: &QualifiedName, change: &TableChange) -> Vec<Lock> {
    let own = |mode| lock(mode, name);
    match change {
        TableChange::AddUnvalidated(constraint) => match &constraint.kind {
            ConstraintKind::ForeignKey(key) => vec![
                own(LockMode::ShareRowExclusive),
                lock(LockMode::ShareRowExclusive, &key.references),
            ],
            _ => vec![own(LockMode::AccessExclusive)],
        },
        TableChange::DropConstraint(constraint) => {
            let table = before.find_table(name);
            let constraints = table.into_iter().flat_map(|table| &table.constraints);
            let referenced = constraints
                .filter(|known| known.name == *constraint)
                .filter_map(|known| match &known.kind {
                    ConstraintKind::ForeignKey(key) => {
                        Some(lock(LockMode::AccessExclusive, &key.references))
                    }
                    _ => None,
                });
            std::iter::once(own(LockMode::AccessExclusive))
                .chain(referenced)
                .collect()
        }
        TableChange::Validate(_) | TableChange::SetStorage(_) | TableChange::ResetStorage(_) => {
            vec![own(LockMode::ShareUpdateExclusive)]
        }
        _ => vec![own(LockMode::AccessExclusive)],
    }
}

/// Locks on the tables that a table's foreign keys reference.
fn referenced(table: &Table, mode: LockMode) -> impl Iterator<Item = Lock> {
    table
        .constraints
        .iter()
        .filter_map(move |constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) if key.references != table.name => {
                Some(lock(mode, &key.references))
            }
            _ => None,
        })
}

fn lock(mode: LockMode, table: &QualifiedName) -> Lock {
    Lock {
        mode,
        table: table.clone(),
        reach: LockReach::Table,
    }
}

fn of_partitions(mode: LockMode, table: &QualifiedName) -> Lock {
    Lock {
        reach: LockReach::Partitions,
        ..lock(mode, table)
    }
}
