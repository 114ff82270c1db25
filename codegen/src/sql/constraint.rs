//! Constraints, as part of a table and on their own.

use eventcore_schema_model::constraint::{
    Constraint, ConstraintKind, ForeignKey, ForeignKeyAction, Key,
};
use eventcore_schema_model::exclusion::Exclusion;
use eventcore_schema_model::schema::Schema;

use super::expr::expr;
use super::index::part_text;
use super::layout::WIDTH;
use super::quote::{list, qualified, quote_ident};
use super::storage::storage;

/// `CONSTRAINT name definition` within a table; the definition on a line of its own where both do not fit
/// on one.
pub(super) fn table_constraint(schema: &Schema, constraint: &Constraint) -> String {
    let head = format!("CONSTRAINT {}", quote_ident(constraint.name.as_str()));
    let definition = constraint_definition(schema, &constraint.kind);
    // One for the space between, four for the indent within the table, one for the comma.
    if head.chars().count() + definition.chars().count() + 6 <= WIDTH {
        format!("{head} {definition}")
    } else {
        format!("{head}\n        {definition}")
    }
}

/// What a constraint demands, as it follows its name.
pub fn constraint_definition(schema: &Schema, kind: &ConstraintKind) -> String {
    match kind {
        ConstraintKind::PrimaryKey(key) => format!("PRIMARY KEY {}", key_columns(key)),
        ConstraintKind::Unique(key) if key.nulls_not_distinct => {
            format!("UNIQUE NULLS NOT DISTINCT {}", key_columns(key))
        }
        ConstraintKind::Unique(key) => format!("UNIQUE {}", key_columns(key)),
        ConstraintKind::Check(condition) => format!("CHECK ({})", expr(schema, condition)),
        ConstraintKind::ForeignKey(key) => foreign_key(schema, key),
        ConstraintKind::Exclude(exclusion) => exclude(schema, exclusion),
    }
}

fn exclude(schema: &Schema, exclusion: &Exclusion) -> String {
    let parts: Vec<String> = exclusion
        .parts
        .iter()
        .map(|it| {
            format!(
                "{} WITH {}",
                part_text(schema, &it.part),
                it.operator.symbol()
            )
        })
        .collect();
    let mut clauses = vec![format!(
        "EXCLUDE USING {} ({})",
        exclusion.method.name(),
        parts.join(", ")
    )];
    if !exclusion.include.is_empty() {
        clauses.push(format!("INCLUDE ({})", list(&exclusion.include)));
    }
    clauses.extend(storage(&exclusion.storage));
    if let Some(predicate) = &exclusion.predicate {
        clauses.push(format!("WHERE ({})", expr(schema, predicate)));
    }
    if exclusion.deferred {
        clauses.push("DEFERRABLE INITIALLY DEFERRED".to_owned());
    }
    clauses.join(" ")
}

fn key_columns(key: &Key) -> String {
    let columns = format!("({})", list(&key.columns));
    if key.include.is_empty() {
        columns
    } else {
        format!("{columns} INCLUDE ({})", list(&key.include))
    }
}

fn foreign_key(schema: &Schema, key: &ForeignKey) -> String {
    let mut clauses = vec![format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        list(&key.columns),
        qualified(schema, &key.references),
        list(&key.referenced_columns)
    )];
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        clauses.extend(action_words(action).map(|action| format!("ON {event} {action}")));
    }
    if key.deferred {
        clauses.push("DEFERRABLE INITIALLY DEFERRED".to_owned());
    }
    clauses.join(" ")
}

fn action_words(action: ForeignKeyAction) -> Option<&'static str> {
    match action {
        ForeignKeyAction::NoAction => None,
        ForeignKeyAction::Restrict => Some("RESTRICT"),
        ForeignKeyAction::Cascade => Some("CASCADE"),
        ForeignKeyAction::SetNull => Some("SET NULL"),
        ForeignKeyAction::SetDefault => Some("SET DEFAULT"),
    }
}
