//! What an append-only table must have: triggers that refuse change, on the table and on each partition.

use super::code::Code;
use super::report::{Report, Site};
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::{Trigger, TriggerEvent, TriggerLevel};

#[derive(Clone, Copy, PartialEq)]
enum Change {
    Update,
    Delete,
    Truncate,
}

impl Change {
    fn text(self) -> &'static str {
        match self {
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in schema.tables.iter().filter(|table| table.append_only) {
        check_table(report, table);
    }
}

fn check_table(report: &mut Report, table: &Table) {
    let site = Site::new("table", &table.name, table.place);
    let row_only = table.partitioning.is_some();
    let policy = table
        .partitioning
        .as_ref()
        .and_then(|by| by.policy.as_ref());
    let leaf = policy.map(|policy| policy.leaf.triggers.as_slice());
    for change in [Change::Update, Change::Delete] {
        let on_table = table.triggers.iter().any(|trigger| {
            guards(trigger, change) && (!row_only || trigger.level == TriggerLevel::Row)
        });
        if !on_table {
            let where_to = if row_only {
                "add a row-level trigger, which partitions inherit, that raises an error"
            } else {
                "add a trigger without a condition that raises an error"
            };
            missing(report, &site, change, where_to);
        }
    }
    let is_guarded = |triggers: &[Trigger]| triggers.iter().any(|it| guards(it, Change::Truncate));
    if !is_guarded(&table.triggers) {
        let where_to = "add a statement-level trigger that raises an error";
        missing(report, &site, Change::Truncate, where_to);
    }
    if leaf.is_some_and(|leaf| !is_guarded(leaf)) {
        missing(
            report,
            &site.part("leaf", &table.name),
            Change::Truncate,
            "add the trigger to the policy's `LeafTemplate` too: the table's does not protect a partition",
        );
    }
}

fn missing(report: &mut Report, site: &Site, change: Change, remedy: &str) {
    report.add(
        Code::SM047,
        site,
        format!("an append-only table lets {} through", change.text()),
        remedy,
    );
}

fn guards(trigger: &Trigger, change: Change) -> bool {
    let fires = trigger.events.iter().any(|event| match event {
        TriggerEvent::Update(columns) => change == Change::Update && columns.is_empty(),
        TriggerEvent::Delete => change == Change::Delete,
        TriggerEvent::Truncate => change == Change::Truncate,
        TriggerEvent::Insert => false,
    });
    fires && trigger.when.is_none()
}
