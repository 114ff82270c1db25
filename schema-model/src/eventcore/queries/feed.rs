//! The feed: all events in the order of their positions, none missed. A reader asks for the horizon
//! first, by a statement of its own, and then for pages up to it.

use crate::query::{Access, Param, Query, Row};
use crate::ty::DataType;

use super::super::EventStore;
use super::super::events::EVENT_LOG;
use super::super::routines::Names;
use super::params::{after, limit};
use super::rows::{recorded_event, select_list};

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let mut queries = vec![
        feed_horizon(names),
        read_feed(store, names),
        feed_checkpoint(names),
        read_events_by_type(store, names),
        horizon_lag(names),
    ];
    if store.minimum_server.has_wait_for_lsn() {
        queries.push(standby_horizon(names));
    }
    queries
}

fn horizon() -> Param {
    Param::new(
        "horizon",
        DataType::BigInt,
        "What `feed_horizon` gave, in a statement before.",
    )
}

fn feed_horizon(names: &Names) -> Query {
    Query::new(
        "feed",
        "feed_horizon",
        "The position up to which the feed may be read now. Nothing at or below it can appear later.\n\n\
         Only under READ COMMITTED, only on the primary, and always in a statement before the page's own.",
        names.body("SELECT {feed_horizon}({after}) AS horizon"),
    )
    .param(Param::new("after", DataType::BigInt, "The reader's checkpoint; 0 at the start."))
    .one(Row::new("Horizon", "How far the feed may be read.").column(
        "horizon",
        DataType::BigInt,
        "Greatest position that may be read.",
    ))
}

/// Every event up to the horizon was committed before the position of the write-ahead log is taken, so that a standby which
/// has replayed up to that position has them all. A function in FROM runs before the columns are computed.
fn standby_horizon(names: &Names) -> Query {
    Query::new(
        "feed",
        "standby_horizon",
        "The position up to which the feed may be read on a standby, once that has replayed the write-ahead log so far.\n\n\
         Asked of the primary, under READ COMMITTED. `read_feed_page_on_standby` waits and reads.",
        names.body(
            "SELECT h.horizon, pg_current_wal_insert_lsn()::text AS wal_position\n  \
               FROM {feed_horizon}({after}) AS h(horizon)",
        ),
    )
    .param(Param::new("after", DataType::BigInt, "The reader's checkpoint; 0 at the start."))
    .one(
        Row::new("ReplayHorizon", "How far the feed may be read on a standby.")
            .column("horizon", DataType::BigInt, "Greatest position that may be read.")
            .column("wal_position", DataType::Text, "What the standby must have replayed before."),
    )
}

fn read_feed(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "feed",
        "read_feed",
        "Reads a page of the feed, up to the horizon.",
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM {{event_log}} AS e\n \
              WHERE e.global_position > {{after}}\n   \
                AND e.global_position <= {{horizon}}\n \
              ORDER BY e.global_position\n \
              LIMIT {{max_events}}"
        )),
    )
    .param(after())
    .param(horizon())
    .param(limit())
    .many(recorded_event(store))
    .access(Access::to(EVENT_LOG).range("global_position"))
}

fn feed_checkpoint(names: &Names) -> Query {
    Query::new(
        "feed",
        "feed_checkpoint",
        "The greatest position that was seen up to the horizon: how far a reader may move that found \
         nothing more to its taste. NULL if there is none after its checkpoint.",
        names.body(
            "SELECT max(e.global_position) AS checkpoint\n  \
               FROM {event_log} AS e\n \
              WHERE e.global_position > {after}\n   \
                AND e.global_position <= {horizon}",
        ),
    )
    .param(after())
    .param(horizon())
    .one(Row::new("Checkpoint", "How far a reader may move.").nullable(
        "checkpoint",
        DataType::BigInt,
        "Greatest visible position up to the horizon.",
    ))
    .access(Access::to(EVENT_LOG).range("global_position"))
}

/// A page of each type, then the first page of all. Comparing rows, and ordering by the type as well, leaves
/// the planner one index that fits: `(event_type, global_position)`, read from the checkpoint on. With
/// `event_type = ANY (...)`, and with `=` in the inner query too, it walked the feed and filtered: 6,970
/// buffers to find the 10 events of a rare type among 200,000, against 13 now. The horizon stands outside: as
/// a row's upper bound it did not stop the scan on 16 and 17, which went on to the type's last event.
fn read_events_by_type(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "feed",
        "read_events_by_type",
        "Reads a page of the feed that holds only some event types: what a projection needs.",
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM (SELECT DISTINCT unnest({{event_types}}) AS event_type) AS t\n \
              CROSS JOIN LATERAL (\n           \
                    SELECT l.*\n             \
                      FROM {{event_log}} AS l\n            \
                     WHERE (l.event_type, l.global_position) > (t.event_type, {{after}})\n              \
                       AND l.event_type <= t.event_type\n            \
                     ORDER BY l.event_type, l.global_position\n            \
                     LIMIT {{max_events}}\n       \
                    ) AS e\n \
              WHERE e.global_position <= {{horizon}}\n \
              ORDER BY e.global_position\n \
              LIMIT {{max_events}}"
        )),
    )
    .param(Param::new(
        "event_types",
        DataType::array(DataType::Text),
        "Names of the types.",
    ))
    .param(after())
    .param(horizon())
    .param(limit())
    .many(recorded_event(store))
    .access(
        Access::to(EVENT_LOG)
            .equal(["event_type"])
            .range("global_position"),
    )
}

fn horizon_lag(names: &Names) -> Query {
    Query::new(
        "feed",
        "horizon_lag",
        "Who holds the feed back: each open transaction that has taken positions, the one in front first.",
        names.body(
            "SELECT l.position, l.positions_behind, l.pid, l.user_name, l.application_name, l.state, l.started_at, l.age\n  \
               FROM {horizon_lag}() AS l",
        ),
    )
    .many(
        Row::new("BlockingAppend", "A transaction that holds the feed back.")
            .column("position", DataType::BigInt, "Its marker: the feed stops here.")
            .column("positions_behind", DataType::BigInt, "Positions above the marker.")
            .nullable("pid", DataType::Integer, "Server process; NULL for a prepared transaction.")
            .nullable("user_name", DataType::Text, "Role of the session.")
            .nullable("application_name", DataType::Text, "Application of the session.")
            .nullable("state", DataType::Text, "State of the session.")
            .nullable("started_at", DataType::TimestampTz, "Start of the transaction.")
            .nullable("age", DataType::Interval, "Age of the transaction."),
    )
}
