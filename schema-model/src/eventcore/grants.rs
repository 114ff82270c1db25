//! Who may do what. Writers append through the one function and nothing else; readers read. Both come from
//! the parameters; without them only the owner has access. Roles are made by whoever runs the server.

use crate::grant::{Grant, Privilege};
use crate::migration::ObjectRef;
use crate::name::Ident;
use crate::schema::Schema;

use super::EventStore;
use super::events::{EVENT_LOG, POSITION_SEQUENCE};
use super::stream_pages::Direction;

/// What queries of readers call. PUBLIC may, unless the database's default privileges say otherwise.
const CALLED_BY_READERS: [&str; 12] = [
    "event_id_at",
    "event_time",
    "feed_horizon",
    "horizon_lag",
    "is_sequence_behind",
    "last_position",
    "list_partitions",
    "new_event_id",
    Direction::Backward.name(),
    Direction::Forward.name(),
    "refuse_truncated",
    "verify_events",
];

pub(super) fn add(store: &EventStore, mut schema: Schema) -> Schema {
    // A writer reads the streams that it decides on.
    let readers: Vec<&Ident> = store.reader_role.iter().chain(&store.writer_role).collect();
    let readable = [
        ObjectRef::table(store.streams_name()),
        ObjectRef::table(store.events_name()),
        ObjectRef::view(EVENT_LOG),
        ObjectRef::sequence(POSITION_SEQUENCE),
    ];
    for role in readers {
        if store.declares_namespace {
            let namespace = ObjectRef::namespace(&store.namespace);
            schema = schema.grant(Grant::new([Privilege::Usage], namespace, role));
        }
        for object in &readable {
            schema = schema.grant(Grant::new([Privilege::Select], object.clone(), role));
        }
        for routine in CALLED_BY_READERS {
            let routine = ObjectRef::routine(routine);
            schema = schema.grant(Grant::new([Privilege::Execute], routine, role));
        }
    }
    if let Some(writer) = &store.writer_role {
        let append = ObjectRef::routine("append_events");
        schema = schema.grant(Grant::new([Privilege::Execute], append, writer));
    }
    schema
}
