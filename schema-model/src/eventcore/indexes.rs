//! The secondary indexes of the log, one a purpose (R6). Reads of streams and the feed need none: the
//! keys serve them.
//!
//! Price in WAL of 100,000 events in batches of 10, times that of the keys alone (688 bytes an event): all
//! of these 2.54, without the payload's index 1.90, without both GIN indexes 1.59; the type's alone 0.16.

use crate::expr::col;
use crate::index::{Index, IndexMethod, IndexPart};

use super::EventStore;

#[track_caller]
pub(super) fn of(store: &EventStore) -> Vec<Index> {
    let name = |suffix: &str| format!("{}_{suffix}_idx", store.events);
    let mut indexes = vec![
        Index::new(name("event_type"), ["event_type", "global_position"])
            .serves(["read_events_by_type"])
            .comment("Projections: events of a type, in the feed's order or in a range of time."),
        Index::new(name("correlation"), ["correlation_id", "global_position"])
            .only_where(col("correlation_id").is_not_null())
            .serves(["read_correlation"])
            .comment("Sagas: events of one business process, in order."),
        Index::new(name("causation"), ["causation_id"])
            .only_where(col("causation_id").is_not_null())
            .serves(["read_effects"])
            .comment("Sagas: the events that an event caused."),
        Index::new(name("user"), ["user_id", "global_position"])
            .only_where(col("user_id").is_not_null())
            .serves(["read_user_events"])
            .comment("Users: what somebody did, in order."),
        Index::new(name("created_at"), ["created_at"])
            .method(IndexMethod::Brin)
            .storage("pages_per_range", 32)
            .storage("autosummarize", "on")
            .serves_external("ad-hoc SQL by created_at, which knows nothing of event ids")
            .comment("Monitoring: recent events; block ranges, since the log grows in time order."),
        Index::new(name("metadata"), [contained("metadata")])
            .method(IndexMethod::Gin)
            .only_where(col("metadata").is_not_null())
            .serves(["find_events_by_metadata"])
            .comment("Search: events whose metadata contains a document."),
    ];
    if store.searches_payload() {
        indexes.push(
            Index::new(name("payload"), [contained("event_data")])
                .method(IndexMethod::Gin)
                .serves(["find_events_by_payload"])
                .comment("Search: events whose payload contains a document; the dearest index."),
        );
    }
    indexes
}

fn contained(column: &str) -> IndexPart {
    IndexPart::new(col(column)).opclass("jsonb_path_ops")
}
