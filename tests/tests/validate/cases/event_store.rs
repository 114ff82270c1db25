//! Changes and edits that an event store does not survive.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::eventcore::{EventStore, Payload, partitioned, simple};
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::{Case, case, change};

fn named(tables: (&str, &str)) -> Schema {
    EventStore::simple().tables(tables.0, tables.1).schema()
}

/// A column of another type, without the queries that select it.
fn retyped(column: &str, ty: &DataType) -> Schema {
    let mut store = simple();
    store
        .queries
        .retain(|it| !it.name.as_str().starts_with("find_stream"));
    store.edit_table("event_streams", |mut table| {
        let mut columns = table.columns.iter_mut();
        if let Some(column) = columns.find(|it| it.name.as_str() == column) {
            column.ty = ty.clone();
        }
        table
    })
}

fn streams(column: Column) -> Schema {
    simple().edit_table("event_streams", |table| table.column(column))
}

fn without_keys(table: &str) -> Schema {
    let is_key = |it: &Constraint| {
        matches!(
            it.kind,
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_)
        )
    };
    simple().edit_table(table, |mut table| {
        table.constraints.retain(|it| !is_key(it));
        table
    })
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let payload = |payload| EventStore::simple().payload(payload).schema();
    vec![
        change(SM140, "an event store removed", simple(), Schema::new("shop")),
        change(SM140, "a log dropped", simple(), Schema::new("shop").drop(ObjectRef::table("events_simple"), "moved")),
        change(SM141, "a simple store becomes partitioned", simple(), partitioned()),
        change(SM141, "a partitioned store becomes simple", partitioned(), simple()),
        change(SM142, "the log under another name", simple(), named(("event_streams", "log"))),
        change(SM142, "the streams under another name", simple(), named(("streams", "events_simple"))),
        change(SM143, "jsonb becomes bytea", simple(), payload(Payload::Bytea)),
        change(SM143, "json becomes jsonb", payload(Payload::Json), simple()),
        case(SM145, "a column of the log that nothing fills", simple().edit_table("events_simple", |log| {
            log.column(Column::new("tenant", DataType::Text).nullable())
        })),
        case(SM145, "a column of the streams that nothing fills", streams(Column::new("tenant", DataType::Text))),
        case(SM145, "a column of the streams of a domain that refuses NULL", streams(Column::new("tenant", DataType::named("known")).nullable())
            .user_type(Domain::new("known", DataType::Text).not_null())),
        case(SM145, "a column of the streams with a check that refuses NULL", simple().edit_table("event_streams", |table| {
            let column = Column::new("tenant", DataType::Text).nullable();
            table.column(column).check("tenant_is_known", col("tenant").is_not_null())
        })),
        case(SM147, "one stream for each version", simple().edit_table("event_streams", |it| it.unique("one_each", ["stream_version"]))),
        case(SM147, "one event for each type", simple().edit_table("events_simple", |it| it.index(Index::new("one_each", ["event_type"]).unique()))),
        case(SM146, "streams without a key", without_keys("event_streams")),
        case(SM146, "a log without a key", without_keys("events_simple")),
        case(SM144, "a column of the streams retyped", retyped("first_event_id", &DataType::Text)),
    ]
}
