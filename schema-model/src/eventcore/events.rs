//! The log: one row per event, never changed. Both layouts share these columns; what differs is how the
//! table is keyed and cut.

use crate::column::Column;
use crate::constraint::{Constraint, Key};
use crate::expr::{Function, Volatility, call, col, next_value, raw};
use crate::schema::Schema;
use crate::sequence::Sequence;
use crate::table::{StoreTable, Table};
use crate::template::Template;
use crate::trigger::{Trigger, TriggerEvent, TriggerTiming};
use crate::ty::DataType;
use crate::view::View;

use super::streams::MAX_STREAM_ID_CHARS;
use super::{EventStore, Layout, indexes, partitions};

/// The sequence that numbers the log.
pub const POSITION_SEQUENCE: &str = "events_position_seq";

/// How many days old an event id may be when it is appended. Months are kept ready back to there.
pub(super) const LATE_DAYS: u32 = 7;

/// The view that stands for the log in either layout.
pub const EVENT_LOG: &str = "event_log";

/// Greatest global position: the marker of an append keeps its position in 48 bits of a lock's key.
pub const MAX_POSITION: i64 = (1 << 48) - 1;

/// The column of payloads, whose type [`EventStore::payload`] sets.
pub(crate) const PAYLOAD: &str = "event_data";

/// The log's columns as the view shows them.
const VIEW_ORDER: [&str; 12] = [
    "event_id",
    "global_position",
    "stream_id",
    "event_version",
    "event_type",
    "schema_version",
    PAYLOAD,
    "metadata",
    "causation_id",
    "correlation_id",
    "user_id",
    "created_at",
];

pub(super) fn add(store: &EventStore, schema: Schema) -> Schema {
    let table = match store.layout {
        Layout::Simple => LOCAL_KEYS.iter().fold(log(store), |table, key| {
            table.constraint(key.named(&store.events))
        }),
        Layout::Partitioned => partitions::partition(store, log(store)),
    };
    let table = indexes::of(store).into_iter().fold(table, Table::index);
    let view = event_log(store, &table);
    schema
        .sequence(
            Sequence::new(POSITION_SEQUENCE)
                .max(MAX_POSITION)
                .comment("Numbers the log. Cache 1: a cached range would be used out of order."),
        )
        .table(table)
        .view(view)
}

/// A key that holds for the whole table in the simple layout and within each partition in the other,
/// where the append function guarantees it across partitions.
pub(super) struct LocalKey {
    suffix: &'static str,
    columns: &'static [&'static str],
    comment: &'static str,
}

pub(super) const LOCAL_KEYS: [LocalKey; 2] = [
    LocalKey {
        suffix: "stream_version_key",
        columns: &["stream_id", "event_version"],
        comment: "One event a stream version; serves every read of a stream.",
    },
    LocalKey {
        suffix: "global_position_key",
        columns: &["global_position"],
        comment: "One event a position; serves the feed.",
    },
];

impl LocalKey {
    /// The key with the table's name before its own.
    #[track_caller]
    fn named(&self, table: &crate::name::Ident) -> Constraint {
        self.constraint(format!("{table}_{}", self.suffix))
    }

    /// The key under its suffix alone, for a partition.
    #[track_caller]
    pub(super) fn suffixed(&self) -> Constraint {
        self.constraint(self.suffix.to_owned())
    }

    #[track_caller]
    fn constraint(&self, name: String) -> Constraint {
        Constraint::unique(name, Key::new(self.columns.iter().copied())).comment(self.comment)
    }
}

/// The trigger that keeps stored events unchanged, for the table and for each partition.
#[track_caller]
pub(super) fn guard(name: impl crate::name::IntoIdent) -> Trigger {
    Trigger::new(
        name,
        TriggerTiming::Before,
        [
            TriggerEvent::Update(Vec::new()),
            TriggerEvent::Delete,
            TriggerEvent::Truncate,
        ],
        "refuse_change",
    )
    .for_each_statement()
    .comment("Stored events are never changed or removed.")
}

/// The columns in an order that leaves no gaps between them: 8-byte columns, 16-byte ones, the 4-byte
/// one, then those of varying length, the payload last.
pub(crate) fn log(store: &EventStore) -> Table {
    let table = &store.events;
    Table::new(table)
        .column(
            Column::new("global_position", DataType::BigInt)
                .default(next_value(POSITION_SEQUENCE))
                .comment(
                    "Place in the feed; rises with the version within a stream, may have gaps.",
                ),
        )
        .column(
            Column::new("event_version", DataType::BigInt)
                .comment("Place in the stream, from 1, without gaps."),
        )
        .column(
            Column::new("created_at", DataType::TimestampTz)
                .comment("The time inside event_id, to the millisecond."),
        )
        .column(Column::new("event_id", DataType::Uuid).comment("UUIDv7 of the event."))
        .column(
            Column::new("causation_id", DataType::Uuid)
                .nullable()
                .comment("Event that caused this one."),
        )
        .column(
            Column::new("correlation_id", DataType::Uuid)
                .nullable()
                .comment("What all events of one business process share."),
        )
        .column(
            Column::new("schema_version", DataType::Integer)
                .default(1)
                .comment("Version of the payload's shape, from 1."),
        )
        .column(
            Column::new("stream_id", DataType::Text)
                .collate("C")
                .comment("Stream of the event."),
        )
        .column(
            Column::new("event_type", DataType::Text)
                .collate("C")
                .comment("Name of the event's type."),
        )
        .column(
            Column::new("user_id", DataType::Text)
                .nullable()
                .comment("Who caused the event."),
        )
        .column(
            Column::new("metadata", DataType::Jsonb)
                .nullable()
                .comment("What infrastructure adds to the event."),
        )
        .column(Column::new(PAYLOAD, store.payload.data_type()).comment("Payload of the event."))
        .primary_key(["event_id"])
        .check(
            format!("{table}_event_id_check"),
            raw(
                "(get_byte(uuid_send(event_id), 6) >> 4) = 7",
                DataType::Boolean,
                Volatility::Immutable,
                ["event_id"],
                "the version of a UUID has no function of its own before PostgreSQL 17",
            ),
        )
        .check(
            format!("{table}_event_version_check"),
            col("event_version").ge(1),
        )
        .check(
            format!("{table}_global_position_check"),
            col("global_position").ge(1),
        )
        .check(
            format!("{table}_schema_version_check"),
            col("schema_version").ge(1),
        )
        .check(
            format!("{table}_stream_id_check"),
            call(Function::CharLength, [col("stream_id")]).between(1, MAX_STREAM_ID_CHARS),
        )
        .check(
            format!("{table}_event_type_check"),
            call(Function::CharLength, [col("event_type")]).between(1, 255),
        )
        .trigger(guard(format!("{table}_refuse_change")))
        .append_only()
        .of_event_store(StoreTable::Log)
        .comment("The log: one row per event, written by append_events alone and never changed.")
}

fn event_log(store: &EventStore, table: &Table) -> View {
    let list = VIEW_ORDER
        .map(|column| format!("e.{{events.{column}}}"))
        .join(",\n       ");
    let body = Template::new(format!("SELECT {list}\n  FROM {{events}} AS e"))
        .relation("events", store.events_name());
    let view = View::new(EVENT_LOG, body)
        .comment("The log under one name in every layout; what queries read.");
    VIEW_ORDER.iter().fold(view, |view, name| {
        table
            .columns
            .iter()
            .filter(|column| column.name == *name)
            .fold(view, |view, column| {
                view.column(*name, column.ty.clone(), column.nullable)
            })
    })
}
