//! Which type can be cast to which, and how constant the result is: PostgreSQL's own catalog, as data.
//! The tests ask a server for every pair.

use crate::expr::Volatility;
use crate::ty::DataType;

/// Whether two types are the same but for a length or precision.
pub(super) fn same_base(left: &DataType, right: &DataType) -> bool {
    use DataType::{Array, Numeric, VarChar};
    match (left, right) {
        (VarChar(_), VarChar(_)) | (Numeric(_), Numeric(_)) => true,
        (Array(left), Array(right)) => same_base(left, right),
        _ => left == right,
    }
}

/// How constant `CAST(from AS to)` is; nothing when there is no such cast.
pub(super) fn cast(from: &DataType, to: &DataType) -> Option<Volatility> {
    use DataType::{
        Array, Boolean, Date, Integer, Interval, Json, Jsonb, Named, Range, Time, Timestamp,
        TimestampTz,
    };
    use Volatility::{Immutable, Stable};
    let text = from.is_text() || to.is_text();
    Some(match (from, to) {
        (Array(from), Array(to)) => return cast(from, to),
        (from, to) if same_base(from, to) => Immutable,
        (from, to) if from.is_numeric() && to.is_numeric() => Immutable,
        // The text form of an array or range depends on that of its elements, so PostgreSQL calls it stable for all;
        // that of an enum type on its labels, which can be renamed.
        (Array(_) | Range(_) | Named(_), _) | (_, Array(_) | Range(_) | Named(_)) if text => Stable,
        // The text form of a point in time depends on DateStyle, IntervalStyle and TimeZone; its
        // reading also on the words `now` and `today`.
        (_, Date | Time | Timestamp | TimestampTz | Interval)
        | (Date | Timestamp | TimestampTz | Interval, _)
            if text =>
        {
            Stable
        }
        _ if text => Immutable,
        (Date, Timestamp)
        | (Timestamp, Date | Time)
        | (Time, Interval)
        | (Interval, Time)
        | (Integer, Boolean)
        | (Boolean, Integer)
        | (Json, Jsonb)
        | (Jsonb, Json | Boolean) => Immutable,
        (Jsonb, to) if to.is_numeric() => Immutable,
        // They read the session's TimeZone.
        (Date | Timestamp, TimestampTz) | (TimestampTz, Date | Time | Timestamp) => Stable,
        _ => return None,
    })
}

/// Whether a value of type `from` can be stored in a column of type `to` without a cast being written.
pub(crate) fn assignable(from: &DataType, to: &DataType) -> bool {
    use DataType::{Array, Boolean, Integer, Jsonb};
    match (from, to) {
        (Array(from), Array(to)) => assignable(from, to),
        (from, to) if same_base(from, to) => true,
        (from, to) if from.is_text() && to.is_text() => true,
        // Reading from text, and these few, only happen where a cast asks for them.
        (from, _) if from.is_text() => false,
        (Integer, Boolean) | (Boolean, Integer) => false,
        (Jsonb, to) if *to == Boolean || to.is_numeric() => false,
        (from, to) => cast(from, to).is_some(),
    }
}
