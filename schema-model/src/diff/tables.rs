//! Tables with what belongs to them: constraints, indexes, triggers, partition policies.

use super::named::Named as _;
use super::objects::{alter, named};
use super::{Change, Edit, columns, paired, partitions};
use crate::constraint::{Constraint, ConstraintKind};
use crate::index::Index;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::Trigger;
use crate::validate::Code;
use crate::validate::report::{Report, Site, list};

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
    constraints(schemas, &site, before, after, report, changes);

    let same = |left: &Index, right: &Index| left.name == right.name;
    let (both, _, old) = paired(&before.indexes, &after.indexes, same);
    let replaced = both
        .iter()
        .filter(|(before, after)| {
            before.parts != after.parts
                || !after.unique
                || before.include != after.include
                || before.predicate != after.predicate
        })
        .map(|(before, _)| *before);
    for index in old
        .iter()
        .copied()
        .chain(replaced)
        .filter(|index| index.unique)
    {
        let users = index
            .column_names()
            .map(|columns| still_referencing(schemas.0, schemas.1, name, &columns));
        in_use(
            &site.child("index", &index.name, after.place),
            users,
            report,
        );
    }
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
    (from, to): (&Schema, &Schema),
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
    let of = |constraint: &Constraint| site.child("constraint", &constraint.name, constraint.place);
    for constraint in &old {
        let users = constraint
            .key()
            .map(|key| still_referencing(from, to, name, &key.columns));
        in_use(
            &site.child("constraint", &constraint.name, after.place),
            users,
            report,
        );
    }
    push(name, changes, Change::Constraint, new, old);
    for (before, constraint) in both {
        let (before, after_seen) = (seen(before), seen(constraint));
        if demands(&before) != demands(&after_seen) {
            blocking(site, constraint, report);
            let users = before
                .key()
                .map(|key| still_referencing(from, to, name, &key.columns));
            in_use(&of(constraint), users, report);
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

/// Says that what keeps columns unique cannot go while foreign keys need it.
fn in_use(site: &Site, users: Option<Vec<String>>, report: &mut Report) {
    if let Some(users) = users.filter(|users| !users.is_empty()) {
        report.add(
            Code::SM076,
            site,
            format!("it cannot go while {} references its columns", list(&users)),
            "take the foreign key out in this migration, and add it again in the next",
        );
    }
}

/// The foreign keys that reference these columns, before and after.
fn still_referencing(
    from: &Schema,
    to: &Schema,
    table: &QualifiedName,
    columns: &[Ident],
) -> Vec<String> {
    let mut users = Vec::new();
    for other in &from.tables {
        let stays = |constraint: &Constraint| {
            let after = to.find_table(&other.name);
            let mut constraints = after.into_iter().flat_map(|table| &table.constraints);
            constraints.any(|it| it.name == constraint.name && it.kind == constraint.kind)
        };
        for constraint in &other.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && from.same_name(&key.references, table)
                && key.referenced_columns.len() == columns.len()
                && key
                    .referenced_columns
                    .iter()
                    .all(|name| columns.contains(name))
                && stays(constraint)
            {
                users.push(constraint.name.to_string());
            }
        }
    }
    users
}
