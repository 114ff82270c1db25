//! The locks that steps take on objects that others use, and who waits for them. The modes are those of
//! PostgreSQL's manual, chapter "Explicit Locking"; the tests observe them in `pg_locks`.

use std::fmt;

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;

/// A table lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// How strong.
    pub mode: LockMode,
    /// On which table.
    pub table: QualifiedName,
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
}

impl LockMode {
    /// What waits while the lock is held.
    pub fn who_waits(self) -> &'static str {
        match self {
            Self::ShareUpdateExclusive => {
                "reads and writes go on, maintenance and other changes of it wait"
            }
            Self::Share | Self::ShareRowExclusive => "writes wait, reads go on",
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
        })
    }
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
        ObjectRef::Index(table, _) => locks.push(Lock {
            mode: LockMode::Share,
            table: table.clone(),
        }),
        ObjectRef::Table(name) => {
            let table = schema.find_table(name);
            for constraint in table.iter().flat_map(|table| &table.constraints) {
                if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                    locks.push(Lock {
                        mode: LockMode::ShareRowExclusive,
                        table: key.references.clone(),
                    });
                }
            }
        }
        // The first partitions are attached to it.
        ObjectRef::Partitions(table) => locks.push(Lock {
            mode: LockMode::ShareUpdateExclusive,
            table: table.clone(),
        }),
        ObjectRef::Sequence(_) | ObjectRef::View(_) | ObjectRef::Routine(_) => {}
    }
    locks.retain(|lock| !is_new(&lock.table));
    locks.dedup();
    locks
}
