//! How names of a definition become Rust names.

use eventcore_schema_model::rust_name::{camel_case, is_name, screaming_case, snake_case};
use proc_macro2::{Ident, Span};

use super::EmitError;

/// Names that cannot even be written as `r#name`.
const NEVER_RAW: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// `snake_case`, for functions, fields, parameters and modules.
pub(super) fn snake(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    ident(kind, name, snake_case(name))
}

/// `CamelCase`, for types and variants.
pub(super) fn camel(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    ident(kind, name, camel_case(name))
}

/// `SCREAMING_CASE`, for constants.
pub(super) fn screaming(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    ident(kind, name, screaming_case(name))
}

fn ident(kind: &'static str, name: &str, text: String) -> Result<Ident, EmitError> {
    if !is_name(&text) {
        return Err(EmitError::NoRustName {
            kind,
            name: name.to_owned(),
        });
    }
    if NEVER_RAW.contains(&text.as_str()) {
        return Ok(Ident::new(&format!("{text}_"), Span::call_site()));
    }
    Ok(match syn::parse_str::<Ident>(&text) {
        Ok(ident) => ident,
        Err(_) => Ident::new_raw(&text, Span::call_site()),
    })
}

#[cfg(test)]
mod tests {
    use super::{camel, screaming, snake};

    #[test]
    fn names_become_rust_names() {
        for (name, snake_case, camel_case, screaming_case) in [
            ("stream_id", "stream_id", "StreamId", "STREAM_ID"),
            ("StoredEvent", "stored_event", "StoredEvent", "STORED_EVENT"),
            ("type", "r#type", "Type", "TYPE"),
            ("self", "self_", "Self_", "SELF"),
            ("order lines", "order_lines", "OrderLines", "ORDER_LINES"),
            ("a\"b", "a_b", "AB", "A_B"),
            ("_x2y", "x2y", "X2y", "X2Y"),
        ] {
            assert_eq!(
                snake("column", name).map(|i| i.to_string()),
                Ok(snake_case.into())
            );
            assert_eq!(
                camel("column", name).map(|i| i.to_string()),
                Ok(camel_case.into())
            );
            assert_eq!(
                screaming("column", name).map(|i| i.to_string()),
                Ok(screaming_case.into())
            );
        }
    }

    #[test]
    fn a_name_without_letters_is_refused() {
        let error = snake("column", "№ 1").map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err(
                "column `№ 1` cannot be a Rust name; use letters, digits and `_`, a letter first"
                    .into()
            )
        );
    }
}
