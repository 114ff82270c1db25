//! Constants of arrays: `{1,2,NULL}`, `{"a, b",c}`.

use super::literals;
use crate::schema::Schema;
use crate::ty::DataType;

/// What is wrong with a text, without blanks around it, as a one-dimensional array of `element`.
pub(super) fn defect(schema: &Schema, text: &str, element: &DataType) -> Option<String> {
    let wrong = |expected: &str| {
        let text = text.escape_debug();
        Some(format!("'{text}' is no {element}[]: {expected}"))
    };
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let Some(inner) = inner else {
        return wrong("expected elements between braces");
    };
    if inner.trim_matches(literals::BLANKS).is_empty() {
        return None;
    }
    let Some(elements) = elements(inner) else {
        return wrong(
            "expected elements with commas between; quote one that is empty or holds a comma, a brace, a quote \
             or a backslash",
        );
    };
    let mut defects = elements.iter().flatten();
    let defect = defects.find_map(|value| literals::defect(schema, value, element))?;
    wrong(&defect)
}

/// The elements, nothing for NULL; nothing at all when they cannot be told apart.
fn elements(inner: &str) -> Option<Vec<Option<String>>> {
    let mut found = Vec::new();
    let mut rest = inner;
    loop {
        rest = rest.trim_start_matches(literals::BLANKS);
        if let Some(quoted) = rest.strip_prefix('"') {
            let (value, after) = unquoted(quoted)?;
            found.push(Some(value));
            rest = after.trim_start_matches(literals::BLANKS);
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let value = rest[..end].trim_end_matches(literals::BLANKS);
            if value.is_empty() || value.contains(['{', '}', '"', '\\']) {
                return None;
            }
            let is_null = value.eq_ignore_ascii_case("null");
            found.push((!is_null).then(|| value.to_owned()));
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => return rest.is_empty().then_some(found),
        }
    }
}

/// What stands up to the closing quote, without its backslashes, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}
