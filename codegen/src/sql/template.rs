//! Templates: reviewed texts with the definition's names put in.

use eventcore_schema_model::lexer;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::query::Param;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::template::{Binding, Segment, Template, TemplateError};
use thiserror::Error;

use super::layout::{WIDTH, last_line_width};
use super::quote::{conforming, qualified, quote_ident, quote_literal};
use super::ty::data_type;

/// A text that cannot be rendered. A valid schema has none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The template cannot be read.
    #[error("{object}: {source}")]
    Template {
        /// Whose text it is.
        object: String,
        /// What is wrong with it.
        source: TemplateError,
    },
    /// A placeholder stands for nothing, or for nothing that can be written like this.
    #[error("{object}: nothing is bound that `{{{placeholder}}}` could stand for")]
    Placeholder {
        /// Whose text it is.
        object: String,
        /// What stands between the braces.
        placeholder: String,
    },
}

/// A template with each placeholder replaced by the SQL of what it is bound to.
///
/// # Errors
/// When the text is malformed or a placeholder is not bound; never for a template of a valid schema.
pub fn template(schema: &Schema, template: &Template) -> Result<String, RenderError> {
    expand(schema, "template", template, &[])
}

/// As [`template`], with `{parameter}` for `$n` and an object's name for messages.
pub(super) fn expand(
    schema: &Schema,
    object: &str,
    template: &Template,
    params: &[Param],
) -> Result<String, RenderError> {
    let segments = template
        .segments()
        .map_err(|source| RenderError::Template {
            object: object.to_owned(),
            source,
        })?;
    let mut sql = String::new();
    for segment in segments {
        match segment {
            Segment::Text(text) => sql.push_str(text),
            Segment::Placeholder {
                key,
                column,
                literal,
            } => {
                let position = params.iter().position(|param| param.name == *key);
                let text = match (position, template.bindings.get(key)) {
                    (Some(position), _) if column.is_none() && !literal => {
                        Some(format!("${}", position + 1))
                    }
                    (None, Some(binding)) => bound(schema, &mut sql, binding, column, literal),
                    _ => None,
                };
                let text = text.ok_or_else(|| RenderError::Placeholder {
                    object: object.to_owned(),
                    placeholder: written(key, column, literal),
                })?;
                // A name, or a list of columns on several lines, must not end the comment that mentions it.
                if text.contains(['\n', '\r']) && lexer::ends_in_line_comment(&sql) {
                    sql.push_str(&text.replace(['\n', '\r'], " "));
                } else {
                    sql.push_str(&text);
                }
            }
        }
    }
    Ok(conforming(&sql).into_owned())
}

fn written(key: &str, column: Option<&str>, literal: bool) -> String {
    let column = column
        .map(|column| format!(".{column}"))
        .unwrap_or_default();
    format!("{key}{column}{}", if literal { ":literal" } else { "" })
}

fn bound(
    schema: &Schema,
    before: &mut String,
    binding: &Binding,
    column: Option<&str>,
    literal: bool,
) -> Option<String> {
    match (binding, column, literal) {
        (Binding::Relation(name), Some("*"), false) => Some(all_columns(schema, before, name)),
        (Binding::Relation(_), Some(column), false) => Some(quote_ident(column).into_owned()),
        (
            Binding::Relation(name) | Binding::Sequence(name) | Binding::Routine(name),
            None,
            literal,
        ) => {
            let name = qualified(schema, name);
            Some(if literal { quote_literal(&name) } else { name })
        }
        (Binding::Integer(number), None, false) => Some(number.to_string()),
        (Binding::Type(ty), None, false) => Some(data_type(schema, ty)),
        (Binding::Text(text), None, true) => Some(quote_literal(text)),
        (Binding::Text(text), None, false) => Some(text.clone()),
        _ => None,
    }
}

/// All columns of a table or view, each behind the alias that stands before the placeholder, if one
/// does; a column a line where they do not fit on this one.
fn all_columns(schema: &Schema, before: &mut String, relation: &QualifiedName) -> String {
    let columns: Vec<&Ident> = match (schema.find_table(relation), schema.find_view(relation)) {
        (Some(table), _) => table.columns.iter().map(|column| &column.name).collect(),
        (None, Some(view)) => view.columns.iter().map(|column| &column.name).collect(),
        (None, None) => Vec::new(),
    };
    let alias = trailing_alias(before).to_owned();
    before.truncate(before.len() - alias.len());
    let columns: Vec<_> = columns
        .into_iter()
        .map(|name| format!("{alias}{}", quote_ident(name.as_str())))
        .collect();
    let line = columns.join(", ");
    let margin = last_line_width(before);
    if margin + line.chars().count() <= WIDTH {
        line
    } else {
        columns.join(&format!(",\n{}", " ".repeat(margin)))
    }
}

/// The `alias.` at the end of a text, or nothing.
fn trailing_alias(text: &str) -> &str {
    let Some(name) = text.strip_suffix('.') else {
        return "";
    };
    let start = name
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| {
            at + name[at..].chars().next().map_or(1, char::len_utf8)
        });
    &text[start..]
}
