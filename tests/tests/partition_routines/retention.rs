//! Dropping old partitions: which, under which locks, and never a stranger's table.

use std::time::{Duration, Instant};

use eventcore_schema_model::prelude::*;
use tokio_postgres::error::SqlState;

use super::{error, events, partitions, texts};

#[tokio::test]
async fn retention_never_touches_strangers() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute(
            "SELECT public.create_monthly_partition('2020-01-01'), public.create_monthly_partition('2020-02-01');
             SELECT public.maintain_partitions();
             CREATE SCHEMA \"Old %s\";
             ALTER TABLE public.events_2020_02 SET SCHEMA \"Old %s\";
             ALTER TABLE \"Old %s\".events_2020_02 RENAME TO \"Feb \"\"20\";
             CREATE TABLE public.events_2020_02 (id uuid);
             CREATE TABLE public.events_2019_12 (id uuid);
             CREATE TABLE \"Old %s\".events_2020_01 (id uuid);
             CREATE TABLE public.events_abcde (id uuid);
             CREATE TABLE public.others (id uuid) PARTITION BY RANGE (id);
             CREATE TABLE public.events_2020_03 PARTITION OF public.others
                 FOR VALUES FROM (MINVALUE) TO ('016f5e66-e800-0000-0000-000000000000');",
        )
        .await
        .unwrap();
    let dropped = texts(&client, "SELECT * FROM public.drop_old_partitions(1)").await;
    assert_eq!(
        dropped,
        ["public.events_2020_01", "\"Old %s\".\"Feb \"\"20\""]
    );
    assert_eq!(partitions(&client).await.len(), 4);
    let left = texts(
        &client,
        "SELECT relnamespace::regnamespace || '.' || relname FROM pg_class
          WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace >= 16384 OR relname = 'events_2020_03'
             OR relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition
          ORDER BY 1",
    )
    .await;
    assert_eq!(
        left,
        [
            "\"Old %s\".events_2020_01",
            "public.events",
            "public.events_2019_12",
            "public.events_2020_02",
            "public.events_2020_03",
            "public.events_abcde",
            "public.others"
        ]
    );
}

#[tokio::test]
async fn drop_keeps_the_running_month_and_the_given_months() {
    let (_db, client) = events(BoundEncoding::UuidV7).await;
    for months in ["NULL", "0", "-1", "-2147483648"] {
        let (code, message) = error(
            &client,
            &format!("SELECT public.drop_old_partitions({months})"),
        )
        .await;
        assert_eq!(
            code,
            SqlState::INVALID_PARAMETER_VALUE,
            "{months}: {message}"
        );
    }
    let call = "SELECT public.create_monthly_partition(
                       (date_trunc('month', now() AT TIME ZONE 'UTC') - n * INTERVAL '1 month')::date)
                  FROM generate_series(0, 4) AS n";
    let made = texts(&client, call).await;
    let drop = |months: i64| format!("SELECT public.drop_old_partitions({months})");
    let none = Vec::<String>::new();
    assert_eq!(texts(&client, &drop(i32::MAX.into())).await, none);
    assert_eq!(texts(&client, &drop(4)).await, none);
    assert_eq!(
        texts(&client, &drop(2)).await,
        [made[4].clone(), made[3].clone()],
        "oldest first"
    );
    assert_eq!(texts(&client, &drop(2)).await, none);
    assert_eq!(texts(&client, &drop(1)).await, [made[2].clone()]);
    assert_eq!(partitions(&client).await.len(), 2);
}

#[tokio::test]
async fn drop_gives_up_soon_and_changes_nothing() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    client
        .batch_execute("SELECT public.create_monthly_partition('2020-01-01')")
        .await
        .unwrap();
    let reader = db.connect().await;
    reader
        .batch_execute("BEGIN; SELECT * FROM public.events")
        .await
        .unwrap();
    let started = Instant::now();
    let (code, _) = error(&client, "SELECT public.drop_old_partitions(1)").await;
    assert_eq!(code, SqlState::LOCK_NOT_AVAILABLE);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(partitions(&client).await.len(), 1);
}

#[tokio::test]
async fn a_detach_under_way_is_reported_and_left_alone() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    client.batch_execute("SELECT public.create_monthly_partition('2020-01-01'); SELECT public.create_monthly_partition('2020-02-01')").await.unwrap();
    let reader = db.connect().await;
    reader
        .batch_execute("BEGIN; SELECT * FROM public.events")
        .await
        .unwrap();
    let detacher = db.connect().await;
    detacher
        .batch_execute("SET statement_timeout = '1s'")
        .await
        .unwrap();
    detacher
        .batch_execute(
            "ALTER TABLE public.events DETACH PARTITION public.events_2020_01 CONCURRENTLY",
        )
        .await
        .expect_err("the reader's transaction is open");
    reader.batch_execute("COMMIT").await.unwrap();

    let (code, message) = error(
        &client,
        "SELECT public.create_monthly_partition('2020-01-01')",
    )
    .await;
    assert_eq!(code, SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE);
    assert_eq!(
        message,
        "partitions: public.events_2020_01, which holds this month, is being detached"
    );
    assert_eq!(
        texts(&client, "SELECT public.drop_old_partitions(1)").await,
        ["public.events_2020_02"]
    );
    assert_eq!(
        texts(
            &client,
            "SELECT partition_name FROM public.list_partitions() WHERE is_detaching"
        )
        .await,
        ["public.events_2020_01"]
    );

    client
        .batch_execute("ALTER TABLE public.events DETACH PARTITION public.events_2020_01 FINALIZE")
        .await
        .unwrap();
    client
        .batch_execute("DROP TABLE public.events_2020_01")
        .await
        .unwrap();
    assert_eq!(partitions(&client).await, Vec::<String>::new());
}
