//! The values of partition bounds: which are one, however they are written, and which comes first.

use std::net::IpAddr;

use super::evaluate::{Known, Value};
use super::moments;
use crate::expr::{Expr, Literal};
use crate::schema::Schema;
use crate::ty::DataType;

/// A value of a key column. Two of one type are equal where the server takes them for one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BoundKey {
    /// Below all others.
    Min,
    /// A number, an instant, or the place of a label.
    Number(i128),
    /// What is compared byte by byte.
    Bytes(Vec<u8>),
    /// What only the server knows the order of.
    Unordered(String),
    /// Above all others.
    Max,
}

/// What a constant is in a column of a type; none where only the server can say.
pub(super) fn bound_key(schema: &Schema, literal: &Literal, ty: &DataType) -> Option<BoundKey> {
    let base = schema.base_of(ty);
    let text = match literal {
        Literal::Text(text) | Literal::Typed(text, _) => text.trim(),
        _ => "",
    };
    match base {
        DataType::Uuid => {
            let digits = text.chars().filter(char::is_ascii_hexdigit);
            bytes(&digits.collect::<String>()).map(BoundKey::Bytes)
        }
        DataType::Bytea => bytes(text.strip_prefix("\\x")?).map(BoundKey::Bytes),
        DataType::Date | DataType::Timestamp | DataType::TimestampTz => match text {
            "infinity" => Some(BoundKey::Number(i128::MAX)),
            "-infinity" => Some(BoundKey::Number(i128::MIN)),
            text => moments::microseconds(text).map(BoundKey::Number),
        },
        DataType::Inet => address(text).map(BoundKey::Unordered),
        _ => match Known::nothing(schema).stored(&Expr::Literal(literal.clone()), ty)? {
            Value::Null => None,
            Value::Boolean(value) => Some(BoundKey::Number(value.into())),
            Value::Number(number) => Some(BoundKey::Number(number)),
            Value::Text(text) => Some(match schema.find_enum(base) {
                Some(ty) => {
                    let at = ty.labels.iter().position(|label| *label == text)?;
                    BoundKey::Number(i128::try_from(at).ok()?)
                }
                None => BoundKey::Unordered(text),
            }),
        },
    }
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}

/// An address with all its bits, in one spelling.
fn address(text: &str) -> Option<String> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() {
        all
    } else {
        bits.parse().ok()?
    };
    Some(format!("{address}/{bits}"))
}
