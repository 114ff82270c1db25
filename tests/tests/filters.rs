//! Filters on a server far from UTC: each type and operator finds what literal SQL finds, and no value
//! ever becomes SQL.

#[path = "rust_emission/data.rs"]
mod data;
#[rustfmt::skip]
#[path = "rust_emission/src/modules.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::struct_field_names,
    reason = "an emitted crate, mounted in a test"
)]
mod fixture;

use data::{database, insert, json, nothing, rows};
use fixture::columns::every_type as c;
use fixture::error::Error;
use fixture::filter::Filter;
use fixture::range::Range;
use fixture::rows::EveryType;
use fixture::select::Select;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio_postgres::Client;

type Every = Filter<c::Relation>;

fn select(filter: Every) -> Select<c::Relation, EveryType> {
    Select::all().filter(filter).order_by(c::ID)
}

/// The numbers of the rows that pass, by both ways, which must agree.
async fn found(client: &Client, filter: Every) -> Vec<i64> {
    let select = select(filter);
    let rows = select
        .fetch(client)
        .await
        .unwrap_or_else(|error| panic!("{error}: {}", select.build().sql));
    let prepared = select.prepare(client).await.unwrap();
    assert_eq!(
        select.fetch_prepared(client, &prepared).await.unwrap(),
        rows
    );
    rows.iter().map(|row| row.id).collect()
}

/// The numbers of the rows for which literal SQL says so.
async fn literally(client: &Client, condition: &str) -> Vec<i64> {
    let sql = format!("SELECT id FROM fixture.every_type WHERE {condition} ORDER BY id");
    let rows = client
        .query(&sql, &[])
        .await
        .unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

async fn stored() -> (eventcore_tests::TestDatabase<'static>, Client) {
    let (database, client) = database().await;
    for row in rows() {
        insert(&client, &row).await.unwrap();
    }
    (database, client)
}

/// Compares each operator with the same in SQL, whose operands are the stored values themselves.
macro_rules! compare {
    ($client:ident, $($column:ident $field:ident),* $(,)?) => {$(
        let name = stringify!($field);
        for row in &rows()[..3] {
            let value = row.$field.as_ref().unwrap();
            let of = format!("(SELECT {name} FROM fixture.every_type WHERE id = {})", row.id);
            for (filter, operator) in [
                (c::$column.eq(value.clone()), "="),
                (c::$column.ne(value.clone()), "<>"),
                (c::$column.lt(value.clone()), "<"),
                (c::$column.le(value.clone()), "<="),
                (c::$column.gt(value.clone()), ">"),
                (c::$column.ge(value.clone()), ">="),
            ] {
                let expected = literally(&$client, &format!("{name} {operator} {of}")).await;
                assert_eq!(found(&$client, filter).await, expected, "{name} {operator} {value:?}");
            }
            let equal = found(&$client, c::$column.eq(value.clone())).await;
            assert!(equal.contains(&row.id), "{name} = {value:?} finds its own row");
            let between = found(&$client, c::$column.between(value.clone(), value.clone())).await;
            assert_eq!(between, equal, "{name} between");
            assert_eq!(found(&$client, c::$column.is_in(std::slice::from_ref(value))).await, equal, "{name} in");
        }
        let all: Vec<_> = rows()[..3].iter().map(|row| row.$field.clone().unwrap()).collect();
        assert_eq!(found(&$client, c::$column.is_in(&all)).await, [1, 2, 3], "{name}");
        assert_eq!(found(&$client, c::$column.is_in(&all[..0])).await, [0i64; 0], "{name}");
        assert_eq!(found(&$client, c::$column.is_null()).await, [4], "{name}");
        assert_eq!(found(&$client, c::$column.is_not_null()).await, [1, 2, 3], "{name}");
    )*};
}

#[tokio::test]
async fn each_type_compares_as_in_sql() {
    let (_database, client) = stored().await;
    compare!(
        client, SMALL small, WHOLE whole, BIG big, EXACT exact, SCALED scaled, SINGLE single, DOUBLE double, FLAG flag,
        WORDS words, SHORT short, RAW raw, KEY key, DAY day, CLOCK clock, LOCAL local, INSTANT instant, SPAN span,
        TREE tree, HOST host, TRANSACTION transaction, SEATS seats, NUMBERS numbers, PRICES prices, CALENDAR calendar,
        LOCAL_TIME local_time, PERIOD period,
    );
    assert_eq!(found(&client, c::DOCUMENT.is_not_null()).await, [1, 2, 3]);
}

macro_rules! compare_lists {
    ($client:ident, $($column:ident $field:ident),* $(,)?) => {$(
        for row in &rows()[..3] {
            let value = row.$field.as_deref().unwrap();
            let of = format!("(SELECT {} FROM fixture.every_type WHERE id = {})", stringify!($field), row.id);
            for (filter, operator) in [
                (c::$column.eq(value), "="),
                (c::$column.lt(value), "<"),
                (c::$column.ge(value), ">="),
                (c::$column.contains(&value[..1]), "@>"),
            ] {
                let expected = literally(&$client, &format!("{} {operator} {of}", stringify!($field))).await;
                assert_eq!(found(&$client, filter).await, expected, "{} {operator}", stringify!($field));
            }
        }
    )*};
}

#[tokio::test]
async fn each_list_compares_as_in_sql() {
    let (_database, client) = stored().await;
    compare_lists!(
        client, SMALL_LIST small_list, WHOLE_LIST whole_list, BIG_LIST big_list, EXACT_LIST exact_list,
        SCALED_LIST scaled_list, SINGLE_LIST single_list, DOUBLE_LIST double_list, FLAG_LIST flag_list,
        WORDS_LIST words_list, SHORT_LIST short_list, RAW_LIST raw_list, KEY_LIST key_list, DAY_LIST day_list,
        CLOCK_LIST clock_list, LOCAL_LIST local_list, INSTANT_LIST instant_list, SPAN_LIST span_list,
        TREE_LIST tree_list, HOST_LIST host_list, TRANSACTION_LIST transaction_list, SEATS_LIST seats_list,
        PRICES_LIST prices_list, CALENDAR_LIST calendar_list, PERIOD_LIST period_list,
    );
}

#[tokio::test]
async fn ranges_contain_others() {
    let (_database, client) = stored().await;
    assert_eq!(
        found(&client, c::SEATS.contains(Range::from(6..9))).await,
        [2, 3]
    );
    assert_eq!(
        found(&client, c::SEATS.contains(Range::Empty)).await,
        [1, 2, 3]
    );
}

#[tokio::test]
async fn labels_of_an_enum_type_are_compared_in_its_order() {
    let (_database, client) = stored().await;
    let none: [i64; 0] = [];
    let all = found(&client, c::MOOD.eq("calm")).await;
    assert_eq!(all, [1, 2, 3, 4]);
    assert_eq!(found(&client, c::MOOD.gt("sad")).await, all);
    assert_eq!(found(&client, c::MOOD.gt("calm")).await, none);
    assert_eq!(found(&client, c::MOOD.is_in(&["sad", "glad"])).await, none);
    assert_eq!(found(&client, c::MOOD.is_in(&["sad", "calm"])).await, all);
    let list = |labels: &[&str]| labels.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        found(&client, c::MOODS.contains(list(&["glad"]))).await,
        all
    );
    assert_eq!(
        found(&client, c::MOODS.contains(list(&["sad"]))).await,
        none
    );
    assert_eq!(
        found(&client, c::MOODS.eq(list(&["calm", "glad"]))).await,
        all
    );
}

