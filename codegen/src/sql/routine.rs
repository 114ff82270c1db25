//! `CREATE FUNCTION`, with everything pinned that a caller's session could change.

use eventcore_schema_model::expr::Volatility;
use eventcore_schema_model::routine::{Language, Parallel, Returns, Routine, Security};
use eventcore_schema_model::schema::Schema;

use super::comment::{comment, set_comment};
use super::expr::restricted;
use super::layout::{aligned, block, body, indented};
use super::quote::{dollar_quoted, qualified, quote_ident, quote_literal};
use super::template::{RenderError, expand};
use super::ty::data_type;

/// Creates a function, revokes it from the public if it runs with its owner's rights, and comments it.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub fn create_routine(schema: &Schema, routine: &Routine) -> Result<String, RenderError> {
    let comment = comment(
        &format!("FUNCTION {}", routine_signature(schema, routine)),
        routine.comment.as_deref(),
    );
    Ok(format!(
        "{}{comment}",
        statement("CREATE", schema, routine)?
    ))
}

/// Puts a function in the place of one with the same arguments and result; its privileges stay. A comment that is gone
/// is removed.
///
/// # Errors
/// When its template cannot be rendered; never for a valid schema.
pub(super) fn replace_routine(schema: &Schema, routine: &Routine) -> Result<String, RenderError> {
    let comment = set_comment(
        &format!("FUNCTION {}", routine_signature(schema, routine)),
        routine.comment.as_deref(),
    );
    Ok(statement("CREATE OR REPLACE", schema, routine)? + &comment)
}

fn statement(verb: &str, schema: &Schema, routine: &Routine) -> Result<String, RenderError> {
    let object = format!("routine `{}`", routine.name);
    let text = expand(schema, &object, &routine.body, &[])?;
    let mut lines = vec![
        format!(
            "{verb} FUNCTION {}{}",
            qualified(schema, &routine.name),
            arguments(schema, routine)
        ),
        format!("RETURNS {}", returns(schema, &routine.returns)),
        language(routine.language).to_owned(),
        properties(routine),
    ];
    if routine.language != Language::SqlAtomic {
        lines.push("SET search_path = pg_catalog, pg_temp".to_owned());
    }
    for (name, value) in &routine.settings {
        // `eventcore.marker` is a name in two parts.
        let name: Vec<_> = name.as_str().split('.').map(quote_ident).collect();
        lines.push(format!("SET {} = {}", name.join("."), quote_literal(value)));
    }
    let text = text.trim_matches(['\n', '\r']).trim_end();
    lines.push(match routine.language {
        Language::SqlAtomic => {
            let text = body(text);
            let end = if text.ends_with('\n') { "\n;" } else { ";" };
            format!("BEGIN ATOMIC\n{}{end}\nEND;", indented(text.lines()))
        }
        Language::Sql | Language::PlPgSql => format!("AS {};", dollar_quoted("function", text)),
    });
    let signature = routine_signature(schema, routine);
    if routine.security == Security::Definer {
        lines.push(format!(
            "REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC;"
        ));
    }
    Ok(format!("{}\n", lines.join("\n")))
}

/// A function's qualified name with its argument types, as `GRANT` and `COMMENT ON` take it.
pub fn routine_signature(schema: &Schema, routine: &Routine) -> String {
    let types: Vec<_> = routine
        .arguments
        .iter()
        .map(|argument| data_type(schema, &argument.ty))
        .collect();
    format!("{}({})", qualified(schema, &routine.name), types.join(", "))
}

fn arguments(schema: &Schema, routine: &Routine) -> String {
    let cells: Vec<_> = routine
        .arguments
        .iter()
        .map(|argument| {
            let default = argument
                .default
                .as_ref()
                .map(|value| format!("DEFAULT {}", restricted(schema, value)));
            vec![
                quote_ident(argument.name.as_str()).into_owned(),
                data_type(schema, &argument.ty),
                default.unwrap_or_default(),
            ]
        })
        .collect();
    block(aligned(&cells))
}

fn returns(schema: &Schema, returns: &Returns) -> String {
    match returns {
        Returns::Void => "void".to_owned(),
        Returns::Trigger => "trigger".to_owned(),
        Returns::Value(ty) => data_type(schema, ty),
        Returns::SetOf(ty) => format!("SETOF {}", data_type(schema, ty)),
        Returns::Table(columns) => {
            let cells: Vec<_> = columns
                .iter()
                .map(|(name, ty)| {
                    vec![
                        quote_ident(name.as_str()).into_owned(),
                        data_type(schema, ty),
                    ]
                })
                .collect();
            format!("TABLE {}", block(aligned(&cells)))
        }
    }
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Sql | Language::SqlAtomic => "LANGUAGE sql",
        Language::PlPgSql => "LANGUAGE plpgsql",
    }
}

fn properties(routine: &Routine) -> String {
    let mut words = vec![
        match routine.volatility {
            Volatility::Immutable => "IMMUTABLE",
            Volatility::Stable => "STABLE",
            Volatility::Volatile => "VOLATILE",
        },
        match routine.parallel {
            Parallel::Unsafe => "PARALLEL UNSAFE",
            Parallel::Restricted => "PARALLEL RESTRICTED",
            Parallel::Safe => "PARALLEL SAFE",
        },
    ];
    if routine.strict {
        words.push("STRICT");
    }
    if routine.security == Security::Definer {
        words.push("SECURITY DEFINER");
    }
    words.join(" ")
}
