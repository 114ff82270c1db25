//! Single events, processes, and searches.

use crate::query::{Access, Param, Query};
use crate::template::Template;
use crate::ty::DataType;

use super::super::EventStore;
use super::super::events::EVENT_LOG;
use super::super::routines::Names;
use super::params::{after, limit};
use super::rows::{recorded_event, select_list};

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let mut queries = vec![
        find_event(store, names),
        read_correlation(store, names),
        read_causes(store, names),
        read_effects(store, names),
        read_user_events(store, names),
        read_between(store, names),
        read_by_type_between(store, names),
        find_by_metadata(store, names),
    ];
    if store.searches_payload() {
        queries.push(find_by_payload(store, names));
    }
    queries
}

fn event_id() -> Param {
    Param::new("event_id", DataType::Uuid, "Id of the event.")
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

/// All matches, through the index, then a page of them: `OFFSET 0` keeps the planner from walking the feed
/// instead in the hope of matches soon, which read the whole log (6,970 buffers) where the index needs 5.
/// The price: what nearly every event contains costs a look at all of them.
fn search(
    store: &EventStore,
    names: &Names,
    (name, doc): (&str, &str),
    column: &str,
    param: &str,
) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    let doc = format!(
        "{doc}\n\nReads every match for each page: for what few events contain. For what many contain, \
         filter the feed."
    );
    Query::new(
        "events",
        name,
        doc,
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM (SELECT l.* FROM {{event_log}} AS l WHERE l.{column} @> {{{param}}} OFFSET 0) AS e\n \
              WHERE e.global_position > {{after}}\n \
              ORDER BY e.global_position\n \
              LIMIT {{max_events}}"
        )),
    )
    .many(recorded_event(store))
}

fn find_by_metadata(store: &EventStore, names: &Names) -> Query {
    search(
        store,
        names,
        (
            "find_events_by_metadata",
            "Finds events whose metadata contains a document, in the feed's order.",
        ),
        "metadata",
        "metadata",
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
    search(
        store,
        names,
        (
            "find_events_by_payload",
            "Finds events whose payload contains a document, in the feed's order.",
        ),
        "event_data",
        "payload",
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

/// A page of a range of time, in the order of event ids, whose first bits are the time.
fn between(store: &EventStore, names: &Names, name: &str, doc: &str, condition: &str) -> Query {
    let columns = select_list(&recorded_event(store), "e");
    Query::new(
        "events",
        name,
        doc,
        names.body(&format!(
            "SELECT {columns}\n  \
               FROM {{event_log}} AS e\n \
              WHERE e.event_id >= {{event_id_at}}({{from_time}})\n   \
                AND e.event_id < {{event_id_at}}({{to_time}})\n   \
                AND e.event_id > {{after_id}}\n{condition} \
              ORDER BY e.event_id\n \
              LIMIT {{max_events}}"
        )),
    )
    .param(Param::new(
        "from_time",
        DataType::TimestampTz,
        "Start of the time.",
    ))
    .param(Param::new(
        "to_time",
        DataType::TimestampTz,
        "End of the time, not included.",
    ))
    .param(Param::new(
        "after_id",
        DataType::Uuid,
        "Only events after this id: the last of the page before; `Uuid::nil()` at the start.",
    ))
    .param(limit())
    .many(recorded_event(store))
    .access(Access::to(EVENT_LOG).range("event_id"))
}

fn read_between(store: &EventStore, names: &Names) -> Query {
    between(
        store,
        names,
        "read_events_between",
        "Reads the events of a time, in the order of their ids: by the time inside the id, to the millisecond.",
        "",
    )
}

fn read_by_type_between(store: &EventStore, names: &Names) -> Query {
    between(
        store,
        names,
        "read_events_by_type_between",
        "Reads the events of some types within a time, in the order of their ids.\n\n\
         For reports and repairs. A projection that must miss nothing reads `read_events_by_type`.",
        "   AND e.event_type = ANY ({event_types})\n",
    )
    .param(Param::new(
        "event_types",
        DataType::array(DataType::Text),
        "Names of the types.",
    ))
}

/// A recursive walk that carries whole events. `lookup` finds the next ones from `c`, one already found; it
/// is closed by LIMIT or `OFFSET 0`, without which a generic plan hashed the whole log once a level: 26,499
/// buffers instead of 15. Nothing is joined afterwards, and the first event has its LIMIT: without those the
/// estimate over 42 partitions passed `jit_above_cost`, and compiling took up to 3 seconds.
fn walk(store: &EventStore, names: &Names, lookup: &str, order: &str) -> Template {
    let row = recorded_event(store);
    let (found, next, chain) = (
        select_list(&row, "e").replace("\n ", "\n     "),
        select_list(&row, "n").replace("\n ", "\n     "),
        select_list(&row, "c"),
    );
    names.body(&format!(
        "WITH RECURSIVE chain AS (\n    \
             (SELECT {found},\n           \
                    0 AS depth\n      \
               FROM {{event_log}} AS e\n     \
              WHERE e.event_id = {{event_id}}\n     \
              LIMIT 1)\n\
         UNION ALL\n    \
             SELECT {next},\n           \
                    c.depth + 1\n      \
               FROM chain AS c\n     \
              CROSS JOIN LATERAL (SELECT e.* FROM {{event_log}} AS e WHERE {lookup}) AS n\n     \
              WHERE c.depth < {{max_depth}}\n\
         ) CYCLE event_id SET is_cycle USING path\n\
         SELECT {chain}\n  \
           FROM chain AS c\n \
          WHERE NOT c.is_cycle\n \
          ORDER BY {order}"
    ))
}

fn read_causes(store: &EventStore, names: &Names) -> Query {
    Query::new(
        "events",
        "read_causes",
        "Reads the chain of causes of an event: itself first, then what caused it, back to the first cause.",
        walk(store, names, "e.event_id = c.causation_id LIMIT 1", "c.depth"),
    )
    .param(event_id())
    .param(Param::new("max_depth", DataType::Integer, "How many causes back at most."))
    .many(recorded_event(store))
    .access(Access::to(EVENT_LOG).equal(["event_id"]))
}

fn read_effects(store: &EventStore, names: &Names) -> Query {
    Query::new(
        "events",
        "read_effects",
        "Reads what an event caused: itself first, then its effects and theirs, level by level.",
        walk(
            store,
            names,
            "e.causation_id = c.event_id OFFSET 0",
            "c.depth, c.global_position",
        ),
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
