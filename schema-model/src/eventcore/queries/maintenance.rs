//! Upkeep. Reindexing goes on beside reads and writes.

use crate::query::Query;

use super::super::EventStore;
use super::super::routines::Names;

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let command =
        |name: &str, doc: &str, body: &str| Query::new("maintenance", name, doc, names.body(body));
    let mut queries = vec![
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
    ];
    if store.minimum_server.has_repack_concurrently() {
        queries.push(
            command(
                "repack_streams",
                "Writes the streams anew, without the space of dead rows, beside reads and appends.\n\n\
                 At its end it waits for open readers of the streams, and appends wait for it: set `lock_timeout` in its session. It is \
                 refused while an index of the streams is invalid: run `reindex_streams` first. A transaction under REPEATABLE READ that \
                 began before, such as that of `pg_dump`, finds no stream afterwards, without an error: do not run it beside one.",
                "REPACK (CONCURRENTLY) {streams}",
            )
            .outside_transaction(),
        );
    }
    queries
}
