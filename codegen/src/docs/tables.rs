//! The tables of `SCHEMA.md`: columns, keys, indexes with what each serves, triggers, partitions in words.

use std::fmt::Write as _;

use eventcore_schema_model::column::{Column, Identity};
use eventcore_schema_model::constraint::{
    Constraint, ConstraintKind, ForeignKey, ForeignKeyAction, Key,
};
use eventcore_schema_model::exclusion::Exclusion;
use eventcore_schema_model::index::{Index, IndexPart, NullsOrder, Serves};
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};

use super::markdown::{cell_code, cell_prose, code, prose, table};
use super::partitions::partitions;
use super::schema_md::{comment_cell, yes};
use crate::sql;

pub(super) fn tables(schema: &Schema) -> String {
    let sections: Vec<_> = schema
        .tables
        .iter()
        .map(|table| section(schema, table))
        .collect();
    sections.join("\n")
}

fn section(schema: &Schema, owner: &Table) -> String {
    let mut out = format!("### {}\n\n", code(&sql::qualified(schema, &owner.name)));
    if let Some(comment) = &owner.comment {
        let _ = writeln!(out, "{}\n", prose(comment));
    }
    if owner.append_only {
        out.push_str("Rows are only ever inserted.\n\n");
    }
    let rows: Vec<_> = owner
        .columns
        .iter()
        .map(|column| column_row(schema, column))
        .collect();
    out.push_str(&table(
        &["Column", "Type", "Nullable", "Value", "Meaning"],
        &rows,
    ));
    out.push_str(&keys(schema, "Keys and checks", &owner.constraints));
    out.push_str(&indexes(schema, "Indexes", &owner.indexes));
    out.push_str(&triggers(schema, &owner.triggers));
    if !owner.storage.is_empty() {
        let parameters: Vec<_> = owner
            .storage
            .iter()
            .map(|parameter| code(&format!("{} = {}", parameter.name, parameter.value)))
            .collect();
        let _ = writeln!(out, "\nStorage: {}.", parameters.join(", "));
    }
    if let Some(partitioning) = &owner.partitioning {
        out.push_str(&partitions(schema, partitioning));
    }
    out
}

fn column_row(schema: &Schema, column: &Column) -> Vec<String> {
    let mut ty = cell_code(&column.ty.to_string());
    if let Some(collation) = &column.collation {
        let _ = write!(ty, " collated {}", cell_code(collation.as_str()));
    }
    let mut values = Vec::new();
    if let Some(default) = &column.default {
        values.push(format!(
            "default {}",
            cell_code(&sql::expr(schema, default))
        ));
    }
    if let Some(value) = &column.generated {
        values.push(format!("always {}", cell_code(&sql::expr(schema, value))));
    }
    match column.identity {
        Some(Identity::Always) => values.push("numbered by the server".to_owned()),
        Some(Identity::ByDefault) => values.push("numbered by the server if not given".to_owned()),
        None => {}
    }
    vec![
        cell_code(column.name.as_str()),
        ty,
        yes(column.nullable),
        values.join(", "),
        comment_cell(column.comment.as_ref()),
    ]
}

pub(super) fn keys(schema: &Schema, title: &str, constraints: &[Constraint]) -> String {
    if constraints.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = constraints
        .iter()
        .map(|constraint| {
            let demands = match &constraint.kind {
                ConstraintKind::PrimaryKey(key) => key_words("primary key", key),
                ConstraintKind::Unique(key) => key_words("unique", key),
                ConstraintKind::Check(condition) => {
                    format!("check {}", cell_code(&sql::expr(schema, condition)))
                }
                ConstraintKind::ForeignKey(key) => foreign_key(schema, key),
                ConstraintKind::Exclude(exclusion) => exclusion_words(schema, exclusion),
            };
            vec![
                cell_code(constraint.name.as_str()),
                demands,
                comment_cell(constraint.comment.as_ref()),
            ]
        })
        .collect();
    format!(
        "\n{title}:\n\n{}",
        table(&["Name", "Demands", "Meaning"], &rows)
    )
}

fn exclusion_words(schema: &Schema, exclusion: &Exclusion) -> String {
    let parts: Vec<String> = exclusion
        .parts
        .iter()
        .map(|it| {
            let value = cell_code(&sql::expr(schema, &it.part.value));
            format!("{value} by {}", cell_code(it.operator.symbol()))
        })
        .collect();
    let mut words = format!("no two rows compare in {}", parts.join(" and "));
    if let Some(predicate) = &exclusion.predicate {
        let _ = write!(
            words,
            ", where {}",
            cell_code(&sql::expr(schema, predicate))
        );
    }
    if !exclusion.include.is_empty() {
        let _ = write!(words, ", with {}", list(&exclusion.include));
    }
    if exclusion.deferred {
        words.push_str(", checked at commit");
    }
    words
}

