//! What operators watch. The same text serves both layouts: the simple one lists its table as its only
//! partition.

use crate::query::{Access, Param, Query, Row};
use crate::ty::DataType;

use super::super::events::EVENT_LOG;
use super::super::routines::Names;

pub(super) fn queries(names: &Names) -> Vec<Query> {
    vec![
        health(names),
        list_partitions(names),
        partition_sizes(names),
        activity_by_hour(names),
        index_usage(names),
        index_effectiveness(names),
        verify_events(names),
    ]
}

/// How many times `max_locks_per_transaction` a page of the feed may take before many readers at once run out: at 5 times 105
/// sessions of 120 read at once, at 11 times 20 of 80 failed (default setting, PostgreSQL 15 and 18).
const LOCKS_PER_SETTING: u32 = 6;

/// Tables of the store: the streams and every partition of the log.
const STORE_TABLES: &str = "(SELECT {streams:literal}::regclass UNION ALL SELECT p.partition_name::regclass FROM {list_partitions}() AS p)";

fn health(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "health",
        "Everything that should raise an alarm, in one row.",
        names.body(&format!(
            "WITH months AS (
    SELECT m.upper_bound, m.is_ahead, bool_and(m.joins) OVER (ORDER BY m.lower_bound) AS is_reached
      FROM (SELECT p.lower_bound, p.upper_bound, p.is_ahead,
                   NOT p.is_ahead
                   OR p.lower_bound IS NOT DISTINCT FROM lag(p.upper_bound) OVER (ORDER BY p.lower_bound) AS joins
              FROM {{list_partitions}}() AS p) AS m
)
SELECT {{last_position}}() AS last_position,
       {{is_sequence_behind}}() AS sequence_behind,
       lag.positions_behind,
       lag.pid AS blocking_pid,
       lag.age AS blocking_age,
       partitions.ahead AS partitions_ahead,
       coalesce(partitions.ahead < {{alarm_below}}, false) AS partitions_run_out,
       invalid.indexes AS invalid_indexes,
       page.locks AS feed_page_locks,
       page.locks > {LOCKS_PER_SETTING} * current_setting('max_locks_per_transaction')::bigint AS lock_space_short
  FROM (SELECT CASE WHEN count(*) = 0 OR count(m.upper_bound) > 0 THEN count(*) FILTER (WHERE m.is_ahead AND m.is_reached) END AS ahead
          FROM months AS m) AS partitions
 CROSS JOIN (SELECT count(*) AS indexes
               FROM pg_index AS x
              WHERE NOT x.indisvalid
                AND x.indrelid IN {STORE_TABLES}) AS invalid
 CROSS JOIN (SELECT count(DISTINCT x.indrelid) + count(*) AS locks
               FROM pg_index AS x
              WHERE x.indrelid IN (SELECT p.partition_name::regclass FROM {{list_partitions}}() AS p)) AS page
  LEFT JOIN (SELECT l.* FROM {{horizon_lag}}() AS l LIMIT 1) AS lag ON true"
        )),
    )
    .one(
        Row::new("StoreHealth", "The state of the store.")
            .column("last_position", DataType::BigInt, "Position given out last.")
            .column("sequence_behind", DataType::Boolean, "Whether the log holds positions that the sequence has not given out: a replica, or a restore without the sequence.")
            .nullable("positions_behind", DataType::BigInt, "Positions that wait for the oldest open append.")
            .nullable("blocking_pid", DataType::Integer, "Server process of that append.")
            .nullable("blocking_age", DataType::Interval, "Age of its transaction.")
            .nullable("partitions_ahead", DataType::BigInt, "Partitions after the current one, up to the first gap; 0 when there is none, NULL in the simple layout.")
            .column("partitions_run_out", DataType::Boolean, "Whether too few partitions are left: call `maintain_partitions`.")
            .column("invalid_indexes", DataType::BigInt, "Indexes that an interrupted build left behind.")
            .column("feed_page_locks", DataType::BigInt, "Locks that a page of the feed takes: every partition and each of its indexes.")
            .column("lock_space_short", DataType::Boolean, "Whether many sessions that read the feed at once may run out of lock space: raise `max_locks_per_transaction`, or keep fewer partitions."),
    )
}

fn list_partitions(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "list_partitions",
        "Lists the partitions of the log with their sizes, oldest first; in the simple layout its one table.",
        names.body(
            "SELECT p.partition_name, p.lower_bound, p.upper_bound, p.is_current, p.is_ahead, p.is_detaching,\n       \
                    p.estimated_rows, p.total_bytes\n  \
               FROM {list_partitions}() AS p\n \
              ORDER BY p.lower_bound",
        ),
    )
    .many(partition_row())
}

fn partition_sizes(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "partition_sizes",
        "Lists the sizes of the partitions of the log, largest first: table, indexes, and both.",
        names.body(
            "SELECT p.partition_name,\n       \
                    pg_table_size(p.partition_name::regclass) AS table_bytes,\n       \
                    pg_indexes_size(p.partition_name::regclass) AS index_bytes,\n       \
                    p.total_bytes\n  \
               FROM {list_partitions}() AS p\n \
              ORDER BY p.total_bytes DESC, p.partition_name",
        ),
    )
    .many(
        Row::new("PartitionSize", "The size of a partition.")
            .column(
                "partition_name",
                DataType::Text,
                "Name of its table, qualified and quoted where needed.",
            )
            .column(
                "table_bytes",
                DataType::BigInt,
                "Bytes of the table with its large values.",
            )
            .column("index_bytes", DataType::BigInt, "Bytes of its indexes.")
            .column("total_bytes", DataType::BigInt, "Bytes of both."),
    )
}

