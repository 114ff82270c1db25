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
    if head.chars().count() + constant.chars().count() + 2 <= WIDTH {
        format!("{head} {constant};\n")
    } else {
        format!("{head}\n    {constant};\n")
    }
}
