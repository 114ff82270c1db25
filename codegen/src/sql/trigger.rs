//! `CREATE TRIGGER`.

use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};

use super::comment::{comment, set_comment};
use super::expr::expr;
use super::layout::indented;
use super::quote::{list, qualified, quote_ident};

/// Creates a trigger of a table, with its comment.
pub fn create_trigger(schema: &Schema, table: &Table, trigger: &Trigger) -> String {
    let table = qualified(schema, &table.name);
    let comment = comment(&object(&table, trigger), trigger.comment.as_deref());
    format!("{}{comment}", statement("CREATE", schema, &table, trigger))
}

/// Creates a trigger, or puts it in the place of one of the same name. A comment that is gone is removed.
pub(super) fn replace_trigger(schema: &Schema, table: &QualifiedName, trigger: &Trigger) -> String {
    let table = qualified(schema, table);
    let comment = set_comment(&object(&table, trigger), trigger.comment.as_deref());
    format!(
        "{}{comment}",
        statement("CREATE OR REPLACE", schema, &table, trigger)
    )
}

fn object(table: &str, trigger: &Trigger) -> String {
    format!("TRIGGER {} ON {table}", quote_ident(trigger.name.as_str()))
}

fn statement(verb: &str, schema: &Schema, table: &str, trigger: &Trigger) -> String {
    let name = quote_ident(trigger.name.as_str());
    let mut clauses = vec![format!("{} ON {table}", trigger_events(trigger))];
    clauses.extend(trigger_action(schema, trigger));
    format!("{verb} TRIGGER {name}\n{};\n", indented(clauses))
}

/// `BEFORE UPDATE OF a, b OR DELETE`.
pub(super) fn trigger_events(trigger: &Trigger) -> String {
    let timing = match trigger.timing {
        TriggerTiming::Before => "BEFORE",
        TriggerTiming::After => "AFTER",
    };
    let events: Vec<_> = trigger
        .events
        .iter()
        .map(|event| match event {
            TriggerEvent::Insert => "INSERT".to_owned(),
            TriggerEvent::Update(columns) if columns.is_empty() => "UPDATE".to_owned(),
            TriggerEvent::Update(columns) => format!("UPDATE OF {}", list(columns)),
            TriggerEvent::Delete => "DELETE".to_owned(),
            TriggerEvent::Truncate => "TRUNCATE".to_owned(),
        })
        .collect();
    format!("{timing} {}", events.join(" OR "))
}

/// What follows the table, a clause an item.
pub(super) fn trigger_action(schema: &Schema, trigger: &Trigger) -> Vec<String> {
    let mut clauses = vec![
        match trigger.level {
            TriggerLevel::Row => "FOR EACH ROW",
            TriggerLevel::Statement => "FOR EACH STATEMENT",
        }
        .to_owned(),
    ];
    if let Some(condition) = &trigger.when {
        clauses.push(format!("WHEN ({})", expr(schema, condition)));
    }
    clauses.push(format!(
        "EXECUTE FUNCTION {}()",
        qualified(schema, &trigger.function)
    ));
    clauses
}
