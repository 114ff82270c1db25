//! Rows of the fixture's `every_type`, and how a row is stored. Shared by the tests of queries and filters.
#![allow(
    clippy::clone_on_copy,
    reason = "one macro serves types that are Copy and types that are not"
)]

use std::ops::Bound;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use eventcore_tests::TestDatabase;
use tokio_postgres::Client;
use uuid::Uuid;

use super::fixture::error::Error;
use super::fixture::migrations;
use super::fixture::numeric::Numeric;
use super::fixture::range::Range;
use super::fixture::rows::EveryType;
use super::fixture::value::{Inet, Interval, RawJson, Xid8};
use super::fixture::values::insert_every_type;

/// A database with the fixture's table, and a session far from UTC.
pub(crate) async fn database() -> (TestDatabase<'static>, Client) {
    let database = TestDatabase::create().await;
    let client = database.connect().await;
    for migration in migrations::SMALL {
        client.batch_execute(migration.sql).await.unwrap();
    }
    client
        .batch_execute("SET TimeZone = 'Pacific/Chatham'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'")
        .await
        .unwrap();
    (database, client)
}

/// Stores a row through the typed function; elements of lists all have values.
pub(crate) async fn insert(client: &Client, row: &EveryType) -> Result<u64, Error> {
    fn some<'v, T, U>(list: Option<&'v [T]>, convert: fn(&'v T) -> U) -> Option<Vec<Option<U>>> {
        list.map(|list| list.iter().map(|value| Some(convert(value))).collect())
    }
    let small_list = some(row.small_list.as_deref(), |v| *v);
    let whole_list = some(row.whole_list.as_deref(), |v| *v);
    let big_list = some(row.big_list.as_deref(), |v| *v);
    let exact_list = some(row.exact_list.as_deref(), |v| v);
    let scaled_list = some(row.scaled_list.as_deref(), |v| v);
    let single_list = some(row.single_list.as_deref(), |v| *v);
    let double_list = some(row.double_list.as_deref(), |v| *v);
    let flag_list = some(row.flag_list.as_deref(), |v| *v);
    let words_list = some(row.words_list.as_deref(), String::as_str);
    let short_list = some(row.short_list.as_deref(), String::as_str);
    let raw_list = some(row.raw_list.as_deref(), Vec::as_slice);
    let key_list = some(row.key_list.as_deref(), |v| *v);
    let day_list = some(row.day_list.as_deref(), |v| *v);
    let clock_list = some(row.clock_list.as_deref(), |v| *v);
    let local_list = some(row.local_list.as_deref(), |v| *v);
    let instant_list = some(row.instant_list.as_deref(), |v| *v);
    let span_list = some(row.span_list.as_deref(), |v| *v);
    let document_list = some(row.document_list.as_deref(), |v| v);
    let tree_list = some(row.tree_list.as_deref(), |v| v);
    let host_list = some(row.host_list.as_deref(), |v| *v);
    let transaction_list = some(row.transaction_list.as_deref(), |v| *v);
    let seats_list = some(row.seats_list.as_deref(), |v| v);
    let numbers_list = some(row.numbers_list.as_deref(), |v| v);
    let prices_list = some(row.prices_list.as_deref(), |v| v);
    let calendar_list = some(row.calendar_list.as_deref(), |v| v);
    let local_time_list = some(row.local_time_list.as_deref(), |v| v);
    let period_list = some(row.period_list.as_deref(), |v| v);
    insert_every_type(
        client,
        row.id,
        row.small,
        row.whole,
        row.big,
        row.exact.as_ref(),
        row.scaled.as_ref(),
        row.single,
        row.double,
        row.flag,
        row.words.as_deref(),
        row.short.as_deref(),
        row.raw.as_deref(),
        row.key,
        row.day,
        row.clock,
        row.local,
        row.instant,
        row.span,
        row.document.as_ref(),
        row.tree.as_ref(),
        row.host,
        row.transaction,
        row.seats.as_ref(),
        row.numbers.as_ref(),
        row.prices.as_ref(),
        row.calendar.as_ref(),
        row.local_time.as_ref(),
        row.period.as_ref(),
        small_list.as_deref(),
        whole_list.as_deref(),
        big_list.as_deref(),
        exact_list.as_deref(),
        scaled_list.as_deref(),
        single_list.as_deref(),
        double_list.as_deref(),
        flag_list.as_deref(),
        words_list.as_deref(),
        short_list.as_deref(),
        raw_list.as_deref(),
        key_list.as_deref(),
        day_list.as_deref(),
        clock_list.as_deref(),
        local_list.as_deref(),
        instant_list.as_deref(),
        span_list.as_deref(),
        document_list.as_deref(),
        tree_list.as_deref(),
        host_list.as_deref(),
        transaction_list.as_deref(),
        seats_list.as_deref(),
        numbers_list.as_deref(),
        prices_list.as_deref(),
        calendar_list.as_deref(),
        local_time_list.as_deref(),
        period_list.as_deref(),
    )
    .await
}

