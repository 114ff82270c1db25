//! Columns that are added or renamed, and that take a name which a text uses for something else: an argument, a variable, a result
//! or a column of another relation. The server would find the name ambiguous, or take the column without an error.

use super::text::Text;
use super::{Change, Edit};
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// Names that a routine's text compares with themselves.
pub(super) fn with_themselves(texts: &[(Site, Text<'_>)], report: &mut Report) {
    for (site, text) in texts {
        if let Some((line, name)) = text.conflict() {
            report.add(
                Code::SM165,
                site,
                format!(
                    "line {line} of its text compares `{name}` with itself: it is a column there, and an argument, result column or \
                     variable"
                ),
                format!(
                    "qualify the one that is meant, by an alias of the table or the name of the routine, or give the other one another \
                     name; if the text is correct as it is, add `.mentions({name:?}, \"what it means\")` to it"
                ),
            );
        }
    }
}

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn check(
    renamed: &Schema,
    to: &Schema,
    texts: &[(Site, Text<'_>)],
    changes: &[Change],
    report: &mut Report,
) {
    let before = Text::all(renamed);
    let of_tables = changes.iter().filter_map(|change| match change {
        Change::Column(table, Edit::Add(column)) => Some((table, &column.name)),
        Change::Column(table, Edit::Rename { to, .. }) => Some((table, &to.name)),
        _ => None,
    });
    let of_views = to.views.iter().flat_map(|view| {
        let before = renamed.find_view(&view.name);
        let added = view.columns.iter().filter(move |column| {
            before.is_some_and(|before| before.columns.iter().all(|it| it.name != column.name))
        });
        added.map(|column| (&view.name, &column.name))
    });
    for column in of_tables.chain(of_views) {
        for (site, text) in texts {
            let mut before = before.iter();
            let is_as_before =
                before.any(|(it, before)| it.is_same(site) && before.has_body_of(text));
            of_text(text, is_as_before, column, site, report);
        }
    }
}

fn of_text(
    text: &Text<'_>,
    is_as_before: bool,
    (table, name): (&QualifiedName, &Ident),
    site: &Site,
    report: &mut Report,
) {
    let Some((line, what)) = text.capture(table, name, is_as_before) else {
        return;
    };
    report.add(
        Code::SM165,
        site,
        format!("line {line} of its text uses `{name}` for {what}, and `{table}` gets a column of this name"),
        format!(
            "qualify the name in the text (`alias.{name}`), or give the column another name; if the text is correct as it is, add \
             `.mentions({:?}, \"what it means\")` to it",
            name.as_str()
        ),
    );
}
