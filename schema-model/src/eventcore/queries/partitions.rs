//! Partitions: made ahead, dropped by age. Only the partitioned layout has them.

use crate::query::{Param, Query, Row};
use crate::ty::DataType;

use super::super::EventStore;
use super::super::routines::Names;

/// Months that stay, where the store does not say how many.
const USUAL_MONTHS: u32 = 24;

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let kept = store.retention_months.unwrap_or(USUAL_MONTHS);
    vec![
        Query::new(
            "partitions",
            "create_monthly_partition",
            "Makes the partition of a month, if it is not there yet.",
            names.body("SELECT {create_monthly_partition}({month}) AS partition_name"),
        )
        .param(Param::new("month", DataType::Date, "Any day of the month."))
        .one(name_row()),
        Query::new(
            "partitions",
            "maintain_partitions",
            "Makes every partition that the policy wants ahead; returns the new ones. For a scheduler, daily.",
            names.body("SELECT p.name AS partition_name\n  FROM {maintain_partitions}() AS p (name)"),
        )
        .many(name_row()),
        Query::new(
            "partitions",
            "drop_old_partitions",
            "Drops the partitions that ended at least so many months ago, under a short lock that appends wait for; \
             returns them.",
            names.body("SELECT p.name AS partition_name\n  FROM {drop_old_partitions}({months}) AS p (name)"),
        )
        .param(Param::new("months", DataType::Integer, "How many past months stay; at least 1.").example(kept))
        .many(name_row()),
        expired_partitions(names, kept),
        truncate_streams(names),
        forget_streams(names),
    ]
}

fn name_row() -> Row {
    Row::new("PartitionName", "A partition, by name.").column(
        "partition_name",
        DataType::Text,
        "Name of its table, qualified and quoted where needed.",
    )
}

fn truncate_streams(names: &Names) -> Query {
    Query::new(
        "partitions",
        "truncate_streams",
        "Marks streams that have events before some past months, so that reads of these events are refused; returns how many. \
         `drop_old_partitions` and `drop_old_partitions_online` do it before they drop the events.",
        names.body(
            "SELECT CASE WHEN {months} >= 1 THEN {truncate_streams}(\n           \
                    (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => least({months}, 24000))) AT TIME ZONE 'UTC',\n           \
                    {max_streams}) ELSE 0 END AS streams",
        ),
    )
    .param(Param::new("months", DataType::Integer, "How many past months stay; none are marked below 1."))
    .param(Param::new("max_streams", DataType::BigInt, "How many streams at most."))
    .one(count_row())
}

fn forget_streams(names: &Names) -> Query {
    Query::new(
        "partitions",
        "forget_streams",
        "Removes the rows of streams of which retention left no event and which got none since a time; returns how many. Such \
         a stream begins anew, at version 1.",
        names.body("SELECT {forget_streams}({unused_since}) AS streams"),
    )
    .param(Param::new("unused_since", DataType::TimestampTz, "Only streams whose last append is older."))
    .one(count_row())
}

fn count_row() -> Row {
    Row::new("StreamCount", "A number of streams.").column("streams", DataType::BigInt, "How many.")
}

fn expired_partitions(names: &Names, kept: u32) -> Query {
    Query::new(
        "partitions",
        "expired_partitions",
        "Lists the partitions that ended before some past months, with the statements that drop each online: \
         DETACH CONCURRENTLY runs in no function and in no transaction.\n\n\
         `drop_old_partitions_online` runs them, each as a statement of its own.",
        names.body(
            "SELECT p.partition_name,\n       \
                    format('ALTER TABLE %s DETACH PARTITION %s %s', {events:literal}, p.partition_name,\n              \
                           CASE WHEN p.is_detaching THEN 'FINALIZE' ELSE 'CONCURRENTLY' END) AS detach_statement,\n       \
                    format('DROP TABLE %s', p.partition_name) AS drop_statement\n  \
               FROM {list_partitions}() AS p\n \
              WHERE {months} >= 1\n   \
                AND p.upper_bound <= (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => least({months}, 24000))) AT TIME ZONE 'UTC'\n \
              ORDER BY p.lower_bound",
        ),
    )
    .param(Param::new("months", DataType::Integer, "How many past months stay; none are listed below 1.").example(kept))
    .many(
        Row::new("ExpiredPartition", "A partition to drop, and how.")
            .column("partition_name", DataType::Text, "Name of its table, qualified and quoted where needed.")
            .column("detach_statement", DataType::Text, "Detaches it without blocking.")
            .column("drop_statement", DataType::Text, "Drops it, once detached."),
    )
}
