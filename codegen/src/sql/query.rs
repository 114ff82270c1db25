//! Queries: one statement with numbered parameters.

use eventcore_schema_model::query::Query;
use eventcore_schema_model::schema::Schema;

use super::layout::body;
use super::template::{RenderError, expand};
use super::ty::data_type;

/// A query's statement with `$1`, `$2`, ... for its parameters, without header and final semicolon.
///
/// Parameters carry no casts: the driver gives their types, and `PREPARE` does.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub fn query_text(schema: &Schema, query: &Query) -> Result<String, RenderError> {
    let object = format!("query `{}`", query.name);
    let text = expand(schema, &object, &query.body, &query.params)?;
    Ok(body(&text))
}

/// The parameter types as `PREPARE name (...)` lists them, parentheses included; nothing without
/// parameters.
pub fn prepare_header_types(schema: &Schema, query: &Query) -> String {
    if query.params.is_empty() {
        return String::new();
    }
    let types: Vec<_> = query
        .params
        .iter()
        .map(|param| data_type(schema, &param.ty))
        .collect();
    format!("({})", types.join(", "))
}
