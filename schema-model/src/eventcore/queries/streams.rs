//! Reads of streams. The first event id in a stream's row keeps the read out of partitions older than the stream.

use crate::query::{Access, Param, Query};
use crate::template::Template;
use crate::ty::DataType;

use super::super::EventStore;
use super::super::events::EVENT_LOG;
use super::super::routines::Names;
use super::super::stream_pages::Direction;
use super::params::limit;
use super::rows::{recorded_event, select_list, stream};

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let mut queries = vec![read_forward(store, names), read_backward(store, names)];
    queries.extend([
        read_streams(store, names),
        find_stream(store, names),
        find_streams(store, names),
        list_streams(store, names),
    ]);
    queries
}

fn stream_id() -> Param {
    Param::new("stream_id", DataType::Text, "Name of the stream.")
}

fn page(store: &EventStore, names: &Names, direction: Direction) -> Template {
    let columns = select_list(&recorded_event(store), "e");
    let routine = direction.name();
    names.body(&format!(
        "SELECT {columns}\n  FROM {{{routine}}}({{stream_id}}, {{from_version}}, {{max_events}}) AS e"
    ))
}

fn stream_access() -> Access {
    Access::to(EVENT_LOG)
        .equal(["stream_id"])
        .range("event_version")
}

fn read_forward(store: &EventStore, names: &Names) -> Query {
    Query::new(
        "streams",
        Direction::Forward.name(),
        "Reads a stream from a version on, oldest event first; an error if retention dropped events from there on.",
        page(store, names, Direction::Forward),
    )
    .param(stream_id())
    .param(Param::new(
        "from_version",
        DataType::BigInt,
        "First version wanted; 1 for all.",
    ))
    .param(limit())
    .many(recorded_event(store))
    .access(stream_access())
}

fn read_backward(store: &EventStore, names: &Names) -> Query {
    Query::new(
        "streams",
        Direction::Backward.name(),
        "Reads a stream from a version down, newest event first; an error if retention dropped the event of that version.",
        page(store, names, Direction::Backward),
    )
    .param(stream_id())
    .param(Param::new(
        "from_version",
        DataType::BigInt,
        "Greatest version wanted; `i64::MAX` for all.",
    ))
    .param(limit())
    .many(recorded_event(store))
    .access(stream_access())
}

/// A probe per stream, each pruned by its own ids. `OFFSET 0` keeps the planner from joining in another
/// order. As one condition `stream_id = ANY (...)` it read the primary key: 7,155 buffers for 200 events of
/// three streams over 36 partitions, against 289.
fn read_streams(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "streams",
        "read_streams",
        "Reads several streams whole, in the order of the feed: what a command that spans them needs. An error if retention dropped events of one.",
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM {{streams}} AS s\n \
              CROSS JOIN LATERAL (\n           \
                    SELECT l.*\n             \
                      FROM {{event_log}} AS l\n            \
                     WHERE l.stream_id = s.stream_id\n              \
                       AND l.event_version BETWEEN (SELECT 1::bigint) AND s.stream_version\n              \
                       AND l.event_id BETWEEN s.first_event_id AND s.last_event_id\n           \
                    OFFSET 0\n       \
                    ) AS e\n \
              WHERE s.stream_id = ANY ({{stream_ids}})\n   \
                AND (s.first_version = 1 OR {{refuse_truncated}}(s.stream_id, s.first_version) IS NULL)\n   \
                AND e.global_position > {{after}}\n \
              ORDER BY e.global_position\n \
              LIMIT {{max_events}}"
        )),
    )
    .param(Param::new("stream_ids", DataType::array(DataType::Text), "Names of the streams."))
    .param(Param::new("after", DataType::BigInt, "Only events after this position; 0 for all."))
    .param(limit())
    .many(recorded_event(store))
    .access(Access::to(store.streams_name()).equal(["stream_id"]))
    .access(stream_access())
}

fn find_stream(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&stream(), "s");
    Query::new(
        "streams",
        "find_stream",
        "Finds a stream's row: its version, for an append.",
        names.body(&format!(
            "SELECT {columns}\n  FROM {{streams}} AS s\n WHERE s.stream_id = {{stream_id}}"
        )),
    )
    .param(stream_id())
    .optional(stream())
    .access(Access::to(store.streams_name()).equal(["stream_id"]))
}

fn find_streams(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&stream(), "s");
    Query::new(
        "streams",
        "find_streams",
        "Finds the rows of several streams, in the order of their names; those that exist.",
        names.body(&format!(
            "SELECT {columns}\n  FROM {{streams}} AS s\n WHERE s.stream_id = ANY ({{stream_ids}})\n ORDER BY s.stream_id"
        )),
    )
    .param(Param::new("stream_ids", DataType::array(DataType::Text), "Names of the streams."))
    .many(stream())
    .access(Access::to(store.streams_name()).equal(["stream_id"]))
}

/// Names with a prefix stand together in "C" order, so a page is cut first and filtered after: however few
/// names have the prefix, no more than a page is read. Filtered first it read all 9,801 streams to find none.
fn list_streams(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&stream(), "s");
    Query::new(
        "streams",
        "list_streams",
        "Lists streams by name, a page at a time: give the last name of a page to get the next.",
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM (SELECT p.*\n          \
                       FROM {{streams}} AS p\n         \
                      WHERE p.stream_id > {{after}}\n           \
                        AND p.stream_id >= {{prefix}}\n         \
                      ORDER BY p.stream_id\n         \
                      LIMIT {{max_streams}}) AS s\n \
              WHERE starts_with(s.stream_id, {{prefix}})\n \
              ORDER BY s.stream_id"
        )),
    )
    .param(Param::new(
        "prefix",
        DataType::Text,
        "What the name starts with; empty for all.",
    ))
    .param(Param::new(
        "after",
        DataType::Text,
        "Only names after this one; empty for all.",
    ))
    .param(Param::new(
        "max_streams",
        DataType::BigInt,
        "How many streams at most.",
    ))
    .many(stream())
    .access(Access::to(store.streams_name()).range("stream_id"))
}
