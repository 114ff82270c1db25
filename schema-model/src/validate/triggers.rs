//! Triggers of tables and of partitions.

use super::code::Code;
use super::duplicates::{not_empty, unique};
use super::expressions::{self, Role, unknown_columns};
use super::report::{Report, Site};
use crate::expr::Expr;
use crate::routine::Returns;
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for trigger in &table.triggers {
            let site = owner.child("trigger", &trigger.name, trigger.place);
            check_trigger(schema, report, &site, table, trigger);
        }
        for trigger in table.leaf().into_iter().flat_map(|leaf| &leaf.triggers) {
            let leaf = owner.part("leaf", &table.name);
            let site = leaf.child("trigger", &trigger.name, trigger.place);
            check_trigger(schema, report, &site, table, trigger);
        }
    }
}

fn check_trigger(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    trigger: &Trigger,
) {
    not_empty(report, site, "events", trigger.events.is_empty());
    for event in &trigger.events {
        if let TriggerEvent::Update(columns) = event {
            unknown_columns(report, site, columns, &table.columns);
            let names = columns.iter().map(|name| (name, trigger.place));
            unique(report, site, "column", names);
        }
    }
    let kinds: Vec<_> = trigger.events.iter().map(std::mem::discriminant).collect();
    if kinds
        .iter()
        .enumerate()
        .any(|(at, kind)| kinds[..at].contains(kind))
    {
        refuse(report, site, "an event is listed twice", "list each once");
    }
    if has(trigger, &TriggerEvent::Truncate) && trigger.level == TriggerLevel::Row {
        refuse(
            report,
            site,
            "TRUNCATE fires no row-level trigger",
            "make it `.for_each_statement()`",
        );
    }
    match schema.find_routine(&trigger.function) {
        None => report.add(
            Code::SM010,
            site,
            format!("there is no routine `{}`", trigger.function),
            "add it to the definition, or mend the name",
        ),
        Some(routine) if routine.returns != Returns::Trigger => report.add(
            Code::SM048,
            site,
            format!("the routine `{}` does not return `trigger`", routine.name),
            "call one that does: `Routine::new(..., Returns::Trigger, ...)`",
        ),
        Some(_) => {}
    }
    if let Some(condition) = &trigger.when {
        let columns = &table.columns;
        expressions::check_condition(schema, report, site, condition, columns, Role::When);
        check_rows(report, site, table, trigger, condition);
    }
}

/// Which rows a condition may look at.
fn check_rows(
    report: &mut Report,
    site: &Site,
    table: &Table,
    trigger: &Trigger,
    condition: &Expr,
) {
    let reads_new = reads(condition, &|expr| matches!(expr, Expr::New(_)));
    let reads_old = reads(condition, &|expr| matches!(expr, Expr::Old(_)));
    if has(trigger, &TriggerEvent::Truncate) {
        refuse(
            report,
            site,
            "TRUNCATE has no rows for a condition to look at",
            "leave the condition out",
        );
    } else if trigger.level == TriggerLevel::Statement && (reads_new || reads_old) {
        refuse(
            report,
            site,
            "a statement-level condition sees no rows",
            "fire for each row, or leave the condition out",
        );
    }
    if reads_old && has(trigger, &TriggerEvent::Insert) {
        refuse(
            report,
            site,
            "INSERT has no old row for the condition to look at",
            "make a trigger of its own for INSERT",
        );
    }
    if reads_new && has(trigger, &TriggerEvent::Delete) {
        refuse(
            report,
            site,
            "DELETE has no new row for the condition to look at",
            "make a trigger of its own for DELETE",
        );
    }
    let generated = reads(condition, &|expr| match expr {
        Expr::New(name) => table
            .find_column(name)
            .is_some_and(|column| column.generated.is_some()),
        _ => false,
    });
    if generated && trigger.timing == TriggerTiming::Before {
        refuse(
            report,
            site,
            "before the change, generated columns of the new row are not computed yet",
            "fire after the change, or compare the columns that they come from",
        );
    }
}

fn has(trigger: &Trigger, event: &TriggerEvent) -> bool {
    trigger.events.contains(event)
}

fn reads(expr: &Expr, wanted: &dyn Fn(&Expr) -> bool) -> bool {
    wanted(expr)
        || expr
            .operands()
            .into_iter()
            .any(|operand| reads(operand, wanted))
}

fn refuse(report: &mut Report, site: &Site, defect: &str, remedy: &str) {
    report.add(Code::SM046, site, defect, remedy);
}
