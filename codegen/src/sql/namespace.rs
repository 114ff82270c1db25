//! `CREATE SCHEMA`.

use eventcore_schema_model::namespace::Namespace;
use eventcore_schema_model::schema::Schema;

use super::comment::comment;
use super::quote::quote_ident;

/// Creates a PostgreSQL schema, with its comment. The definition's own may be there: who applies migrations keeps the
/// history of them in it.
pub fn create_namespace(schema: &Schema, namespace: &Namespace) -> String {
    let name = quote_ident(namespace.name.as_str());
    let unless_there = if namespace.name == schema.namespace {
        "IF NOT EXISTS "
    } else {
        ""
    };
    format!(
        "CREATE SCHEMA {unless_there}{name};\n{}",
        comment(&format!("SCHEMA {name}"), namespace.comment.as_deref())
    )
}
