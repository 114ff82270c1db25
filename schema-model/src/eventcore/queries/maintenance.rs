//! Upkeep. Reindexing goes on beside reads and writes.

use crate::query::Query;

use super::super::routines::Names;

pub(super) fn queries(names: &Names) -> Vec<Query> {
    let command =
        |name: &str, doc: &str, body: &str| Query::new("maintenance", name, doc, names.body(body));
    vec![
        command(
            "reindex_streams",
            "Rebuilds the indexes of the streams without blocking reads or writes.",
            "REINDEX TABLE CONCURRENTLY {streams}",
        )
        .outside_transaction(),
        command(
            "reindex_events",
            "Rebuilds the indexes of the log, partition by partition, without blocking reads or writes.",
            "REINDEX TABLE CONCURRENTLY {events}",
        )
        .outside_transaction(),
        command(
            "analyze_streams",
            "Takes new statistics of the streams for the planner.",
            "ANALYZE {streams}",
        ),
        command(
            "analyze_events",
            "Takes new statistics of the log and of each partition for the planner.",
            "ANALYZE {events}",
        ),
    ]
}
