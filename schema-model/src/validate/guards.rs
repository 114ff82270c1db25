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
    let leaf = table
        .leaf()
        .map_or(&[][..], |leaf| leaf.triggers.as_slice());
    for change in [Change::Update, Change::Delete, Change::Truncate] {
        let on_table = || table.triggers.iter().filter(|it| guards(it, change));
        if on_table().next().is_none() {
            missing(
                report,
                &site,
                change,
                "add a trigger without a condition that raises an error",
            );
        }
        // Partitions inherit row triggers alone.
        let inherited = || on_table().any(|it| it.level == TriggerLevel::Row);
        let on_leaf = || leaf.iter().any(|it| guards(it, change));
        if table.partitioning.is_some() && !inherited() && !on_leaf() {
            missing(
                report,
                &site.part("leaf", &table.name),
                change,
                "add the trigger to the policy's `LeafTemplate` too: a statement trigger of the table does not \
                 protect a partition",
            );
        }
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
