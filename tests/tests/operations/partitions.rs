//! Months made and dropped, by the typed calls.

use chrono::{Datelike, Months, NaiveDate, TimeZone, Utc};
use eventcore_generated::error::Error;
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{health, list_partitions, partition_sizes};
use eventcore_generated::partitions::{
    create_monthly_partition, drop_old_partitions, expired_partitions, maintain_partitions,
};
use eventcore_tests::store::{kept_months, store};
use tokio_postgres::Client;

use super::{append, run};

const AHEAD: u32 = 6;

fn this_month() -> NaiveDate {
    Utc::now().date_naive().with_day(1).unwrap()
}

fn months_ago(months: u32) -> NaiveDate {
    this_month() - Months::new(months)
}

fn name(month: NaiveDate) -> String {
    format!("public.events_{}", month.format("%Y_%m"))
}

async fn create(client: &Client, month: NaiveDate) -> String {
    let made = create_monthly_partition(client, month).await.unwrap();
    made.partition_name
}

async fn drop_old(client: &Client, months: i32) -> Result<Vec<String>, Error> {
    let dropped = drop_old_partitions(client, months).await?;
    Ok(dropped.into_iter().map(|row| row.partition_name).collect())
}

#[tokio::test]
async fn a_month_is_made_once_in_utc_whatever_the_session() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let month = NaiveDate::from_ymd_opt(2020, 2, 29).unwrap();
    let zones = [
        "Pacific/Kiritimati",
        "America/St_Johns",
        "UTC",
        "Etc/GMT+12",
    ];
    for zone in zones {
        run(&client, &format!("SET TimeZone = '{zone}'")).await;
        assert_eq!(
            create(&client, month).await,
            "public.events_2020_02",
            "{zone}"
        );
        let made = &list_partitions(&client).await.unwrap()[0];
        assert_eq!(made.partition_name, "public.events_2020_02");
        let bound = |month| Some(Utc.with_ymd_and_hms(2020, month, 1, 0, 0, 0).unwrap());
        assert_eq!(
            (made.lower_bound, made.upper_bound),
            (bound(2), bound(3)),
            "{zone}"
        );
        assert!(!made.is_current && !made.is_ahead && !made.is_detaching);
    }
    assert_eq!(
        list_partitions(&client).await.unwrap().len(),
        kept_months().len() + 1
    );
}

#[tokio::test]
async fn maintenance_makes_what_is_missing_and_nothing_twice() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    run(&client, "SET TimeZone = 'Pacific/Kiritimati'").await;
    assert_eq!(maintain_partitions(&client).await.unwrap(), []);
    let (second, last) = (
        this_month() + Months::new(2),
        this_month() + Months::new(AHEAD),
    );
    run(
        &client,
        &format!("DROP TABLE {}, {}", name(second), name(last)),
    )
    .await;
    let made = maintain_partitions(&client).await.unwrap();
    let made: Vec<String> = made.into_iter().map(|row| row.partition_name).collect();
    assert_eq!(made, [name(second), name(last)]);
    let partitions = list_partitions(&client).await.unwrap();
    let expected: Vec<String> = kept_months().into_iter().map(name).collect();
    let found: Vec<&String> = partitions.iter().map(|row| &row.partition_name).collect();
    assert!(found.into_iter().eq(&expected));
    for (partition, month) in partitions.iter().zip(kept_months()) {
        assert_eq!(partition.is_current, month == this_month());
        assert_eq!(partition.is_ahead, month > this_month());
    }
}

#[tokio::test]
async fn an_append_needs_no_partition_made_on_the_way() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    append(&client, "a", 1).await;
    run(
        &client,
        &format!("DROP TABLE {} CASCADE", name(this_month())),
    )
    .await;
    let call = eventcore_generated::event_store::Append::new().to(
        "a",
        eventcore_generated::event_store::ExpectedVersion::Any,
        eventcore_tests::store::moves(1),
    );
    // No trigger creates one.
    let refused = call.run(&client).await.unwrap_err();
    assert_eq!(refused.sql_state(), Some("23514"));
    assert!(
        refused.to_string().contains("the log has no partition of"),
        "{refused}"
    );
    maintain_partitions(&client).await.unwrap();
    call.run(&client).await.unwrap();
}

#[tokio::test]
async fn partitions_that_run_out_are_an_alarm() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    for left in (0..AHEAD).rev() {
        let last = this_month() + Months::new(left + 1);
        run(&client, &format!("DROP TABLE {}", name(last))).await;
        let state = health(&client).await.unwrap();
        assert_eq!(state.partitions_ahead, Some(i64::from(left)));
        assert_eq!(state.partitions_run_out, left < 2, "{left} months ahead");
    }
    maintain_partitions(&client).await.unwrap();
    let ahead = || async {
        let state = health(&client).await.unwrap();
        (state.partitions_ahead, state.partitions_run_out)
    };
    assert_eq!(ahead().await, (Some(6), false));
    // What stands behind a gap does not help: the appends of the month between would fail.
    create(&client, this_month() + Months::new(AHEAD + 2)).await;
    assert_eq!(ahead().await, (Some(6), false));
    for (gap, left) in [(2, 1), (1, 0), (0, 0)] {
        let gap = name(this_month() + Months::new(gap));
        run(&client, &format!("DROP TABLE {gap} CASCADE")).await;
        assert_eq!(ahead().await, (Some(left), true), "without {gap}");
    }
}

