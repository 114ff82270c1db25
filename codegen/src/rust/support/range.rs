//! Ranges of values, as the server keeps them: an end belongs to the range or not, or there is none on that side.

use std::fmt;
use std::ops::Bound;

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// Flags of the protocol.
const EMPTY: u8 = 0x01;
const LOW_INCLUDED: u8 = 0x02;
const HIGH_INCLUDED: u8 = 0x04;
const LOW_UNBOUNDED: u8 = 0x08;
const HIGH_UNBOUNDED: u8 = 0x10;

/// A range of values.
///
/// The server writes ranges of whole numbers and days as `[low,high)`, whatever was stored; the others it keeps as they
/// are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range<T> {
    /// It holds no value.
    Empty,
    /// It holds the values between two ends.
    Between(Bound<T>, Bound<T>),
}

impl<T> From<std::ops::Range<T>> for Range<T> {
    /// From the start to before the end.
    fn from(range: std::ops::Range<T>) -> Self {
        Self::Between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

impl<T: fmt::Display> fmt::Display for Range<T> {
    /// As the server reads it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Between(low, high) = self else {
            return formatter.write_str("empty");
        };
        match low {
            Bound::Included(low) => write!(formatter, "[\"{low}\",")?,
            Bound::Excluded(low) => write!(formatter, "(\"{low}\",")?,
            Bound::Unbounded => formatter.write_str("(,")?,
        }
        match high {
            Bound::Included(high) => write!(formatter, "\"{high}\"]"),
            Bound::Excluded(high) => write!(formatter, "\"{high}\")"),
            Bound::Unbounded => formatter.write_str(")"),
        }
    }
}

/// The type of the values in a range of type `ty`.
fn element_of(ty: &Type) -> Result<&Type, Failure> {
    match ty.kind() {
        Kind::Range(element) => Ok(element),
        _ => Err(format!("{ty} is no range").into()),
    }
}

impl<'a, T: FromSql<'a>> FromSql<'a> for Range<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let element = element_of(ty)?;
        let (flags, mut rest) = raw.split_first().ok_or("a range without flags")?;
        if flags & EMPTY != 0 {
            return Ok(Self::Empty);
        }
        let mut end = |unbounded: u8, included: u8| -> Result<Bound<T>, Failure> {
            if flags & unbounded != 0 {
                return Ok(Bound::Unbounded);
            }
            let (length, behind) = rest.split_first_chunk().ok_or("a range without its end")?;
            let length = usize::try_from(i32::from_be_bytes(*length))?;
            let (value, behind) = behind
                .split_at_checked(length)
                .ok_or("a range whose end is cut off")?;
            rest = behind;
            let value = T::from_sql(element, value)?;
            Ok(if flags & included == 0 {
                Bound::Excluded(value)
            } else {
                Bound::Included(value)
            })
        };
        let low = end(LOW_UNBOUNDED, LOW_INCLUDED)?;
        let high = end(HIGH_UNBOUNDED, HIGH_INCLUDED)?;
        Ok(Self::Between(low, high))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }
}

impl<T: ToSql> ToSql for Range<T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        let Self::Between(low, high) = self else {
            out.put_u8(EMPTY);
            return Ok(IsNull::No);
        };
        let flags = |end: &Bound<T>, included, unbounded| match end {
            Bound::Included(_) => included,
            Bound::Excluded(_) => 0,
            Bound::Unbounded => unbounded,
        };
        out.put_u8(
            flags(low, LOW_INCLUDED, LOW_UNBOUNDED) | flags(high, HIGH_INCLUDED, HIGH_UNBOUNDED),
        );
        let element = element_of(ty)?;
        for end in [low, high] {
            let (Bound::Included(value) | Bound::Excluded(value)) = end else {
                continue;
            };
            let at = out.len();
            out.put_i32(0);
            if matches!(value.to_sql(element, out)?, IsNull::Yes) {
                return Err("the end of a range is NULL".into());
            }
            let length = i32::try_from(out.len() - at - 4)?;
            out[at..at + 4].copy_from_slice(&length.to_be_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Range(element) if T::accepts(element))
    }

    to_sql_checked!();
}
