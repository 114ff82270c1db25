//! Foreign keys.

use super::code::Code;
use super::duplicates::{not_empty, unique};
use super::expressions::{unknown_column, unknown_columns};
use super::foreign_key_actions;
use super::operators::can_reference;
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
                check_own_side(schema, report, &site, table, constraint, key);
                check_target(schema, report, &site, table, constraint, key);
            }
        }
    }
    check_circles(schema, report);
}

/// Tables are created with their foreign keys, so that each needs those that it references before it.
fn check_circles(schema: &Schema, report: &mut Report) {
    for (at, table) in schema.tables.iter().enumerate() {
        for constraint in &table.constraints {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            // Each circle is told once, by the first of its tables.
            let later = &schema.tables[at..];
            if let Some(way) = way_back(schema, later, table, key) {
                report.add(
                    Code::SM058,
                    &Site::new("table", &table.name, table.place).child(
                        "constraint",
                        &constraint.name,
                        constraint.place,
                    ),
                    format!(
                        "foreign keys lead from `{}` to {} and back to it, so that none of these tables can \
                         be created first",
                        table.name,
                        list(way.iter().map(|table| &table.name))
                    ),
                    "drop one of these keys, or add it by hand, in a migration of its own after all of the \
                     tables",
                );
            }
        }
    }
}

/// The tables by which a key of `table` leads back to it, through `among` alone; none for a key to itself.
fn way_back<'a>(
    schema: &Schema,
    among: &'a [Table],
    table: &Table,
    key: &ForeignKey,
) -> Option<Vec<&'a Table>> {
    let find = |key: &ForeignKey| {
        let mut tables = among.iter();
        tables.find(|other| schema.same_name(&other.name, &key.references))
    };
    let first = find(key).filter(|first| first.name != table.name)?;
    let mut ways = vec![vec![first]];
    let mut seen = vec![&first.name];
    while let Some(way) = ways.pop() {
        for constraint in way.last().map_or(&[][..], |last| &last.constraints) {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            match find(key) {
                Some(next) if next.name == table.name => return Some(way),
                Some(next) if !seen.contains(&&next.name) => {
                    seen.push(&next.name);
                    ways.push(way.iter().copied().chain([next]).collect());
                }
                _ => {}
            }
        }
    }
    None
}

fn check_own_side(
    schema: &Schema,
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
    foreign_key_actions::check(schema, report, site, table, key);
}

fn check_target(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    constraint: &Constraint,
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
    let by_policy = schema.find_policy(&target.name).is_some();
    if target.append_only || by_policy {
        report.add(
            Code::SM025,
            site,
            format!(
                "`{}` is {}: each insert here would lock a row there, and no partition could be dropped or \
                 detached while rows here reference it",
                target.name,
                if by_policy { "partitioned by a policy" } else { "append-only" }
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
    let names = key.referenced_columns.iter();
    let names = names.map(|name| (name, constraint.place));
    unique(report, site, "referenced column", names);
    check_pairs(schema, report, site, table, target, key);
    let by_key = target.has_key(&key.referenced_columns);
    let by_index = target.unique_indexes(&key.referenced_columns).next();
    if !by_key
        && let Some(index) = by_index
        && target.name == table.name
    {
        report.add(
            Code::SM024,
            site,
            format!(
                "only the index `{}` makes {} unique, and it is created after the table, which this key is \
                 part of",
                index.name,
                list(&key.referenced_columns)
            ),
            "make it a unique key of the table: `.unique(...)`",
        );
    }
    if all_known && !by_key && by_index.is_none() {
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

fn check_pairs(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    target: &Table,
    key: &ForeignKey,
) {
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
        if !can_reference(schema.base_of(&own.ty), schema.base_of(&other.ty)) {
            report.add(
                Code::SM023,
                site,
                format!(
                    "`{}` is {}, the referenced `{}` {}",
                    own.name, own.ty, other.name, other.ty
                ),
                "give both the same type",
            );
        } else if let Some(domain) = [own, other].iter().find(|it| schema.is_over_enum(&it.ty)) {
            report.add(
                Code::SM023,
                site,
                format!(
                    "`{}` is {}, a domain over an enum type, which the server does not compare",
                    domain.name, domain.ty
                ),
                "give both the enum type",
            );
        }
    }
}
