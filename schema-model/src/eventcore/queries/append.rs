//! The one way to write the log.

use crate::query::{Param, Query, Row};
use crate::ty::DataType;

use super::super::EventStore;
use super::super::routines::Names;

pub(super) fn queries(store: &EventStore, names: &Names) -> Vec<Query> {
    let per_event = |name: &str, element: DataType, doc: &str| {
        Param::new(name, DataType::array(element), format!("Per event: {doc}"))
    };
    vec![
        Query::new(
            "append",
            "append_events",
            "Appends events to streams at expected versions: all of them or none, in one round trip.\n\n\
             The result is 0, or 1 for the replay of an earlier call, then the version of each stream, \
             then the global position of each event.\n\n\
             In Rust, `Append` of the module `event_store` wraps it in types.",
            names.body(
                "SELECT {append_events}(\n           \
                 {stream_ids}, {expected_versions}, {event_streams}, {event_ids}, {event_types}, {event_data},\n           \
                 {schema_versions}, {metadata}, {causation_ids}, {correlation_ids}, {user_ids}\n       \
                 ) AS outcome",
            ),
        )
        .param(Param::new(
            "stream_ids",
            DataType::array(DataType::Text),
            "Per stream: its name, each once.",
        ))
        .param(Param::new(
            "expected_versions",
            DataType::array(DataType::BigInt),
            "Per stream: its version, or 0 none, -1 any, -2 exists.",
        ))
        .param(per_event("event_streams", DataType::Integer, "place of its stream in `stream_ids`, from 1."))
        .param(
            per_event("event_ids", DataType::Uuid, "its UUIDv7; NULL to have one made.")
                .nullable_elements(),
        )
        .param(per_event("event_types", DataType::Text, "name of its type."))
        .param(per_event("event_data", store.payload.data_type(), "its payload."))
        .param(per_event("schema_versions", DataType::Integer, "version of its payload's shape, from 1."))
        .param(per_event("metadata", DataType::Jsonb, "its metadata.").nullable_elements())
        .param(per_event("causation_ids", DataType::Uuid, "the event that caused it.").nullable_elements())
        .param(per_event("correlation_ids", DataType::Uuid, "its correlation.").nullable_elements())
        .param(per_event("user_ids", DataType::Text, "who caused it.").nullable_elements())
        .one(
            Row::new("AppendOutcome", "What an append did.").column(
                "outcome",
                DataType::array(DataType::BigInt),
                "0 or 1 for a replay, a version per stream, a position per event.",
            ),
        ),
    ]
}