fn partition_row() -> Row {
    Row::new(
        "PartitionRow",
        "A partition of the log; in the simple layout, its table.",
    )
    .column(
        "partition_name",
        DataType::Text,
        "Name of its table, qualified and quoted where needed.",
    )
    .nullable(
        "lower_bound",
        DataType::TimestampTz,
        "Start of its month, in UTC; NULL without partitions.",
    )
    .nullable(
        "upper_bound",
        DataType::TimestampTz,
        "End of its month, not included; NULL without partitions.",
    )
    .column(
        "is_current",
        DataType::Boolean,
        "Whether it takes the events of now.",
    )
    .column(
        "is_ahead",
        DataType::Boolean,
        "Whether its time is still to come.",
    )
    .column(
        "is_detaching",
        DataType::Boolean,
        "Whether an interrupted DETACH left it half detached.",
    )
    .nullable(
        "estimated_rows",
        DataType::BigInt,
        "Events at the last ANALYZE; NULL before the first.",
    )
    .column(
        "total_bytes",
        DataType::BigInt,
        "Bytes of the table and its indexes.",
    )
}

fn activity_by_hour(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "activity_by_hour",
        "Counts events and streams by hour, latest hour first.",
        names.body(
            "SELECT date_trunc('hour', e.created_at, 'UTC') AS hour,\n       \
                    count(*) AS event_count,\n       \
                    count(DISTINCT e.stream_id) AS unique_streams\n  \
               FROM {event_log} AS e\n \
              WHERE e.created_at >= {since}\n   \
                AND e.event_id >= {event_id_at}({since})\n \
              GROUP BY date_trunc('hour', e.created_at, 'UTC')\n \
              ORDER BY hour DESC",
        ),
    )
    .param(Param::new(
        "since",
        DataType::TimestampTz,
        "Only events from then on.",
    ))
    .many(
        Row::new("HourOfActivity", "What happened in an hour.")
            .column("hour", DataType::TimestampTz, "Start of the hour, in UTC.")
            .column("event_count", DataType::BigInt, "Events recorded.")
            .column(
                "unique_streams",
                DataType::BigInt,
                "Streams that got events.",
            ),
    )
    .access(Access::to(EVENT_LOG).range("event_id"))
}

fn index_usage(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "index_usage",
        "Lists how often each index of the store was used since statistics were reset, least used first.",
        names.body(&format!(
            "SELECT i.schemaname::text AS schema_name, i.relname::text AS table_name, i.indexrelname::text AS index_name,\n       \
                    i.idx_scan AS scans, i.idx_tup_read AS tuples_read, i.idx_tup_fetch AS tuples_fetched,\n       \
                    pg_relation_size(i.indexrelid) AS bytes\n  \
               FROM pg_stat_user_indexes AS i\n \
              WHERE i.relid IN {STORE_TABLES}\n \
              ORDER BY i.idx_scan, bytes DESC, schema_name, table_name, index_name"
        )),
    )
    .many(
        Row::new("IndexUse", "How often an index was used.")
            .column("schema_name", DataType::Text, "PostgreSQL schema of the index.")
            .column("table_name", DataType::Text, "Table or partition of the index.")
            .column("index_name", DataType::Text, "Name of the index.")
            .column("scans", DataType::BigInt, "Scans begun.")
            .column("tuples_read", DataType::BigInt, "Index entries returned by scans.")
            .column("tuples_fetched", DataType::BigInt, "Live rows fetched by simple scans.")
            .column("bytes", DataType::BigInt, "Size of the index."),
    )
}

fn index_effectiveness(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "index_effectiveness",
        "Lists which share of the entries read through each index led to a row, worst first.",
        names.body(&format!(
            "SELECT i.schemaname::text AS schema_name, i.relname::text AS table_name, i.indexrelname::text AS index_name,\n       \
                    i.idx_tup_read AS tuples_read, i.idx_tup_fetch AS tuples_fetched,\n       \
                    100 * i.idx_tup_fetch::double precision / nullif(i.idx_tup_read, 0) AS efficiency_percent\n  \
               FROM pg_stat_user_indexes AS i\n \
              WHERE i.relid IN {STORE_TABLES}\n \
              ORDER BY efficiency_percent NULLS LAST, tuples_read DESC, schema_name, table_name, index_name"
        )),
    )
    .many(
        Row::new("IndexEffect", "How much of what an index returned was of use.")
            .column("schema_name", DataType::Text, "PostgreSQL schema of the index.")
            .column("table_name", DataType::Text, "Table or partition of the index.")
            .column("index_name", DataType::Text, "Name of the index.")
            .column("tuples_read", DataType::BigInt, "Index entries returned by scans.")
            .column("tuples_fetched", DataType::BigInt, "Live rows fetched by simple scans.")
            .nullable("efficiency_percent", DataType::DoublePrecision, "Fetched of read, in percent; NULL when nothing was read."),
    )
}

fn verify_events(names: &Names) -> Query {
    Query::new(
        "monitoring",
        "verify_events",
        "Checks the invariants over all stored events, reading the whole log; no row means that they hold.",
        names.body("SELECT v.finding, v.stream_id, v.event_id, v.global_position, v.detail\n  FROM {verify_events}() AS v"),
    )
    .many(
        Row::new("Finding", "A broken invariant.")
            .column("finding", DataType::Text, "Which invariant.")
            .nullable("stream_id", DataType::Text, "The stream.")
            .nullable("event_id", DataType::Uuid, "The event.")
            .nullable("global_position", DataType::BigInt, "The position.")
            .nullable("detail", DataType::Text, "What was found."),
    )
}
