//! Renames to a name that something else has so far and gives up in the same migration: renames come first, so that it is not
//! free yet.

use super::{Change, Edit};
use crate::name::{Ident, QualifiedName};
use crate::partition::Partitioning;
use crate::place::Place;
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// A name, and what has it.
type Taken = (&'static str, QualifiedName);

pub(super) fn check(from: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    let renames: Vec<(Taken, Taken, Place)> = changes.iter().filter_map(renamed).collect();
    if renames.is_empty() {
        return;
    }
    let relations = relations(from);
    let same = |left: &QualifiedName, right: &QualifiedName| to.same_name(left, right);
    let is_free = |name: &QualifiedName| renames.iter().any(|((_, old), ..)| same(old, name));
    for (_, (kind, name), place) in &renames {
        let mut others = relations.iter();
        let other = others.find(|(_, known)| same(known, name) && !is_free(known));
        let of_table = || other_constraint(from, to, changes, name);
        let Some(what) = other
            .map(|(kind, _)| format!("the {kind}"))
            .or_else(|| (*kind == "constraint").then(of_table).flatten())
        else {
            continue;
        };
        report.add(
            Code::SM076,
            &Site::new(kind, name, *place),
            format!("its new name is still used by {what} `{}`", name.name),
            "choose another name; or drop the old one in this migration, and rename in the next",
        );
    }
}

/// What is renamed among relations, with its name before and after; a constraint's beside its table.
fn renamed(change: &Change) -> Option<(Taken, Taken, Place)> {
    fn pair(
        kind: &'static str,
        old: QualifiedName,
        new: QualifiedName,
        place: Place,
    ) -> (Taken, Taken, Place) {
        ((kind, old), (kind, new), place)
    }
    match change {
        Change::Table(Edit::Rename { from, to }) => {
            Some(pair("table", from.name.clone(), to.name.clone(), to.place))
        }
        Change::View(Edit::Rename { from, to }) => {
            Some(pair("view", from.name.clone(), to.name.clone(), to.place))
        }
        Change::Sequence(Edit::Rename { from, to }) => Some(pair(
            "sequence",
            from.name.clone(),
            to.name.clone(),
            to.place,
        )),
        Change::Index(of, Edit::Rename { from, to }) => {
            let names = (of.sibling(&from.name), of.sibling(&to.name));
            Some(pair("index", names.0, names.1, to.place))
        }
        Change::Constraint(of, Edit::Rename { from, to }) => {
            let names = (of.sibling(&from.name), of.sibling(&to.name));
            Some(pair("constraint", names.0, names.1, to.place))
        }
        _ => None,
    }
}

/// Everything that shares the names of tables.
fn relations(schema: &Schema) -> Vec<Taken> {
    let mut all: Vec<Taken> = Vec::new();
    for table in &schema.tables {
        let beside = |name: &Ident| table.name.sibling(name);
        all.push(("table", table.name.clone()));
        let keys = table.constraints.iter().filter(|it| it.has_index());
        all.extend(keys.map(|it| ("key", beside(&it.name))));
        all.extend(table.indexes.iter().map(|it| ("index", beside(&it.name))));
        let declared = table.partitioning.iter().flat_map(Partitioning::tree);
        all.extend(declared.map(|it| ("partition", beside(&it.name))));
    }
    for view in &schema.views {
        all.push(("view", view.name.clone()));
        let indexes = view.indexes().iter();
        all.extend(indexes.map(|it| ("index", view.name.sibling(&it.name))));
    }
    all.extend(
        schema
            .sequences
            .iter()
            .map(|it| ("sequence", it.name.clone())),
    );
    all
}

/// A constraint of the same table that has the name.
fn other_constraint(
    from: &Schema,
    to: &Schema,
    changes: &[Change],
    name: &QualifiedName,
) -> Option<String> {
    let table = changes.iter().find_map(|change| match change {
        Change::Constraint(of, Edit::Rename { to: new, .. })
            if to.same_name(&of.sibling(&new.name), name) =>
        {
            Some(of)
        }
        _ => None,
    })?;
    let before =
        super::words::from_table(from, to, table, to.find_table(table)?.renamed_from.as_ref())?;
    let mut constraints = before.constraints.iter();
    let is_renamed = |name: &Ident| {
        changes.iter().any(|change| match change {
            Change::Constraint(of, Edit::Rename { from, .. }) => {
                to.same_name(of, table) && from.name == *name
            }
            _ => false,
        })
    };
    let has_it = constraints.any(|it| it.name == name.name && !is_renamed(&it.name));
    has_it.then(|| "the constraint".to_owned())
}
