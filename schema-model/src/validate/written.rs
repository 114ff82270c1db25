//! Rows that queries and routines write, and that the server refuses whatever their values are: through a view that writes nothing,
//! changes of an append-only table, and values of columns that the server alone fills.

use std::collections::BTreeSet;

use super::code::Code;
use super::inserted::in_table;
use super::report::{Report, Site};
use super::usage::Usage;
use super::writes::Verb;
use crate::column::{Column, Identity};
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::table::Table;
use crate::template::Template;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        of_text(&Usage::of(schema, query), &query.body, &site, report);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let usage = Usage::of_routine(schema, routine);
        of_text(&usage, &routine.body, &site, report);
        let fired_for = schema.triggered_by(&routine.name).into_iter();
        let tables: Vec<&Table> = fired_for.filter_map(|it| schema.find_table(it)).collect();
        for table in &tables {
            // A text may ask for which table it runs.
            let is_plain = |name: &Ident| {
                let mut columns = tables.iter().filter_map(|it| it.find_column(name));
                columns.any(|it| it.generated.is_none())
            };
            let generated = table.columns.iter().filter(|it| it.generated.is_some());
            let mut set = generated.filter(|it| usage.sets_in_row(&it.name) && !is_plain(&it.name));
            if let Some(column) = set.next() {
                report.add(
                    Code::SM164,
                    &site,
                    format!(
                        "it sets `new.{}`, which the server computes for `{}` after it",
                        column.name, table.name
                    ),
                    "remove the assignment",
                );
            }
        }
    }
}

fn of_text(usage: &Usage<'_>, body: &Template, site: &Site, report: &mut Report) {
    for write in usage.writes() {
        let truncated = usage.schema.find_view(write.relation);
        let truncated = truncated.filter(|_| write.verb == Verb::Truncate);
        let refused = truncated.map(|view| (&view.name, "is a view"));
        let refused = usage.schema.not_written_through(write.relation).or(refused);
        if let Some((view, why)) = refused {
            report.add(
                Code::SM162,
                site,
                format!(
                    "it writes through the view `{view}`, which {why}: the server refuses that"
                ),
                "write to the table itself",
            );
        }
    }
    for table in &usage.schema.tables {
        let name = &table.name;
        let verbs = usage.changes(name).into_iter();
        let refused = verbs.filter(|verb| table.append_only && !body.mentions.contains_key(*verb));
        for verb in refused {
            report.add(
                Code::SM163,
                site,
                format!("it has {} of `{name}`, which is append-only", verb.to_uppercase()),
                format!(
                    "remove the statement; or, if the table's triggers allow it, add `.mentions({verb:?}, \"why\")` to the text"
                ),
            );
        }
        let filled = table.columns.iter().filter(|it| it.is_filled_by_server());
        for column in filled.filter(|it| usage.gives_value(name, it)) {
            let (how, remedy) = match column.identity {
                Some(_) => (
                    "always numbered by the server",
                    "leave the column out, add `OVERRIDING SYSTEM VALUE` behind the INSERT's columns, or declare \
                     `Identity::ByDefault`",
                ),
                None => ("generated", "leave the column out"),
            };
            report.add(
                Code::SM164,
                site,
                format!(
                    "it gives a value to `{}` of `{name}`, which is {how}",
                    column.name
                ),
                remedy,
            );
        }
    }
}

impl Column {
    /// Whether the server refuses values of a statement's own.
    fn is_filled_by_server(&self) -> bool {
        self.generated.is_some() || self.identity == Some(Identity::Always)
    }
}

impl Usage<'_> {
    /// The keywords of the statements that change rows of a table, also through views.
    pub(crate) fn changes(&self, table: &QualifiedName) -> BTreeSet<&'static str> {
        let writes = self.writes().into_iter();
        let changes = writes.filter(|it| it.verb != Verb::Insert);
        let of_table = changes.filter(|it| {
            let written = self.schema.written_table(it.relation);
            written.is_some_and(|(name, _)| self.schema.same_name(name, table))
        });
        of_table.map(|it| it.verb.keyword()).collect()
    }

    /// Whether it writes to a view, or to one over it.
    pub(crate) fn writes_through(&self, view: &QualifiedName) -> bool {
        let mut writes = self.writes().into_iter();
        writes.any(|it| {
            let below = self.schema.written_below(it.relation);
            below.iter().any(|it| self.schema.same_name(it, view))
        })
    }

    /// Whether it sets a column in the row that a trigger fires for.
    fn sets_in_row(&self, column: &Ident) -> bool {
        self.pieces.windows(4).any(|it| {
            it[0].is_keyword("new")
                && it[1].is_symbol(".")
                && it[2].is_word(column.as_str())
                && it[3].is_symbol(":=")
        })
    }

    /// Whether a statement gives a column of a table a value of its own.
    pub(crate) fn gives_value(&self, table: &QualifiedName, column: &Column) -> bool {
        let name = &column.name;
        let overrides = |behind: usize| {
            let next = self.pieces.get(behind);
            column.generated.is_none() && next.is_some_and(|it| it.is_keyword("overriding"))
        };
        let inserted = self.inserted(table);
        let inserts = inserted.iter().any(|list| match list {
            Some((names, behind)) => {
                let place = names.iter().position(|it| *name == **it);
                place
                    .is_some_and(|place| !self.gives_default(*behind, place) && !overrides(*behind))
            }
            None => true,
        });
        let updates = self
            .writes()
            .into_iter()
            .filter(|it| it.verb == Verb::Update);
        inserts
            || updates.into_iter().any(|it| {
                let Some((written, columns)) = self.schema.written_table(it.relation) else {
                    return false;
                };
                let set = self.assigned_at(it.behind).into_iter();
                let mut set = set.map(|own| in_table(&columns, own));
                self.schema.same_name(written, table)
                    && set.any(|it| *name == *it)
                    && !self.sets_default(table, name)
            })
    }
}
