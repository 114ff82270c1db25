//! Renames: which words ask for one, and what the schema before looks like once they are carried out. All that refers
//! to a renamed object refers to its new name then, as the server's catalog does.

mod everywhere;
mod types;

use self::everywhere::{Kind, rename_column, rename_everywhere};
use super::follow::following;
use super::named::Named;
use super::{Change, Edit, words};
use crate::constraint::{Constraint, ConstraintKind};
use crate::name::{Ident, QualifiedName};
use crate::partition::{Partition, Partitioning};
use crate::place::Place;
use crate::schema::Schema;
use crate::table::Table;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// The schema before with every rename carried out, and the renames as changes.
pub(super) fn carry_out(from: &Schema, to: &Schema, report: &mut Report) -> (Schema, Vec<Change>) {
    let mut renamed = from.clone();
    let mut changes = Vec::new();
    let same = |left: &QualifiedName, right: &QualifiedName| to.same_name(left, right);
    for (before, after) in asked(None, &from.types, &to.types, same, report) {
        stays_in(to, before.name(), after.name(), after.place(), report);
        rename_everywhere(&mut renamed, Kind::Type, before.name(), after.name());
        changes.push(Change::Type(rename(before, after)));
    }
    types::labels(&mut renamed, to, report, &mut changes);
    types::attributes(&mut renamed, to, report, &mut changes);
    for (before, after) in asked(None, &from.tables, &to.tables, same, report) {
        stays_in(to, &before.name, &after.name, after.place, report);
        rename_everywhere(&mut renamed, Kind::Relation, &before.name, &after.name);
        changes.push(Change::Table(rename(before, after)));
    }
    for (before, after) in asked(None, &from.sequences, &to.sequences, same, report) {
        stays_in(to, &before.name, &after.name, after.place, report);
        rename_everywhere(&mut renamed, Kind::Sequence, &before.name, &after.name);
        changes.push(Change::Sequence(rename(before, after)));
    }
    for (before, after) in asked(None, &from.views, &to.views, same, report) {
        stays_in(to, &before.name, &after.name, after.place, report);
        rename_everywhere(&mut renamed, Kind::Relation, &before.name, &after.name);
        changes.push(Change::View(rename(before, after)));
    }
    for (before, after) in asked(None, &from.routines, &to.routines, same, report) {
        stays_in(to, &before.name, &after.name, after.place, report);
        rename_everywhere(&mut renamed, Kind::Routine, &before.name, &after.name);
        changes.push(Change::Routine(rename(before, after)));
    }
    for view in &to.views {
        let before = from.find_view(&view.name).or_else(|| {
            let old = view.renamed_from.as_ref();
            old.and_then(|old| from.find_view(old))
        });
        if let Some(before) = before {
            let site = Site::new("view", &view.name, view.place);
            for (old, new) in asked(
                Some(&site),
                before.indexes(),
                view.indexes(),
                Ident::eq,
                report,
            ) {
                for known in renamed.views.iter_mut().filter(|it| it.name == view.name) {
                    let kept = known.materialized.iter_mut().flat_map(|it| &mut it.indexes);
                    for it in kept.filter(|it| it.name == old.name) {
                        it.name = new.name.clone();
                    }
                }
                changes.push(Change::Index(view.name.clone(), rename(old, new)));
            }
        }
    }
    for table in &to.tables {
        if let Some(before) = words::from_table(from, to, &table.name, table.renamed_from.as_ref())
        {
            in_table(before, table, report, &mut renamed, &mut changes);
        }
    }
    (renamed, changes)
}

/// A rename within one PostgreSQL schema is one, into another it is a move.
fn stays_in(
    schema: &Schema,
    old: &QualifiedName,
    new: &QualifiedName,
    place: Place,
    report: &mut Report,
) {
    let (old_home, new_home) = (schema.namespace_of(old), schema.namespace_of(new));
    if old_home != new_home {
        report.add(
            Code::SM076,
            &Site::new("object", new, place),
            format!("it stood in the PostgreSQL schema `{old_home}`, and no migration moves it to `{new_home}`"),
            format!("leave it in `{old_home}`"),
        );
    }
}

