//! `CREATE EXTENSION`.

use eventcore_schema_model::extension::Extension;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::schema::Schema;

use super::quote::{quote_ident, quote_literal};

/// Creates an extension, if it is not there: it belongs to the database, and others may use it too.
pub fn create_extension(schema: &Schema, extension: &Extension) -> String {
    let version = extension
        .version
        .as_ref()
        .map_or_else(String::new, |it| format!(" VERSION {}", quote_literal(it)));
    format!(
        "CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}{version};\n",
        quote_ident(extension.name.as_str()),
        quote_ident(schema.home_of(extension).as_str())
    )
}

/// Gives an extension another version.
pub(super) fn update_extension(extension: &Ident, version: &str) -> String {
    format!(
        "ALTER EXTENSION {} UPDATE TO {};\n",
        quote_ident(extension.as_str()),
        quote_literal(version)
    )
}
