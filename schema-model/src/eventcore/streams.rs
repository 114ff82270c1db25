//! `event_streams`: one row per stream, the place of optimistic concurrency. An append locks and moves
//! this row; nothing else guards a stream's versions.

use crate::column::Column;
use crate::expr::{Function, call, col, new, now, old};
use crate::name::Ident;
use crate::table::{StoreTable, Table};
use crate::trigger::{Trigger, TriggerEvent, TriggerTiming};
use crate::ty::DataType;

use super::EventStore;

/// Longest stream id, in characters.
pub const MAX_STREAM_ID_CHARS: i32 = 255;

pub(crate) fn table(store: &EventStore) -> Table {
    let table = &store.streams;
    Table::new(table)
            .column(
                Column::new("stream_version", DataType::BigInt)
                    .stays_hot()
                    .comment("Version of the last event; 0 before the first."),
            )
            .column(
                Column::new("first_version", DataType::BigInt)
                    .default(1)
                    .stays_hot()
                    .comment(
                        "Version of the first event that is kept; retention dropped those before. Above stream_version if none is.",
                    ),
            )
            .column(
                Column::new("created_at", DataType::TimestampTz)
                    .default(now())
                    .comment("When the stream got its first event."),
            )
            .column(
                Column::new("updated_at", DataType::TimestampTz)
                    .default(now())
                    .stays_hot()
                    .comment("When the stream got its last event."),
            )
            .column(
                Column::new("first_event_id", DataType::Uuid)
                    .nullable()
                    .stays_hot()
                    .comment("Least event id of the stream: none of its events is older, so reads skip partitions."),
            )
            .column(
                Column::new("last_event_id", DataType::Uuid)
                    .nullable()
                    .stays_hot()
                    .comment(
                        "Greatest event id of the stream: none of its events is newer.",
                    ),
            )
            .column(
                Column::new("stream_id", DataType::Text)
                    .collate("C")
                    .comment("Name of the stream, 1 to 255 characters."),
            )
            .primary_key(["stream_id"])
            .check(
                format!("{table}_stream_id_check"),
                call(Function::CharLength, [col("stream_id")]).between(1, MAX_STREAM_ID_CHARS),
            )
            .check(
                format!("{table}_stream_version_check"),
                col("stream_version").ge(0),
            )
            .check(
                format!("{table}_first_version_check"),
                col("first_version").ge(1),
            )
            .trigger(
                Trigger::new(
                    format!("{table}_touch_updated_at"),
                    TriggerTiming::Before,
                    [TriggerEvent::Update(vec![Ident::unchecked("stream_version")])],
                    "touch_updated_at",
                )
                .when(new("updated_at").is_not_distinct_from(old("updated_at")))
                .comment("Keeps updated_at true; an append sets it and skips the call."),
            )
            .storage("fillfactor", 80)
            .of_event_store(StoreTable::Streams)
            .comment(
                "One row per stream: its version, which every append checks, locks and moves.",
            )
}
