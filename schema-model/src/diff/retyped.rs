//! Routines that use a column whose values are of another kind from now on, and stay as they are: the server finds out at the next
//! call.

use super::text::Text;
use super::{Change, Edit};
use crate::column::Column;
use crate::name::QualifiedName;
use crate::routine::Language;
use crate::schema::Schema;
use crate::ty::DataType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn check(renamed: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    for change in changes {
        if let Change::Column(table, Edit::Alter { from, to: is }) = change
            && !is_of_a_kind(to, &from.ty, &is.ty)
        {
            of_column(renamed, to, (table, from, is), report);
        }
    }
}

/// Whether expressions over the one take the other.
fn is_of_a_kind(schema: &Schema, was: &DataType, is: &DataType) -> bool {
    let (was, is) = (schema.base_of(was), schema.base_of(is));
    was == is || was.is_text() && is.is_text() || was.is_numeric() && is.is_numeric()
}

fn of_column(
    renamed: &Schema,
    to: &Schema,
    (table, was, is): (&QualifiedName, &Column, &Column),
    report: &mut Report,
) {
    for routine in &to.routines {
        let before = renamed.find_routine(&routine.name);
        let is_as_before = before.is_some_and(|it| it.body == routine.body);
        // The server reads such a body when it is created, and it is created again.
        if !is_as_before || routine.language == Language::SqlAtomic {
            continue;
        }
        let rows_of = to.triggered_by(&routine.name);
        let is_fired = rows_of.iter().any(|it| to.same_name(it, table));
        let text = Text::of(to, &routine.body, rows_of).with_names(routine);
        // Also where a view shows it.
        let mut shown = to.with_views_of(table, &is.name).into_iter();
        let used = shown.find_map(|(relation, name)| {
            let line = text.use_of(relation, name, is_fired && relation == table)?;
            Some((line, relation, name.as_str()))
        });
        if let Some((line, table, name)) = used {
            report.add(
                Code::SM135,
                &Site::new("routine", &routine.name, routine.place),
                format!(
                    "line {line} of its text uses column `{name}` of `{table}`, whose type was {} and is {} now, and the text did not change",
                    was.ty, is.ty
                ),
                format!("adapt the text; or, if it is still correct, add `.mentions({name:?}, \"why it is correct\")` to it"),
            );
        }
    }
}
