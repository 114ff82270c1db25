//! Columns that are added to a table with rows: what these get, and whether they may.

use super::columns::rewrites;
use crate::column::Column;
use crate::constraint::ConstraintKind;
use crate::expr::{Expr, Literal, Volatility};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;
use crate::validate::report::{Report, Site};
use crate::validate::{Code, volatility_of};

/// What the new columns of a table do together.
pub(super) fn check(
    schemas: (&Schema, &Schema),
    owner: &Site,
    table: &Table,
    new: &[&Column],
    report: &mut Report,
) {
    alike_under_key(schemas.1, owner, table, new, report);
    references_new(schemas, owner, table, new, report);
}

pub(super) fn added(
    schema: &Schema,
    site: &Site,
    table: &Table,
    column: &Column,
    lost: &[String],
    report: &mut Report,
) {
    let differs = schema
        .default_of(column)
        .is_some_and(|value| volatility_of(schema, value, &table.columns) == Volatility::Volatile);
    if schema.has_rules(&column.ty) {
        rewrites(
            site,
            table,
            (None, column),
            "a column under the rules of a domain is written into every row that is there",
            "give it the type below the domain, and checks of its own",
            report,
        );
    } else if column.generated.is_some() {
        rewrites(
            site,
            table,
            (None, column),
            "a generated column is computed for every row that is there",
            "compute it in a view or in the queries",
            report,
        );
        return;
    } else if differs || column.identity.is_some() {
        rewrites(
            site,
            table,
            (None, column),
            "a value that differs from row to row is written into every row that is there",
            "add it nullable and without the default, then set the default in a later migration",
            report,
        );
        return;
    }
    let has_value = schema.default_of(column).is_some() || column.generated.is_some();
    if schema.refuses_null(&column.ty) && (column.backfill.is_some() || !has_value) {
        report.add(
            Code::SM076,
            site,
            format!("{} refuses NULL, and rows that are there have no value at the moment in which it is added", column.ty),
            "give it a default and no `.backfill(...)`, or the type below the domain with checks of its own",
        );
        return;
    }
    if column.backfill.is_some() && table.append_only {
        report.add(
            Code::SM074,
            site,
            "a back-fill would change stored rows, and the table is append-only",
            "make it nullable, or give it a constant default: the server adds that without touching a row",
        );
    } else if !column.nullable && !has_value && column.backfill.is_none() {
        let mut remedy = if table.append_only {
            "make it nullable, or give it a constant default".to_owned()
        } else {
            "make it nullable, give it a constant default, or say `.backfill(value)`".to_owned()
        };
        if !lost.is_empty() {
            remedy = format!(
                "if it is one that the table had under another name, say {} of it; else {remedy}",
                lost.join(" or ")
            );
        }
        let defect = "it is not null, and rows that are there have no value for it";
        report.add(Code::SM075, site, defect, remedy);
    }
}

/// A reference of new columns to a table that is new too: no row is there yet that a value could reference.
fn references_new(
    schemas: (&Schema, &Schema),
    owner: &Site,
    table: &Table,
    new: &[&Column],
    report: &mut Report,
) {
    let (from, to) = schemas;
    for constraint in &table.constraints {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            continue;
        };
        let is_new = from.find_table(&key.references).is_none();
        let has_value = |name: &Ident| {
            let column = new.iter().find(|it| it.name == *name);
            let value = column.and_then(|it| it.backfill.as_ref().or(to.default_of(it)));
            value.is_some_and(|it| *it != Expr::Literal(Literal::Null))
        };
        if is_new && key.columns.iter().all(has_value) {
            report.add(
                Code::SM152,
                &owner.child("constraint", &constraint.name, constraint.place),
                format!(
                    "existing rows get a value that references `{}`, which is new and empty",
                    key.references
                ),
                "create that table in this migration, insert its rows, and add the column in the next migration",
            );
        }
    }
}

/// A key of new columns alone, which all rows that are there would have the same values for.
fn alike_under_key(
    schema: &Schema,
    owner: &Site,
    table: &Table,
    new: &[&Column],
    report: &mut Report,
) {
    let is_alike = |name: &Ident| {
        let column = new.iter().find(|it| it.name == *name);
        let value = column.and_then(|it| it.backfill.as_ref().or(schema.default_of(it)));
        value.is_some_and(|it| {
            it.columns().is_empty()
                && *it != Expr::Literal(Literal::Null)
                && volatility_of(schema, it, &table.columns) != Volatility::Volatile
        })
    };
    let constraints = table.constraints.iter();
    let constraints = constraints.filter_map(|it| Some((&it.name, it.key()?.columns.clone())));
    let indexes = table.indexes.iter();
    let indexes = indexes.filter(|it| it.unique && it.predicate.is_none());
    let indexes = indexes.filter_map(|it| Some((&it.name, it.column_names()?)));
    for (key, columns) in constraints.chain(indexes) {
        let Some(column) = columns.first().filter(|_| columns.iter().all(is_alike)) else {
            continue;
        };
        report.add(
            Code::SM152,
            &owner.child("column", column, table.place),
            format!("all existing rows get the same value, and `{key}` is unique"),
            "fill it from columns that differ between rows, or from a sequence: `.backfill(next_value(...))`; or make it nullable \
             at first",
        );
    }
}
