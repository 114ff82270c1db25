//! Which numbered file creates what (R4). Simple is 001 and 005, partitioned 001 to 004; 001 is the same
//! in both; what comes later starts at 006 in both.

use crate::migration::{Migration, ObjectRef};
use crate::schema::Schema;

use super::events::{EVENT_LOG, POSITION_SEQUENCE};
use super::routines::TRUNCATE_STREAMS;
use super::stream_pages::Direction;
use super::{EventStore, Layout, indexes};

/// Number of the first migration after the founding ones, in either layout.
const FIRST_LATER_VERSION: u32 = 6;

/// Routines of the log, each after those that it calls.
const LOG_ROUTINES: [&str; 15] = [
    "new_event_id",
    "event_time",
    "event_id_at",
    "last_position",
    "is_sequence_behind",
    "checked_position",
    "mark_append",
    "append_outcome",
    "append_events",
    "refuse_truncated",
    Direction::Forward.name(),
    Direction::Backward.name(),
    "feed_horizon",
    "horizon_lag",
    "verify_events",
];

pub(super) fn add(store: &EventStore, schema: Schema) -> Schema {
    let schema = schema.migration(
        Migration::new(
            1,
            "create_event_streams",
            "Creates the streams: one row each, whose version every append checks.",
        )
        .creates(ObjectRef::routine("touch_updated_at"))
        .creates(ObjectRef::table(store.streams_name())),
    );
    let schema = match store.layout {
        Layout::Simple => schema.migration(with_log(
            store,
            with_indexes,
            Migration::new(
                5,
                "create_simple_schema",
                "Creates the log as one table, its indexes, and the functions that append and read.",
            ),
        ).creates(ObjectRef::routine("list_partitions"))),
        Layout::Partitioned => schema
            .migration(with_log(
                store,
                |_, migration| migration,
                Migration::new(
                    2,
                    "create_events",
                    "Creates the log, partitioned by month, and the functions that append and read.",
                ),
            ))
            .migration(with_indexes(
                store,
                Migration::new(
                    3,
                    "create_performance_indexes",
                    "Creates one index for each purpose that the keys do not serve.",
                ),
            ))
            .migration(
                Migration::new(
                    4,
                    "create_partitioning_strategy",
                    "Creates the functions that keep monthly partitions, and the first partitions.",
                )
                .creates(ObjectRef::routine(TRUNCATE_STREAMS))
                .creates(ObjectRef::routine("forget_streams"))
                .creates(ObjectRef::partitions(store.events_name())),
            ),
    };
    schema.first_later_version(FIRST_LATER_VERSION)
}

fn with_log(
    store: &EventStore,
    indexes: impl Fn(&EventStore, Migration) -> Migration,
    migration: Migration,
) -> Migration {
    let table = migration
        .creates(ObjectRef::routine("refuse_change"))
        .creates(ObjectRef::sequence(POSITION_SEQUENCE))
        .creates(ObjectRef::table(store.events_name()));
    LOG_ROUTINES.iter().fold(
        indexes(store, table).creates(ObjectRef::view(EVENT_LOG)),
        |migration, routine| migration.creates(ObjectRef::routine(*routine)),
    )
}

fn with_indexes(store: &EventStore, migration: Migration) -> Migration {
    indexes::of(store)
        .into_iter()
        .fold(migration, |migration, index| {
            migration.creates(ObjectRef::index(store.events_name(), index.name))
        })
}