#[tokio::test]
async fn drop_refuses_no_months_and_returns_names() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    let old: Vec<String> = [5, 4, 3].map(|months| name(months_ago(months))).into();
    for months in [3, 4, 5] {
        create(&client, months_ago(months)).await;
    }
    for months in [0, -1, i32::MIN] {
        let refused = drop_old(&client, months).await.unwrap_err();
        assert_eq!(refused.sql_state(), Some("22023"), "{refused}");
        assert_eq!(expired_partitions(&client, months).await.unwrap(), []);
    }
    for months in [5, 1_000_000, i32::MAX] {
        assert_eq!(
            drop_old(&client, months).await.unwrap(),
            Vec::<String>::new()
        );
        assert_eq!(expired_partitions(&client, months).await.unwrap(), []);
    }
    let expired = expired_partitions(&client, 3).await.unwrap();
    let expired: Vec<&String> = expired.iter().map(|row| &row.partition_name).collect();
    assert_eq!(expired, [&old[0], &old[1]]);
    assert_eq!(drop_old(&client, 3).await.unwrap(), old[..2]);
    assert_eq!(drop_old(&client, 3).await.unwrap(), Vec::<String>::new());
    assert_eq!(drop_old(&client, 2).await.unwrap(), old[2..]);
    assert_eq!(
        list_partitions(&client).await.unwrap().len(),
        kept_months().len()
    );
}

#[tokio::test]
async fn retention_never_touches_strangers() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    create(&client, months_ago(4)).await;
    let strangers = "CREATE TABLE public.events_2019_01 (n int);
        CREATE TABLE public.events_abcde (n int);
        CREATE SCHEMA other;
        CREATE TABLE other.events_2019_02 (n int);
        CREATE TABLE public.others (id uuid) PARTITION BY RANGE (id);
        CREATE TABLE public.events_2019_03 PARTITION OF public.others
            FOR VALUES FROM (MINVALUE) TO ('016f5e66-e800-0000-0000-000000000000')";
    run(&client, strangers).await;
    assert_eq!(drop_old(&client, 1).await.unwrap(), [name(months_ago(4))]);
    let left: i64 = client
        .query_one(
            "SELECT count(*) FROM pg_class WHERE relname ~ '^events_(2019|abcde)'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 4);
}

#[tokio::test]
async fn sizes_of_partitions_add_up_in_both_layouts() {
    for layout in [Layout::Simple, Layout::Partitioned] {
        let db = store(layout).await;
        let client = db.connect().await;
        append(&client, "a", 100).await;
        let sizes = partition_sizes(&client).await.unwrap();
        let partitions = list_partitions(&client).await.unwrap();
        assert_eq!(sizes.len(), partitions.len());
        assert!(sizes.is_sorted_by_key(|row| std::cmp::Reverse(row.total_bytes)));
        for row in &sizes {
            assert_eq!(row.table_bytes + row.index_bytes, row.total_bytes);
            let listed = partitions
                .iter()
                .find(|other| other.partition_name == row.partition_name);
            assert_eq!(listed.unwrap().total_bytes, row.total_bytes);
        }
        let expected = match layout {
            Layout::Simple => "public.events_simple".to_owned(),
            Layout::Partitioned => name(this_month()),
        };
        assert_eq!(
            sizes[0].partition_name, expected,
            "the only one with events is the largest"
        );
        let state = health(&client).await.unwrap();
        if layout == Layout::Simple {
            let only = &partitions[0];
            assert_eq!((only.lower_bound, only.upper_bound), (None, None));
            assert_eq!(
                (state.partitions_ahead, state.partitions_run_out),
                (None, false)
            );
        }
    }
}

/// The alarm is on where it is needed most.
#[tokio::test]
async fn a_log_without_a_partition_has_run_out() {
    let db = store(Layout::Partitioned).await;
    let client = db.connect().await;
    for partition in list_partitions(&client).await.unwrap() {
        run(&client, &format!("DROP TABLE {}", partition.partition_name)).await;
        let state = health(&client).await.unwrap();
        assert_eq!(state.partitions_run_out, state.partitions_ahead < Some(2));
    }
    let state = health(&client).await.unwrap();
    assert_eq!(
        (state.partitions_ahead, state.partitions_run_out),
        (Some(0), true)
    );
}
