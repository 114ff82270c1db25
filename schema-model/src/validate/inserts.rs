//! What queries and routines insert: columns that exist, as many values as are listed, and one for each column that is never NULL
//! and has none of its own.

use super::code::Code;
use super::report::{Report, Site, list};
use super::usage::Usage;
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::{TriggerEvent, TriggerTiming};

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        let tables = schema.tables.iter();
        of_text(schema, &Usage::of(schema, query), tables, &site, report);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let usage = Usage::of_routine(schema, routine);
        // The event store's have a rule of their own.
        let tables = schema.tables.iter().filter(|it| it.store_table.is_none());
        of_text(schema, &usage, tables, &site, report);
        let has_path = routine
            .settings
            .iter()
            .any(|(name, _)| *name == "search_path");
        if let Some((name, is_known)) = usage.written_bare().filter(|_| !has_path) {
            report.add(
                Code::SM159,
                &site,
                format!("its text writes to `{name}` without a schema name, and the routine's search_path contains `pg_catalog` only"),
                if is_known {
                    format!("write `{{{name}}}` in the text, and `.relation({name:?}, {name:?})` of the template")
                } else {
                    format!(
                        "correct the name, or write it with its schema; if it is a temporary table that the text does not create, add \
                         `.mentions({name:?}, \"who creates it\")` to the text"
                    )
                },
            );
        }
    }
}

fn of_text<'t>(
    schema: &Schema,
    usage: &Usage<'_>,
    tables: impl Iterator<Item = &'t Table>,
    site: &Site,
    report: &mut Report,
) {
    for table in tables {
        for name in usage.unknown_listed(table) {
            let columns: Vec<&Ident> = table.columns.iter().map(|it| &it.name).collect();
            report.add(
                Code::SM134,
                site,
                format!(
                    "it inserts into a column that `{}` does not have: `{name}`",
                    table.name
                ),
                format!("name a column that exists: {}", list(&columns)),
            );
        }
        if let Some((listed, given)) = usage.uneven_values(table) {
            report.add(
                Code::SM158,
                site,
                format!(
                    "its INSERT into `{}` lists {listed} columns and gives {given} values",
                    table.name
                ),
                "give each column that is listed a value",
            );
        }
        if !may_fill(table) {
            without_value(schema, usage, table, site, report);
        }
    }
}

/// Columns that are never NULL, and that an INSERT leaves out or may give a NULL.
fn without_value(
    schema: &Schema,
    usage: &Usage<'_>,
    table: &Table,
    site: &Site,
    report: &mut Report,
) {
    for column in table.columns.iter().filter(|it| !schema.takes_null(it)) {
        let (table, name) = (&table.name, &column.name);
        if schema.needs_value(column) && usage.lacks(table, name) {
            report.add(
                Code::SM157,
                site,
                format!(
                    "it inserts rows into `{table}` without `{name}`, which is never NULL and has no default"
                ),
                "give the column a value there, or a default in the table",
            );
        } else if let Some(param) = usage.nullable_given(table, name) {
            report.add(
                Code::SM157,
                site,
                format!(
                    "it gives `{name}` of `{table}`, which is never NULL, the parameter `{param}`, which may be NULL"
                ),
                "take `.nullable()` from the parameter, or add it to the column",
            );
        }
    }
}

/// Whether a trigger may give rows what they lack.
fn may_fill(table: &Table) -> bool {
    table
        .triggers
        .iter()
        .any(|it| it.timing == TriggerTiming::Before && it.events.contains(&TriggerEvent::Insert))
}
