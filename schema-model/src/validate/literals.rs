//! Whether the text of a constant is one of its type, so far as this can be known without a server.

use std::net::IpAddr;

use crate::ty::DataType;

/// What is wrong with `text` as a constant of `ty`, if anything is.
pub(super) fn defect(text: &str, ty: &DataType) -> Option<String> {
    let wrong = |expected: &str| Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()));
    let trimmed = text.trim();
    match ty {
        DataType::SmallInt | DataType::Integer | DataType::BigInt => {
            let Ok(number) = trimmed.parse::<i64>() else {
                return wrong("expected a whole number");
            };
            integer_defect(number, ty)
        }
        DataType::Numeric(_) | DataType::Real | DataType::DoublePrecision => {
            if trimmed.parse::<f64>().is_ok() {
                None
            } else {
                wrong("expected a number")
            }
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
        DataType::Uuid if !is_uuid(trimmed) => wrong("expected 32 hexadecimal digits"),
        DataType::Json | DataType::Jsonb => json_defect(text, ty),
        DataType::Bytea if !is_hex_bytes(text) => wrong("expected `\\x` and hexadecimal digits"),
        DataType::Inet if !is_inet(trimmed) => wrong("expected an address, or one with `/bits`"),
        DataType::Xid8 if trimmed.parse::<u64>().is_err() => wrong("expected a whole number"),
        DataType::Date | DataType::Timestamp | DataType::TimestampTz => moment_defect(trimmed, ty),
        DataType::Time if !has_clock(trimmed) => wrong("expected `hh:mm:ss`"),
        DataType::Interval if !trimmed.contains(|c: char| c.is_ascii_digit()) => {
            wrong("expected a length of time such as `1 day`")
        }
        DataType::Array(_) if !(trimmed.starts_with('{') && trimmed.ends_with('}')) => {
            wrong("expected elements between braces")
        }
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
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    Some(format!("'{}' is no {ty}: {error}", text.escape_debug()))
}

fn is_uuid(text: &str) -> bool {
    let digits = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let digits: Vec<char> = digits
        .unwrap_or(text)
        .chars()
        .filter(|c| *c != '-')
        .collect();
    digits.len() == 32 && digits.iter().all(char::is_ascii_hexdigit)
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
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

fn has_clock(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hours, rest)| {
        hours.parse::<u8>().is_ok_and(|hours| hours <= 24)
            && rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// A day as `yyyy-mm-dd`, then for the timestamps a clock time, then for an instant its offset.
fn moment_defect(text: &str, ty: &DataType) -> Option<String> {
    if matches!(text, "infinity" | "-infinity") {
        return None;
    }
    if matches!(
        text.to_ascii_lowercase().as_str(),
        "now" | "today" | "tomorrow" | "yesterday"
    ) {
        return Some(format!(
            "'{text}' as a constant is the time at which the object is created, for ever"
        ));
    }
    let wrong = |expected: &str| Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()));
    let day = text.get(..10).unwrap_or_default();
    let is_day = day.len() == 10
        && day.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        });
    if !is_day {
        return wrong(
            "expected a day as `yyyy-mm-dd`, the only form that no setting reads otherwise",
        );
    }
    let clock = text.get(10..).unwrap_or_default();
    match ty {
        DataType::Date => (!clock.is_empty())
            .then(|| format!("'{text}' is no {ty}: a clock time follows the day")),
        DataType::TimestampTz if !has_offset(clock) => wrong(
            "without an offset it depends on the session's time zone; end it with `+00` or `Z`",
        ),
        _ => None,
    }
}

fn has_offset(clock: &str) -> bool {
    clock.ends_with(['Z', 'z'])
        || clock.rfind(['+', '-']).is_some_and(|at| {
            let digits = &clock[at + 1..];
            !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == ':')
        })
}
