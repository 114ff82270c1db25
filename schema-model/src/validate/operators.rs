//! Which operators take which types, what they give and how constant it is: PostgreSQL's own catalog, as
//! data. The tests ask a server for every pair.

use super::casts::same_base;
use crate::expr::{BinaryOp, Volatility};
use crate::ty::DataType;

use DataType::{
    Array, BigInt, Boolean, Bytea, Date, DoublePrecision, Inet, Integer, Interval, Json, Jsonb,
    Named, Numeric, Range, Real, SmallInt, Text, Time, Timestamp, TimestampTz,
};
use Volatility::{Immutable, Stable};

/// The result of `left op right`; nothing when there is no such operator.
pub(super) fn operator(
    op: BinaryOp,
    left: &DataType,
    right: &DataType,
) -> Option<(DataType, Volatility)> {
    use BinaryOp as Op;
    match op {
        Op::Eq
        | Op::NotEq
        | Op::Lt
        | Op::LtEq
        | Op::Gt
        | Op::GtEq
        | Op::IsDistinctFrom
        | Op::IsNotDistinctFrom => comparison(left, right).map(|volatility| (Boolean, volatility)),
        Op::And | Op::Or => (*left == Boolean && *right == Boolean).then_some((Boolean, Immutable)),
        Op::Add => sum(left, right).or_else(|| sum(right, left)),
        Op::Subtract => difference(left, right),
        Op::Multiply => match (left, right) {
            (Range(one), Range(other)) if one == other => Some((left.clone(), Immutable)),
            _ => product(left, right).or_else(|| product(right, left)),
        },
        Op::Divide => product(left, right),
        Op::Concat => concatenation(left, right),
        Op::Contains => contains(left, right).then_some((Boolean, Immutable)),
        Op::Overlaps => overlaps(left, right).then_some((Boolean, Immutable)),
        Op::JsonText => (matches!(left, Json | Jsonb)
            && (right.is_text() || matches!(right, SmallInt | Integer)))
        .then_some((Text, Immutable)),
    }
}

/// How constant a comparison of two types is, by `=` or by order.
pub(super) fn comparison(left: &DataType, right: &DataType) -> Option<Volatility> {
    match (left, right) {
        (left, right) if left.is_numeric() && right.is_numeric() => Some(Immutable),
        (left, right) if left.is_text() && right.is_text() => Some(Immutable),
        (left, right) if same_base(left, right) => left.is_sortable().then_some(Immutable),
        (Date, Timestamp) | (Timestamp, Date) | (Time, Interval) | (Interval, Time) => {
            Some(Immutable)
        }
        // They read the session's TimeZone.
        (Date | Timestamp, TimestampTz) | (TimestampTz, Date | Timestamp) => Some(Stable),
        _ => None,
    }
}

/// Whether a foreign key's column of type `own` can reference one of type `other`: they share a family of
/// btree operators, or `own` becomes `other` without a cast being written.
pub(super) fn can_reference(own: &DataType, other: &DataType) -> bool {
    match (own, other) {
        (own, other) if own.is_integer() => other.is_numeric(),
        (Numeric(_), other) => other.is_numeric() && !other.is_integer(),
        (Real | DoublePrecision, other) => matches!(other, Real | DoublePrecision),
        (Interval, Time) => false,
        (own, other) => comparison(own, other).is_some(),
    }
}

/// The type that two numbers meet in.
pub(super) fn wider_number(left: &DataType, right: &DataType) -> Option<DataType> {
    let either = |ty: &DataType| left == ty || right == ty;
    let numeric = matches!(left, Numeric(_)) || matches!(right, Numeric(_));
    if !left.is_numeric() || !right.is_numeric() {
        return None;
    }
    Some(if *left == Real && *right == Real {
        Real
    } else if either(&DoublePrecision) || either(&Real) {
        DoublePrecision
    } else if numeric {
        Numeric(None)
    } else if either(&BigInt) {
        BigInt
    } else if either(&Integer) {
        Integer
    } else {
        SmallInt
    })
}

