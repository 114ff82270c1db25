//! `SCHEMA.md`: one store for a reader on a forge. Says what is there and which query needs it; the SQL itself
//! stands beside it in `schema.sql`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eventcore_schema_model::composite::{Attribute, Composite};
use eventcore_schema_model::domain::Domain;
use eventcore_schema_model::event_type::{EventField, EventType};
use eventcore_schema_model::extension::Extension;
use eventcore_schema_model::namespace::Namespace;
use eventcore_schema_model::query::{Cardinality, Query};
use eventcore_schema_model::routine::{Returns, Routine, Security};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::sequence::Sequence;
use eventcore_schema_model::server::ServerMajor;
use eventcore_schema_model::user_type::UserType;
use eventcore_schema_model::validate::ValidSchema;
use eventcore_schema_model::view::View;

use super::access::serving;
use super::diagram::er_diagram;
use super::markdown::{cell_code, cell_prose, code, prose, table};
use super::tables::{indexes, tables};
use crate::output::{OutputFile, Syntax};
use crate::sql;

/// `<folder>/SCHEMA.md`: what the schema holds, for readers.
pub fn schema_md(schema: &ValidSchema, folder: &str) -> OutputFile {
    OutputFile::lockstep(
        format!("{folder}/SCHEMA.md"),
        Syntax::Markdown,
        &format!("the schema `{}`", schema.name),
        body(schema),
    )
}

fn body(schema: &Schema) -> String {
    let sections = [
        ("Diagram", diagram(schema)),
        ("Tables", tables(schema)),
        ("Views", views(schema)),
        ("PostgreSQL schemas", namespaces(schema)),
        ("Extensions", extensions(schema)),
        ("Types", types(schema)),
        ("Sequences", sequences(schema)),
        ("Routines", routines(schema)),
        ("Queries", queries(schema)),
        ("Event types", events(&schema.events)),
    ];
    let mut out = format!("# Schema {}\n\n", code(schema.name.as_str()));
    if !schema.description.is_empty() {
        let _ = writeln!(out, "{}\n", prose(&schema.description));
    }
    if schema.minimum_server > ServerMajor::OLDEST {
        let _ = writeln!(out, "For {} and newer.\n", schema.minimum_server);
    }
    let _ = writeln!(out, "{}\n", summary(schema));
    for (title, text) in &sections {
        if !text.is_empty() {
            let anchor = title.to_lowercase().replace(' ', "-");
            let _ = writeln!(out, "- [{title}](#{anchor})");
        }
    }
    for (title, text) in sections {
        if !text.is_empty() {
            let _ = write!(out, "\n## {title}\n\n{text}");
        }
    }
    out
}

/// What there is, counted.
fn summary(schema: &Schema) -> String {
    let of_tables = schema.tables.iter().map(|table| table.indexes.len());
    let of_views = schema.views.iter().map(|view| view.indexes().len());
    let all_indexes = of_tables.chain(of_views).sum();
    let counts = [
        (schema.tables.len(), "table"),
        (all_indexes, "index"),
        (schema.views.len(), "view"),
        (schema.types.len(), "type"),
        (schema.sequences.len(), "sequence"),
        (
            schema.routines.len() + partition_routines(schema).len(),
            "routine",
        ),
        (schema.queries.len(), "query"),
        (schema.events.len(), "event type"),
    ];
    let counts: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| match (count, word) {
            (1, word) => format!("1 {word}"),
            (_, "index") => format!("{count} indexes"),
            (_, "query") => format!("{count} queries"),
            (_, word) => format!("{count} {word}s"),
        })
        .collect();
    let what = if counts.is_empty() {
        "nothing yet".to_owned()
    } else {
        counts.join(", ")
    };
    format!(
        "In the PostgreSQL schema {}: {what}.",
        code(schema.namespace.as_str())
    )
}

fn diagram(schema: &Schema) -> String {
    if schema.tables.is_empty() {
        return String::new();
    }
    format!("```mermaid\n{}```\n", er_diagram(schema))
}

