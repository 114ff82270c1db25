//! `COMMENT ON`, for every kind of object, and comments between statements.

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

/// `COMMENT ON <object> IS '<text>';`, or `IS NULL` where there is no text.
pub(super) fn set_comment(object: &str, text: Option<&str>) -> String {
    match text {
        Some(_) => comment(object, text),
        None => format!("COMMENT ON {object} IS NULL;\n"),
    }
}

/// A text of the definition behind `--`, a line for each of its lines. A comment ends where its line does, and
/// to the server that is at a carriage return too: what stood behind it would be run.
pub(crate) fn comment_lines(text: &str) -> String {
    let mut lines = String::new();
    for line in text.replace("\r\n", "\n").replace('\r', "\n").lines() {
        lines.push_str(format!("-- {line}").trim_end());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::comment_lines;

    #[test]
    fn every_line_stays_a_comment() {
        assert_eq!(comment_lines("one"), "-- one\n");
        assert_eq!(
            comment_lines("one\n\ntwo\rthree\r\n four "),
            "-- one\n--\n-- two\n-- three\n--  four\n"
        );
        assert_eq!(comment_lines(""), "");
    }
}
