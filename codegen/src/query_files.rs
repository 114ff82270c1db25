//! The `.sql` file of each query: documented, and ready to run in psql.

use std::fmt::Write as _;

use eventcore_schema_model::name::Ident;
use eventcore_schema_model::query::Query;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::ty::DataType;

use crate::output::{OutputFile, Syntax};
use crate::sql::{self, RenderError};
use crate::{Store, source};

/// One file a query whose text is the same in every store that has it, else one a store.
pub(crate) fn emit(project: &str, stores: &[Store<'_>]) -> Result<Vec<OutputFile>, RenderError> {
    let mut names: Vec<&Ident> = Vec::new();
    for query in stores.iter().flat_map(|store| &store.schema.queries) {
        if !names.contains(&&query.name) {
            names.push(&query.name);
        }
    }
    let mut files = Vec::new();
    for name in names {
        let mut texts: Vec<(&Store<'_>, &Query, String)> = Vec::new();
        for store in stores {
            if let Some(query) = store.schema.find_query(name) {
                texts.push((store, query, sql::query_text(store.schema, query)?));
            }
        }
        let everywhere = texts.len() == stores.len();
        let same = texts.windows(2).all(|pair| pair[0].2 == pair[1].2);
        if everywhere && same {
            texts.truncate(1);
        }
        for (store, query, text) in texts {
            let folder = if everywhere && same {
                "queries".to_owned()
            } else {
                format!("{}/queries", store.folder)
            };
            files.push(OutputFile::lockstep(
                format!("{folder}/{name}.sql"),
                Syntax::Sql,
                &source(project),
                file(store.schema, query, &text),
            ));
        }
    }
    Ok(files)
}

fn file(schema: &Schema, query: &Query, text: &str) -> String {
    let mut body = sql::comment_lines(&query.doc);
    if !query.params.is_empty() {
        body.push_str("--\n");
    }
    let width = query
        .params
        .iter()
        .map(|param| param.name.as_str().len())
        .max()
        .unwrap_or(0);
    for (position, param) in query.params.iter().enumerate() {
        let null = if param.nullable { ", or NULL" } else { "" };
        body.push_str(&sql::comment_lines(&format!(
            "${} {:width$}  {}{null}: {}",
            position + 1,
            param.name.as_str(),
            param.ty,
            param.doc.replace('\n', " "),
        )));
    }
    body.push_str("--\n");
    if query.outside_transaction {
        body.push_str("-- Runs by itself, never inside a transaction.\n");
        let _ = writeln!(body, "{text};");
        return body;
    }
    let name = sql::quote_ident(query.name.as_str());
    let arguments: Vec<String> = query
        .params
        .iter()
        .map(|param| {
            let of_type = || example(&param.ty, param.nullable, param.nullable_elements);
            param.example.clone().unwrap_or_else(of_type)
        })
        .collect();
    let call = if arguments.is_empty() {
        format!("EXECUTE {name};")
    } else {
        format!("EXECUTE {name} ({});", arguments.join(", "))
    };
    if is_utility(text) {
        let _ = write!(body, "-- In psql: \\i this file.\n{text};\n");
    } else {
        let _ = write!(
            body,
            "-- In psql: \\i this file, then\n--   {call}\nPREPARE {name}{} AS\n{text};\n",
            match sql::prepare_header_types(schema, query) {
                types if types.is_empty() => types,
                types => format!(" {types}"),
            }
        );
    }
    body
}

/// Whether PREPARE refuses the statement: it takes only those that a plan can be made for.
fn is_utility(text: &str) -> bool {
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    ![
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH",
    ]
    .contains(&first.as_str())
}

fn example(ty: &DataType, nullable: bool, nullable_elements: bool) -> String {
    if nullable {
        return "NULL".to_owned();
    }
    match ty {
        DataType::SmallInt | DataType::Integer | DataType::BigInt => "1".to_owned(),
        DataType::Numeric(_) | DataType::Real | DataType::DoublePrecision => "1.5".to_owned(),
        DataType::Boolean => "true".to_owned(),
        DataType::Text | DataType::VarChar(_) => "'order-1'".to_owned(),
        DataType::Bytea => "'\\x7b7d'".to_owned(),
        DataType::Uuid => "'01900000-0000-7000-8000-000000000001'".to_owned(),
        DataType::Date => "'2026-01-31'".to_owned(),
        DataType::Time => "'12:00'".to_owned(),
        DataType::Timestamp => "'2026-01-31 12:00'".to_owned(),
        DataType::TimestampTz => "'2026-01-31 12:00Z'".to_owned(),
        DataType::Interval => "'1 hour'".to_owned(),
        DataType::Json | DataType::Jsonb => "'{}'".to_owned(),
        DataType::Inet => "'192.0.2.1'".to_owned(),
        DataType::Xid8 => "'1'".to_owned(),
        DataType::Range(of) => match of.element() {
            DataType::Integer | DataType::BigInt | DataType::Numeric(_) => "'[1,10)'".to_owned(),
            DataType::TimestampTz => "'[2026-01-31 12:00Z,)'".to_owned(),
            _ => "'[2026-01-31,2026-02-28)'".to_owned(),
        },
        // No query takes one.
        DataType::Named(_) => "NULL".to_owned(),
        DataType::Array(element) => {
            format!(
                "ARRAY[{}]::{ty}",
                example(element, nullable_elements, false)
            )
        }
    }
}