fn views(schema: &Schema) -> String {
    let section = |view: &View| {
        let rows: Vec<_> = view
            .columns
            .iter()
            .map(|column| {
                vec![
                    cell_code(column.name.as_str()),
                    cell_code(&column.ty.to_string()),
                    yes(column.nullable),
                ]
            })
            .collect();
        let mut text = format!("### {}\n\n", code(&sql::qualified(schema, &view.name)));
        if let Some(comment) = &view.comment {
            let _ = writeln!(text, "{}\n", prose(comment));
        }
        if !rows.is_empty() {
            text.push_str(&table(&["Column", "Type", "Nullable"], &rows));
        }
        if let Some(kept) = &view.materialized {
            let first = if kept.empty {
                " It is empty at first."
            } else {
                ""
            };
            let _ = write!(
                text,
                "\nMaterialised: shows the rows of its last refresh.{first}\n"
            );
            text.push_str(&indexes(schema, "Indexes", &kept.indexes));
        }
        text
    };
    let sections: Vec<_> = schema.views.iter().map(section).collect();
    sections.join("\n")
}

fn namespaces(schema: &Schema) -> String {
    let row = |namespace: &Namespace| {
        vec![
            cell_code(&sql::quote_ident(namespace.name.as_str())),
            comment_cell(namespace.comment.as_ref()),
        ]
    };
    let rows: Vec<_> = schema.namespaces.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["PostgreSQL schema", "Meaning"], &rows)
}

fn extensions(schema: &Schema) -> String {
    let row = |extension: &Extension| {
        vec![
            cell_code(&sql::quote_ident(extension.name.as_str())),
            cell_code(&sql::quote_ident(schema.home_of(extension).as_str())),
            extension
                .version
                .as_ref()
                .map_or(String::new(), |it| cell_code(it)),
        ]
    };
    let rows: Vec<_> = schema.extensions.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Extension", "In the PostgreSQL schema", "Version"], &rows)
}

fn types(schema: &Schema) -> String {
    let row = |ty: &UserType| {
        let values: Vec<String> = match ty {
            UserType::Enum(ty) => ty.labels.iter().map(|label| cell_code(label)).collect(),
            UserType::Domain(ty) => domain(schema, ty),
            UserType::Composite(ty) => composite(ty),
        };
        vec![
            cell_code(&sql::qualified(schema, ty.name())),
            values.join("<br>"),
            comment_cell(ty.comment()),
        ]
    };
    let rows: Vec<_> = schema.types.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Type", "Values", "Meaning"], &rows)
}

/// The attributes of a composite type.
fn composite(ty: &Composite) -> Vec<String> {
    let line = |attribute: &Attribute| {
        let name = sql::quote_ident(attribute.name.as_str());
        let own = cell_code(&format!("{name} {}", attribute.ty));
        match &attribute.comment {
            Some(text) => format!("{own} {}", cell_prose(text)),
            None => own,
        }
    };
    ty.attributes.iter().map(line).collect()
}

/// The type below a domain, and its rules.
fn domain(schema: &Schema, domain: &Domain) -> Vec<String> {
    let mut lines = vec![cell_code(&domain.base.to_string())];
    if domain.not_null {
        lines.push("never NULL".to_owned());
    }
    let checks = domain.checks.iter();
    lines.extend(checks.map(|it| cell_code(&sql::expr(schema, &it.condition))));
    if let Some(value) = &domain.default {
        lines.push(format!(
            "{} by default",
            cell_code(&sql::expr(schema, value))
        ));
    }
    lines
}

fn sequences(schema: &Schema) -> String {
    let row = |sequence: &Sequence| {
        let mut values = format!("from {} by {}", sequence.start, sequence.increment);
        if let Some(max) = sequence.max {
            let _ = write!(values, " to {max}");
        }
        if sequence.cache > 1 {
            let _ = write!(values, ", {} at once in a session", sequence.cache);
        }
        vec![
            cell_code(&sql::qualified(schema, &sequence.name)),
            values,
            comment_cell(sequence.comment.as_ref()),
        ]
    };
    let rows: Vec<_> = schema.sequences.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Sequence", "Values", "Meaning"], &rows)
}

fn routines(schema: &Schema) -> String {
    let row = |routine: &Routine| {
        vec![
            cell_code(&signature(schema, routine)),
            cell_code(&returns(&routine.returns)),
            comment_cell(routine.comment.as_ref()),
            match routine.security {
                Security::Invoker => String::new(),
                Security::Definer => "its owner".to_owned(),
            },
        ]
    };
    let made = partition_routines(schema);
    let rows: Vec<_> = schema.routines.iter().chain(&made).map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Routine", "Returns", "What it does", "Runs as"], &rows)
}

