//! Queries: parameters, rows, cardinality and how they find their rows.

use super::code::Code;
use super::columns::check_type;
use super::expressions::unknown_column;
use super::report::{Report, Site, list};
use crate::index::{Index, IndexMethod};
use crate::name::Ident;
use crate::query::{Access, Cardinality, Query, Row};
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        for param in &query.params {
            let site = site.part("parameter", &param.name);
            check_type(schema, report, &site, &param.ty);
            check_plain(schema, report, &site, &param.ty, "cast it there");
            if param.nullable_elements && !matches!(param.ty, DataType::Array(_)) {
                report.add(
                    Code::SM053,
                    &site,
                    format!("{} has no elements that could be NULL", param.ty),
                    "use `.nullable()` for the value itself",
                );
            }
        }
        check_row(schema, report, &site, query);
        for access in &query.access {
            let site = site.part("access to", &access.relation);
            check_access(schema, report, &site, access);
        }
    }
    check_rows_agree(schema, report);
}

fn check_row(schema: &Schema, report: &mut Report, site: &Site, query: &Query) {
    let wants_row = match query.cardinality {
        Cardinality::None | Cardinality::Affected => false,
        Cardinality::One | Cardinality::Optional | Cardinality::Many | Cardinality::Stream => true,
    };
    if wants_row && query.row.is_none() {
        report.add(
            Code::SM054,
            site,
            format!(
                "its cardinality is {:?}, but it has no row",
                query.cardinality
            ),
            "give it the row it returns, or the cardinality `None`",
        );
    }
    if let Some(row) = &query.row {
        if !wants_row {
            report.add(
                Code::SM054,
                site,
                format!(
                    "it has a row, but its cardinality is {:?}",
                    query.cardinality
                ),
                "say how many rows: `.one(...)`, `.optional(...)`, `.many(...)` or `.stream(...)`",
            );
        }
        for column in &row.columns {
            let site = site.part("row column", &column.name);
            check_type(schema, report, &site, &column.ty);
            check_plain(schema, report, &site, &column.ty, "cast it to text there");
        }
    }
}

/// Values of the definition's own types travel as text: the driver would have to ask the server for each such type, and
/// a program that knows today's labels only would stumble over tomorrow's.
fn check_plain(schema: &Schema, report: &mut Report, site: &Site, ty: &DataType, how: &str) {
    let base = schema.base_of(ty);
    if base != ty {
        report.add(
            Code::SM084,
            site,
            format!("`{ty}` is a domain, and the server itself passes its values on as {base}"),
            format!("declare it as `{base}`"),
        );
    } else if let Some(name) = ty.name() {
        let text = match ty {
            DataType::Array(_) => "`text[]`",
            _ => "`text`",
        };
        report.add(
            Code::SM084,
            site,
            format!(
                "a query does not pass on `{name}`, which {}",
                match schema.extension_of(name) {
                    Some(_) => "an extension brings",
                    None => "is a type of the definition's own",
                }
            ),
            format!("declare it as {text}, and {how}: in the query's text, `{{key}}` bound to `Binding::Type` is the type's name"),
        );
    }
}

/// Rows of one name become one Rust struct.
fn check_rows_agree(schema: &Schema, report: &mut Report) {
    let mut seen: Vec<(&Ident, &Row)> = Vec::new();
    for query in &schema.queries {
        let Some(row) = &query.row else { continue };
        let shape = |row: &Row| -> Vec<_> {
            let columns = row.columns.iter();
            columns
                .map(|column| (column.name.clone(), column.ty.clone(), column.nullable))
                .collect()
        };
        match seen.iter().find(|(_, other)| other.name == row.name) {
            Some((first, other)) if shape(other) != shape(row) => report.add(
                Code::SM055,
                &Site::new("query", &query.name, query.place),
                format!(
                    "its row `{}` has other columns than the row of that name of query `{first}`",
                    row.name
                ),
                "give it a name of its own, or the same names, types and NULLs in the same order",
            ),
            Some(_) => {}
            None => seen.push((&query.name, row)),
        }
    }
}

fn check_access(schema: &Schema, report: &mut Report, site: &Site, access: &Access) {
    let name = &access.relation;
    if schema.find_table(name).is_none() && schema.find_view(name).is_none() {
        let tables = schema.tables.iter().map(|table| &table.name);
        report.add(
            Code::SM009,
            site,
            format!("there is no table or view `{name}`"),
            format!(
                "there are {}",
                list(tables.chain(schema.views.iter().map(|view| &view.name)))
            ),
        );
        return;
    }
    let known = schema.columns_of(name);
    let used = access
        .equal
        .iter()
        .chain(&access.range)
        .chain(&access.contains);
    for column in used {
        if !known.contains(&column) {
            unknown_column(report, site, column, &known);
        }
    }
    if let Some(column) = access
        .contains
        .as_ref()
        .filter(|column| known.contains(column))
    {
        check_containment(schema, report, site, name, column);
    }
}

fn check_containment(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    relation: &crate::name::QualifiedName,
    column: &Ident,
) {
    if let Some(ty) = schema.column_type(relation, column)
        && *ty != DataType::Jsonb
    {
        report.add(
            Code::SM042,
            site,
            format!("`{column}` is {ty}, and containment looks into jsonb only"),
            "store it as jsonb, or leave the search out",
        );
        return;
    }
    let tables = schema.tables_below(relation);
    let bare = tables
        .iter()
        .find(|table| table.find_column(column).is_some() && !has_gin(table, column));
    if let Some(table) = bare {
        report.add(
            Code::SM043,
            site,
            format!(
                "no GIN index of `{}` covers `{column}`, so each search would read all rows",
                table.name
            ),
            "add an index: `Index::new(..., [IndexPart::new(col(...)).opclass(\"jsonb_path_ops\")])\
             .method(IndexMethod::Gin)`, or leave the search out",
        );
    }
}

fn has_gin(table: &Table, column: &Ident) -> bool {
    let leaf = table.leaf().map_or(&[][..], |leaf| leaf.indexes.as_slice());
    let covers = |index: &Index| {
        index.method == IndexMethod::Gin
            && index
                .parts
                .iter()
                .any(|part| part.value == crate::expr::Expr::Column(column.clone()))
    };
    table.indexes.iter().chain(leaf).any(covers)
}
