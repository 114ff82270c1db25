//! Storage parameters, `WITH (...)`.

use eventcore_schema_model::storage::StorageParameter;

use super::quote::{quote_ident, quote_literal};

/// `WITH (name = value, ...)`, if there are any.
pub(super) fn storage(parameters: &[StorageParameter]) -> Option<String> {
    (!parameters.is_empty()).then(|| format!("WITH ({})", self::parameters(parameters)))
}

/// `name = value, ...`
pub(super) fn parameters(parameters: &[StorageParameter]) -> String {
    let list: Vec<_> = parameters
        .iter()
        .map(|parameter| {
            // `toast.autovacuum_enabled` is a name in two parts.
            let name: Vec<_> = parameter
                .name
                .as_str()
                .split('.')
                .map(quote_ident)
                .collect();
            format!("{} = {}", name.join("."), value(&parameter.value))
        })
        .collect();
    list.join(", ")
}

fn value(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.matches('.').count() <= 1
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number || matches!(text, "on" | "off" | "true" | "false" | "auto") {
        text.to_owned()
    } else {
        quote_literal(text)
    }
}
