//! Functions of the server that take numbers, but none of the widest types.

use crate::ty::DataType;

/// A function with a number of arguments, and the places, from 1, at which it takes numbers up to a type.
type Narrow = (&'static str, usize, &'static [usize]);

/// As PostgreSQL 15 to 19 have them in `pg_proc`; those that people rarely call with columns are left out.
const UP_TO_INTEGER: &[Narrow] = &[
    ("array_length", 2, &[2]),
    ("array_lower", 2, &[2]),
    ("array_upper", 2, &[2]),
    ("chr", 1, &[1]),
    ("generate_subscripts", 2, &[2]),
    ("get_byte", 2, &[2]),
    ("int4range", 2, &[1, 2]),
    ("int4range", 3, &[1, 2]),
    ("lag", 2, &[2]),
    ("lag", 3, &[2]),
    ("lead", 2, &[2]),
    ("lead", 3, &[2]),
    ("left", 2, &[2]),
    ("lpad", 2, &[2]),
    ("lpad", 3, &[2]),
    ("make_date", 3, &[1, 2, 3]),
    ("make_time", 3, &[1, 2]),
    ("make_timestamp", 6, &[1, 2, 3, 4, 5]),
    ("make_timestamptz", 6, &[1, 2, 3, 4, 5]),
    ("make_timestamptz", 7, &[1, 2, 3, 4, 5]),
    ("nth_value", 2, &[2]),
    ("ntile", 1, &[1]),
    ("pg_advisory_lock", 2, &[1, 2]),
    ("pg_advisory_lock_shared", 2, &[1, 2]),
    ("pg_advisory_unlock", 2, &[1, 2]),
    ("pg_advisory_unlock_shared", 2, &[1, 2]),
    ("pg_advisory_xact_lock", 2, &[1, 2]),
    ("pg_advisory_xact_lock_shared", 2, &[1, 2]),
    ("pg_try_advisory_lock", 2, &[1, 2]),
    ("pg_try_advisory_lock_shared", 2, &[1, 2]),
    ("pg_try_advisory_xact_lock", 2, &[1, 2]),
    ("pg_try_advisory_xact_lock_shared", 2, &[1, 2]),
    ("repeat", 2, &[2]),
    ("right", 2, &[2]),
    ("round", 2, &[2]),
    ("rpad", 2, &[2]),
    ("rpad", 3, &[2]),
    ("set_byte", 3, &[2, 3]),
    ("split_part", 3, &[3]),
    ("substr", 2, &[2]),
    ("substr", 3, &[2, 3]),
    ("substring", 2, &[2]),
    ("substring", 3, &[2, 3]),
    ("trim_array", 2, &[2]),
    ("trunc", 2, &[2]),
    ("width_bucket", 4, &[4]),
];

const UP_TO_BIGINT: &[Narrow] = &[
    ("pg_advisory_lock", 1, &[1]),
    ("pg_advisory_lock_shared", 1, &[1]),
    ("pg_advisory_unlock", 1, &[1]),
    ("pg_advisory_unlock_shared", 1, &[1]),
    ("pg_advisory_xact_lock", 1, &[1]),
    ("pg_advisory_xact_lock_shared", 1, &[1]),
    ("pg_try_advisory_lock", 1, &[1]),
    ("pg_try_advisory_lock_shared", 1, &[1]),
    ("pg_try_advisory_xact_lock", 1, &[1]),
    ("pg_try_advisory_xact_lock_shared", 1, &[1]),
];

const UP_TO_NUMERIC: &[Narrow] = &[
    ("generate_series", 2, &[1, 2]),
    ("generate_series", 3, &[1, 2, 3]),
    ("round", 2, &[1]),
    ("trunc", 2, &[1]),
];

/// Arguments of `make_interval` that are integers; it is called by their names.
const OF_INTERVAL: [&str; 6] = ["years", "months", "weeks", "days", "hours", "mins"];

/// The widest type of numbers that a function of the server takes at a place from 0, or under a name; nothing where it takes all, or
/// where that is not known.
pub(super) fn widest(
    function: &str,
    arguments: usize,
    (place, name): (usize, Option<&str>),
) -> Option<DataType> {
    if let Some(name) = name {
        let is_narrow = function == "make_interval" && OF_INTERVAL.contains(&name);
        return is_narrow.then_some(DataType::Integer);
    }
    let is_in = |list: &[Narrow]| {
        let mut list = list.iter();
        list.any(|(known, count, places)| {
            (*known, *count) == (function, arguments) && places.contains(&(place + 1))
        })
    };
    if is_in(UP_TO_INTEGER) {
        Some(DataType::Integer)
    } else if is_in(UP_TO_BIGINT) {
        Some(DataType::BigInt)
    } else {
        is_in(UP_TO_NUMERIC).then_some(DataType::Numeric(None))
    }
}
