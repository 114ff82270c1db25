//! `ALTER TABLE` with the changes of one table.

use std::fmt::Write as _;

use eventcore_schema_model::column::Identity;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;

use super::column::column_cells;
use super::constraint::constraint_definition;
use super::expr::{expr, restricted};
use super::layout::{WIDTH, indented, with_commas};
use super::partition::key_words;
use super::quote::{list, qualified, quote_ident};
use super::storage::parameters;
use super::ty::data_type;
use crate::plan::TableChange;

pub(super) fn alter_table(
    schema: &Schema,
    table: &QualifiedName,
    changes: &[TableChange],
) -> String {
    let head = format!("ALTER TABLE {}", qualified(schema, table));
    let parts: Vec<String> = changes.iter().map(|it| table_change(schema, it)).collect();
    if let [part] = parts.as_slice() {
        let line = format!("{head} {part};\n");
        if line.chars().count() <= WIDTH {
            return line;
        }
    }
    format!("{head}\n{};\n", indented(with_commas(parts)))
}

fn table_change(schema: &Schema, change: &TableChange) -> String {
    let alter = |column: &Ident, what: &str| {
        format!("ALTER COLUMN {} {what}", quote_ident(column.as_str()))
    };
    match change {
        TableChange::AddColumn(column) => {
            let cells = column_cells(schema, column);
            let words: Vec<&str> = cells
                .iter()
                .map(String::as_str)
                .filter(|it| !it.is_empty())
                .collect();
            format!("ADD COLUMN {}", words.join(" "))
        }
        TableChange::DropColumn(column) => format!("DROP COLUMN {}", quote_ident(column.as_str())),
        TableChange::SetType(column, ty, collation, using) => {
            let mut what = format!("TYPE {}", data_type(schema, ty));
            if let Some(collation) = collation {
                let _ = write!(what, " COLLATE {}", quote_ident(collation.as_str()));
            }
            if let Some(value) = using {
                let _ = write!(what, " USING {}", expr(schema, value));
            }
            alter(column, &what)
        }
        TableChange::SetDefault(column, value) => alter(
            column,
            &format!("SET DEFAULT {}", restricted(schema, value)),
        ),
        TableChange::DropDefault(column) => alter(column, "DROP DEFAULT"),
        TableChange::SetNotNull(column) => alter(column, "SET NOT NULL"),
        TableChange::DropNotNull(column) => alter(column, "DROP NOT NULL"),
        TableChange::AddIdentity(column, identity) => alter(
            column,
            &format!("ADD GENERATED {} AS IDENTITY", words(*identity)),
        ),
        TableChange::SetIdentity(column, identity) => {
            alter(column, &format!("SET GENERATED {}", words(*identity)))
        }
        TableChange::DropIdentity(column) => alter(column, "DROP IDENTITY"),
        TableChange::SetExpression(column, value) => alter(
            column,
            &format!("SET EXPRESSION AS ({})", expr(schema, value)),
        ),
        TableChange::DropExpression(column) => alter(column, "DROP EXPRESSION"),
        TableChange::AddUnvalidated(constraint) => format!(
            "ADD CONSTRAINT {} {} NOT VALID",
            quote_ident(constraint.name.as_str()),
            constraint_definition(schema, &constraint.kind)
        ),
        TableChange::AddConstraint(constraint) => format!(
            "ADD CONSTRAINT {} {}",
            quote_ident(constraint.name.as_str()),
            constraint_definition(schema, &constraint.kind)
        ),
        TableChange::AddUnvalidatedNotNull(name, column) => format!(
            "ADD CONSTRAINT {} NOT NULL {} NOT VALID",
            quote_ident(name.as_str()),
            quote_ident(column.as_str())
        ),
        TableChange::AddKeyUsing(constraint, index) => {
            format!(
                "ADD CONSTRAINT {} {} USING INDEX {}",
                quote_ident(constraint.name.as_str()),
                key_words(&constraint.kind),
                quote_ident(index.as_str())
            )
        }
        TableChange::Validate(name) => {
            format!("VALIDATE CONSTRAINT {}", quote_ident(name.as_str()))
        }
        TableChange::DropConstraint(name) => {
            // A skipped migration was to make it perhaps.
            format!("DROP CONSTRAINT IF EXISTS {}", quote_ident(name.as_str()))
        }
        TableChange::SetStorage(set) => format!("SET ({})", parameters(set)),
        TableChange::ResetStorage(reset) => format!("RESET ({})", list(reset)),
    }
}

fn words(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    }
}
