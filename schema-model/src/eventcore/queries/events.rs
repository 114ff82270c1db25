//! Single events, processes, and searches.

use crate::query::{Access, Param, Query};
use crate::ty::DataType;

use super::super::EventStore;
use super::super::events::EVENT_LOG;
use super::super::routines::Names;
use super::rows::{recorded_event, select_list};

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let mut queries = vec![
        find_event(store, names),
        read_correlation(store, names),
        read_causes(store, names),
        read_effects(store, names),
        read_user_events(store, names),
        find_by_metadata(store, names),
    ];
    if store.payload_search {
        queries.push(find_by_payload(store, names));
    }
    queries
}

fn event_id() -> Param {
    Param::new("event_id", DataType::Uuid, "Id of the event.")
}

fn limit() -> Param {
    Param::new("max_events", DataType::BigInt, "How many events at most.")
}

fn after() -> Param {
    Param::new(
        "after",
        DataType::BigInt,
        "Only events after this position; 0 for all.",
    )
}

/// A page, in the feed's order, of the events that fulfil one condition.
fn page(store: &EventStore, names: &Names, name: &str, doc: &str, condition: &str) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "events",
        name,
        doc,
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM {{event_log}} AS e\n \
              WHERE {condition}\n   \
                AND e.global_position > {{after}}\n \
              ORDER BY e.global_position\n \
              LIMIT {{max_events}}"
        )),
    )
    .many(recorded_event(store))
}

fn find_event(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "events",
        "find_event",
        "Finds an event by its id.",
        names.body(&format!(
            "SELECT {columns}\n  FROM {{event_log}} AS e\n WHERE e.event_id = {{event_id}}"
        )),
    )
    .param(event_id())
    .optional(recorded_event(store))
    .access(Access::to(EVENT_LOG).equal(["event_id"]))
}

fn read_correlation(store: &EventStore, names: &Names) -> Query {
    page(
        store,
        names,
        "read_correlation",
        "Reads the events of one business process, in order.",
        "e.correlation_id = {correlation_id}",
    )
    .param(Param::new(
        "correlation_id",
        DataType::Uuid,
        "What the events share.",
    ))
    .param(after())
    .param(limit())
    .access(
        Access::to(EVENT_LOG)
            .equal(["correlation_id"])
            .range("global_position"),
    )
}

fn read_user_events(store: &EventStore, names: &Names) -> Query {
    page(
        store,
        names,
        "read_user_events",
        "Reads what a user did, in order.",
        "e.user_id = {user_id}",
    )
    .param(Param::new(
        "user_id",
        DataType::Text,
        "Who caused the events.",
    ))
    .param(after())
    .param(limit())
    .access(
        Access::to(EVENT_LOG)
            .equal(["user_id"])
            .range("global_position"),
    )
}

fn find_by_metadata(store: &EventStore, names: &Names) -> Query {
    page(
        store,
        names,
        "find_events_by_metadata",
        "Finds events whose metadata contains a document, in the feed's order.",
        "e.metadata @> {metadata}",
    )
    .param(Param::new(
        "metadata",
        DataType::Jsonb,
        "What the metadata contains.",
    ))
    .param(after())
    .param(limit())
    .access(Access::to(EVENT_LOG).contains("metadata"))
}

fn find_by_payload(store: &EventStore, names: &Names) -> Query {
    page(
        store,
        names,
        "find_events_by_payload",
        "Finds events whose payload contains a document, in the feed's order.",
        "e.event_data @> {payload}",
    )
    .param(Param::new(
        "payload",
        DataType::Jsonb,
        "What the payload contains.",
    ))
    .param(after())
    .param(limit())
    .access(Access::to(EVENT_LOG).contains("event_data"))
}

fn read_causes(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "events",
        "read_causes",
        "Reads the chain of causes of an event: itself first, then what caused it, back to the first cause.",
        names.body(&format!(
            "WITH RECURSIVE chain AS (\n    \
                 SELECT e.event_id, e.causation_id, 0 AS depth\n      \
                   FROM {{event_log}} AS e\n     \
                  WHERE e.event_id = {{event_id}}\n\
             UNION ALL\n    \
                 SELECT e.event_id, e.causation_id, c.depth + 1\n      \
                   FROM chain AS c\n      \
                   JOIN {{event_log}} AS e ON e.event_id = c.causation_id\n     \
                  WHERE c.depth < {{max_depth}}\n\
             ) CYCLE event_id SET is_cycle USING path\n\
             SELECT {columns}\n  \
               FROM chain AS c\n  \
               JOIN {{event_log}} AS e ON e.event_id = c.event_id\n \
              WHERE NOT c.is_cycle\n \
              ORDER BY c.depth"
        )),
    )
    .param(event_id())
    .param(Param::new("max_depth", DataType::Integer, "How many causes back at most."))
    .many(recorded_event(store))
    .access(Access::to(EVENT_LOG).equal(["event_id"]))
}

fn read_effects(store: &EventStore, names: &Names) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "events",
        "read_effects",
        "Reads what an event caused: itself first, then its effects and theirs, level by level.",
        names.body(&format!(
            "WITH RECURSIVE chain AS (\n    \
                 SELECT e.event_id, 0 AS depth\n      \
                   FROM {{event_log}} AS e\n     \
                  WHERE e.event_id = {{event_id}}\n\
             UNION ALL\n    \
                 SELECT e.event_id, c.depth + 1\n      \
                   FROM chain AS c\n      \
                   JOIN {{event_log}} AS e ON e.causation_id = c.event_id\n     \
                  WHERE c.depth < {{max_depth}}\n\
             ) CYCLE event_id SET is_cycle USING path\n\
             SELECT {columns}\n  \
               FROM chain AS c\n  \
               JOIN {{event_log}} AS e ON e.event_id = c.event_id\n \
              WHERE NOT c.is_cycle\n \
              ORDER BY c.depth, e.global_position"
        )),
    )
    .param(event_id())
    .param(Param::new(
        "max_depth",
        DataType::Integer,
        "How many levels of effects at most.",
    ))
    .many(recorded_event(store))
    .access(Access::to(EVENT_LOG).equal(["causation_id"]))
}
