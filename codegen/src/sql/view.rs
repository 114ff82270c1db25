//! `CREATE VIEW`.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::view::View;

use super::comment::comment;
use super::layout::body;
use super::quote::qualified;
use super::template::{RenderError, expand};

/// Creates a view that runs with its reader's rights, with its comment.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub fn create_view(schema: &Schema, view: &View) -> Result<String, RenderError> {
    let object = format!("VIEW {}", qualified(schema, &view.name));
    let comment = comment(&object, view.comment.as_deref());
    Ok(format!("{}{comment}", statement("CREATE", schema, view)?))
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
