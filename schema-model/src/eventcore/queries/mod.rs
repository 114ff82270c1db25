//! What applications and operators ask, one file a purpose. A query's text is the same in both layouts
//! wherever it reads the log through its view.

mod append;
mod events;
mod feed;
mod maintenance;
mod monitoring;
mod params;
mod partitions;
pub(super) mod rows;
mod streams;

use crate::schema::Schema;

use super::routines::Names;
use super::{EventStore, Layout};

pub(super) fn add(store: &EventStore, schema: Schema) -> Schema {
    let names = Names::new(store, &schema);
    let mut queries = Vec::new();
    queries.extend(append::queries(store, &names));
    queries.extend(streams::queries(store, &names));
    queries.extend(events::queries(store, &names));
    queries.extend(feed::queries(store, &names));
    queries.extend(monitoring::queries(&names));
    queries.extend(maintenance::queries(store, &names));
    if store.layout == Layout::Partitioned {
        queries.extend(partitions::queries(store, &names));
    }
    queries.into_iter().fold(schema, Schema::query)
}
