//! Sequences, views, routines and privileges.

use super::breaks::in_rust;
use super::named::Named;
use super::{Change, Edit, gone, paired, views};
use crate::grant::Grant;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::schema::Schema;
use crate::validate::report::{Report, Site};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn compare(
    renamed: &Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let (from, after) = (&renamed.sequences, &to.sequences);
    kind(
        to,
        from,
        after,
        ObjectRef::Sequence,
        Change::Sequence,
        report,
        changes,
    );
    views::compare(renamed, to, report, changes);
    let (from, after) = (&renamed.routines, &to.routines);
    kind(
        to,
        from,
        after,
        ObjectRef::Routine,
        Change::Routine,
        report,
        changes,
    );
    grants(renamed, to, changes);
}

/// The objects of one kind, each of which is compared as a whole.
fn kind<T: Named<Name = QualifiedName>>(
    schema: &Schema,
    from: &[T],
    to: &[T],
    object: impl Fn(QualifiedName) -> ObjectRef,
    change: impl Fn(Edit<T>) -> Change,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    for (before, after) in named(schema, from, to, object, &change, report, changes) {
        let name = after.name();
        alter(before.seen(name), after.seen(name), &change, changes);
    }
}

/// Adds the new ones and those that are gone, each of which needs a word, and gives those on both sides.
pub(super) fn named<'a, T: Named<Name = QualifiedName>>(
    schema: &Schema,
    from: &'a [T],
    to: &'a [T],
    object: impl Fn(QualifiedName) -> ObjectRef,
    change: impl Fn(Edit<T>) -> Change,
    report: &mut Report,
    changes: &mut Vec<Change>,
) -> Vec<(&'a T, &'a T)> {
    let same = |left: &T, right: &T| schema.same_name(left.name(), right.name());
    let (both, new, old) = paired(from, to, same);
    changes.extend(new.into_iter().map(|it| change(Edit::Add(it.clone()))));
    for before in old {
        let is_gone = object(before.name().clone());
        if !schema
            .dropped
            .iter()
            .any(|word| schema.same_object(&word.object, &is_gone))
        {
            let name = in_rust(before.name());
            let remedy = format!(
                "say `.drop(ObjectRef::{}({name}), \"why\")` of the schema",
                T::REFERENCE
            );
            let site = Site::new(T::KIND, before.name(), before.place());
            gone(report, &site, &format!("this {}", T::KIND), &remedy);
        }
        changes.push(change(Edit::Drop(before.clone())));
    }
    both
}

/// Grants of one object to one role are one, whatever their number.
fn grants(from: &Schema, to: &Schema, changes: &mut Vec<Change>) {
    let (before, after) = (merged(from), merged(to));
    let same =
        |left: &Grant, right: &Grant| to.same_object(&left.on, &right.on) && left.to == right.to;
    let (both, new, old) = paired(&before, &after, same);
    changes.extend(new.into_iter().cloned().map(Edit::Add).map(Change::Grant));
    for (before, after) in both {
        let before = Grant {
            on: after.on.clone(),
            ..before.clone()
        };
        alter(before, after.clone(), Change::Grant, changes);
    }
    changes.extend(old.into_iter().cloned().map(Edit::Drop).map(Change::Grant));
}

fn merged(schema: &Schema) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for grant in &schema.grants {
        let known = grants
            .iter_mut()
            .find(|known| schema.same_object(&known.on, &grant.on) && known.to == grant.to);
        match known {
            Some(known) => known.privileges.extend(&grant.privileges),
            None => grants.push(grant.clone()),
        }
    }
    for grant in &mut grants {
        grant.privileges.sort();
        grant.privileges.dedup();
        grant.allows.clear();
    }
    grants
}

pub(super) fn alter<T: PartialEq>(
    from: T,
    to: T,
    change: impl Fn(Edit<T>) -> Change,
    changes: &mut Vec<Change>,
) {
    if from != to {
        changes.push(change(Edit::Alter { from, to }));
    }
}
