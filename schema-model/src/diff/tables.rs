//! Tables with what belongs to them: constraints, indexes, triggers, partition policies.

use super::named::Named as _;
use super::objects::{alter, named};
use super::{Change, Edit, columns, paired};
use crate::constraint::{Constraint, ConstraintKind};
use crate::index::Index;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
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
        changes.extend(policy.map(|it| Change::Policy(table.name.clone(), Edit::Add(it))));
    }
    for (before, after) in both {
        table(from, before, after, report, changes);
    }
}

fn table(
    from: &Schema,
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
    partitioning(&site, before, after, report, changes);
    columns::compare(&site, before, after, report, changes);
    constraints(from, &site, before, after, report, changes);

    let same = |left: &Index, right: &Index| left.name == right.name;
    let (both, new, old) = paired(&before.indexes, &after.indexes, same);
    push(name, changes, Change::Index, new, old);
    for (before, after) in both {
        let seen = |it: &Index| Index {
            serves: Vec::new(),
            allows: Vec::new(),
            ..it.under(&it.name)
        };
        alter(
            seen(before),
            seen(after),
            |edit| Change::Index(name.clone(), edit),
            changes,
        );
    }

    let same = |left: &Trigger, right: &Trigger| left.name == right.name;
    let (both, new, old) = paired(&before.triggers, &after.triggers, same);
    push(name, changes, Change::Trigger, new, old);
    for (before, after) in both {
        let edit = |edit| Change::Trigger(name.clone(), edit);
        alter(before.clone(), after.clone(), edit, changes);
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
    from: &Schema,
    site: &Site,
    before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let name = &after.name;
    let same = |left: &Constraint, right: &Constraint| left.name == right.name;
    let (both, new, old) = paired(&before.constraints, &after.constraints, same);
    push(name, changes, Change::Constraint, new, old);
    for (before, after) in both {
        if before.kind != after.kind
            && let Some(key) = before.key()
        {
            let users = referencing(from, name, &key.columns);
            if !users.is_empty() {
                report.add(
                    Code::SM076,
                    &site.child("constraint", &after.name, after.place),
                    format!("the key cannot be replaced while {} references it", list(&users)),
                    "give the new key a name of its own, move the foreign keys in one migration, and take the old \
                     key out in the next",
                );
            }
        }
        let edit = |edit| Change::Constraint(name.clone(), edit);
        alter(
            before.under(&after.name),
            after.under(&after.name),
            edit,
            changes,
        );
    }
}

/// The foreign keys that reference these columns.
fn referencing(
    schema: &Schema,
    table: &QualifiedName,
    columns: &[crate::name::Ident],
) -> Vec<String> {
    let mut users = Vec::new();
    for other in &schema.tables {
        for constraint in &other.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && schema.same_name(&key.references, table)
                && key.referenced_columns.len() == columns.len()
                && key
                    .referenced_columns
                    .iter()
                    .all(|name| columns.contains(name))
            {
                users.push(constraint.name.to_string());
            }
        }
    }
    users
}

fn partitioning(
    site: &Site,
    before: &Table,
    after: &Table,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let key = |table: &Table| table.partitioning.as_ref().map(|it| it.key.clone());
    if key(before) != key(after) {
        report.add(
            Code::SM076,
            site,
            "it is partitioned otherwise than before, and the server cannot partition a table that is there",
            "keep the partition key; or define a new table beside it, and move the rows",
        );
        return;
    }
    let policy = |table: &Table| table.partitioning.as_ref().and_then(|it| it.policy.clone());
    let edit = match (policy(before), policy(after)) {
        (Some(before), Some(after)) if before != after => Edit::Alter {
            from: before,
            to: after,
        },
        (None, Some(after)) => Edit::Add(after),
        (Some(before), None) => Edit::Drop(before),
        _ => return,
    };
    changes.push(Change::Policy(after.name.clone(), edit));
}
