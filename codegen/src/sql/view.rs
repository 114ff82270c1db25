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
    let name = qualified(schema, &view.name);
    let select = expand(schema, &format!("view `{}`", view.name), &view.body, &[])?;
    Ok(format!(
        "CREATE VIEW {name}\n    WITH (security_invoker = true)\nAS\n{};\n{}",
        body(&select),
        comment(&format!("VIEW {name}"), view.comment.as_deref())
    ))
}
