//! Each query, with values that are easy and values that tempt the planner, and what it may cost.

use std::ops::RangeInclusive;

pub(crate) const ID: &str = "btree (event_id)";
pub(crate) const STREAM: &str = "btree (stream_id, event_version)";
pub(crate) const STREAM_ROW: &str = "btree (stream_id)";
pub(crate) const POSITION: &str = "btree (global_position)";
pub(crate) const TYPE: &str = "btree (event_type, global_position)";
pub(crate) const CORRELATION: &str = "btree (correlation_id, global_position)";
pub(crate) const CAUSATION: &str = "btree (causation_id)";
pub(crate) const USER: &str = "btree (user_id, global_position)";
pub(crate) const TIME: &str = "brin (created_at)";
pub(crate) const METADATA: &str = "gin (metadata jsonb_path_ops)";
pub(crate) const PAYLOAD: &str = "gin (event_data jsonb_path_ops)";

/// What a query may do.
pub(crate) enum Expected {
    /// It reads the store's tables itself.
    Reads(Vec<Case>),
    /// It asks functions or the catalog: its own plan reads no table of the store.
    ReadsNothing(&'static str),
    /// It is a command, which has no plan.
    Command,
}

/// One call of a query.
pub(crate) struct Case {
    /// Its arguments, as SQL.
    pub(crate) arguments: &'static str,
    /// How many rows it returns.
    pub(crate) rows: RangeInclusive<u64>,
    /// The indexes that it may use.
    pub(crate) indexes: &'static [&'static str],
    /// How many leaves with rows it may look into, in the partitioned layout.
    pub(crate) leaves: usize,
    /// How many rows and index entries of the log it may look at, beyond one a scan. A bitmap has both.
    pub(crate) reads: u64,
}

/// All leaves with rows: nothing to prune by.
pub(crate) const ALL: usize = 36;

fn case(
    arguments: &'static str,
    rows: RangeInclusive<u64>,
    indexes: &'static [&'static str],
    leaves: usize,
    reads: u64,
) -> Case {
    Case {
        arguments,
        rows,
        indexes,
        leaves,
        reads,
    }
}

/// What is expected of a query; none if nobody has said it yet.
pub(crate) fn expected(query: &str) -> Option<Expected> {
    Some(match query {
        "health"
        | "list_partitions"
        | "partition_sizes"
        | "index_usage"
        | "index_effectiveness"
        | "expired_partitions" => Expected::ReadsNothing("the catalog knows"),
        "verify_events" => Expected::ReadsNothing("a function reads the whole log, as it must"),
        "append_events"
        | "feed_horizon"
        | "horizon_lag"
        | "create_monthly_partition"
        | "maintain_partitions"
        | "drop_old_partitions"
        | "truncate_streams"
        | "forget_streams" => Expected::ReadsNothing("a function does it"),
        "reindex_streams" | "reindex_events" | "analyze_streams" | "analyze_events" => {
            Expected::Command
        }
        _ => Expected::Reads(
            streams(query)
                .or_else(|| events(query))
                .or_else(|| feed(query))?,
        ),
    })
}

fn streams(query: &str) -> Option<Vec<Case>> {
    const BOTH: &[&str] = &[STREAM, STREAM_ROW];
    const ROW: &[&str] = &[STREAM_ROW];
    Some(match query {
        "read_stream_forward" => vec![
            case("'account-7', 1, 10000", 50..=50, BOTH, ALL, 50),
            case("'account-7', 25, 10", 10..=10, BOTH, ALL, 10),
            // From the month of its first event on.
            case("'cart-10', 1, 1000", 40..=40, BOTH, 23, 40),
            case("'order-50-9', 1, 100", 20..=20, BOTH, 20, 20),
            case("'order-50-9', 21, 100", 0..=0, BOTH, 20, 0),
            case("'order-98-9', 1, 100", 20..=20, BOTH, 2, 20),
            case("'absent', 1, 100", 0..=0, BOTH, 0, 0),
        ],
        "read_stream_backward" => vec![
            case("'account-7', 9223372036854775807, 1", 1..=1, BOTH, ALL, 1),
            case(
                "'account-7', 9223372036854775807, 100",
                50..=50,
                BOTH,
                ALL,
                50,
            ),
            case("'cart-10', 20, 10", 10..=10, BOTH, 23, 10),
            case(
                "'order-98-9', 9223372036854775807, 100",
                20..=20,
                BOTH,
                2,
                20,
            ),
        ],
        "read_streams" => vec![
            case(
                "ARRAY['order-50-9', 'order-50-11'], 0, 1000",
                40..=40,
                BOTH,
                2,
                40,
            ),
            case(
                "ARRAY['account-7', 'cart-10', 'order-50-9'], 0, 1000",
                110..=110,
                BOTH,
                ALL,
                110,
            ),
        ],
        "find_stream" => vec![case("'account-7'", 1..=1, ROW, 0, 0)],
        "find_streams" => vec![case(
            "ARRAY['account-7', 'cart-10', 'absent']",
            2..=2,
            ROW,
            0,
            0,
        )],
        "list_streams" => vec![
            case("'order-50-', '', 20", 20..=20, ROW, 0, 0),
            case("'', 'order-50-', 20", 20..=20, ROW, 0, 0),
            case("'nothing', '', 20", 0..=0, ROW, 0, 0),
        ],
        _ => return None,
    })
}

