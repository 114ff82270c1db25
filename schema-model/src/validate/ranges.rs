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
    let plain = |end: &str| end.trim_matches('"').trim_matches(BLANKS).to_owned();
    if is_above(&plain(low), &plain(high), &of.element()) {
        return wrong("its low end is above its high end");
    }
    None
}

/// Whether the low end is surely above the high one; an end that is left out never is.
fn is_above(low: &str, high: &str, ty: &DataType) -> bool {
    if low.is_empty() || high.is_empty() {
        return false;
    }
    match ty {
        ty if ty.is_integer() => {
            matches!((low.parse::<i64>(), high.parse::<i64>()), (Ok(low), Ok(high)) if low > high)
        }
        // Rounded, a number that is not greater stays so.
        ty if ty.is_numeric() => {
            matches!((low.parse::<f64>(), high.parse::<f64>()), (Ok(low), Ok(high)) if low > high)
        }
        _ => match (low, high) {
            (low, high) if low == high => false,
            ("-infinity", _) | (_, "infinity") => false,
            ("infinity", _) | (_, "-infinity") => true,
            // ISO forms are in the order of their texts, if their offsets are the same.
            _ => {
                let parts = |text: &str| {
                    let at = text.get(10..).and_then(|it| it.find(['+', '-', 'Z', 'z']));
                    let (moment, offset) = text.split_at(at.map_or(text.len(), |at| at + 10));
                    (moment.replace('T', " "), offset.to_owned())
                };
                let ((low, offset), (high, other)) = (parts(low), parts(high));
                offset == other && low > high && !low.starts_with(&*high)
            }
        },
    }
}
