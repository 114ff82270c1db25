//! Views, and what belongs to the materialised ones.

use super::named::Named;
use super::objects::named;
use super::{Change, Edit, tables};
use crate::migration::ObjectRef;
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};
use crate::view::View;

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn compare(
    renamed: &Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let (from, after) = (&renamed.views, &to.views);
    for (before, after) in named(
        to,
        from,
        after,
        ObjectRef::View,
        Change::View,
        report,
        changes,
    ) {
        let (mut before, mut after) = (seen(before), seen(after));
        if before.shows_the_same(&after)
            && let (Some(old), Some(new)) = (&mut before.materialized, &mut after.materialized)
        {
            // An index comes and goes by itself while the rows stay.
            let (old, new) = (
                std::mem::take(&mut old.indexes),
                std::mem::take(&mut new.indexes),
            );
            tables::indexes(&after.name, &old, &new, changes);
        }
        if before != after {
            changes.push(Change::View(Edit::Alter {
                from: before,
                to: after,
            }));
        }
    }
}

/// A view without what only its changes need to know.
fn seen(view: &View) -> View {
    let mut seen = Named::seen(view, &view.name);
    if let Some(kept) = &mut seen.materialized {
        kept.empty = false;
        kept.blocking = None;
        for index in &mut kept.indexes {
            *index = tables::seen_index(index);
        }
    }
    seen
}

/// A materialised view over what changes is dropped and filled anew in the transaction of the change, which needs a word.
pub(super) fn filled_anew(from: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    let holds = |view: &&View| changes.iter().any(|it| it.is_held_by(from, view));
    let mut held: Vec<&View> = from.views.iter().filter(holds).collect();
    let mut at = 0;
    while let Some(below) = held.get(at).copied() {
        at += 1;
        let over = from.views.iter().filter(|it| it.reads(from, &below.name));
        for view in over {
            if !held.contains(&view) {
                held.push(view);
            }
        }
    }
    for view in &to.views {
        let rests = |before: &View| held.contains(&before);
        let is_filled = view
            .materialized
            .as_ref()
            .is_some_and(|it| it.blocking.is_none())
            && from.find_view(&view.name).is_some_and(rests);
        if is_filled {
            report.add(
                Code::SM092,
                &Site::new("view", &view.name, view.place),
                "what it reads changes, so it is filled anew while reads and writes of that wait",
                "if it is filled fast enough, say `.blocking(\"why\")` of the view; or give it up in this migration, and \
                 add it again in the next",
            );
        }
    }
}
