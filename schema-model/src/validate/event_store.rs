//! The columns that an event store's routines and its Rust interface need: a definition may add to its tables, not take away.

use super::code::Code;
use super::evaluate::refusing_check;
use super::report::{Report, Site};
use crate::constraint::{Constraint, ConstraintKind};
use crate::eventcore::events::{PAYLOAD, log};
use crate::eventcore::{EventStore, streams};
use crate::expr::{Expr, Literal};
use crate::schema::Schema;
use crate::table::{StoreTable, Table};
use crate::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let store = EventStore::simple();
    for table in &schema.tables {
        let Some(kind) = table.store_table else {
            continue;
        };
        let (own, identity) = match kind {
            StoreTable::Log => (log(&store), "event_id"),
            StoreTable::Streams => (streams::table(&store), "stream_id"),
        };
        let keys: &[&[&str]] = match kind {
            StoreTable::Log => &[
                &["event_id"],
                &["global_position"],
                &["stream_id", "event_version"],
            ],
            StoreTable::Streams => &[&["stream_id"]],
        };
        columns(table, &own, report);
        key(table, identity, report);
        narrow_keys(table, &own, keys, report);
        added(schema, table, (kind, &own), report);
    }
}

/// `append_events` says which key a conflict is with.
fn key(table: &Table, column: &str, report: &mut Report) {
    let is_key = |it: &Constraint| {
        let columns = match &it.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => &key.columns,
            _ => return false,
        };
        matches!(&columns[..], [one] if *one == column)
    };
    if !table.constraints.iter().any(is_key) {
        report.add(
            Code::SM146,
            &Site::new("table", &table.name, table.place),
            format!("it has no key of `{column}` alone, without which no event can be appended"),
            "keep the keys of the event store's tables in `.edit_table(...)`",
        );
    }
}

/// A key of columns that the store fills, and that many rows share.
fn narrow_keys(table: &Table, own: &Table, keys: &[&[&str]], report: &mut Report) {
    let constraints = table.constraints.iter();
    let constraints =
        constraints.filter_map(|it| Some((&it.name, it.place, it.key()?.columns.clone())));
    let indexes = table.indexes.iter();
    let indexes = indexes.filter(|it| it.unique && it.predicate.is_none());
    let indexes = indexes.filter_map(|it| Some((&it.name, it.place, it.column_names()?)));
    for (name, place, columns) in constraints.chain(indexes) {
        let is_own = columns.iter().all(|it| own.find_column(it).is_some());
        let mut keys = keys.iter();
        if is_own && !keys.any(|key| key.iter().all(|it| columns.iter().any(|own| own == *it))) {
            report.add(
                Code::SM147,
                &Site::new("table", &table.name, table.place).child("key", name, place),
                "it makes columns unique that many events or streams share, so a second one could not be stored",
                "make a column of your own unique, or add the table's key to it",
            );
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
fn added(schema: &Schema, table: &Table, (kind, own): (StoreTable, &Table), report: &mut Report) {
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
        let has_value = column.generated.is_some()
            || column.default.is_some()
            || column.identity.is_some()
            || schema
                .find_domain(&column.ty)
                .is_some_and(|it| it.default.is_some());
        if is_own || has_value {
            continue;
        }
        let refuses_null = || {
            let domain = schema.find_domain(&column.ty);
            let null = Expr::Literal(Literal::Null);
            !column.nullable
                || domain.is_some_and(|it| it.not_null)
                || refusing_check(schema, table, column, &null).is_some()
        };
        // A row of the streams may be filled later, an event may not.
        if kind == StoreTable::Streams && !refuses_null() {
            continue;
        }
        report.add(
            Code::SM145,
            &site.child("column", &column.name, column.place),
            "nothing writes it: `append_events` fills the event store's own columns alone",
            match kind {
                StoreTable::Log => {
                    "store the value in the event's metadata; or give the column a constant default, or make it nullable and fill it in a \
                     trigger BEFORE INSERT for each row; in a store without events `.generated(...)` can compute it too"
                }
                StoreTable::Streams => {
                    "let it be NULL until you fill it, give it a default, compute it with `.generated(...)`, or fill it in a trigger \
                     BEFORE INSERT for each row"
                }
            },
        );
    }
}
