//! The rows that several queries share.

use crate::query::Row;
use crate::ty::DataType;

use super::super::EventStore;

/// An event as it was recorded.
pub(in crate::eventcore) fn recorded_event(store: &EventStore) -> Row {
    Row::new("RecordedEvent", "An event as it was recorded.")
        .column("event_id", DataType::Uuid, "UUIDv7 of the event.")
        .column("global_position", DataType::BigInt, "Place in the feed.")
        .column("stream_id", DataType::Text, "Stream of the event.")
        .column(
            "event_version",
            DataType::BigInt,
            "Place in the stream, from 1.",
        )
        .column("event_type", DataType::Text, "Name of the event's type.")
        .column(
            "schema_version",
            DataType::Integer,
            "Version of the payload's shape, from 1.",
        )
        .column("event_data", store.payload.data_type(), "Payload.")
        .nullable("metadata", DataType::Jsonb, "What infrastructure added.")
        .nullable(
            "causation_id",
            DataType::Uuid,
            "Event that caused this one.",
        )
        .nullable(
            "correlation_id",
            DataType::Uuid,
            "What all events of one process share.",
        )
        .nullable("user_id", DataType::Text, "Who caused the event.")
        .column(
            "created_at",
            DataType::TimestampTz,
            "The time inside the event id.",
        )
}

/// A stream and its version.
pub(super) fn stream() -> Row {
    Row::new("StreamRow", "A stream and its version.")
        .column("stream_id", DataType::Text, "Name of the stream.")
        .column(
            "stream_version",
            DataType::BigInt,
            "Version of its last event.",
        )
        .column(
            "first_version",
            DataType::BigInt,
            "Version of the first event that is kept: 1 unless retention dropped events of the stream.",
        )
        .nullable(
            "first_event_id",
            DataType::Uuid,
            "Least event id of the stream.",
        )
        .nullable(
            "last_event_id",
            DataType::Uuid,
            "Greatest event id of the stream.",
        )
        .column(
            "created_at",
            DataType::TimestampTz,
            "When it got its first event.",
        )
        .column(
            "updated_at",
            DataType::TimestampTz,
            "When it got its last event.",
        )
}

/// A SELECT list of the row's columns, each after `alias`.
pub(in crate::eventcore) fn select_list(row: &Row, alias: &str) -> String {
    let columns: Vec<String> = row
        .columns
        .iter()
        .map(|column| format!("{alias}.{}", column.name))
        .collect();
    columns
        .chunks(4)
        .map(|line| line.join(", "))
        .collect::<Vec<_>>()
        .join(",\n       ")
}