fn key_words(kind: &str, key: &Key) -> String {
    let mut words = format!("{kind} {}", list(&key.columns));
    if !key.include.is_empty() {
        let _ = write!(words, ", with {}", list(&key.include));
    }
    if key.nulls_not_distinct {
        words.push_str(", NULLs equal");
    }
    words
}

fn foreign_key(schema: &Schema, key: &ForeignKey) -> String {
    let mut words = format!(
        "{} references {} {}",
        list(&key.columns),
        cell_code(&sql::qualified(schema, &key.references)),
        list(&key.referenced_columns)
    );
    for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        let action = match action {
            ForeignKeyAction::NoAction => continue,
            ForeignKeyAction::Restrict => "refused at once",
            ForeignKeyAction::Cascade => "cascades",
            ForeignKeyAction::SetNull => "sets NULL",
            ForeignKeyAction::SetDefault => "sets the default",
        };
        let _ = write!(words, ", {event} {action}");
    }
    if key.deferred {
        words.push_str(", checked at commit");
    }
    words
}

pub(super) fn list(columns: &[Ident]) -> String {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| cell_code(&sql::quote_ident(column.as_str())))
        .collect();
    format!("({})", columns.join(", "))
}

pub(super) fn indexes(schema: &Schema, title: &str, indexes: &[Index]) -> String {
    if indexes.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = indexes
        .iter()
        .map(|index| {
            let serves: Vec<_> = index
                .serves
                .iter()
                .map(|user| match user {
                    Serves::Query(name) => cell_code(name.as_str()),
                    Serves::External(purpose) => cell_prose(purpose),
                })
                .collect();
            vec![
                cell_code(index.name.as_str()),
                index_words(schema, index),
                serves.join("<br>"),
                comment_cell(index.comment.as_ref()),
            ]
        })
        .collect();
    let headings = ["Name", "Over", "Serves", "Meaning"];
    format!("\n{title}:\n\n{}", table(&headings, &rows))
}

fn index_words(schema: &Schema, index: &Index) -> String {
    let method = index.method.name();
    let parts: Vec<_> = index
        .parts
        .iter()
        .map(|part| part_words(schema, part))
        .collect();
    let unique = if index.unique { "unique " } else { "" };
    let mut words = format!("{unique}{method} ({})", parts.join(", "));
    if index.nulls_not_distinct {
        words.push_str(", NULLs equal");
    }
    if !index.include.is_empty() {
        let _ = write!(words, ", with {}", list(&index.include));
    }
    if let Some(predicate) = &index.predicate {
        let _ = write!(
            words,
            ", where {}",
            cell_code(&sql::expr(schema, predicate))
        );
    }
    words
}

fn part_words(schema: &Schema, part: &IndexPart) -> String {
    let mut text = sql::expr(schema, &part.value);
    if let Some(collation) = &part.collation {
        let _ = write!(text, " COLLATE {}", sql::quote_ident(collation.as_str()));
    }
    if let Some(opclass) = &part.opclass {
        let _ = write!(text, " {}", sql::quote_ident(opclass.as_str()));
    }
    if part.descending {
        text.push_str(" DESC");
    }
    match part.nulls {
        Some(NullsOrder::First) => text.push_str(" NULLS FIRST"),
        Some(NullsOrder::Last) => text.push_str(" NULLS LAST"),
        None => {}
    }
    cell_code(&text)
}

fn triggers(schema: &Schema, triggers: &[Trigger]) -> String {
    if triggers.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = triggers
        .iter()
        .map(|trigger| {
            vec![
                cell_code(trigger.name.as_str()),
                trigger_words(schema, trigger),
                cell_code(&sql::qualified(schema, &trigger.function)),
                comment_cell(trigger.comment.as_ref()),
            ]
        })
        .collect();
    let headings = ["Name", "Fires", "Calls", "Meaning"];
    format!("\nTriggers:\n\n{}", table(&headings, &rows))
}

pub(super) fn trigger_words(schema: &Schema, trigger: &Trigger) -> String {
    let timing = match trigger.timing {
        TriggerTiming::Before => "before",
        TriggerTiming::After => "after",
    };
    let events: Vec<_> = trigger
        .events
        .iter()
        .map(|event| match event {
            TriggerEvent::Insert => "insert".to_owned(),
            TriggerEvent::Update(columns) if columns.is_empty() => "update".to_owned(),
            TriggerEvent::Update(columns) => format!("update of {}", list(columns)),
            TriggerEvent::Delete => "delete".to_owned(),
            TriggerEvent::Truncate => "truncate".to_owned(),
        })
        .collect();
    let level = match trigger.level {
        TriggerLevel::Row => "row",
        TriggerLevel::Statement => "statement",
    };
    let mut words = format!("{timing} {}, for each {level}", events.join(" or "));
    if let Some(condition) = &trigger.when {
        let _ = write!(words, ", when {}", cell_code(&sql::expr(schema, condition)));
    }
    words
}
