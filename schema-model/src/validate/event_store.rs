//! The columns that an event store's routines and its Rust interface need: a definition may add to its tables, not take away.

use super::code::Code;
use super::report::{Report, Site};
use crate::eventcore::events::{PAYLOAD, log};
use crate::eventcore::{EventStore, streams};
use crate::schema::Schema;
use crate::table::{StoreTable, Table};
use crate::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let store = EventStore::simple();
    for table in &schema.tables {
        match table.store_table {
            Some(StoreTable::Log) => {
                let own = log(&store);
                columns(table, &own, report);
                added(table, &own, report);
            }
            Some(StoreTable::Streams) => columns(table, &streams::table(&store), report),
            None => {}
        }
    }
}

fn columns(table: &Table, own: &Table, report: &mut Report) {
    let site = Site::new("table", &table.name, table.place);
    for column in &own.columns {
        let name = &column.name;
        let Some(after) = table.find_column(name) else {
            report.add(
                Code::SM144,
                &site,
                format!("it lacks the event store's column `{name}`"),
                "do not remove or rename columns of the event store in `.edit_table(...)`",
            );
            continue;
        };
        let payloads = [DataType::Jsonb, DataType::Json, DataType::Bytea];
        let may_be = match name.as_str() {
            PAYLOAD => &payloads[..],
            _ => std::slice::from_ref(&column.ty),
        };
        if !may_be.contains(&after.ty) {
            let needs: Vec<String> = may_be.iter().map(|ty| format!("`{ty}`")).collect();
            let needs = needs.join(" or ");
            report.add(
                Code::SM144,
                &site.child("column", name, after.place),
                format!(
                    "its type is `{}`, and the event store needs {needs}",
                    after.ty
                ),
                "keep the types of the event store's columns in `.edit_table(...)`",
            );
        }
    }
}

/// A column that `append_events` does not know must get its values from the server.
fn added(table: &Table, own: &Table, report: &mut Report) {
    let fills = |trigger: &Trigger| {
        let inserts = trigger.events.contains(&TriggerEvent::Insert);
        trigger.timing == TriggerTiming::Before && trigger.level == TriggerLevel::Row && inserts
    };
    if table.triggers.iter().any(fills) {
        return;
    }
    let site = Site::new("table", &table.name, table.place);
    for column in &table.columns {
        let is_own = own.find_column(&column.name).is_some();
        if is_own || column.generated.is_some() || column.default.is_some() {
            continue;
        }
        report.add(
            Code::SM145,
            &site.child("column", &column.name, column.place),
            "nothing writes it: `append_events` fills the event store's own columns alone",
            "store the value in the event's metadata; or compute the column with `.generated(...)`, give it a default, or fill it in \
             a trigger BEFORE INSERT for each row",
        );
    }
}
