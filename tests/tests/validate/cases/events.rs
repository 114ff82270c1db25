//! Changes of event types under stored events.

use eventcore_schema_model::event_data::DataShape;
use eventcore_schema_model::event_type::{EventField, EventType};
use eventcore_schema_model::place::Place;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::Code::*;

use crate::{Case, change};

fn placed(version: i32, fields: &[(&str, &str)]) -> Schema {
    let field = |(name, ty): &(&str, &str)| EventField {
        name: (*name).to_owned(),
        rust_type: (*ty).to_owned(),
        shape: match *ty {
            "i64" => DataShape::Integer("i64".to_owned()),
            "String" => DataShape::Text,
            other => DataShape::Other(other.to_owned()),
        },
        optional: false,
        flattened: false,
        aliases: Vec::new(),
        default: None,
    };
    let mut schema = Schema::new("shop");
    schema.events.push(EventType {
        name: "order.placed".to_owned(),
        aliases: Vec::new(),
        version,
        fields: fields.iter().map(field).collect(),
        closed: false,
        types: Vec::new(),
        place: Place::default(),
    });
    schema
}

fn closed(mut schema: Schema) -> Schema {
    for event in &mut schema.events {
        event.closed = true;
    }
    schema
}

fn optional(mut schema: Schema) -> Schema {
    for field in schema.events.iter_mut().flat_map(|it| &mut it.fields) {
        field.optional = true;
    }
    schema
}

fn also_read_as(alias: &str, mut schema: Schema) -> Schema {
    for field in schema.events.iter_mut().flat_map(|it| &mut it.fields) {
        field.aliases.push(alias.to_owned());
    }
    schema
}

fn flattened(mut schema: Schema) -> Schema {
    for field in schema.events.iter_mut().flat_map(|it| &mut it.fields) {
        field.flattened = true;
    }
    schema
}

#[rustfmt::skip] // a case a line
pub(super) fn cases() -> Vec<Case> {
    let total = |ty| placed(1, &[("total", ty)]);
    let empty = || Schema::new("shop");
    vec![
        change(SM007, "an event type retired without a reason", total("i64"), empty().retire("order.placed", " ")),
        change(SM121, "an event type removed", total("i64"), empty()),
        change(SM122, "a lowered version", placed(2, &[]), placed(1, &[])),
        change(SM123, "a new required member", placed(1, &[]), total("i64")),
        change(SM123, "a new required member of a raised version", placed(1, &[]), placed(2, &[("total", "i64")])),
        change(SM123, "a renamed member", total("i64"), placed(1, &[("sum", "i64")])),
        change(SM123, "a member of another type", total("i64"), total("String")),
        change(SM123, "a member that becomes required", optional(total("i64")), total("i64")),
        change(SM123, "a lost alias", also_read_as("sum", total("i64")), total("i64")),
        change(SM123, "a flattened member", placed(1, &[]), flattened(total("Totals"))),
        change(SM123, "a removed member that is refused", closed(total("i64")), closed(placed(1, &[]))),
        change(SM123, "members that are newly refused", total("i64"), closed(total("i64"))),
        change(SM124, "a misspelled event type retired", total("i64"), total("i64").retire("order.place", "never stored")),
    ]
}
