//! Making partitions: UTC months, what exists already, two makers at once, maintenance ahead.

use std::time::Duration;

use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use tokio_postgres::error::SqlState;

use super::{error, events, founding, partitions, schema, table, texts};

#[tokio::test]
async fn months_are_utc_whatever_the_session() {
    for encoding in [BoundEncoding::UuidV7, BoundEncoding::TimestampTz] {
        let (db, client) = events(encoding).await;
        let strings = if db.server().version().major < 19 {
            "SET standard_conforming_strings = off; SET escape_string_warning = off"
        } else {
            "SET standard_conforming_strings = on"
        };
        let sessions = [
            ("Pacific/Kiritimati", "SQL, DMY", "2024-01-01"),
            ("America/St_Johns", "German", "2024-02-29"),
            ("UTC", "ISO, MDY", "2024-03-31"),
            ("Etc/GMT+12", "Postgres, MDY", "2024-12-31"),
        ];
        for (zone, style, day) in sessions {
            let settings = format!("SET timezone = '{zone}'; SET datestyle = '{style}'; {strings}");
            client.batch_execute(&settings).await.unwrap();
            let call = format!("SELECT public.create_monthly_partition(DATE '{day}')");
            let made = texts(&client, &call).await;
            assert_eq!(
                made,
                [format!("public.events_{}", day[..7].replace('-', "_"))]
            );
            assert_eq!(
                texts(&client, &call).await,
                made,
                "idempotent in the same session"
            );
        }
        let midnight = "00:00:00.000000";
        let month = |name: &str, from: &str, to: &str| {
            format!("public.events_{name} {from}-01 {midnight} {to}-01 {midnight}")
        };
        assert_eq!(
            partitions(&client).await,
            [
                month("2024_01", "2024-01", "2024-02"),
                month("2024_02", "2024-02", "2024-03"),
                month("2024_03", "2024-03", "2024-04"),
                month("2024_12", "2024-12", "2025-01"),
            ]
        );
        client
            .batch_execute("RESET timezone; RESET datestyle; RESET standard_conforming_strings")
            .await
            .unwrap();
        for day in ["2024-01-15", "2024-02-01", "2024-03-02", "2024-12-01"] {
            let call = format!("SELECT public.create_monthly_partition(DATE '{day}')");
            let name = format!("public.events_{}", day[..7].replace('-', "_"));
            assert_eq!(
                texts(&client, &call).await,
                [name],
                "idempotent in another session"
            );
        }
    }
}

#[tokio::test]
async fn create_refuses_what_is_no_month() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    for day in [
        "NULL",
        "'infinity'",
        "'-infinity'",
        "'1969-12-31'",
        "'10000-01-01'",
        "'0044-03-15 BC'",
    ] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition({day}::date)"),
        )
        .await;
        assert_eq!(code, SqlState::INVALID_PARAMETER_VALUE, "{day}: {message}");
    }
    assert_eq!(partitions(&client).await, Vec::<String>::new());
}

#[tokio::test]
async fn existence_is_read_from_the_partition_tree() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute(
            "CREATE SCHEMA other;
             CREATE TABLE other.events_2020_01 (id uuid);
             CREATE TABLE public.events_2020_02 (id uuid);
             CREATE VIEW public.events_2020_03 AS SELECT 1;",
        )
        .await
        .unwrap();
    let made = texts(
        &client,
        "SELECT public.create_monthly_partition('2020-01-01')",
    )
    .await;
    assert_eq!(
        made,
        ["public.events_2020_01"],
        "a stranger in another schema does not count"
    );
    for month in ["2020_02", "2020_03"] {
        let day = month.replace('_', "-") + "-01";
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition('{day}')"),
        )
        .await;
        assert_eq!(code, SqlState::DUPLICATE_TABLE);
        assert_eq!(
            message,
            format!(
                "partitions: public.events_{month} exists, and is not the partition of public.events for this month"
            )
        );
    }
    // Under another name, but the partition of that month: it is there.
    client
        .batch_execute("ALTER TABLE public.events_2020_01 RENAME TO january")
        .await
        .unwrap();
    let made = texts(
        &client,
        "SELECT public.create_monthly_partition('2020-01-31')",
    )
    .await;
    assert_eq!(made, ["public.january"]);
}

#[tokio::test]
async fn an_overlap_is_reported() {
    let (_db, client) = events(BoundEncoding::TimestampTz).await;
    client
        .batch_execute(
            "CREATE TABLE public.spring PARTITION OF public.events
                 FOR VALUES FROM ('2020-03-15 00:00:00+00') TO ('2020-05-10 00:00:00+00');
             CREATE TABLE public.before PARTITION OF public.events
                 FOR VALUES FROM (MINVALUE) TO ('2010-01-01 00:00:00+00');",
        )
        .await
        .unwrap();
    for day in ["2020-03-01", "2020-04-01", "2020-05-01", "2009-12-01"] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.create_monthly_partition('{day}')"),
        )
        .await;
        assert_eq!(code, SqlState::INVALID_OBJECT_DEFINITION, "{message}");
        assert!(
            message.contains("would overlap public.spring, which covers 2020-03-15 00:00:00+00 to")
                || message
                    .contains("would overlap public.before, which covers -infinity to 2010-01-01"),
            "{message}"
        );
    }
    let dropped = texts(&client, "SELECT public.drop_old_partitions(12)").await;
    assert_eq!(
        dropped,
        ["public.before", "public.spring"],
        "an open lower bound is the oldest"
    );
}

