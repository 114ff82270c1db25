//! Constants of composite types: `(1,"a, b",)`.

use super::literals;
use crate::composite::Composite;
use crate::schema::Schema;

/// What is wrong with a text, without blanks around it, as a value of a composite type.
pub(super) fn defect(schema: &Schema, text: &str, ty: &Composite) -> Option<String> {
    let wrong = |expected: &str| {
        let text = text.escape_debug();
        Some(format!("'{text}' is no {}: {expected}", ty.name))
    };
    let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let Some(fields) = inner.and_then(fields) else {
        return wrong(
            "expected values between parentheses, with commas between; quote one that holds either",
        );
    };
    if fields.len() != ty.attributes.len() {
        let (given, wanted) = (fields.len(), ty.attributes.len());
        return wrong(&format!(
            "it has {given} values, and the type {wanted} attributes"
        ));
    }
    let pairs = fields.iter().zip(&ty.attributes);
    let mut given = pairs.filter_map(|(value, attribute)| Some((value.as_deref()?, attribute)));
    let defect = given.find_map(|(value, attribute)| {
        let defect = literals::defect(schema, value, &attribute.ty)?;
        Some(format!("`{}`: {defect}", attribute.name))
    })?;
    wrong(&defect)
}

/// The values, nothing for NULL; nothing at all when they cannot be told apart.
fn fields(inner: &str) -> Option<Vec<Option<String>>> {
    let mut found = Vec::new();
    let mut field = None;
    let mut is_quoted = false;
    let mut characters = inner.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => field
                .get_or_insert_with(String::new)
                .push(characters.next()?),
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => {
                field.get_or_insert_with(String::new).push('"');
            }
            '"' => {
                field.get_or_insert_with(String::new);
                is_quoted = !is_quoted;
            }
            ',' if !is_quoted => found.push(field.take()),
            '(' | ')' if !is_quoted => return None,
            c => field.get_or_insert_with(String::new).push(c),
        }
    }
    found.push(field);
    (!is_quoted).then_some(found)
}
