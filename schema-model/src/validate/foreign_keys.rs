//! Foreign keys.

use super::code::Code;
use super::duplicates::{not_empty, unique};
use super::expressions::{unknown_column, unknown_columns};
use super::operators::comparison;
use super::report::{Report, Site, list};
use crate::constraint::{Constraint, ConstraintKind, ForeignKey, ForeignKeyAction};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                let site = owner.child("constraint", &constraint.name, constraint.place);
                check_own_side(report, &site, table, constraint, key);
                check_target(schema, report, &site, table, key);
            }
        }
    }
}

fn check_own_side(
    report: &mut Report,
    site: &Site,
    table: &Table,
    constraint: &Constraint,
    key: &ForeignKey,
) {
    not_empty(report, site, "columns", key.columns.is_empty());
    unknown_columns(report, site, &key.columns, &table.columns);
    let names = key.columns.iter().map(|name| (name, constraint.place));
    unique(report, site, "column", names);
    let changing = |action| {
        matches!(
            action,
            ForeignKeyAction::Cascade | ForeignKeyAction::SetNull | ForeignKeyAction::SetDefault
        )
    };
    if table.append_only && (changing(key.on_delete) || changing(key.on_update)) {
        report.add(
            Code::SM026,
            site,
            "its action would change or delete rows of an append-only table",
            "let it refuse: `NoAction` or `Restrict`",
        );
    }
    let nulls =
        key.on_delete == ForeignKeyAction::SetNull || key.on_update == ForeignKeyAction::SetNull;
    for column in key
        .columns
        .iter()
        .filter_map(|name| table.find_column(name))
    {
        if nulls && !column.nullable {
            report.add(
                Code::SM023,
                site,
                format!(
                    "its action sets `{}` to NULL, which the column refuses",
                    column.name
                ),
                "allow NULL there, or choose another action",
            );
        }
    }
}

fn check_target(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    key: &ForeignKey,
) {
    let Some(target) = schema.find_table(&key.references) else {
        report.add(
            Code::SM009,
            site,
            format!("there is no table `{}`", key.references),
            format!(
                "the tables are {}",
                list(schema.tables.iter().map(|table| &table.name))
            ),
        );
        return;
    };
    if target.append_only || target.partitioning.is_some() {
        report.add(
            Code::SM025,
            site,
            format!(
                "`{}` is {}: each insert here would lock a row there, and no partition could be dropped or \
                 detached while rows here reference it",
                target.name,
                if target.partitioning.is_some() { "partitioned" } else { "append-only" }
            ),
            "store the id without a foreign key: events are never deleted or changed, so it cannot dangle \
             but by retention",
        );
    }
    let known: Vec<&Ident> = target.columns.iter().map(|column| &column.name).collect();
    let mut all_known = true;
    for name in &key.referenced_columns {
        if !known.contains(&name) {
            all_known = false;
            unknown_column(report, &site.part("references", &target.name), name, &known);
        }
    }
    check_pairs(report, site, table, target, key);
    if all_known && !is_key(target, &key.referenced_columns) {
        report.add(
            Code::SM024,
            site,
            format!(
                "{} of `{}` is no key",
                list(&key.referenced_columns),
                target.name
            ),
            "reference its primary key or a unique key, or add a unique key over these columns",
        );
    }
}

fn check_pairs(report: &mut Report, site: &Site, table: &Table, target: &Table, key: &ForeignKey) {
    if key.columns.len() != key.referenced_columns.len() {
        report.add(
            Code::SM023,
            site,
            format!(
                "{} columns reference {}",
                key.columns.len(),
                key.referenced_columns.len()
            ),
            "name as many columns as are referenced, in the same order",
        );
        return;
    }
    for (own, other) in key.columns.iter().zip(&key.referenced_columns) {
        let (Some(own), Some(other)) = (table.find_column(own), target.find_column(other)) else {
            continue;
        };
        if comparison(&own.ty, &other.ty).is_none() {
            report.add(
                Code::SM023,
                site,
                format!(
                    "`{}` is {}, the referenced `{}` {}",
                    own.name, own.ty, other.name, other.ty
                ),
                "give both the same type",
            );
        }
    }
}

/// Whether these columns, in any order, are a key of the table or of a unique index without a predicate.
fn is_key(table: &Table, columns: &[Ident]) -> bool {
    let same =
        |key: &[Ident]| key.len() == columns.len() && columns.iter().all(|name| key.contains(name));
    let by_key = table
        .constraints
        .iter()
        .filter_map(Constraint::key)
        .any(|key| same(&key.columns));
    by_key
        || table.indexes.iter().any(|index| {
            index.unique
                && index.predicate.is_none()
                && index.column_names().is_some_and(|names| same(&names))
        })
}