fn events(query: &str) -> Option<Vec<Case>> {
    const MONTH: &str = "log_end() - INTERVAL '70 days', log_end() - INTERVAL '40 days', '00000000-0000-0000-0000-000000000000', 100";
    const OF_A_TYPE: &str = "log_end() - INTERVAL '70 days', log_end() - INTERVAL '40 days', '00000000-0000-0000-0000-000000000000', 100, ARRAY['AccountCharged']";
    Some(match query {
        "find_event" => vec![case("event_at(50000)", 1..=1, &[ID], 1, 1)],
        "read_correlation" => {
            vec![case(
                "md5('process 10000')::uuid, 0, 100",
                5..=5,
                &[CORRELATION],
                ALL,
                10,
            )]
        }
        "read_causes" => vec![case("event_at(50004), 100", 5..=5, &[ID], 2, 5)],
        "read_effects" => vec![case(
            "event_at(50000), 100",
            5..=5,
            &[CAUSATION, ID],
            ALL,
            5,
        )],
        "read_user_events" => vec![
            case("'user-7', 0, 100", 100..=100, &[USER], ALL, 100),
            case("'user-7', 99000, 100", 1..=3, &[USER, POSITION], ALL, 3),
            case("'nobody', 0, 100", 0..=0, &[USER], ALL, 0),
        ],
        "read_events_between" => vec![case(MONTH, 100..=100, &[ID], 3, 100)],
        // Within the time it may look at each event.
        "read_events_by_type_between" => vec![case(OF_A_TYPE, 20..=35, &[ID, TYPE], 3, 3000)],
        "find_events_by_metadata" => vec![
            case("'{\"request\": 50000}', 0, 100", 1..=1, &[METADATA], ALL, 2),
            case(
                "'{\"source\": \"none\"}', 0, 100",
                0..=0,
                &[METADATA],
                ALL,
                0,
            ),
            case(
                "'{\"request\": 50000}', 99000, 100",
                0..=0,
                &[METADATA],
                ALL,
                2,
            ),
        ],
        "find_events_by_payload" => vec![
            case(
                "'{\"customer\": \"c-77\"}', 0, 50",
                50..=50,
                &[PAYLOAD],
                ALL,
                200,
            ),
            case("'{\"order\": 7777}', 0, 100", 1..=1, &[PAYLOAD], ALL, 2),
        ],
        "activity_by_hour" => vec![
            case(
                "log_end() - INTERVAL '24 hours'",
                20..=25,
                &[ID, TIME],
                2,
                1200,
            ),
            case(
                "log_end() - INTERVAL '7 days'",
                140..=169,
                &[ID, TIME],
                2,
                4000,
            ),
        ],
        _ => return None,
    })
}

fn feed(query: &str) -> Option<Vec<Case>> {
    Some(match query {
        "read_feed" => vec![
            case("99900, 100000, 1000", 100..=100, &[POSITION], ALL, 100),
            case("0, 100000, 100", 100..=100, &[POSITION], ALL, 100),
            case("50000, 100000, 100", 100..=100, &[POSITION], ALL, 100),
        ],
        "feed_checkpoint" => vec![
            case("99900, 100000", 1..=1, &[POSITION], ALL, 1),
            case("0, 50000", 1..=1, &[POSITION], ALL, 1),
        ],
        "read_events_by_type" => vec![
            case(
                "ARRAY['AccountClosed'], 0, 100000, 100",
                5..=5,
                &[TYPE],
                ALL,
                5,
            ),
            case(
                "ARRAY['OrderPlaced'], 0, 100000, 100",
                100..=100,
                &[TYPE],
                ALL,
                100,
            ),
            case(
                "ARRAY['OrderPlaced'], 0, 100000, 1000",
                1000..=1000,
                &[TYPE],
                ALL,
                1000,
            ),
            case(
                "ARRAY['OrderPlaced'], 99000, 100000, 100",
                100..=100,
                &[TYPE],
                ALL,
                100,
            ),
            case(
                "ARRAY['AccountClosed', 'OrderPlaced', 'Type1'], 50000, 100000, 100",
                100..=100,
                &[TYPE],
                ALL,
                300,
            ),
            case(
                "ARRAY['OrderPlaced', 'OrderPlaced'], 0, 9, 100",
                3..=3,
                &[TYPE],
                ALL,
                100,
            ),
            case("ARRAY['Unknown'], 0, 100000, 100", 0..=0, &[TYPE], ALL, 0),
        ],
        _ => return None,
    })
}