/// The renames of what belongs to one table.
fn in_table(
    before: &Table,
    table: &Table,
    report: &mut Report,
    renamed: &mut Schema,
    changes: &mut Vec<Change>,
) {
    let site = Site::new("table", &table.name, table.place);
    let site = Some(&site);
    for (old, new) in asked(site, &before.columns, &table.columns, Ident::eq, report) {
        rename_column(renamed, &table.name, &old.name, &new.name);
        changes.push(Change::Column(table.name.clone(), rename(old, new)));
    }
    let mut constraints = asked(
        site,
        &before.constraints,
        &table.constraints,
        Ident::eq,
        report,
    );
    // A table has one primary key, whatever its name: `primary_key` names it after the table.
    let is_primary = |it: &&Constraint| matches!(it.kind, ConstraintKind::PrimaryKey(_));
    let (old, new) = (
        before.constraints.iter().find(is_primary),
        table.constraints.iter().find(is_primary),
    );
    constraints.extend(
        old.zip(new).filter(|(old, new)| {
            old.name != new.name && new.renamed_from.as_ref() != Some(&old.name)
        }),
    );
    let known = renamed
        .tables
        .iter()
        .find(|it| it.name == table.name)
        .cloned();
    let known = known.unwrap_or_else(|| before.clone());
    let names = (&before.name.name, &table.name.name);
    let same = Constraint::clone;
    let more = following(
        names,
        &before.constraints,
        &known.constraints,
        &table.constraints,
        same,
    );
    for pair in more {
        if !constraints.iter().any(|(old, _)| old.name == pair.0.name) {
            constraints.push(pair);
        }
    }
    for (old, new) in constraints {
        for known in renamed.tables.iter_mut().filter(|it| it.name == table.name) {
            for it in known
                .constraints
                .iter_mut()
                .filter(|it| it.name == old.name)
            {
                it.name = new.name.clone();
            }
        }
        changes.push(Change::Constraint(table.name.clone(), rename(old, new)));
    }
    let mut indexes = asked(site, &before.indexes, &table.indexes, Ident::eq, report);
    let seen = super::tables::seen_index;
    indexes.extend(following(
        names,
        &before.indexes,
        &known.indexes,
        &table.indexes,
        seen,
    ));
    for (old, new) in indexes {
        for known in renamed.tables.iter_mut().filter(|it| it.name == table.name) {
            for it in known.indexes.iter_mut().filter(|it| it.name == old.name) {
                it.name = new.name.clone();
            }
        }
        changes.push(Change::Index(table.name.clone(), rename(old, new)));
    }
    let (old, new) = (declared(before), declared(table));
    for (old, new) in asked(site, &old, &new, Ident::eq, report) {
        for known in renamed.tables.iter_mut().filter(|it| it.name == table.name) {
            let partitioning = known.partitioning.iter_mut();
            partitioning.for_each(|it| rename_partition(it, &old.name, &new.name));
        }
        let edit = rename(old, new);
        changes.push(Change::Partition(
            table.name.clone(),
            table.name.name.clone(),
            edit,
        ));
    }
}

/// All declared partitions of a table, at any depth.
fn declared(table: &Table) -> Vec<Partition> {
    let tree = table.partitioning.iter().flat_map(Partitioning::tree);
    tree.cloned().collect()
}

fn rename_partition(partitioning: &mut Partitioning, old: &Ident, new: &Ident) {
    for partition in &mut partitioning.partitions {
        if partition.name == *old {
            partition.name = new.clone();
        }
        if let Some(below) = &mut partition.partitioning {
            rename_partition(below, old, new);
        }
    }
}

fn rename<T: Named>(from: &T, after: &T) -> Edit<T> {
    Edit::Rename {
        from: from.clone(),
        to: from.under(after.name()),
    }
}

/// What is to be renamed now: the object as it was, and as it is defined. A word that is carried out already asks for
/// nothing; one that says nothing is reported.
fn asked<'a, T: Named>(
    owner: Option<&Site>,
    from: &'a [T],
    to: &'a [T],
    same: impl Fn(&T::Name, &T::Name) -> bool,
    report: &mut Report,
) -> Vec<(&'a T, &'a T)> {
    let find = |list: &'a [T], name: &T::Name| list.iter().find(|it| same(it.name(), name));
    let open = to.iter().filter_map(|after| {
        let old = after.renamed_from()?;
        let known = find(from, after.name()).and_then(T::renamed_from);
        let is_done = known.is_some_and(|word| same(word, old));
        (!is_done).then_some((old, after))
    });
    let open: Vec<(&T::Name, &'a T)> = open.collect();
    // Renames of one migration that wait for each other lead from name to name, and perhaps back to the first.
    let next = |name: &T::Name| {
        let mut open = open.iter();
        let taken = open.find(|(old, _)| same(old, name));
        taken.map(|(_, after)| after.name())
    };
    let in_circle = |name: &T::Name| {
        let mut names = std::iter::successors(next(name), |it| next(it)).take(open.len());
        names.any(|it| same(it, name))
    };
    let mut renames = Vec::new();
    for &(old, after) in &open {
        let (defect, remedy) = match (find(from, after.name()), find(from, old)) {
            (Some(_), Some(_)) if next(after.name()).is_some() && !in_circle(after.name()) => (
                "the one that has its name now is renamed in the same migration",
                "do the other rename in this migration, and this one in the next",
            ),
            (Some(_), Some(_)) => (
                "the migrations so far lead to both",
                "rename through a third name, in two migrations, or take `.renamed_from(...)` out",
            ),
            (None, Some(_)) if open.iter().any(|(_, it)| same(it.name(), old)) => (
                "another one takes that name in the same migration",
                "do this rename in this migration, and the other in the next",
            ),
            (None, Some(_)) if find(to, old).is_some() => (
                "the definition still has that one",
                "rename it in this migration and add the other in the next, or take `.renamed_from(...)` out",
            ),
            (None, Some(_)) if open.iter().filter(|(it, _)| same(it, old)).count() > 1 => (
                "another one is too",
                "remove one of the two `.renamed_from(...)`: that object is new; `.backfill(...)` copies the values of a column",
            ),
            (None, Some(before)) => {
                renames.push((before, after));
                continue;
            }
            (_, None) => (
                "the migrations so far lead to no such object",
                "mend the old name, or take `.renamed_from(...)` out",
            ),
        };
        let site = match owner {
            Some(owner) => owner.child(T::KIND, after.name().to_string(), after.place()),
            None => Site::new(T::KIND, after.name().to_string(), after.place()),
        };
        let defect = format!("it is renamed from `{}`, but {defect}", old.to_string());
        report.add(Code::SM070, &site, defect, remedy);
    }
    renames
}
