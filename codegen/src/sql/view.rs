//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::view::{Materialized, View};

use super::comment::comment;
use super::index::create_index;
use super::layout::body;
use super::quote::qualified;
use super::storage::storage;
use super::template::{RenderError, expand};

/// Creates a view that runs with its reader's rights, or a materialised one with its indexes, and their comments.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub fn create_view(schema: &Schema, view: &View) -> Result<String, RenderError> {
    let name = qualified(schema, &view.name);
    let (kind, statement) = match &view.materialized {
        Some(kept) => ("MATERIALIZED VIEW", materialized(schema, view, kept)?),
        None => ("VIEW", statement("CREATE", schema, view)?),
    };
    let comment = comment(&format!("{kind} {name}"), view.comment.as_deref());
    let mut blocks = vec![format!("{statement}{comment}")];
    let table = view.as_table();
    let indexes = table.indexes.iter();
    blocks.extend(indexes.map(|index| create_index(schema, &table, index)));
    Ok(blocks.join("\n"))
}

fn materialized(schema: &Schema, view: &View, kept: &Materialized) -> Result<String, RenderError> {
    let select = expand(schema, &format!("view `{}`", view.name), &view.body, &[])?;
    let storage = storage(&kept.storage).map_or_else(String::new, |it| format!("\n    {it}"));
    let data = if kept.empty { "NO DATA" } else { "DATA" };
    Ok(format!(
        "CREATE MATERIALIZED VIEW {}{storage}\nAS\n{}\nWITH {data};\n",
        qualified(schema, &view.name),
        body(&select).trim_end_matches('\n')
    ))
}

/// Puts a view in the place of one that has the first of its columns.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub(super) fn replace_view(schema: &Schema, view: &View) -> Result<String, RenderError> {
    statement("CREATE OR REPLACE", schema, view)
}

fn statement(verb: &str, schema: &Schema, view: &View) -> Result<String, RenderError> {
    let name = qualified(schema, &view.name);
    let select = expand(schema, &format!("view `{}`", view.name), &view.body, &[])?;
    Ok(format!(
        "{verb} VIEW {name}\n    WITH (security_invoker = true)\nAS\n{};\n",
        body(&select)
    ))
}
