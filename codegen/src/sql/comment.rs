//! `COMMENT ON`, for every kind of object.

use super::layout::WIDTH;
use super::quote::quote_literal;

/// `COMMENT ON <object> IS '<text>';`, or nothing where there is no text.
pub(super) fn comment(object: &str, text: Option<&str>) -> String {
    let Some(text) = text else {
        return String::new();
    };
    let head = format!("COMMENT ON {object} IS");
    let constant = quote_literal(text);
    let first_line = constant.lines().next().unwrap_or_default();
    if head.chars().count() + 2 + first_line.chars().count() <= WIDTH {
        format!("{head} {constant};\n")
    } else {
        // A constant is never indented inside: its own line ends belong to it.
        format!("{head}\n    {constant};\n")
    }
}
