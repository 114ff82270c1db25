//! Tables with what belongs to them: constraints, indexes, triggers, partition policies.

use super::named::Named as _;
use super::objects::{alter, named};
use super::{Change, Edit, columns, paired, partitions};
use crate::constraint::{Constraint, ConstraintKind};
use crate::index::Index;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::Trigger;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// `from` is the schema before, with its renames carried out.
pub(super) fn compare(from: &Schema, to: &Schema, report: &mut Report, changes: &mut Vec<Change>) {
    let new = to
        .tables
        .iter()
        .filter(|table| from.find_table(&table.name).is_none());
    let both = named(
        to,
        &from.tables,
        &to.tables,
        ObjectRef::Table,
        Change::Table,
        report,
        changes,
    );
    for table in new {
        let indexes = table.indexes.iter().cloned();
        changes.extend(indexes.map(|index| Change::Index(table.name.clone(), Edit::Add(index))));
        let policy = table.partitioning.as_ref().and_then(|it| it.policy.clone());
        changes.extend(policy.map(|it| Change::Policy(table.name.clone(), Edit::Add(*it))));
    }
    for (before, after) in both {
        table((from, to), before, after, report, changes);
    }
}

fn table(
    schemas: (&Schema, &Schema),
    before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let site = Site::new("table", &after.name, after.place);
    let name = &after.name;
    if before.comment != after.comment || before.storage != after.storage {
        changes.push(Change::Table(Edit::Alter {
            from: before.clone(),
            to: after.clone(),
        }));
    }
    partitions::compare(&site, before, after, report, changes);
    columns::compare(schemas, &site, before, after, report, changes);
    constraints(&site, before, after, report, changes);
    indexes(name, &before.indexes, &after.indexes, changes);

    let same = |left: &Trigger, right: &Trigger| left.name == right.name;
    let (both, new, old) = paired(&before.triggers, &after.triggers, same);
    push(name, changes, Change::Trigger, new, old);
    for (before, after) in both {
        let edit = |edit| Change::Trigger(name.clone(), edit);
        alter(before.clone(), after.clone(), edit, changes);
    }
}

/// The indexes of a table or materialised view.
pub(super) fn indexes(
    owner: &QualifiedName,
    before: &[Index],
    after: &[Index],
    changes: &mut Vec<Change>,
) {
    let same = |left: &Index, right: &Index| left.name == right.name;
    let (both, new, old) = paired(before, after, same);
    push(owner, changes, Change::Index, new, old);
    for (before, after) in both {
        let change = |edit| Change::Index(owner.clone(), edit);
        alter(seen_index(before), seen_index(after), change, changes);
    }
}

/// An index without what only its readers need to know.
pub(super) fn seen_index(index: &Index) -> Index {
    Index {
        serves: Vec::new(),
        allows: Vec::new(),
        ..index.under(&index.name)
    }
}

fn push<T: Clone>(
    table: &QualifiedName,
    changes: &mut Vec<Change>,
    change: impl Fn(QualifiedName, Edit<T>) -> Change,
    new: Vec<&T>,
    old: Vec<&T>,
) {
    let new = new.into_iter().cloned().map(Edit::Add);
    let old = old.into_iter().cloned().map(Edit::Drop);
    changes.extend(new.chain(old).map(|edit| change(table.clone(), edit)));
}

fn constraints(
    site: &Site,
    before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let name = &after.name;
    let same = |left: &Constraint, right: &Constraint| left.name == right.name;
    let (both, new, old) = paired(&before.constraints, &after.constraints, same);
    for constraint in &new {
        blocking(site, constraint, report);
    }
    push(name, changes, Change::Constraint, new, old);
    for (before, constraint) in both {
        let (before, after_seen) = (seen(before), seen(constraint));
        if demands(&before) != demands(&after_seen) {
            blocking(site, constraint, report);
        }
        let edit = |edit| Change::Constraint(name.clone(), edit);
        alter(before, after_seen, edit, changes);
    }
}

/// A constraint without what only its changes need to know.
fn seen(constraint: &Constraint) -> Constraint {
    let mut seen = constraint.under(&constraint.name);
    if let ConstraintKind::Exclude(exclusion) = &mut seen.kind {
        exclusion.blocking = None;
    }
    seen
}

/// What a constraint demands, without how its index is stored.
fn demands(constraint: &Constraint) -> ConstraintKind {
    let mut kind = constraint.kind.clone();
    if let ConstraintKind::Exclude(exclusion) = &mut kind {
        exclusion.storage.clear();
    }
    kind
}

/// An exclusion is built while everybody waits.
fn blocking(site: &Site, constraint: &Constraint, report: &mut Report) {
    if let ConstraintKind::Exclude(exclusion) = &constraint.kind
        && exclusion.blocking.is_none()
    {
        report.add(
            Code::SM092,
            &site.child("constraint", &constraint.name, constraint.place),
            "its index is built while reads and writes of the table wait, and the server has no other form for it",
            "if the table is small enough, say `.blocking(\"why\")` of the exclusion",
        );
    }
}
