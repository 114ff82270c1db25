//! `CREATE TABLE` with columns and constraints. Indexes and triggers have statements of their own.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

use super::column::column_cells;
use super::comment::comment;
use super::constraint::table_constraint;
use super::layout::{aligned, indented, with_commas};
use super::partition::by_key;
use super::quote::{qualified, quote_ident};
use super::storage::storage;

/// Creates a table with its columns and constraints, and the comments of all three. Its indexes, triggers
/// and partitions come from [`super::create_index`], [`super::create_trigger`] and
/// [`super::partition_routines`].
pub fn create_table(schema: &Schema, table: &Table) -> String {
    let name = qualified(schema, &table.name);
    let cells: Vec<_> = table
        .columns
        .iter()
        .map(|column| column_cells(schema, column))
        .collect();
    let mut items = aligned(&cells);
    let constraints = &table.constraints;
    items.extend(
        constraints
            .iter()
            .map(|constraint| table_constraint(schema, constraint)),
    );
    let lines = with_commas(items);
    // The constraints stand apart from the columns.
    let (columns, constraints) = lines.split_at(table.columns.len());
    let parts: Vec<_> = [columns, constraints]
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| format!("{}\n", indented(lines)))
        .collect();
    let mut sql = format!("CREATE TABLE {name} (\n{})", parts.join("\n"));
    if let Some(partitioning) = &table.partitioning {
        sql.push('\n');
        sql.push_str(&by_key(&partitioning.key));
    }
    if let Some(parameters) = storage(&table.storage) {
        sql.push('\n');
        sql.push_str(&parameters);
    }
    sql.push_str(";\n");
    let comments = comments(&name, table);
    if !comments.is_empty() {
        sql.push('\n');
        sql.push_str(&comments);
    }
    sql
}

fn comments(name: &str, table: &Table) -> String {
    let mut sql = comment(&format!("TABLE {name}"), table.comment.as_deref());
    for column in &table.columns {
        let object = format!("COLUMN {name}.{}", quote_ident(column.name.as_str()));
        sql.push_str(&comment(&object, column.comment.as_deref()));
    }
    for constraint in &table.constraints {
        let object = format!(
            "CONSTRAINT {} ON {name}",
            quote_ident(constraint.name.as_str())
        );
        sql.push_str(&comment(&object, constraint.comment.as_deref()));
    }
    sql
}