#[tokio::test]
async fn jsonb_contains_to_the_last_digit() {
    let (_database, client) = stored().await;
    let contains = async |text: &str| found(&client, c::TREE.contains(json(text))).await;
    assert_eq!(contains(r#"{"b": {"c": "d"}}"#).await, [2, 3]);
    assert_eq!(
        contains(r#"{"a": [12345678901234567890.12345678901234567890]}"#).await,
        [2]
    );
    assert_eq!(
        contains(r#"{"a": [12345678901234567890.12345678901234567891]}"#).await,
        [0i64; 0]
    );
}

#[tokio::test]
async fn conditions_combine_as_in_logic() {
    let (_database, client) = stored().await;
    let id = |n: i64| c::ID.eq(n);
    assert_eq!(found(&client, id(1).or(id(3))).await, [1, 3]);
    assert_eq!(found(&client, id(1).or(id(3)).and(!id(3))).await, [1]);
    assert_eq!(found(&client, !(id(1).or(id(3)))).await, [2, 4]);
    assert_eq!(found(&client, !(!id(2))).await, [2]);
    assert_eq!(found(&client, id(1).and(id(2)).or(id(4))).await, [4]);
    assert_eq!(found(&client, Filter::all([])).await, [1, 2, 3, 4]);
    assert_eq!(found(&client, !Filter::all([])).await, [0i64; 0]);
    assert_eq!(found(&client, Filter::any([])).await, [0i64; 0]);
    assert_eq!(found(&client, !Filter::any([])).await, [1, 2, 3, 4]);
    assert_eq!(
        found(&client, !c::BIG.eq(0)).await,
        [1, 3],
        "NULL passes neither way"
    );
}

#[tokio::test]
async fn order_and_limit_hold() {
    let (_database, client) = stored().await;
    let ids = async |select: Select<c::Relation, EveryType>| -> Vec<i64> {
        select
            .fetch(&client)
            .await
            .unwrap()
            .iter()
            .map(|row| row.id)
            .collect()
    };
    assert_eq!(
        ids(Select::all().order_by_descending(c::ID).limit(2)).await,
        [4, 3]
    );
    assert_eq!(
        ids(Select::all()
            .order_by(c::FLAG)
            .order_by_descending(c::ID)
            .limit(9))
        .await,
        [2, 1, 3, 4]
    );
    assert_eq!(ids(Select::all().order_by(c::ID).limit(0)).await, [0i64; 0]);
    let limited = Select::<c::Relation, EveryType>::all().limit(1);
    let prepared = limited.prepare(&client).await.unwrap();
    let other = Select::<_, EveryType>::all().limit(3);
    assert_eq!(
        other
            .fetch_prepared(&client, &prepared)
            .await
            .unwrap()
            .len(),
        3,
        "only values differ"
    );
    let ordered = other
        .order_by(c::ID)
        .fetch_prepared(&client, &prepared)
        .await;
    assert!(matches!(ordered, Err(Error::OtherText)));
}

#[tokio::test]
async fn a_prefix_is_served_by_an_index_also_without_its_value() {
    let (_database, client) = stored().await;
    let statement = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(statement).await.unwrap();
    let built = select(c::WORDS.starts_with("a%")).build();
    client
        .batch_execute(&format!("PREPARE prefix (text, text) AS {}", built.sql))
        .await
        .unwrap();
    let plan = client
        .simple_query("EXPLAIN EXECUTE prefix ('a', 'b')")
        .await
        .unwrap();
    assert!(
        format!("{plan:?}").contains("every_type_words_idx"),
        "{plan:?}"
    );
}

#[tokio::test]
async fn no_value_becomes_sql() {
    let (_database, client) = stored().await;
    for (id, text) in (10..).zip([
        "'; DROP TABLE fixture.every_type; --",
        "\\'; SELECT 1",
        "$1",
        "?",
        "%",
        "_",
        "\" OR \"\" = \"",
        "/*",
        "$$ $x$",
        "E'\\n'",
        "\u{feff}\u{202e}é漢字",
    ]) {
        insert(
            &client,
            &EveryType {
                words: Some(text.to_owned()),
                ..nothing(id)
            },
        )
        .await
        .unwrap();
        assert_eq!(found(&client, c::WORDS.eq(text)).await, [id], "{text}");
        assert_eq!(
            found(&client, c::WORDS.is_in(&[text])).await,
            [id],
            "{text}"
        );
        assert_eq!(
            found(&client, c::WORDS.starts_with(text)).await,
            [id],
            "{text}"
        );
        let sql = select(c::WORDS.eq(text)).build().sql;
        assert_eq!(
            sql,
            select(c::WORDS.eq("x")).build().sql,
            "the text does not depend on the value"
        );
    }
}

/// Any prefix finds exactly what begins with it.
#[tokio::test(flavor = "multi_thread")]
async fn any_prefix_finds_what_begins_with_it() {
    let (_database, client) = database().await;
    let runtime = tokio::runtime::Handle::current();
    let letters = "[ab%_\\\\\u{7f}\u{d7ff}\u{e000}\u{10ffff}é']{0,3}";
    let mut runner = TestRunner::new(Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = tokio::task::block_in_place(|| {
        runner.run(
            &(prop::collection::vec(letters, 1..12), letters),
            |(texts, prefix)| {
                runtime
                    .block_on(client.batch_execute("TRUNCATE fixture.every_type"))
                    .unwrap();
                for (id, text) in (0..).zip(&texts) {
                    let row = EveryType {
                        words: Some(text.clone()),
                        ..nothing(id)
                    };
                    runtime.block_on(insert(&client, &row)).unwrap();
                }
                let expected: Vec<i64> = (0..)
                    .zip(&texts)
                    .filter(|(_, text)| text.starts_with(&prefix))
                    .map(|(id, _)| id)
                    .collect();
                prop_assert_eq!(
                    runtime.block_on(found(&client, c::WORDS.starts_with(&prefix))),
                    expected
                );
                Ok(())
            },
        )
    });
    outcome.unwrap();
}

#[test]
fn filters_can_wait_across_tasks() {
    fn is_send<T: Send + Sync>(_: T) {}
    is_send(c::ID.eq(1));
    is_send(Select::<c::Relation, EveryType>::all());
}
