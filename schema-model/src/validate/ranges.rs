//! Constants of ranges: the ends in brackets, each a constant of the element's type or left out.

use super::literals::{self, BLANKS};
use crate::schema::Schema;
use crate::ty::{DataType, RangeOf};

/// What is wrong with a text, without blanks around it, as a constant of a range, if anything is. The order of the ends
/// is the server's business.
pub(super) fn defect(schema: &Schema, text: &str, of: RangeOf) -> Option<String> {
    let wrong = |expected: &str| {
        let ty = DataType::Range(of);
        Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()))
    };
    if text.eq_ignore_ascii_case("empty") {
        return None;
    }
    let inner = text
        .strip_prefix(['[', '('])
        .and_then(|rest| rest.strip_suffix([']', ')']));
    let Some((low, high)) = inner.and_then(|inner| inner.split_once(',')) else {
        return wrong("expected two ends such as `[1,10)`, or `empty`");
    };
    for end in [low, high] {
        let plain = end.strip_prefix('"').and_then(|end| end.strip_suffix('"'));
        let value = plain.unwrap_or(end);
        if value.contains(['"', '\\', '[', ']', '(', ')', ',']) {
            return wrong("an end holds a quote, a bracket or a comma");
        }
        let left_out = plain.is_none() && end.is_empty();
        if !left_out
            && let Some(defect) =
                literals::defect(schema, value.trim_matches(BLANKS), &of.element())
        {
            return wrong(&defect);
        }
    }
    None
}
