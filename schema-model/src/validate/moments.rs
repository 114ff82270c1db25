//! Constants of time: the ISO forms, which no setting reads otherwise, and nothing else.

use crate::ty::DataType;

/// Units of an interval, in the singular: the name, and how many digits a number of them may have so that no
/// sum of them leaves the type's bounds.
const UNITS: &[(&str, usize)] = &[
    ("year", 7),
    ("month", 8),
    ("mon", 8),
    ("week", 7),
    ("day", 8),
    ("hour", 7),
    ("minute", 9),
    ("min", 9),
    ("second", 9),
    ("sec", 9),
    ("millisecond", 9),
    ("microsecond", 9),
];

/// What is wrong with a text, without blanks around it, as a constant of a type of time.
pub(super) fn defect(text: &str, ty: &DataType) -> Option<String> {
    let wrong = |expected: &str| Some(format!("'{}' is no {ty}: {expected}", text.escape_debug()));
    match ty {
        DataType::Time if !is_clock(text) => wrong("expected `hh:mm:ss`, at most 24:00:00"),
        DataType::Interval if !is_interval(text) => wrong(
            "expected a length of time such as `1 day`, `1 hour 30 minutes` or, in ISO form, `PT1H30M`",
        ),
        DataType::Date | DataType::Timestamp | DataType::TimestampTz => moment_defect(text, ty),
        _ => None,
    }
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
    let Some((day, rest)) = text.split_at_checked("yyyy-mm-dd".len()) else {
        return wrong(DAY);
    };
    match is_day(day) {
        None => return wrong(DAY),
        Some(false) => return wrong("there is no such day; years are 0001 to 9999"),
        Some(true) => {}
    }
    if *ty == DataType::Date {
        return (!rest.is_empty()).then(|| {
            format!(
                "'{}' is no {ty}: a clock time follows the day",
                text.escape_debug()
            )
        });
    }
    let (clock, offset) = match rest.find(['+', '-', 'Z', 'z']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if !clock.is_empty() {
        let clock = clock.strip_prefix([' ', 'T']).map(|clock| {
            // One blank may part the time from its offset.
            let blank = clock.strip_suffix(' ').filter(|_| !offset.is_empty());
            blank.unwrap_or(clock)
        });
        if !clock.is_some_and(is_clock) {
            return wrong("expected a clock time as `hh:mm:ss` after the day");
        }
    }
    if *ty == DataType::TimestampTz && offset.is_empty() {
        return wrong(
            "without an offset it depends on the session's time zone; end it with `+00` or `Z`",
        );
    }
    let fits = offset.is_empty() || (!clock.is_empty() && is_offset(offset));
    (!fits).then(|| {
        format!(
            "'{}' is no {ty}: expected an offset as `+hh:mm` after a clock time, below 16 hours",
            text.escape_debug()
        )
    })
}

const DAY: &str = "expected a day as `yyyy-mm-dd`, the only form that no setting reads otherwise";

/// The microseconds since the first day of the year 1 that a day, a local time or an instant is, in a form that
/// [`defect`] takes; an instant in UTC.
pub(super) fn microseconds(text: &str) -> Option<i128> {
    let (day, rest) = text.split_at_checked("yyyy-mm-dd".len())?;
    let mut parts = day.split('-').map_while(|it| it.parse::<i128>().ok());
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    // Years begin in March here, so that the day which not all have is their last.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap = year / 4 - year / 100 + year / 400;
    let days = 365 * year + leap + (153 * month + 2) / 5 + day;
    let (clock, offset) = match rest.find(['+', '-', 'Z', 'z']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let clock = match clock.trim_matches([' ', 'T']) {
        "" => "00",
        clock => clock,
    };
    let mut fields = clock.split(':');
    let mut field = || fields.next().unwrap_or("0");
    let (hours, minutes, seconds) = (field(), field(), field());
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole = |text: &str| text.parse::<i128>().ok();
    let local = ((days * 24 + whole(hours)?) * 60 + whole(minutes)?) * 60 + whole(seconds)?;
    let fraction = whole(&format!("{fraction:0<6}"))?;
    Some((local - offset_seconds(offset)?) * 1_000_000 + fraction)
}

/// The seconds by which a local time is ahead of UTC.
fn offset_seconds(offset: &str) -> Option<i128> {
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Some(0);
    }
    let minutes: i128 = format!("{digits:0<4}").parse().ok()?;
    let seconds = (minutes / 100 * 60 + minutes % 100) * 60;
    Some(if offset.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

/// Whether a text has the form of a day, and then whether the calendar has that day.
fn is_day(text: &str) -> Option<bool> {
    let mut parts = text.split('-');
    let mut part = |digits| parts.next().and_then(|part| number(part, digits));
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    Some(year > 0 && (1..=days).contains(&day))
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.ffffff`, up to the end of the day.
fn is_clock(text: &str) -> bool {
    let (hours, rest) = text.split_once(':').unwrap_or((text, ""));
    let Some(hours) = number(hours, 2) else {
        return false;
    };
    match hours {
        0..=23 => is_minutes(rest),
        24 => matches!(rest, "00" | "00:00"),
        _ => false,
    }
}

/// `mm`, `mm:ss` or `mm:ss.ffffff`.
fn is_minutes(text: &str) -> bool {
    let (minutes, seconds) = match text.split_once(':') {
        Some((minutes, seconds)) => (minutes, Some(seconds)),
        None => (text, None),
    };
    let below_60 = |text| number(text, 2).is_some_and(|number| number < 60);
    below_60(minutes)
        && seconds.is_none_or(|seconds| match seconds.split_once('.') {
            Some((whole, fraction)) => below_60(whole) && is_digits(fraction, 1..=6),
            None => below_60(seconds),
        })
}

/// `Z`, or a sign and `hh`, `hhmm` or `hh:mm`.
fn is_offset(text: &str) -> bool {
    if matches!(text, "Z" | "z") {
        return true;
    }
    let Some((hours, minutes)) = text
        .strip_prefix(['+', '-'])
        .and_then(|digits| digits.split_at_checked(2))
    else {
        return false;
    };
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    number(hours, 2).is_some_and(|hours| hours < 16)
        && (text.len() == "+hh".len() || number(minutes, 2).is_some_and(|minutes| minutes < 60))
}

fn is_interval(text: &str) -> bool {
    match text.strip_prefix('P') {
        Some(iso) => is_iso_interval(iso),
        None => is_verbose_interval(text) && !shares_a_sign(text),
    }
}

/// Whether a sign at the start is the only one of several amounts: with the `sql_standard` style it would be that of all.
fn shares_a_sign(text: &str) -> bool {
    let mut amounts = text
        .split_ascii_whitespace()
        .filter(|word| word.contains(|c: char| c.is_ascii_digit()));
    let is_signed = |word: &str| word.starts_with(['+', '-']);
    let first = amounts.next().is_some_and(|word| word.starts_with('-'));
    let rest: Vec<&str> = amounts.collect();
    first && !rest.is_empty() && !rest.iter().any(|word| is_signed(word))
}

/// What follows the `P`: `1Y2M3DT4H5M6S`, in this order, with whole numbers but for the seconds.
fn is_iso_interval(text: &str) -> bool {
    let (days, clock) = match text.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (text, None),
    };
    let fields = |mut text: &str, units: &str| {
        let mut left = units.chars();
        while !text.is_empty() {
            let Some(at) = text.find(|c: char| c.is_ascii_uppercase()) else {
                return false;
            };
            let unit = text[at..].chars().next();
            let known = unit.is_some_and(|unit| left.any(|next| next == unit));
            let fraction = unit == Some('S');
            if !known || !is_amount(&text[..at], 6, fraction) {
                return false;
            }
            text = &text[at + 1..];
        }
        true
    };
    !(days.is_empty() && clock.is_none())
        && fields(days, "YMWD")
        && clock.is_none_or(|clock| !clock.is_empty() && fields(clock, "HMS"))
}

/// `1 year 2 months 3 days 04:05:06`: each unit once, the clock time last.
fn is_verbose_interval(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let mut seen: Vec<&str> = Vec::new();
    while let Some(amount) = words.next() {
        let Some(word) = words.next() else {
            // The hours of a clock time in an interval have no end of day.
            let clock = amount.strip_prefix(['+', '-']).unwrap_or(amount);
            let whole = clock
                .split_once(':')
                .is_some_and(|(hours, rest)| is_digits(hours, 1..=6) && is_minutes(rest));
            let days = ["year", "mon", "week", "day"];
            return whole && seen.iter().all(|unit| days.contains(unit));
        };
        let word = word.to_ascii_lowercase();
        let singular = word.strip_suffix('s').unwrap_or(&word);
        let Some((unit, digits)) = UNITS.iter().find(|(unit, _)| *unit == singular) else {
            return false;
        };
        let unit = match *unit {
            "month" => "mon",
            "minute" => "min",
            "second" => "sec",
            unit => unit,
        };
        // A fraction of a larger unit spills over into others.
        if seen.contains(&unit) || !is_amount(amount, *digits, unit == "sec") {
            return false;
        }
        seen.push(unit);
    }
    // Seconds with a fraction count as the smaller units too.
    let smaller = seen
        .iter()
        .filter(|unit| unit.ends_with("second") || **unit == "sec");
    !seen.is_empty() && smaller.count() <= 1
}

/// A number with a sign or without, of so many digits at most, with a fraction if it may have one.
fn is_amount(text: &str, digits: usize, fraction: bool) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    match text.split_once('.') {
        Some((whole, part)) => fraction && is_digits(whole, 1..=digits) && is_digits(part, 1..=6),
        None => is_digits(text, 1..=digits),
    }
}

fn is_digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that exactly so many digits are.
fn number(text: &str, digits: usize) -> Option<u32> {
    is_digits(text, digits..=digits)
        .then(|| text.parse().ok())
        .flatten()
}
