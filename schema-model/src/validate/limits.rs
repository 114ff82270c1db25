//! How many columns and arguments the server allows. Its limits are compiled into it.

use super::code::Code;
use super::report::{Report, Site};
use crate::constraint::{Constraint, ConstraintKind};
use crate::index::Index;
use crate::schema::Schema;

/// Columns of a table or view.
const COLUMNS: usize = 1600;
/// Columns of a key or index, with those that it includes, and of a partition key.
const KEY_COLUMNS: usize = 32;
/// Arguments of a routine.
const ARGUMENTS: usize = 100;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        at_most(report, &site, "columns", table.columns.len(), COLUMNS);
        parts(report, &site, &table.constraints, &table.indexes);
        let Some(partitioning) = &table.partitioning else {
            continue;
        };
        let key = site.part("partition key", &table.name);
        let count = partitioning.key.columns().len();
        at_most(report, &key, "columns", count, KEY_COLUMNS);
        let leaf = partitioning.template();
        let site = site.part("leaf", &table.name);
        parts(report, &site, &leaf.constraints, &leaf.indexes);
    }
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        at_most(report, &site, "columns", view.columns.len(), COLUMNS);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let count = routine.arguments.len();
        at_most(report, &site, "arguments", count, ARGUMENTS);
    }
}

fn parts(report: &mut Report, owner: &Site, constraints: &[Constraint], indexes: &[Index]) {
    for constraint in constraints {
        let count = match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                key.columns.len() + key.include.len()
            }
            ConstraintKind::ForeignKey(key) => key.columns.len(),
            ConstraintKind::Exclude(exclusion) => exclusion.parts.len() + exclusion.include.len(),
            ConstraintKind::Check(_) => 0,
        };
        let site = owner.child("constraint", &constraint.name, constraint.place);
        at_most(report, &site, "columns", count, KEY_COLUMNS);
    }
    for index in indexes {
        let site = owner.child("index", &index.name, index.place);
        let count = index.parts.len() + index.include.len();
        at_most(report, &site, "columns", count, KEY_COLUMNS);
    }
}

fn at_most(report: &mut Report, site: &Site, what: &str, count: usize, most: usize) {
    if count > most {
        report.add(
            Code::SM065,
            site,
            format!("it has {count} {what}, and PostgreSQL allows {most}"),
            format!("leave {} out", count - most),
        );
    }
}
