//! The emitted functions run on a server: each type both ways, each cardinality, each way, each error.

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

use data::{database, insert, json, nothing, number, rows};
use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_tests::store::generated_migrations;
use fixture::error::Error;
use fixture::layout::Layout;
use fixture::numeric::Numeric;
use fixture::store_error::{ExpectedVersion, StoreError};
use fixture::values::{AllRows, EveryTypeById, InsertEveryType};
use fixture::{awkward, upkeep, values};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio_postgres::types::Type;

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    let (_database, client) = database().await;
    for row in rows() {
        assert_eq!(insert(&client, &row).await.unwrap(), 1);
        assert_eq!(
            values::every_type_by_id(&client, row.id).await.unwrap(),
            Some(row.clone())
        );
        let prepared = EveryTypeById::prepare(&client).await.unwrap();
        assert_eq!(prepared.query(&client, row.id).await.unwrap(), Some(row));
    }
    assert_eq!(values::all_rows(&client).await.unwrap(), rows());
    let prepared = AllRows::prepare(&client).await.unwrap();
    assert_eq!(prepared.query(&client).await.unwrap(), rows());
}

#[tokio::test]
async fn values_mean_the_same_to_the_server_and_to_rust() {
    let (_database, client) = database().await;
    let row = &rows()[1];
    insert(&client, row).await.unwrap();
    let same: bool = client
        .query_one(
            "SELECT exact = 0.00000001 AND instant = '2024-02-29 23:59:59.999999+00' AND local = '2024-02-29 23:59:59.999999' \
             AND span = interval '1 month 2 days 0.000003 seconds' AND host = '10.1.2.3' AND key = '00000000-0000-0000-0000-000000000007' \
             AND transaction = '8589934592' AND tree -> 'b' ->> 'c' = 'd' AND document::text = '{ \"b\":1, \"a\" : [1.10, null] }' \
             AND raw = '\\x00ff275c' AND clock = '12:30:00.000001' AND day = make_date(2024, 2, 29) AND instant_list[2] = instant \
             AND host_list[1] = host AND exact_list[1] = exact AND seats = '[-3,12)' AND prices = '(0.10,12.5]' \
             AND calendar = '[2024-02-29,2024-03-01)' AND period = '(2024-02-29 23:59:59.999999+00,)' \
             FROM fixture.every_type",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!(same);
}

#[tokio::test]
async fn a_list_can_hold_null_going_in_and_says_so_coming_out() {
    let (_database, client) = database().await;
    let statement = InsertEveryType::prepare(&client).await.unwrap();
    assert!(format!("{statement:?}").contains("insert_every_type"));
    client
        .execute(
            "INSERT INTO fixture.every_type (id, big_list) VALUES (1, '{1,NULL}')",
            &[],
        )
        .await
        .unwrap();
    let error = values::every_type_by_id(&client, 1).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Decode {
                query: "every_type_by_id",
                column: "big_list",
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn rows_stream_and_the_connection_serves_others_afterwards() {
    let (_database, client) = database().await;
    for id in 1..=500 {
        insert(&client, &nothing(id)).await.unwrap();
    }
    let mut stream = values::stream_every_type(&client).await.unwrap();
    let mut seen = Vec::new();
    while let Some(row) = stream.next().await {
        seen.push(row.unwrap().id);
    }
    assert_eq!(seen, (1..=500).collect::<Vec<i64>>());
    let mut dropped = values::stream_every_type(&client).await.unwrap();
    assert_eq!(dropped.next().await.unwrap().unwrap().id, 1);
    drop(dropped);
    assert_eq!(
        values::every_type_by_id(&client, 7).await.unwrap(),
        Some(nothing(7))
    );
}

#[tokio::test]
async fn a_wrong_number_of_rows_is_an_error() {
    let (_database, client) = database().await;
    assert_eq!(values::at_most_one_row(&client).await.unwrap(), None);
    let none = values::the_only_row(&client).await.unwrap_err();
    assert!(matches!(none, Error::RowCount { actual: 0, .. }), "{none}");
    insert(&client, &nothing(1)).await.unwrap();
    assert_eq!(values::the_only_row(&client).await.unwrap(), nothing(1));
    insert(&client, &nothing(2)).await.unwrap();
    for error in [
        values::the_only_row(&client).await.map(drop),
        values::at_most_one_row(&client).await.map(drop),
    ] {
        assert!(matches!(error, Err(Error::RowCount { actual: 2, .. })));
    }
}

#[tokio::test]
async fn a_database_that_is_not_as_defined_is_an_error_and_no_panic() {
    let (_database, client) = database().await;
    let messages = [
        awkward::lying_null(&client).await.unwrap_err().to_string(),
        awkward::lying_type(&client).await.unwrap_err().to_string(),
        awkward::lying_columns(&client)
            .await
            .unwrap_err()
            .to_string(),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    query `lying_null`: column `counted` cannot be read: error deserializing column 0: a Postgres value was `NULL`; its row declares that neither the value nor an element of it is NULL: declare the column `.nullable(...)`, or change the query
    query `lying_type`: column `counted` cannot be read: error deserializing column 0: cannot convert between the Rust type `i64` and the Postgres type `text`; does the database have this crate's migrations?
    query `lying_columns` returned 2 columns instead of 1; does the database have this crate's migrations?
    ");
}

#[tokio::test]
async fn texts_and_names_with_special_characters_work() {
    let (_database, client) = database().await;
    assert_eq!(
        awkward::taken_names(&client, true, "x", 5)
            .await
            .unwrap()
            .counted,
        Some(5)
    );
    assert_eq!(
        awkward::taken_names(&client, true, "\\", 5)
            .await
            .unwrap()
            .counted,
        None
    );
    assert!(
        awkward::TAKEN_NAMES_SQL.contains(r"E'\\' <> $2"),
        "{}",
        awkward::TAKEN_NAMES_SQL
    );
}

#[tokio::test]
async fn the_layout_chooses_the_text_where_it_differs() {
    let (_database, client) = database().await;
    assert_eq!(
        upkeep::count_layout(&client, Layout::Small)
            .await
            .unwrap()
            .counted,
        0
    );
    assert_eq!(
        upkeep::count_layout(&client, Layout::Large)
            .await
            .unwrap()
            .counted,
        1000
    );
    let prepared = upkeep::CountLayout::prepare(&client, Layout::Large)
        .await
        .unwrap();
    assert_eq!(prepared.query(&client).await.unwrap().counted, 1000);
    assert_eq!(upkeep::only_large(&client).await.unwrap().counted, 7);
    assert_eq!(upkeep::ONLY_LARGE.sql(Layout::Small), None);
    assert_eq!(
        Layout::ALL
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["small", "large", "bytes"]
    );
}

#[tokio::test]
async fn functions_run_in_transactions_but_for_those_that_cannot() {
    let (_database, mut client) = database().await;
    upkeep::reindex_every_type(&client).await.unwrap();
    let transaction = client.transaction().await.unwrap();
    upkeep::lock_every_type(&transaction).await.unwrap();
    values::all_rows(&transaction).await.unwrap();
    let error = upkeep::reindex_every_type(&transaction).await.unwrap_err();
    assert_eq!(error.sql_state(), Some("25001"), "{error}");
}

#[tokio::test]
async fn an_unnamed_query_leaves_nothing_on_the_connection() {
    let (_database, client) = database().await;
    values::all_rows(&client).await.unwrap();
    let statements: i64 = client
        .query_typed("SELECT count(*) FROM pg_prepared_statements", &[])
        .await
        .unwrap()[0]
        .get(0);
    assert_eq!(statements, 0);
}

/// Every query as data: the server agrees on each parameter and column.
#[tokio::test]
async fn descriptions_agree_with_the_server() {
    let (_database, client) = database().await;
    let store = EventStore::partitioned()
        .namespace("es")
        .declare_namespace()
        .payload(Payload::Bytea);
    for (_, sql) in generated_migrations(store.schema()) {
        client.batch_execute(&sql).await.unwrap();
    }
    for info in fixture::QUERIES {
        if info.outside_transaction || info.name.starts_with("lying") {
            continue;
        }
        let params: Vec<Type> = info.params.iter().map(|param| param.ty.clone()).collect();
        for (layout, sql) in info.texts {
            // The store's queries rest on the types that they are sent with; of the others the server finds the types itself.
            let sent = match layout {
                Layout::Bytes => params.as_slice(),
                _ => &[],
            };
            let statement = client.prepare_typed(sql, sent).await.unwrap();
            let columns: Vec<(&str, &Type)> = statement
                .columns()
                .iter()
                .map(|column| (column.name(), column.type_()))
                .collect();
            let declared: Vec<(&str, &Type)> = info
                .columns
                .iter()
                .map(|column| (column.name, &column.ty))
                .collect();
            assert_eq!(columns, declared, "{}", info.name);
            assert_eq!(statement.params(), params, "{}", info.name);
        }
    }
}

#[tokio::test]
async fn refusals_of_the_event_store_are_typed() {
    let (_database, client) = database().await;
    let refuse =
        async |code: &str, detail: &str| awkward::refuse(&client, code, detail).await.unwrap_err();
    let conflict = refuse(
        "ES010",
        r#"{"conflicts": [{"stream": "a\"b", "expected": 3, "actual": 4}, {"stream": "c", "expected": "exists", "actual": 0}]}"#,
    )
    .await;
    assert!(!conflict.is_retryable());
    let Some(StoreError::Conflict(conflicts)) = conflict.as_store() else {
        panic!("{conflict}")
    };
    assert_eq!(conflicts.conflicts[0].stream, "a\"b");
    assert_eq!(conflicts.conflicts[0].expected, ExpectedVersion::Exactly(3));
    assert_eq!(conflicts.conflicts[1].expected, ExpectedVersion::Exists);
    let messages = [
        conflict,
        refuse("ES001", "").await,
        refuse("ES002", "").await,
        refuse("ES003", r#"{"checkpoint": 9, "last": 4}"#).await,
        refuse("ES011", r#"{"stored": [{"event_id": "00000000-0000-7000-8000-000000000001", "stream": "s", "version": 2}]}"#).await,
        refuse("ES012", r#"{"event_id": "00000000-0000-7000-8000-000000000001", "reason": "clock", "time": "2024-01-01T00:00:00+00:00"}"#).await,
        refuse("ES013", "").await,
        refuse("ES020", "").await,
        refuse("ES010", "not JSON").await,
        refuse("ES999", "{}").await,
        refuse("40001", "").await,
    ];
    assert!(messages[10].is_retryable());
    let messages: Vec<String> = messages.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    stream `a"b` is at version 4, expected was version 3; stream `c` is at version 0, expected was an existing stream
    the feed cannot be read on a standby; read it on the primary
    the feed must be read under READ COMMITTED
    checkpoint 9 is ahead of the log, which ends at 4; rebuild the consumer, or set its checkpoint back
    event id 00000000-0000-7000-8000-000000000001 is taken by version 2 of stream `s`
    event id 00000000-0000-7000-8000-000000000001 is refused: clock
    refused
    refused
    refused (SQLSTATE ES010)
    refused (SQLSTATE ES999)
    query `refuse` failed with SQLSTATE 40001: refused
    "#);
}

/// Any number survives the way to the server and back, and is the one that the server reads.
#[tokio::test(flavor = "multi_thread")]
async fn any_decimal_number_survives() {
    let (_database, client) = database().await;
    let runtime = tokio::runtime::Handle::current();
    let mut runner = TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&"-?[0-9]{0,30}[0-9]\\.?[0-9]{0,25}", |text| {
            let value: Numeric = text.parse().unwrap();
            let row = runtime
                .block_on(client.query_typed(
                    "SELECT $1, $1::text, $1 = $2::text::numeric",
                    &[
                        (&value, Type::NUMERIC),
                        (&text.trim_end_matches('.'), Type::TEXT),
                    ],
                ))
                .unwrap();
            prop_assert_eq!(&row[0].get::<_, Numeric>(0), &value);
            prop_assert_eq!(row[0].get::<_, String>(1), value.as_str());
            prop_assert!(row[0].get::<_, bool>(2));
            Ok(())
        })
    });
    outcome.unwrap();
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "1e5", "1.2.3", "٣", " 1", "--1", "infinity"] {
        assert!(text.parse::<Numeric>().is_err(), "{text}");
    }
    assert_eq!(number("+007.50").as_str(), "7.50");
    assert_eq!(number("-0.00").as_str(), "0.00");
    assert_eq!(json("[1.0]").decode::<Vec<f64>>().unwrap(), [1.0]);
}

#[tokio::test]
async fn the_end_of_a_day_is_not_read_as_its_beginning() {
    let (_database, client) = database().await;
    insert(&client, &nothing(1)).await.unwrap();
    let set = "UPDATE fixture.every_type SET clock = '24:00:00'";
    client.batch_execute(set).await.unwrap();
    let error = values::the_only_row(&client).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Decode {
                column: "clock",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("24:00:00"), "{error}");
    let set = "UPDATE fixture.every_type SET clock = '00:00:00'";
    client.batch_execute(set).await.unwrap();
    values::the_only_row(&client).await.unwrap();
}
