//! What the queries of a definition insert: each column that is never NULL and has no value of its own gets one.

use super::code::Code;
use super::report::{Report, Site};
use super::usage::Usage;
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::{TriggerEvent, TriggerTiming};

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let tables = schema.tables.iter();
    let tables: Vec<&Table> = tables.filter(|table| !may_fill(table)).collect();
    for query in &schema.queries {
        let usage = Usage::of(schema, query);
        let site = Site::new("query", &query.name, query.place);
        for table in &tables {
            for column in table.columns.iter().filter(|it| !schema.takes_null(it)) {
                let (table, name) = (&table.name, &column.name);
                if schema.needs_value(column) && usage.lacks(table, name) {
                    report.add(
                        Code::SM157,
                        &site,
                        format!("it inserts rows into `{table}` without `{name}`, which is never NULL and has no default"),
                        "give the column a value there, or a default in the table",
                    );
                } else if let Some(param) = usage.nullable_given(table, name) {
                    report.add(
                        Code::SM157,
                        &site,
                        format!("it gives `{name}` of `{table}`, which is never NULL, the parameter `{param}`, which may be NULL"),
                        "take `.nullable()` from the parameter, or add it to the column",
                    );
                }
            }
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
