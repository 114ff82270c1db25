//! One definition, or a few, for each rule, that breaks that rule alone.

mod captured_names;
mod catalog_names;
mod columns;
mod constants;
mod derived_rows;
mod event_store;
mod events;
mod evolution;
mod indexes;
mod limits;
mod names;
mod partitions;
mod queries;
mod references;
mod relations;
mod retyped;
mod settings;
mod tables;
mod texts;
mod types;
mod written_rows;

pub(crate) use references::pair;
pub(crate) use texts::accepted;

use crate::Case;

pub(crate) fn all() -> Vec<Case> {
    [
        names::cases(),
        columns::cases(),
        constants::cases(),
        settings::cases(),
        tables::cases(),
        references::cases(),
        relations::cases(),
        indexes::cases(),
        limits::cases(),
        queries::cases(),
        event_store::cases(),
        events::cases(),
        evolution::cases(),
        partitions::cases(),
        texts::cases(),
        types::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
