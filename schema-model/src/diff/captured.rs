//! Columns that are added or renamed, and that take a name which a text uses for something else: an argument, a variable, a result
//! or a column of another relation. The server would find the name ambiguous, or take the column without a word.

use super::text::Text;
use super::{Change, Edit};
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::template::Template;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn check(renamed: &Schema, to: &Schema, changes: &[Change], report: &mut Report) {
    for routine in &to.routines {
        let text = Text::of(to, &routine.body, to.triggered_by(&routine.name)).with_names(routine);
        if let Some((line, name)) = text.conflict() {
            report.add(
                Code::SM165,
                &Site::new("routine", &routine.name, routine.place),
                format!(
                    "line {line} of its text uses `{name}`, which is a column there and an argument, result column or variable"
                ),
                format!(
                    "qualify the one that is meant (`alias.{name}`, `{}.{name}`), or give the other one another name; if the text is \
                     correct as it is, add `.mentions({name:?}, \"what it means\")` to it",
                    routine.name.name
                ),
            );
        }
    }
    for change in changes {
        let (table, name) = match change {
            Change::Column(table, Edit::Add(column)) => (table, &column.name),
            Change::Column(table, Edit::Rename { to, .. }) => (table, &to.name),
            _ => continue,
        };
        of_column(renamed, to, (table, name), report);
    }
}

fn of_column(renamed: &Schema, to: &Schema, column: (&QualifiedName, &Ident), report: &mut Report) {
    for view in &to.views {
        let before = renamed.find_view(&view.name).map(|it| &it.body);
        let site = Site::new("view", &view.name, view.place);
        let text = Text::of(to, &view.body, Vec::new());
        of_text(&text, before == Some(&view.body), column, &site, report);
    }
    for routine in &to.routines {
        let before = renamed.find_routine(&routine.name).map(|it| &it.body);
        let site = Site::new("routine", &routine.name, routine.place);
        let text = Text::of(to, &routine.body, to.triggered_by(&routine.name));
        let text = text.with_names(routine);
        of_text(&text, before == Some(&routine.body), column, &site, report);
    }
    for query in &to.queries {
        let mut queries = renamed.queries.iter();
        let before: Option<&Template> = queries.find(|it| it.name == query.name).map(|it| &it.body);
        let site = Site::new("query", &query.name, query.place);
        let text = Text::of(to, &query.body, Vec::new());
        of_text(&text, before == Some(&query.body), column, &site, report);
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
