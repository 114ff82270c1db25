//! Texts of constants: what we take the server takes, and what we refuse because it refuses it, it does refuse.

use eventcore_schema_model::expr::Literal;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::type_of;
use eventcore_tests::TestDatabase;

/// Texts that are constants of the type.
#[rustfmt::skip] // as few lines as they need
fn taken() -> Vec<(DataType, &'static [&'static str])> {
    use DataType::*;
    vec![
        (SmallInt, &["-32768", " 7\t", "+7"]),
        (Real, &["1e38", "-3.4028235e38", ".5", "1.", "NaN", "-Infinity", "1e-45", "0e99"]),
        (DoublePrecision, &["1e308", "1e-320", "0", "inf"]),
        (Numeric(None), &["1e400", "-0.00001", "NaN", "Infinity", "1e131071", "1e-16383", "0001"]),
        (Numeric(Some((5, 2))), &["999.99", "-1", "1e2", "0.001", "NaN", "000123"]),
        (Numeric(Some((2, 5))), &["0.00012", "0"]),
        (Uuid, &[
            "0190f3a2-0000-7000-8000-000000000000", "{0190f3a2000070008000000000000000}",
            "0190-f3a2-0000-7000-8000-0000-0000-0000",
        ]),
        (Inet, &["10.0.0.1/8", "::1", "fe80::1/64", "0.0.0.0/0"]),
        (Jsonb, &[r#"{"a": "\\u0000"}"#, r#"["\u0041", "\\"]"#, " 1 "]),
        (Json, &[r#""\u0000""#]),
        (Date, &["2026-02-28", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "infinity", "-infinity"]),
        (Time, &["00:00", "23:59:59.999999", "24:00:00", " 12:30 "]),
        (Timestamp, &["2026-01-31", "2026-01-31 23:59", "2026-01-31T23:59:59.5", "2026-01-31 12:00+02", "infinity"]),
        (TimestampTz, &[
            "2026-01-31 00:00+00", "2026-01-31T00:00:00Z", "2026-01-31 12:00:00.123456-05:30", "2026-01-31 12:00 +0130",
            "2026-01-31 24:00Z", "2026-01-31 00:00+15:59", "-infinity",
        ]),
        (Interval, &[
            "1 day", "-3 hours", "1 year 2 mons 3 days 04:05:06.7", "PT1H30M", "P1Y2M3W4DT5H6M7.5S", "P1D", "100:00",
            "1 week -2 days", "90 MINUTES", "1.5 seconds", "9999999 years 99999999 months", "250 milliseconds",
            "9999999 weeks 99999999 days", "9999999 hours 999999999 minutes 999999999 seconds", "P-1D", "1 day -01:00",
        ]),
        (Range(RangeOf::Integer), &["[1,10)", " ( 1 , 10 ] ", "empty", "EMPTY", "(,)", "[,5]", "[\"1\",2]"]),
        (Range(RangeOf::Numeric), &["[1.5,2.5]", "(-Infinity,0)"]),
        (Range(RangeOf::Date), &["[2026-01-01,2026-02-01)", "[2026-01-01,)"]),
        (Range(RangeOf::Timestamp), &["[2026-01-01 00:00,2026-01-02 12:30]", "(,\"2026-01-01 00:00\")"]),
        (Range(RangeOf::TimestampTz), &["[2026-01-01 00:00Z,2026-01-02 00:00+02)"]),
        (DataType::array(Text), &["{}", " { } ", r#"{a,"b, c",NULL}"#, r#"{"", "q\"\\"}"#, "{ a b , c }"]),
        (DataType::array(Integer), &["{1,-2}", "{NULL}"]),
        (DataType::array(Date), &["{2026-01-31}"]),
    ]
}

/// Texts that the server refuses, and so do we.
#[rustfmt::skip] // as few lines as they need
fn refused() -> Vec<(DataType, &'static [&'static str])> {
    use DataType::*;
    vec![
        (Integer, &["\u{a0}7", "7\u{3000}", "", "1.5", "3000000000"]),
        (Real, &["1e39", "1e-50", "1e", "-", ".", "1_"]),
        (DoublePrecision, &["1e400", "-1e400", "1e-400", "0x"]),
        (Numeric(None), &["1e131072", "-NaN", "banana", "1 2"]),
        (Numeric(Some((5, 2))), &["1000", "1e3", "Infinity"]),
        (Uuid, &[
            " 0190f3a2-0000-7000-8000-000000000000", "0190f3a2-0000-7000-8000-000000000000 ",
            "{0190f3a2000070008000000000000000",
            "0190f3a-20000-7000-8000-000000000000", "0190f3a2-0000-7000-8000-0000000000",
        ]),
        (Inet, &["10.0.0.1/+8", "10.0.0.1/33", "10.0.0.1/", "10.0.0.256"]),
        (Jsonb, &[r#"{"a": "\u0000"}"#, r#"{"\u0000": 1}"#, r#"["\\\u0000"]"#, "banana", r#""\ud800""#]),
        (Date, &[
            "2026-13-45", "2026-02-30", "2025-02-29", "1900-02-29", "0000-01-01", "banana", "2026-00-10", "2026-01-00",
        ]),
        (Time, &["12:99", "24:01", "25:00", "12:00:61", "banana", "12"]),
        (Timestamp, &["2026-02-30 00:00", "2026-01-01 12:99", "2026-01-01 24:00:01", "2026-01-01 noon"]),
        (TimestampTz, &["2026-13-01 00:00+00", "2026-01-01 00:00+99", "2026-01-01 00:00+16", "2026-01-01 00:00+01:60"]),
        (Interval, &[
            "banana", "5 bananas", "1 day 2 days", "P", "1 day 12:99", "9999999999 days",
            "1:00 2 hours",
        ]),
        (Range(RangeOf::Integer), &["[1,10", "1,10", "[1]", "[a,b)", "[1,2,3)", "[3000000000,)", "", "nothing"]),
        (Range(RangeOf::Date), &["[2026-02-30,)", "[\"\",2026-01-01)"]),
        (DataType::array(Text), &["{", "}", "{a", "{a,}", "{,a}", "{\"a}", "a", "{a}}", "{\"a\"b}"]),
        (DataType::array(Integer), &["{a}", "{1,b}", "{1.5}"]),
        (DataType::array(Uuid), &["{ none }"]),
    ]
}

fn is_taken(text: &str, ty: &DataType) -> bool {
    let constant = Expr::Literal(Literal::Typed(text.to_owned(), ty.clone()));
    type_of(&Schema::new("shop"), &constant, &[]).is_ok()
}

#[tokio::test]
async fn texts_of_constants_are_read_as_the_server_reads_them() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let mut wrong = Vec::new();
    for (lists, expected) in [(taken(), true), (refused(), false)] {
        for (ty, texts) in lists {
            for text in texts {
                let quoted = text.replace('\'', "''");
                let read = format!("SELECT '{quoted}'::{ty}");
                let by_server = client.batch_execute(&read).await.is_ok();
                let by_us = is_taken(text, &ty);
                if by_us != expected || by_server != expected {
                    wrong.push(format!(
                        "{ty} '{text}': expected {expected}, we say {by_us}, the server {by_server}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_settings_or_the_clock_decide_is_no_constant() {
    let texts = [
        ("now", DataType::Date),
        ("now", DataType::Time),
        ("2026-01-01 00:00", DataType::TimestampTz),
        ("01/02/2026", DataType::Date),
        ("January 2, 2026", DataType::Date),
    ];
    for (text, ty) in texts {
        assert!(!is_taken(text, &ty), "{ty} '{text}'");
    }
}