fn sum(left: &DataType, right: &DataType) -> Option<(DataType, Volatility)> {
    if let Some(number) = wider_number(left, right) {
        return Some((number, Immutable));
    }
    Some(match (left, right) {
        (Date, SmallInt | Integer) => (Date, Immutable),
        (Date | Timestamp, Time | Interval) => (Timestamp, Immutable),
        (TimestampTz, Time | Interval) => (TimestampTz, Stable),
        (Time, Interval) => (Time, Immutable),
        (Interval, Interval) => (Interval, Immutable),
        (Inet, number) if number.is_integer() => (Inet, Immutable),
        (Range(one), Range(other)) if one == other => (left.clone(), Immutable),
        _ => return None,
    })
}

fn difference(left: &DataType, right: &DataType) -> Option<(DataType, Volatility)> {
    if let Some(number) = wider_number(left, right) {
        return Some((number, Immutable));
    }
    Some(match (left, right) {
        (Date, Date) => (Integer, Immutable),
        (Date, SmallInt | Integer) => (Date, Immutable),
        (Date | Timestamp, Time | Interval) => (Timestamp, Immutable),
        (Date | Timestamp, Timestamp) | (Timestamp, Date) | (TimestampTz, TimestampTz) => {
            (Interval, Immutable)
        }
        (Date | Timestamp, TimestampTz) | (TimestampTz, Date | Timestamp) => (Interval, Stable),
        (TimestampTz, Time | Interval) => (TimestampTz, Stable),
        (Time, Interval) => (Time, Immutable),
        (Time | Interval, Time) | (Interval, Interval) => (Interval, Immutable),
        (Jsonb, SmallInt | Integer) => (Jsonb, Immutable),
        (Jsonb, key) if key.is_text() => (Jsonb, Immutable),
        (Jsonb, Array(key)) if **key == Text => (Jsonb, Immutable),
        (Inet, Inet) => (BigInt, Immutable),
        (Inet, number) if number.is_integer() => (Inet, Immutable),
        (Range(one), Range(other)) if one == other => (left.clone(), Immutable),
        _ => return None,
    })
}

fn product(left: &DataType, right: &DataType) -> Option<(DataType, Volatility)> {
    if let Some(number) = wider_number(left, right) {
        return Some((number, Immutable));
    }
    (matches!(left, Time | Interval) && right.is_numeric()).then_some((Interval, Immutable))
}

fn concatenation(left: &DataType, right: &DataType) -> Option<(DataType, Volatility)> {
    match (left, right) {
        (Array(one), Array(other)) if same_base(one, other) => Some((left.clone(), Immutable)),
        (Array(element), other) if same_base(element, other) => Some((left.clone(), Immutable)),
        (other, Array(element)) if same_base(element, other) => Some((right.clone(), Immutable)),
        (Array(_), _) | (_, Array(_)) => None,
        (Bytea, Bytea) => Some((Bytea, Immutable)),
        (Jsonb, Jsonb) => Some((Jsonb, Immutable)),
        (one, other) if one.is_text() || other.is_text() => {
            let session_form = |ty: &DataType| {
                matches!(
                    ty,
                    Date | Timestamp | TimestampTz | Interval | Range(_) | Named(_)
                )
            };
            let volatility = if session_form(one) || session_form(other) {
                Stable
            } else {
                Immutable
            };
            Some((Text, volatility))
        }
        _ => None,
    }
}

fn contains(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (Jsonb, Jsonb) => true,
        (Array(one), Array(other)) => same_base(one, other) && one.is_sortable(),
        (Range(one), Range(other)) => one == other,
        (Range(of), element) => same_base(&of.element(), element),
        _ => false,
    }
}

fn overlaps(left: &DataType, right: &DataType) -> bool {
    match (left, right) {
        (Inet, Inet) => true,
        (Array(_), Array(_)) | (Range(_), Range(_)) => contains(left, right),
        _ => false,
    }
}