/// A row without a value.
pub(crate) fn nothing(id: i64) -> EveryType {
    EveryType {
        id,
        small: None,
        whole: None,
        big: None,
        exact: None,
        scaled: None,
        single: None,
        double: None,
        flag: None,
        words: None,
        short: None,
        raw: None,
        key: None,
        day: None,
        clock: None,
        local: None,
        instant: None,
        span: None,
        document: None,
        tree: None,
        host: None,
        transaction: None,
        seats: None,
        numbers: None,
        prices: None,
        calendar: None,
        local_time: None,
        period: None,
        small_list: None,
        whole_list: None,
        big_list: None,
        exact_list: None,
        scaled_list: None,
        single_list: None,
        double_list: None,
        flag_list: None,
        words_list: None,
        short_list: None,
        raw_list: None,
        key_list: None,
        day_list: None,
        clock_list: None,
        local_list: None,
        instant_list: None,
        span_list: None,
        document_list: None,
        tree_list: None,
        host_list: None,
        transaction_list: None,
        seats_list: None,
        numbers_list: None,
        prices_list: None,
        calendar_list: None,
        local_time_list: None,
        period_list: None,
    }
}

pub(crate) fn number(text: &str) -> Numeric {
    text.parse().unwrap()
}

pub(crate) fn json(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn inet(text: &str) -> Inet {
    let (address, prefix) = text.split_once('/').unwrap();
    Inet {
        address: address.parse().unwrap(),
        prefix: prefix.parse().unwrap(),
    }
}

/// Three rows with values at the edges and in the middle, in the order of each type.
pub(crate) fn rows() -> Vec<EveryType> {
    vec![low(), middle(), high(), nothing(4)]
}

fn low() -> EveryType {
    let row = EveryType {
        small: Some(i16::MIN),
        whole: Some(i32::MIN),
        big: Some(i64::MIN),
        exact: Some(number("-98765432109876543210.000100")),
        scaled: Some(number("-0.500")),
        single: Some(f32::MIN),
        double: Some(f64::MIN),
        flag: Some(false),
        words: Some(String::new()),
        short: Some("Zebra".to_owned()),
        raw: Some(Vec::new()),
        key: Some(Uuid::nil()),
        day: Some(NaiveDate::from_ymd_opt(1, 1, 1).unwrap()),
        clock: Some(NaiveTime::from_hms_micro_opt(0, 0, 0, 0).unwrap()),
        local: Some(instant("1900-01-01T00:00:00.000001Z").naive_utc()),
        instant: Some(instant("1900-01-01T00:00:00.000001Z")),
        span: Some(Interval {
            months: -14,
            days: -3,
            microseconds: -1,
        }),
        document: Some(json("null")),
        tree: Some(json("null")),
        host: Some(inet("10.1.2.3/8")),
        transaction: Some(Xid8(3)),
        seats: Some(Range::Empty),
        numbers: Some(Range::Empty),
        prices: Some(Range::Empty),
        calendar: Some(Range::Empty),
        local_time: Some(Range::Empty),
        period: Some(Range::Empty),
        ..nothing(1)
    };
    with_lists(row)
}

fn middle() -> EveryType {
    let row = EveryType {
        small: Some(0),
        whole: Some(0),
        big: Some(0),
        exact: Some(number("0.00000001")),
        scaled: Some(number("7.250")),
        single: Some(0.25),
        double: Some(0.1),
        flag: Some(false),
        words: Some("a%b_c\\d'e\"f; DROP TABLE $1 -- \u{10FFFF}".to_owned()),
        short: Some("apple".to_owned()),
        raw: Some(vec![0, 255, 39, 92]),
        key: Some(Uuid::from_u128(7)),
        day: Some(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()),
        clock: Some(NaiveTime::from_hms_micro_opt(12, 30, 0, 1).unwrap()),
        local: Some(instant("2024-02-29T23:59:59.999999Z").naive_utc()),
        instant: Some(instant("2024-02-29T23:59:59.999999Z")),
        span: Some(Interval {
            months: 1,
            days: 2,
            microseconds: 3,
        }),
        document: Some(json(r#"{ "b":1, "a" : [1.10, null] }"#)),
        tree: Some(json(
            r#"{"a": [12345678901234567890.12345678901234567890, null], "b": {"c": "d"}}"#,
        )),
        host: Some(inet("10.1.2.3/32")),
        transaction: Some(Xid8(1 << 33)),
        seats: Some((-3..12).into()),
        numbers: Some((0..i64::MAX).into()),
        prices: Some(Range::Between(
            Bound::Excluded(number("0.10")),
            Bound::Included(number("12.5")),
        )),
        calendar: Some(
            (NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()
                ..NaiveDate::from_ymd_opt(2024, 3, 1).unwrap())
                .into(),
        ),
        local_time: Some(Range::Between(
            Bound::Included(instant("2024-02-29T23:59:59.999999Z").naive_utc()),
            Bound::Included(instant("2024-03-01T00:00:00Z").naive_utc()),
        )),
        period: Some(Range::Between(
            Bound::Excluded(instant("2024-02-29T23:59:59.999999Z")),
            Bound::Unbounded,
        )),
        ..nothing(2)
    };
    with_lists(row)
}

fn high() -> EveryType {
    let row = EveryType {
        small: Some(i16::MAX),
        whole: Some(i32::MAX),
        big: Some(i64::MAX),
        exact: Some(number("Infinity")),
        scaled: Some(number("123456789.125")),
        single: Some(f32::INFINITY),
        double: Some(f64::INFINITY),
        flag: Some(true),
        words: Some("b".to_owned()),
        short: Some("zebra \u{e9}".to_owned()),
        raw: Some(vec![255; 300]),
        key: Some(Uuid::max()),
        day: Some(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap()),
        clock: Some(NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()),
        local: Some(instant("9999-12-31T23:59:59.999999Z").naive_utc()),
        instant: Some(instant("9999-12-31T23:59:59.999999Z")),
        span: Some(Interval {
            months: 1200,
            days: 2,
            microseconds: 3,
        }),
        document: Some(json("[]")),
        tree: Some(json(r#"{"a": 2, "b": {"c": "d", "e": true}}"#)),
        host: Some(inet("2001:db8::1/64")),
        transaction: Some(Xid8(u64::MAX)),
        seats: Some(Range::Between(Bound::Included(5), Bound::Unbounded)),
        numbers: Some(Range::Between(Bound::Included(5), Bound::Unbounded)),
        prices: Some(Range::Between(
            Bound::Included(number("0.5")),
            Bound::Excluded(number("1.50")),
        )),
        calendar: Some(Range::Between(
            Bound::Included(NaiveDate::from_ymd_opt(2025, 1, 1).unwrap()),
            Bound::Unbounded,
        )),
        local_time: Some(Range::Between(
            Bound::Included(instant("2025-01-01T00:00:00Z").naive_utc()),
            Bound::Unbounded,
        )),
        period: Some(Range::Between(
            Bound::Included(instant("2025-01-01T00:00:00Z")),
            Bound::Unbounded,
        )),
        ..nothing(3)
    };
    with_lists(row)
}

fn with_lists(row: EveryType) -> EveryType {
    EveryType {
        small_list: row.small.clone().map(|value| vec![value.clone(), value]),
        whole_list: row.whole.clone().map(|value| vec![value.clone(), value]),
        big_list: row.big.clone().map(|value| vec![value.clone(), value]),
        exact_list: row.exact.clone().map(|value| vec![value.clone(), value]),
        scaled_list: row.scaled.clone().map(|value| vec![value.clone(), value]),
        single_list: row.single.clone().map(|value| vec![value.clone(), value]),
        double_list: row.double.clone().map(|value| vec![value.clone(), value]),
        flag_list: row.flag.clone().map(|value| vec![value.clone(), value]),
        words_list: row.words.clone().map(|value| vec![value.clone(), value]),
        short_list: row.short.clone().map(|value| vec![value.clone(), value]),
        raw_list: row.raw.clone().map(|value| vec![value.clone(), value]),
        key_list: row.key.clone().map(|value| vec![value.clone(), value]),
        day_list: row.day.clone().map(|value| vec![value.clone(), value]),
        clock_list: row.clock.clone().map(|value| vec![value.clone(), value]),
        local_list: row.local.clone().map(|value| vec![value.clone(), value]),
        instant_list: row.instant.clone().map(|value| vec![value.clone(), value]),
        span_list: row.span.clone().map(|value| vec![value.clone(), value]),
        document_list: row.document.clone().map(|value| vec![value.clone(), value]),
        tree_list: row.tree.clone().map(|value| vec![value.clone(), value]),
        host_list: row.host.clone().map(|value| vec![value.clone(), value]),
        transaction_list: row
            .transaction
            .clone()
            .map(|value| vec![value.clone(), value]),
        seats_list: row.seats.clone().map(|value| vec![value.clone(), value]),
        numbers_list: row.numbers.clone().map(|value| vec![value.clone(), value]),
        prices_list: row.prices.clone().map(|value| vec![value.clone(), value]),
        calendar_list: row.calendar.clone().map(|value| vec![value.clone(), value]),
        local_time_list: row
            .local_time
            .clone()
            .map(|value| vec![value.clone(), value]),
        period_list: row.period.clone().map(|value| vec![value.clone(), value]),
        ..row
    }
}
