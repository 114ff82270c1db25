//! A schema's tables and foreign keys as a Mermaid `erDiagram`. Mermaid's names are narrower than PostgreSQL's;
//! what it cannot hold is replaced, because one odd name would blank the whole diagram.

use std::fmt::Write as _;

use eventcore_schema_model::column::Column;
use eventcore_schema_model::constraint::{ConstraintKind, ForeignKey};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::ty::DataType;

/// The diagram's text, without the fence.
pub(super) fn er_diagram(schema: &Schema) -> String {
    let mut out = String::from("erDiagram\n");
    for table in &schema.tables {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "    {} {{", entity(schema, &table.name));
        for column in &table.columns {
            let _ = writeln!(out, "        {}", attribute(table, column));
        }
        out.push_str("    }\n");
    }
    for table in &schema.tables {
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                let _ = writeln!(
                    out,
                    "    {} {} {} : {}",
                    entity(schema, &table.name),
                    relation(table, key),
                    entity(schema, &key.references),
                    quoted(constraint.name.as_str())
                );
            }
        }
    }
    out
}

/// A quoted name: a table of another PostgreSQL schema bears its name too.
fn entity(schema: &Schema, name: &QualifiedName) -> String {
    let namespace = schema.namespace_of(name);
    if *namespace == schema.namespace {
        quoted(name.name.as_str())
    } else {
        quoted(&format!("{namespace}.{}", name.name))
    }
}

fn attribute(table: &Table, column: &Column) -> String {
    let marks = [
        ("PK", is_in_key(table, &column.name, true)),
        ("FK", is_foreign(table, &column.name)),
        ("UK", is_in_key(table, &column.name, false)),
    ];
    let marks: Vec<_> = marks
        .iter()
        .filter_map(|(mark, holds)| holds.then_some(*mark))
        .collect();
    let mut text = format!(
        "{} {}",
        word(&type_name(&column.ty)),
        word(column.name.as_str())
    );
    if !marks.is_empty() {
        let _ = write!(text, " {}", marks.join(", "));
    }
    if column.nullable {
        text.push_str(" \"nullable\"");
    }
    text
}

/// A type in one word.
fn type_name(ty: &DataType) -> String {
    match ty {
        DataType::TimestampTz => "timestamptz".to_owned(),
        DataType::Timestamp => "timestamp".to_owned(),
        DataType::Time => "time".to_owned(),
        DataType::VarChar(length) => format!("varchar({length})"),
        DataType::Numeric(_) => "numeric".to_owned(),
        DataType::Array(element) => format!("{}[]", type_name(element)),
        other => other.to_string(),
    }
}

fn is_in_key(table: &Table, column: &Ident, primary: bool) -> bool {
    table
        .constraints
        .iter()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => primary && key.columns.contains(column),
            ConstraintKind::Unique(key) => !primary && key.columns.contains(column),
            _ => false,
        })
}

fn is_foreign(table: &Table, column: &Ident) -> bool {
    table.constraints.iter().any(|constraint| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.columns.contains(column))
    })
}

/// How many rows stand at each end.
fn relation(table: &Table, key: &ForeignKey) -> &'static str {
    let optional = key.columns.iter().any(|name| {
        table
            .find_column(name)
            .is_some_and(|column| column.nullable)
    });
    let single = table.constraints.iter().any(|constraint| {
        constraint.key().is_some_and(|unique| {
            unique
                .columns
                .iter()
                .all(|column| key.columns.contains(column))
        })
    });
    match (single, optional) {
        (true, true) => "|o--o|",
        (true, false) => "|o--||",
        (false, true) => "}o--o|",
        (false, false) => "}o--||",
    }
}

/// A quoted text of Mermaid knows no escapes.
fn quoted(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|symbol| match symbol {
            '"' | '`' => '\'',
            '%' | '\\' | '<' | '>' | '{' | '}' | ';' | '#' => '_',
            symbol if symbol.is_control() => ' ',
            symbol => symbol,
        })
        .collect();
    format!("\"{text}\"")
}

/// A type or an attribute's name: letters, digits, underscores, brackets; a letter first.
fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|symbol| match symbol {
            '_' | '[' | ']' | '(' | ')' => symbol,
            symbol if symbol.is_ascii_alphanumeric() => symbol,
            _ => '_',
        })
        .collect();
    if !word.starts_with(|first: char| first.is_ascii_alphabetic()) {
        word.insert(0, 'x');
    }
    word
}
