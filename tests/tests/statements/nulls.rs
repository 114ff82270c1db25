//! Nullability: on a store where every column that may be NULL is, no query returns NULL in a column that is declared
//! never to be.

use std::collections::BTreeSet;
use std::error::Error;

use chrono::{DateTime, NaiveDate, Utc};
use eventcore_generated::QUERIES;
use eventcore_generated::layout::Layout;
use eventcore_generated::statement::{ParamInfo, QueryInfo};
use serde_json::json;
use tokio_postgres::types::{FromSql, ToSql, Type};
use uuid::Uuid;

use super::store;

/// Queries that have nothing to say about a healthy store.
const SILENT: [&str; 4] = [
    "maintain_partitions",
    "expired_partitions",
    "list_partitions",
    "partition_sizes",
];

/// Columns that may be NULL, but cannot be brought to it here.
const UNPROVED: [&str; 12] = [
    // The event has what was asked for; the row is that of every query that reads events.
    "find_events_by_metadata.metadata",
    "read_correlation.correlation_id",
    "read_user_events.user_id",
    // A prepared transaction holds the feed back without a process; servers take none unless set so.
    "horizon_lag.age",
    "horizon_lag.application_name",
    "horizon_lag.pid",
    "horizon_lag.started_at",
    "horizon_lag.state",
    "horizon_lag.user_name",
    // What a function returns may be NULL as far as the server knows; no finding is without them today.
    "verify_events.detail",
    "verify_events.event_id",
    "verify_events.stream_id",
];

/// Whether a value is NULL, whatever its type.
struct IsNull(bool);

impl<'a> FromSql<'a> for IsNull {
    fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(false))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

type Value = Box<dyn ToSql + Sync + Send>;

/// A value of a parameter, such that the query finds as much as it can.
fn value(query: &QueryInfo, param: &ParamInfo) -> Value {
    let id: Uuid = "01900000-0000-7000-8000-000000000001".parse().unwrap();
    match (param.name, &param.ty) {
        // Nothing lies beyond it, so there is no checkpoint to move to.
        ("after", _) if query.name == "feed_checkpoint" => Box::new(100_i64),
        ("after", &Type::INT8) => Box::new(0_i64),
        ("after" | "prefix", &Type::TEXT) => Box::new(""),
        ("from_version", _) if query.name == "read_stream_backward" => Box::new(i64::MAX),
        ("from_version", _) => Box::new(1_i64),
        ("horizon" | "max_events" | "max_streams", _) => Box::new(100_i64),
        ("max_depth", _) => Box::new(10_i32),
        ("months", _) => Box::new(1_i32),
        ("month", _) => Box::new(NaiveDate::from_ymd_opt(2024, 7, 1)),
        ("since" | "from_time" | "unused_since", _) => Box::new(DateTime::<Utc>::UNIX_EPOCH),
        ("to_time", _) => Box::new(DateTime::<Utc>::from_timestamp(4_000_000_000, 0)),
        ("event_id" | "correlation_id", _) => Box::new(id),
        ("after_id", _) => Box::new(Uuid::nil()),
        ("stream_id", _) if query.name == "find_stream" => Box::new("order-2"),
        ("stream_id" | "user_id", _) => Box::new("order-1"),
        ("metadata" | "payload", &Type::JSONB) => Box::new(json!({})),
        // append_events: one event, with everything NULL that may be.
        ("stream_ids", _) if query.name == "append_events" => Box::new(vec!["order-3"]),
        ("stream_ids", _) => Box::new(vec!["order-1", "order-2"]),
        ("expected_versions", _) => Box::new(vec![0_i64]),
        ("event_streams" | "schema_versions", _) => Box::new(vec![1_i32]),
        ("event_types", _) => Box::new(vec!["order-1"]),
        ("event_data", _) => Box::new(vec![json!({})]),
        ("event_ids" | "causation_ids" | "correlation_ids", _) => Box::new(vec![None::<Uuid>]),
        ("metadata", _) => Box::new(vec![None::<serde_json::Value>]),
        ("user_ids", _) => Box::new(vec![None::<&str>]),
        (name, ty) => panic!("{}: give a value for `{name}` {ty}", query.name),
    }
}

#[tokio::test]
async fn no_column_is_null_that_is_declared_not_to_be() {
    let mut never_null = BTreeSet::new();
    let mut was_null = BTreeSet::new();
    for &layout in Layout::ALL {
        let (db, client) = store(layout).await;
        // So that verify_events finds something.
        super::run(&client, include_str!("broken.sql")).await;
        let writer = db.connect().await;
        let mut queries: Vec<&QueryInfo> = QUERIES.to_vec();
        // What removes comes last, so that the others find what they ask for.
        queries.sort_by_key(|query| {
            let removes = ["drop_", "truncate_", "forget_"];
            removes.iter().any(|it| query.name.starts_with(it))
        });
        for query in queries {
            let Some((_, text)) = query.texts.iter().find(|(known, _)| *known == layout) else {
                continue;
            };
            if query.columns.is_empty() {
                continue;
            }
            let place = format!("{} in {}", query.name, layout.name());
            let values: Vec<Value> = query
                .params
                .iter()
                .map(|param| value(query, param))
                .collect();
            let typed: Vec<(&(dyn ToSql + Sync), Type)> = values
                .iter()
                .zip(query.params)
                .map(|(value, param)| (&**value as &(dyn ToSql + Sync), param.ty.clone()))
                .collect();
            // So that horizon_lag finds something.
            if query.name == "horizon_lag" {
                super::run(&writer, "BEGIN; SELECT mark_append()").await;
            }
            let rows = client
                .query_typed(text, &typed)
                .await
                .unwrap_or_else(|error| panic!("{place}: {error}: {:?}", error.as_db_error()));
            super::run(&writer, "ROLLBACK").await;
            assert!(
                !rows.is_empty() || SILENT.contains(&query.name),
                "{place} found nothing"
            );
            for (index, column) in query.columns.iter().enumerate() {
                let key = format!("{}.{}", query.name, column.name);
                for row in &rows {
                    let IsNull(null) = row.get(index);
                    assert!(
                        column.nullable || !null,
                        "{place}: `{}` is NULL",
                        column.name
                    );
                    if null {
                        was_null.insert(key.clone());
                    }
                }
                if column.nullable {
                    never_null.insert(key);
                }
            }
        }
    }
    // The columns of events and streams are NULL somewhere in every query that returns them: else this test sees nothing.
    for column in ["causation_id", "correlation_id", "user_id", "metadata"] {
        for query in [
            "read_stream_forward",
            "read_streams",
            "read_feed",
            "find_event",
            "read_effects",
        ] {
            assert!(
                was_null.contains(&format!("{query}.{column}")),
                "{query}.{column} was never NULL"
            );
        }
    }
    assert!(was_null.contains("find_streams.last_event_id"));
    let unproved: BTreeSet<&str> = never_null
        .difference(&was_null)
        .map(String::as_str)
        .collect();
    assert_eq!(
        unproved,
        BTreeSet::from(UNPROVED),
        "declared nullable, and never NULL here"
    );
}
