//! How names of a definition become Rust names.

use proc_macro2::{Ident, Span};

use super::EmitError;

/// Names that cannot even be written as `r#name`.
const NEVER_RAW: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// `snake_case`, for functions, fields, parameters and modules.
pub(super) fn snake(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    ident(kind, name, words(name).join("_"))
}

/// `CamelCase`, for types and variants.
pub(super) fn camel(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    let text = words(name)
        .iter()
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect::<String>();
    ident(kind, name, text)
}

/// `SCREAMING_CASE`, for constants.
pub(super) fn screaming(kind: &'static str, name: &str) -> Result<Ident, EmitError> {
    ident(kind, name, words(name).join("_").to_ascii_uppercase())
}

/// The words of a name, in lower case: cut at what is neither letter nor digit, and before a capital.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for letter in name.chars() {
        let boundary =
            !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && after_lower);
        if boundary && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_ascii_alphanumeric(), words.last_mut()) {
            word.push(letter.to_ascii_lowercase());
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn ident(kind: &'static str, name: &str, text: String) -> Result<Ident, EmitError> {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
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
