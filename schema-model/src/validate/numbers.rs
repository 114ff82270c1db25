//! Constants of the types of numbers with a fraction.

use crate::ty::DataType;

/// Most digits of a `numeric` before and after its point.
const MOST_BEFORE: i64 = 131_072;
const MOST_AFTER: i64 = 16_383;

/// What is wrong with a text, without blanks around it, as a constant of such a type.
pub(super) fn defect(text: &str, ty: &DataType) -> Option<String> {
    let wrong = |expected: &str| Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()));
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned.to_ascii_lowercase().as_str() {
        "nan" if unsigned == text => return None,
        "inf" | "infinity" if matches!(ty, DataType::Numeric(Some(_))) => {
            return wrong("a precision leaves no room for the infinite");
        }
        "inf" | "infinity" => return None,
        _ => {}
    }
    let Some(number) = Decimal::read(unsigned) else {
        return wrong("expected a number");
    };
    let fits = match ty {
        DataType::Real => text.parse().is_ok_and(|it: f32| number.is_held(it.into())),
        DataType::DoublePrecision => text.parse().is_ok_and(|it: f64| number.is_held(it)),
        _ => number.before <= MOST_BEFORE && number.after <= MOST_AFTER,
    };
    if !fits {
        return wrong("it is out of range");
    }
    match ty {
        DataType::Numeric(Some((precision, scale))) => {
            let most = i64::from(*precision) - i64::from(*scale);
            let over = !number.is_zero
                && (number.before > most
                    || (number.before == most && carries(unsigned, *precision)));
            over.then(|| {
                format!(
                    "'{text}' is out of range for {ty}: it has more digits before the point than {}",
                    most.max(0)
                )
            })
        }
        _ => None,
    }
}

/// Whether a number with all of a precision's digits before and after its point is rounded to one digit more.
fn carries(unsigned: &str, precision: u16) -> bool {
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let (kept, rest) = digits
        .split_at_checked(usize::from(precision))
        .unwrap_or((digits, ""));
    kept.len() == usize::from(precision)
        && kept.bytes().all(|digit| digit == b'9')
        && rest.starts_with(['5', '6', '7', '8', '9'])
}

/// What a decimal number's form says of it.
struct Decimal {
    /// How many digits it has before its point, from the first that is not 0; below 0 when it begins after it.
    before: i64,
    /// How many digits it has after its point.
    after: i64,
    is_zero: bool,
}

impl Decimal {
    /// Reads digits, a point and an exponent, without a sign.
    fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (text, None),
        };
        let exponent: i64 = match exponent {
            Some(exponent) => i64::from(exponent.parse::<i32>().ok()?),
            None => 0,
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + part.len() == 0 || !is_number(whole) || !is_number(part) {
            return None;
        }
        let count = |digits: usize| i64::try_from(digits).ok();
        let whole = whole.trim_start_matches('0');
        let before = if whole.is_empty() {
            -count(part.len() - part.trim_start_matches('0').len())?
        } else {
            count(whole.len())?
        };
        Some(Self {
            before: before + exponent,
            after: count(part.len())? - exponent,
            is_zero: whole.is_empty() && part.bytes().all(|byte| byte == b'0'),
        })
    }

    /// Whether a binary number, the nearest to this one, neither overflowed nor vanished.
    fn is_held(&self, nearest: f64) -> bool {
        nearest.is_finite() && (self.is_zero || nearest != 0.0)
    }
}
