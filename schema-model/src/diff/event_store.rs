//! What a change cannot do to an event store: no migration drops stored events, moves them to another layout or writes them
//! anew.

use crate::eventcore::events::PAYLOAD;
use crate::name::Ident;
use crate::place::Place;
use crate::schema::Schema;
use crate::table::{StoreTable, Table};
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// Whether the event store stays what it is. Otherwise that is the one thing to report: whatever else differs follows from it,
/// and advice for each part would lead to the loss of the log.
pub(super) fn is_kept(from: &Schema, to: &Schema, report: &mut Report) -> bool {
    let tables = [StoreTable::Log, StoreTable::Streams];
    !tables.into_iter().any(|kind| {
        let before = from.find_store_table(kind);
        before.is_some_and(|before| is_lost(kind, before, to, report))
    })
}

fn is_lost(kind: StoreTable, before: &Table, to: &Schema, report: &mut Report) -> bool {
    let (name, old) = (what(kind), &before.name);
    let Some(after) = to.find_store_table(kind) else {
        report.add(
            Code::SM140,
            &Site::new("table", old, Place::default()),
            format!("it is {name}, the definition no longer has it, and no migration drops it"),
            "add the event store to the definition again, and remove each `.drop(...)` of its tables; if nobody needs the events \
             of a database, drop the database instead",
        );
        return true;
    };
    let site = Site::new("table", &after.name, after.place);
    let layout = |table: &Table| match table.partitioning {
        Some(_) => "partitioned",
        None => "simple",
    };
    let (was, is) = (layout(before), layout(after));
    if was != is {
        report.add(
            Code::SM141,
            &site,
            format!(
                "the event store has the {was} layout, with its events in `{old}`, and no migration moves them to the {is} layout"
            ),
            format!(
                "change the definition back to `EventStore::{was}()`; for the {is} layout, create a new event store in a database \
                 of its own"
            ),
        );
        return true;
    }
    let renamed = after.renamed_from.as_ref();
    let is_same = to.same_name(&after.name, old) || renamed.is_some_and(|it| to.same_name(it, old));
    if !is_same {
        report.add(
            Code::SM142,
            &site,
            format!(
                "{name} was `{old}`, and the definition does not say that this is the same table"
            ),
            format!(
                "set the name back in `.tables(...)`; or state the rename on the schema: \
                 `.edit_table({:?}, |table| table.renamed_from({:?}))`",
                after.name.to_string(),
                old.to_string()
            ),
        );
        return true;
    }
    let payload = Ident::unchecked(PAYLOAD);
    let ty = |table: &Table| table.find_column(&payload).map(|it| it.ty.clone());
    if let (Some(was), Some(is)) = (ty(before), ty(after))
        && was != is
    {
        report.add(
            Code::SM143,
            &site.part("column", &payload),
            format!("stored payloads are `{was}`, and no migration writes them anew as `{is}`"),
            format!("set the payload back to `{was}` in `.payload(...)`"),
        );
        return true;
    }
    false
}

fn what(kind: StoreTable) -> &'static str {
    match kind {
        StoreTable::Log => "the event store's log",
        StoreTable::Streams => "the event store's table of streams",
    }
}
