//! How names and texts are written in SQL: the only place that quotes.

use std::borrow::Cow;

use eventcore_schema_model::lexer::{Token, TokenKind, tokens};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;

use super::keywords::KEYWORDS;

/// An identifier as SQL: bare where every supported server reads it back unchanged, else in double
/// quotes. Agrees with the server's own `quote_ident()`, but also quotes what is a keyword only in
/// another version.
pub fn quote_ident(name: &str) -> Cow<'_, str> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts_well && is_plain && KEYWORDS.binary_search(&name).is_err() {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// A text as a string constant that means the same whatever `standard_conforming_strings` is.
///
/// Backslashes and control characters make it an escape string (`E'...'`) on one line: a backslash in a
/// plain constant depends on that setting, and editors and git change line ends and tabs.
pub fn quote_literal(text: &str) -> String {
    let needs_escapes = |c: char| c == '\\' || c.is_control();
    if !text.contains(needs_escapes) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '\'' => "''".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\t' => "\\t".to_owned(),
            '\r' => "\\r".to_owned(),
            c if needs_escapes(c) => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("E'{escaped}'")
}

/// A text of SQL that means the same whatever `standard_conforming_strings` is: its plain constants with a backslash
/// become escape strings. The server splits a message before the settings in it take effect, so no file can set it for
/// itself, and a routine's body is read under its caller's.
///
/// Left as they are: constants behind a letter that gives them another syntax, and all of a text in which one constant
/// continues another.
pub(super) fn conforming(sql: &str) -> Cow<'_, str> {
    let is_plain =
        |token: &Token<'_>| token.kind == TokenKind::Constant && token.text.starts_with('\'');
    if !tokens(sql).any(|token| is_plain(&token) && token.text.contains('\\')) || continues(sql) {
        return Cow::Borrowed(sql);
    }
    let mut text = String::new();
    for token in tokens(sql) {
        let is_prefixed = text.ends_with('&') || text.ends_with(is_of_word);
        if is_plain(&token) && token.text.contains('\\') && !is_prefixed {
            text.push('E');
            text.push_str(&token.text.replace('\\', "\\\\"));
        } else {
            text.push_str(token.text);
        }
    }
    Cow::Owned(text)
}

/// Whether a constant follows another one, which makes one of both.
fn continues(sql: &str) -> bool {
    let mut last = None;
    for token in tokens(sql).filter(|token| !token.kind.is_space()) {
        if token.kind == TokenKind::Constant && last == Some(TokenKind::Constant) {
            return true;
        }
        last = Some(token.kind);
    }
    false
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// `body` between dollar quotes on lines of their own, `$tag$` or, where the body holds that, the first
/// of `$tag1$`, `$tag2$`, ... that it does not hold.
pub(super) fn dollar_quoted(tag: &str, body: &str) -> String {
    let tag = dollar_tag(tag, body);
    format!("{tag}\n{body}\n{tag}")
}

fn dollar_tag(tag: &str, body: &str) -> String {
    let mut quotes = format!("${tag}$");
    let mut number = 0_u64;
    while body.contains(&quotes) {
        number += 1;
        quotes = format!("${tag}{number}$");
    }
    quotes
}

/// An object's name with the PostgreSQL schema that it stands in.
pub fn qualified(schema: &Schema, name: &QualifiedName) -> String {
    format!(
        "{}.{}",
        quote_ident(schema.namespace_of(name).as_str()),
        quote_ident(name.name.as_str())
    )
}

/// Several identifiers, with commas between.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a Ident>) -> String {
    names
        .into_iter()
        .map(|name| quote_ident(name.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::{conforming, dollar_quoted, quote_ident, quote_literal};

    #[test]
    fn only_what_needs_quotes_is_quoted() {
        let check = |name: &str, expected: &str| assert_eq!(quote_ident(name), expected);
        check("events", "events");
        check("_events_2", "_events_2");
        check("2events", "\"2events\"");
        check("Events", "\"Events\"");
        check("user", "\"user\"");
        check("json_table", "\"json_table\"");
        check("name", "name");
        check("with space", "\"with space\"");
        check("a\"b", "\"a\"\"b\"");
        check("größe", "\"größe\"");
        check("a$b", "\"a$b\"");
        check("", "\"\"");
    }

    #[test]
    fn constants_do_not_depend_on_settings() {
        let check = |text: &str, expected: &str| assert_eq!(quote_literal(text), expected);
        check("plain", "'plain'");
        check("it's", "'it''s'");
        check("two\nlines", r"E'two\nlines'");
        check(r"a\b'c", r"E'a\\b''c'");
        check("a\tb\r\u{1}", r"E'a\tb\r\u0001'");
    }

    #[test]
    fn a_text_does_not_depend_on_settings() {
        let check = |text: &str, expected: &str| assert_eq!(conforming(text), expected);
        check("note NOT LIKE '%x%'", "note NOT LIKE '%x%'");
        check(r"note NOT LIKE '%\%%'", r"note NOT LIKE E'%\\%%'");
        check(r"f('it''s \d')", r"f(E'it''s \\d')");
        check(
            r"E'\n', U&'\0041', $$'\d'$$, n'\d' -- '\d'",
            r"E'\n', U&'\0041', $$'\d'$$, n'\d' -- '\d'",
        );
        check("'a\\b'\n'c'", "'a\\b'\n'c'");
    }

    #[test]
    fn a_body_never_ends_its_own_quotes() {
        assert_eq!(dollar_quoted("function", "x"), "$function$\nx\n$function$");
        assert_eq!(
            dollar_quoted("function", "$function$ $function1$"),
            "$function2$\n$function$ $function1$\n$function2$"
        );
    }
}
