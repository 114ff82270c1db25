//! Whether the text of a constant is one of its type, so far as this can be known without a server.

use std::net::IpAddr;

use serde_json::Value;

use super::report::list;
use super::{arrays, moments, numbers, ranges, rows};
use crate::expr::Literal;
use crate::schema::Schema;
use crate::ty::DataType;

/// What the server takes for a blank around a constant; no others of Unicode's.
pub(super) const BLANKS: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];

/// What is wrong with `text` as a constant of `ty`, if anything is.
pub(super) fn defect(schema: &Schema, text: &str, ty: &DataType) -> Option<String> {
    let wrong = |expected: &str| Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()));
    let trimmed = text.trim_matches(BLANKS);
    match ty {
        DataType::SmallInt | DataType::Integer | DataType::BigInt => {
            let Ok(number) = trimmed.parse::<i64>() else {
                return wrong("expected a whole number");
            };
            integer_defect(number, ty)
        }
        DataType::Numeric(_) | DataType::Real | DataType::DoublePrecision => {
            numbers::defect(trimmed, ty)
        }
        DataType::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "false" | "t" | "f" | "yes" | "no" | "on" | "off" | "1" | "0" => None,
            _ => wrong("expected true or false"),
        },
        DataType::VarChar(length) => {
            let characters = text.chars().count();
            (characters > *length as usize)
                .then(|| format!("a text of {characters} characters does not fit {ty}"))
        }
        DataType::Uuid if !is_uuid(text) => {
            wrong("expected 32 hexadecimal digits, as `8-4-4-4-12`, without blanks")
        }
        DataType::Json | DataType::Jsonb => json_defect(text, ty),
        DataType::Bytea if !is_hex_bytes(text) => wrong("expected `\\x` and hexadecimal digits"),
        DataType::Inet if !is_inet(text) => wrong("expected an address, or one with `/bits`"),
        DataType::Xid8 if trimmed.starts_with('+') || trimmed.parse::<u64>().is_err() => {
            wrong("expected a whole number")
        }
        DataType::Date
        | DataType::Time
        | DataType::Timestamp
        | DataType::TimestampTz
        | DataType::Interval => moments::defect(trimmed, ty),
        DataType::Range(of) => ranges::defect(schema, trimmed, *of),
        DataType::Array(element) => arrays::defect(schema, trimmed, element),
        DataType::Named(_) => {
            let base = schema.base_of(ty);
            if base != ty {
                return defect(schema, text, base);
            }
            if let Some(ty) = schema.find_composite(ty) {
                return rows::defect(schema, trimmed, ty);
            }
            let labels = &schema.find_enum(ty)?.labels;
            let is_one = labels.iter().any(|label| label == text);
            (!is_one).then(|| {
                format!(
                    "'{}' is no {ty}: its labels are {}",
                    text.escape_debug(),
                    list(labels)
                )
            })
        }
        _ => None,
    }
}

/// What is wrong with a constant in a column of type `ty`, if anything is.
pub(super) fn constant_defect(schema: &Schema, literal: &Literal, ty: &DataType) -> Option<String> {
    let base = schema.base_of(ty);
    match literal {
        Literal::Text(text) => defect(schema, text, ty),
        Literal::Integer(number) if base.is_integer() => integer_defect(*number, base),
        Literal::Integer(number) if base.is_numeric() => numbers::defect(&number.to_string(), base),
        // The server rounds a number that it is given as one.
        Literal::Typed(text, of) if of.is_numeric() && matches!(base, DataType::Numeric(_)) => {
            numbers::defect(text.trim_matches(BLANKS), base)
        }
        Literal::Typed(text, of) if of.is_text() && base.is_text() => defect(schema, text, ty),
        _ => None,
    }
}

/// What is wrong with a whole number in a column of type `ty`, if anything is.
pub(super) fn integer_defect(number: i64, ty: &DataType) -> Option<String> {
    let (least, greatest) = match ty {
        DataType::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
        DataType::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return None,
    };
    (number < least || number > greatest)
        .then(|| format!("{number} is out of range for {ty}, which ends at {greatest}"))
}

fn json_defect(text: &str, ty: &DataType) -> Option<String> {
    let defect = match serde_json::from_str::<Value>(text) {
        Err(error) => error.to_string(),
        Ok(_) if *ty == DataType::Jsonb && escapes_nul(text) => {
            "jsonb cannot hold `\\u0000`".to_owned()
        }
        Ok(_) => return None,
    };
    Some(format!("'{}' is no {ty}: {defect}", text.escape_debug()))
}

/// Whether a JSON text has the escape of U+0000 in one of its strings.
fn escapes_nul(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, escape)) = rest.split_once('\\') {
        if escape.starts_with("u0000") {
            return true;
        }
        // What follows a backslash may be another one, which begins no escape.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// Digits in pairs, with hyphens after each second pair or none, in braces or not.
fn is_uuid(text: &str) -> bool {
    let braced = text.strip_prefix('{').map(|rest| rest.strip_suffix('}'));
    let Some(mut rest) = braced.unwrap_or(Some(text)) else {
        return false;
    };
    for pair in 0..16 {
        let Some((digits, after)) = rest.split_at_checked(2) else {
            return false;
        };
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        rest = match after.strip_prefix('-') {
            Some(after) if pair % 2 == 1 && pair < 15 => after,
            _ => after,
        };
    }
    rest.is_empty()
}

fn is_hex_bytes(text: &str) -> bool {
    text.strip_prefix("\\x").is_some_and(|digits| {
        digits.len().is_multiple_of(2) && digits.chars().all(|c| c.is_ascii_hexdigit())
    })
}

fn is_inet(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| {
        let plain = !bits.starts_with('+') && (bits == "0" || !bits.starts_with('0'));
        plain && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}
