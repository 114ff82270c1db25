//! `numeric` as exact decimal text: no crate for decimals keeps PostgreSQL's 131,072 digits, its scale and
//! its infinities.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use bytes::{BufMut as _, BytesMut};
use thiserror::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// Decimal digits in a digit of the protocol, which is of base 10,000.
const GROUP: usize = 4;

/// Signs of the protocol.
const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// An exact number as the server prints it: `-12.50`, `NaN`, `Infinity`.
///
/// It keeps its scale, so `1.0` and `1.00` are different values here and equal ones on the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Numeric(String);

/// A text that is no number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no decimal number; write digits with at most one point and a sign, or NaN, Infinity, -Infinity"
)]
pub struct NumericError(String);

impl Numeric {
    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<i64> for Numeric {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl FromStr for Numeric {
    type Err = NumericError;

    fn from_str(text: &str) -> Result<Self, NumericError> {
        if let "NaN" | "Infinity" | "-Infinity" = text {
            return Ok(Self(text.to_owned()));
        }
        let refused = || NumericError(text.to_owned());
        let (minus, unsigned) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
            return Err(refused());
        }
        let minus = if digits().all(|digit| digit == b'0') {
            ""
        } else {
            minus
        };
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            significant => significant,
        };
        let point = if fraction.is_empty() { "" } else { "." };
        Ok(Self(format!("{minus}{whole}{point}{fraction}")))
    }
}

impl FromSql<'_> for Numeric {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let mut numbers = raw
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let mut next = || numbers.next().ok_or("a numeric is cut off");
        let count = usize::from(next()?);
        // The weight is signed: the place of the first group, counted from the point.
        let weight = i32::from(next()?.cast_signed());
        let sign = next()?;
        let scale = usize::from(next()?);
        let minus = match sign {
            POSITIVE => "",
            NEGATIVE => "-",
            NAN => return Ok(Self("NaN".to_owned())),
            INFINITY => return Ok(Self("Infinity".to_owned())),
            NEGATIVE_INFINITY => return Ok(Self("-Infinity".to_owned())),
            _ => return Err("a numeric of an unknown sign".into()),
        };
        let groups: Vec<u16> = numbers.by_ref().take(count).collect();
        if groups.len() != count {
            return Err("a numeric is cut off".into());
        }
        let group = |place: i32| {
            let index = usize::try_from(weight - place).ok();
            index
                .and_then(|index| groups.get(index))
                .copied()
                .unwrap_or(0)
        };
        let mut whole = String::new();
        for place in (0..=weight.max(0)).rev() {
            write!(whole, "{:04}", group(place))?;
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            significant => significant,
        };
        let mut fraction = String::new();
        let mut place = -1;
        while fraction.len() < scale {
            write!(fraction, "{:04}", group(place))?;
            place -= 1;
        }
        fraction.truncate(scale);
        let point = if scale == 0 { "" } else { "." };
        Ok(Self(format!("{minus}{whole}{point}{fraction}")))
    }

    accepts!(NUMERIC);
}

impl ToSql for Numeric {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        let special = match self.as_str() {
            "NaN" => Some(NAN),
            "Infinity" => Some(INFINITY),
            "-Infinity" => Some(NEGATIVE_INFINITY),
            _ => None,
        };
        if let Some(sign) = special {
            for number in [0, 0, sign, 0] {
                out.put_u16(number);
            }
            return Ok(IsNull::No);
        }
        let (sign, unsigned) = match self.0.strip_prefix('-') {
            Some(rest) => (NEGATIVE, rest),
            None => (POSITIVE, self.as_str()),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        // Groups of four digits, counted from the point to both sides.
        let width = whole.len().next_multiple_of(GROUP);
        let scale = fraction.len().next_multiple_of(GROUP);
        let digits = format!("{whole:0>width$}{fraction:0<scale$}");
        out.put_u16((digits.len() / GROUP).try_into()?);
        out.put_i16(i16::try_from(width / GROUP)? - 1);
        out.put_u16(sign);
        out.put_u16(fraction.len().try_into()?);
        for group in digits.as_bytes().chunks_exact(GROUP) {
            out.put_u16(
                group
                    .iter()
                    .fold(0, |number, digit| number * 10 + u16::from(digit - b'0')),
            );
        }
        Ok(IsNull::No)
    }

    accepts!(NUMERIC);
    to_sql_checked!();
}
