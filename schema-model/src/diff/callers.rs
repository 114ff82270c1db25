//! Routines that call one whose arguments or result change, and stay as they are: the server finds out at the next call.

use super::{Change, Edit};
use crate::expr::calls_in;
use crate::routine::{Language, Routine};
use crate::schema::Schema;
use crate::template::Binding;
use crate::validate::Code;
use crate::validate::casts::assignable;
use crate::validate::report::{Report, Site};

/// `from` is the schema before, under today's names.
pub(super) fn check(from: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    for change in changes {
        let Change::Routine(Edit::Alter { from: was, to: is }) = change else {
            continue;
        };
        if is.takes_calls_of(was) || fits(to, was, is) {
            continue;
        }
        for caller in &to.routines {
            let is_as_before = from
                .find_routine(&caller.name)
                .is_some_and(|before| before.body == caller.body);
            let is_checked_anyway = caller.language == Language::SqlAtomic;
            if is_as_before && !is_checked_anyway && calls(to, caller, is) {
                let name = is.name.name.as_str();
                report.add(
                    Code::SM135,
                    &Site::new("routine", &caller.name, caller.place),
                    format!("its text calls `{}`, whose arguments or result changed, and the text did not", is.name),
                    format!(
                        "adapt the call; or, if it is still correct, add `.mentions({name:?}, \"why it is correct\")` to the text"
                    ),
                );
            }
        }
    }
}

/// Whether calls by position go on working: the server converts what they give.
fn fits(schema: &Schema, was: &Routine, is: &Routine) -> bool {
    let mut pairs = was.arguments.iter().zip(&is.arguments);
    was.arguments.len() == is.arguments.len()
        && was.returns == is.returns
        && pairs.all(|(was, is)| {
            let (was_ty, is_ty) = (schema.base_of(&was.ty), schema.base_of(&is.ty));
            was.name == is.name
                && (was_ty == is_ty || was_ty.is_numeric() && is_ty.is_numeric())
                && assignable(was_ty, is_ty)
                && (was.default.is_none() || is.default.is_some())
        })
}

fn calls(schema: &Schema, caller: &Routine, changed: &Routine) -> bool {
    let name = changed.name.name.as_str();
    let mut bound = caller.body.bindings.values();
    let binds = bound.any(|it| match it {
        Binding::Routine(name) => schema.same_name(name, &changed.name),
        _ => false,
    });
    !schema.same_name(&caller.name, &changed.name)
        && !caller.body.mentions.contains_key(name)
        && (binds || calls_in(&caller.body, name))
}