#[tokio::test]
async fn two_sessions_at_once_make_one_partition() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let mut calls = Vec::new();
    for _ in 0..8 {
        let session = db.connect().await;
        calls.push(tokio::spawn(async move {
            texts(
                &session,
                "SELECT public.create_monthly_partition('2021-05-05')",
            )
            .await
        }));
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), ["public.events_2021_05"]);
    }

    // One that waits for another's transaction finds the partition made, and a maintainer makes none twice.
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(
        texts(&client, "SELECT * FROM public.maintain_partitions()")
            .await
            .len(),
        4
    );
    let waiting = db.connect().await;
    let waiting =
        tokio::spawn(
            async move { texts(&waiting, "SELECT * FROM public.maintain_partitions()").await },
        );
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.unwrap(), Vec::<String>::new());
    assert_eq!(partitions(&client).await.len(), 5);
}

#[tokio::test]
async fn maintenance_makes_what_is_missing_and_locks_nothing_else() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let expected = texts(
        &client,
        "SELECT 'public.events_' || to_char(now() AT TIME ZONE 'UTC' + make_interval(months => n), 'YYYY_MM')
           FROM generate_series(0, 3) AS n",
    )
    .await;
    // A reader and a writer in open transactions do not matter.
    let mut others = [db.connect().await, db.connect().await];
    let reader = others[0].transaction().await.unwrap();
    reader
        .batch_execute("SELECT * FROM public.events")
        .await
        .unwrap();
    assert_eq!(
        texts(&client, "SELECT * FROM public.maintain_partitions()").await,
        expected
    );
    reader.commit().await.unwrap();

    let holder = others[1].transaction().await.unwrap();
    holder
        .batch_execute("LOCK TABLE public.events IN SHARE UPDATE EXCLUSIVE MODE")
        .await
        .unwrap();
    let made = texts(&client, "SELECT * FROM public.maintain_partitions()").await;
    assert_eq!(
        made,
        Vec::<String>::new(),
        "nothing is missing: no lock is taken"
    );
    holder.commit().await.unwrap();

    let states = texts(
        &client,
        "SELECT format('%s %s %s', is_current, is_ahead, total_bytes > 0) FROM public.list_partitions()",
    )
    .await;
    assert_eq!(states, ["t f t", "f t t", "f t t", "f t t"]);
}

#[tokio::test]
async fn rows_that_come_late_have_their_month() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let mut table = table("events", BoundEncoding::UuidV7);
    let policy = table
        .partitioning
        .as_mut()
        .unwrap()
        .policy
        .as_mut()
        .unwrap();
    policy.late_days = 60;
    client
        .batch_execute(&founding(&schema("public", table)))
        .await
        .unwrap();
    let expected = texts(
        &client,
        "SELECT to_char(month, '\"public.events_\"YYYY_MM')
           FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC' - INTERVAL '60 days'),
                                now() AT TIME ZONE 'UTC' + INTERVAL '3 months', INTERVAL '1 month') AS m (month)",
    )
    .await;
    assert!(expected.len() >= 5);
    assert_eq!(
        texts(&client, "SELECT * FROM public.maintain_partitions()").await,
        expected
    );
}

/// A row that came before its month did lies in the default partition, and its month cannot come beside it.
#[tokio::test]
async fn a_default_partition_with_rows_of_the_month_is_named() {
    let mut table = table("events", BoundEncoding::TimestampTz);
    let policy = table
        .partitioning
        .as_mut()
        .and_then(|it| it.policy.as_mut())
        .unwrap();
    policy.default_partition = true;
    policy.detach_concurrently = false;
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let schema = schema("public", table);
    client.batch_execute(&founding(&schema)).await.unwrap();
    let fill =
        "SELECT maintain_partitions(); INSERT INTO events VALUES ('2100-01-15 00:00+00', 'a')";
    client.batch_execute(fill).await.unwrap();
    let (state, message) = error(&client, "SELECT create_monthly_partition('2100-01-01')").await;
    assert_eq!(state, SqlState::CHECK_VIOLATION);
    assert_eq!(
        message,
        "partitions: the default partition of public.events has rows that belong into public.events_2100_01"
    );
    let mend = "BEGIN; ALTER TABLE events DETACH PARTITION events_default; SELECT create_monthly_partition('2100-01-01');
         INSERT INTO events SELECT * FROM events_default; ALTER TABLE events_default DISABLE TRIGGER refuse; DELETE FROM events_default;
         ALTER TABLE events_default ENABLE TRIGGER refuse; ALTER TABLE events ATTACH PARTITION events_default DEFAULT; COMMIT";
    client.batch_execute(mend).await.unwrap();
    let rows = texts(&client, "SELECT stream FROM events_2100_01").await;
    assert_eq!(rows, ["a"]);
}
