//! Keys and checks. Foreign keys have a file of their own.

use super::code::Code;
use super::duplicates::{not_empty, unique};
use super::exclusions;
use super::expressions::{self, Role, unknown_columns};
use super::report::{Report, Site, list};
use crate::constraint::{Constraint, ConstraintKind, Key};
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for constraint in &table.constraints {
            let site = owner.child("constraint", &constraint.name, constraint.place);
            match &constraint.kind {
                ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                    check_key(schema, report, &site, table, constraint, key);
                    check_partition_key(report, &site, table, &key.columns);
                }
                ConstraintKind::Check(expr) => expressions::check_condition(
                    schema,
                    report,
                    &site,
                    expr,
                    &table.columns,
                    Role::Check,
                ),
                ConstraintKind::Exclude(exclusion) => {
                    exclusions::check(schema, report, &site, table, constraint, exclusion);
                }
                ConstraintKind::ForeignKey(_) => {}
            }
        }
        check_leaf(schema, report, &owner, table);
        check_primary_keys(report, &owner, table);
    }
}

fn check_leaf(schema: &Schema, report: &mut Report, owner: &Site, table: &Table) {
    for constraint in table.leaf().into_iter().flat_map(|leaf| &leaf.constraints) {
        let site =
            owner
                .part("leaf", &table.name)
                .child("constraint", &constraint.name, constraint.place);
        if let Some(key) = constraint.key() {
            check_key(schema, report, &site, table, constraint, key);
        } else {
            report.add(
                Code::SM041,
                &site,
                "partitions have keys of their own, no other constraints",
                "put it on the table: partitions inherit checks and foreign keys",
            );
        }
    }
}

fn check_key(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    constraint: &Constraint,
    key: &Key,
) {
    not_empty(report, site, "columns", key.columns.is_empty());
    let columns = key.columns.iter().chain(&key.include);
    unknown_columns(report, site, columns.clone(), &table.columns);
    unique(
        report,
        site,
        "column",
        columns.map(|name| (name, constraint.place)),
    );
    let primary = matches!(constraint.kind, ConstraintKind::PrimaryKey(_));
    for column in key
        .columns
        .iter()
        .filter_map(|name| table.find_column(name))
    {
        if !schema.is_sortable(&column.ty) {
            report.add(
                Code::SM029,
                site,
                format!("`{}` is {}, which has no order and no equality", column.name, column.ty),
                "a key needs a type that can be compared: store jsonb, or a digest beside the document",
            );
        }
        if primary && column.nullable {
            report.add(
                Code::SM016,
                site,
                format!("`{}` allows NULL", column.name),
                "take `.nullable()` away: PostgreSQL makes the columns of a primary key not null",
            );
        }
    }
    if primary && key.nulls_not_distinct {
        report.add(
            Code::SM031,
            site,
            "a primary key holds no NULLs to be told apart",
            "leave `.nulls_not_distinct()` out: it is for unique keys",
        );
    }
}

/// A unique index can only speak for the partition that it lies in.
pub(super) fn check_partition_key(
    report: &mut Report,
    site: &Site,
    table: &Table,
    columns: &[crate::name::Ident],
) {
    let Some(partitioning) = &table.partitioning else {
        return;
    };
    let key = partitioning.key_columns().into_iter();
    let missing: Vec<_> = key.filter(|name| !columns.contains(name)).collect();
    if missing.is_empty() {
        return;
    }
    report.add(
        Code::SM014,
        site,
        format!(
            "unique over {} must contain the partition key {}: each partition has an index of its own, and \
             none sees the rows of another",
            list(columns),
            list(missing)
        ),
        "if it need only hold within each partition, put it into the policy's `LeafTemplate`; what must hold \
         across partitions, the function that appends guarantees by the row it locks",
    );
}

fn check_primary_keys(report: &mut Report, owner: &Site, table: &Table) {
    let leaf = table.leaf().into_iter().flat_map(|leaf| &leaf.constraints);
    let primary = table
        .constraints
        .iter()
        .chain(leaf)
        .filter(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey(_)));
    let names: Vec<_> = primary.map(|constraint| &constraint.name).collect();
    if names.len() > 1 {
        report.add(
            Code::SM015,
            owner,
            format!("it has {} primary keys: {}", names.len(), list(names)),
            "keep one and make the others unique keys",
        );
    }
}