/// The routines that a partition policy brings.
fn partition_routines(schema: &Schema) -> Vec<Routine> {
    schema
        .tables
        .iter()
        .flat_map(|table| sql::partition_routines(schema, table))
        .collect()
}

fn signature(schema: &Schema, routine: &Routine) -> String {
    let arguments: Vec<_> = routine
        .arguments
        .iter()
        .map(|argument| {
            let name = sql::quote_ident(argument.name.as_str());
            match &argument.default {
                Some(value) => format!(
                    "{name} {} DEFAULT {}",
                    argument.ty,
                    sql::expr(schema, value)
                ),
                None => format!("{name} {}", argument.ty),
            }
        })
        .collect();
    format!(
        "{}({})",
        sql::qualified(schema, &routine.name),
        arguments.join(", ")
    )
}

fn returns(returns: &Returns) -> String {
    match returns {
        Returns::Void => "nothing".to_owned(),
        Returns::Trigger => "trigger".to_owned(),
        Returns::Value(ty) => ty.to_string(),
        Returns::SetOf(ty) => format!("SETOF {ty}"),
        Returns::Table(columns) => {
            let columns: Vec<_> = columns
                .iter()
                .map(|(name, ty)| format!("{} {ty}", sql::quote_ident(name.as_str())))
                .collect();
            format!("TABLE ({})", columns.join(", "))
        }
    }
}

fn queries(schema: &Schema) -> String {
    let mut modules: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
    for query in &schema.queries {
        modules
            .entry(query.module.as_str())
            .or_default()
            .push(query_row(schema, query));
    }
    let sections: Vec<_> = modules
        .iter()
        .map(|(module, rows)| {
            let headings = ["Query", "Answers", "Parameters", "Returns", "Served by"];
            format!("### Module {}\n\n{}", code(module), table(&headings, rows))
        })
        .collect();
    sections.join("\n")
}

fn query_row(schema: &Schema, query: &Query) -> Vec<String> {
    let params: Vec<_> = query
        .params
        .iter()
        .map(|param| {
            let null = if param.nullable { " or NULL" } else { "" };
            cell_code(&format!(
                "{} {}",
                sql::quote_ident(param.name.as_str()),
                param.ty
            )) + null
        })
        .collect();
    let row = query
        .row
        .as_ref()
        .map_or(String::new(), |row| cell_code(row.name.as_str()));
    let returns = match query.cardinality {
        Cardinality::None => "nothing".to_owned(),
        Cardinality::One => format!("one {row}"),
        Cardinality::Optional => format!("one {row} or none"),
        Cardinality::Many => format!("any number of {row}"),
        Cardinality::Stream => format!("any number of {row}, as they arrive"),
        Cardinality::Affected => "the number of rows changed".to_owned(),
    };
    let served: Vec<_> = serving(schema, query).into_iter().map(cell_code).collect();
    // The first paragraph; the query's own file has the rest.
    let answers = query.doc.trim().split("\n\n").next().unwrap_or_default();
    vec![
        cell_code(query.name.as_str()),
        cell_prose(&answers.replace('\n', " ")),
        params.join("<br>"),
        returns,
        served.join("<br>"),
    ]
}

fn events(events: &[EventType]) -> String {
    let field = |field: &EventField| {
        let mut text = cell_code(&format!("{}: {}", field.name, field.rust_type));
        if field.optional {
            text.push_str(" optional");
        }
        if field.flattened {
            text.push_str(" in place");
        }
        text
    };
    let row = |event: &EventType| {
        let fields: Vec<_> = event.fields.iter().map(field).collect();
        let earlier = event.aliases.iter();
        let earlier = earlier.map(|name| format!("earlier {}", cell_code(name)));
        let names: Vec<_> = std::iter::once(cell_code(&event.name))
            .chain(earlier)
            .collect();
        vec![
            names.join("<br>"),
            event.version.to_string(),
            fields.join("<br>"),
        ]
    };
    let rows: Vec<_> = events.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(&["Event type", "Schema version", "Payload"], &rows)
}

pub(super) fn comment_cell(comment: Option<&String>) -> String {
    comment.map_or(String::new(), |text| cell_prose(text))
}

pub(super) fn yes(holds: bool) -> String {
    if holds { "yes" } else { "" }.to_owned()
}
