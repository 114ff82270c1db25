//! The text of a query with its parameters numbered.

use eventcore_schema_model::query::Query;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::template::{Binding, Segment};

use super::EmitError;

pub(super) fn query_text(schema: &Schema, query: &Query) -> Result<String, EmitError> {
    let fail = |reason: String| EmitError::QueryText {
        query: query.name.to_string(),
        reason,
    };
    let mut text = String::new();
    for segment in query
        .body
        .segments()
        .map_err(|error| fail(error.to_string()))?
    {
        let (key, column) = match segment {
            Segment::Text(plain) => {
                text.push_str(plain);
                continue;
            }
            Segment::Placeholder { key, column, .. } => (key, column),
        };
        if let Some(at) = query.params.iter().position(|param| param.name == key) {
            text.push_str(&format!("${}", at + 1));
            continue;
        }
        match (query.body.bindings.get(key), column) {
            (Some(Binding::Relation(_)), Some(column)) => text.push_str(column),
            (
                Some(Binding::Relation(name) | Binding::Routine(name) | Binding::Sequence(name)),
                None,
            ) => {
                text.push_str(&format!("{}.{}", schema.namespace_of(name), name.name));
            }
            (Some(Binding::Integer(number)), None) => text.push_str(&number.to_string()),
            (Some(Binding::Type(ty)), None) => text.push_str(&ty.to_string()),
            (Some(Binding::Text(plain)), None) => text.push_str(plain),
            _ => return Err(fail(format!("`{{{key}}}` stands for nothing"))),
        }
    }
    Ok(text.trim().to_owned())
}
