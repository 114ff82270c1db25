//! Mistakes in what events hold.

use eventcore_schema_model::EventData;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, EventData)]
#[event(type = "order.item")]
struct Item {
    #[event(json = String, crate = x)]
    sku: String,
    #[event(opaque)]
    name: String,
    #[event(json)]
    note: String,
}

#[derive(Serialize, Deserialize, EventData)]
struct Twice {
    maybe: Option<Option<u8>>,
}

#[derive(Serialize, Deserialize, EventData)]
struct Clash {
    id: u8,
    #[serde(alias = "id")]
    number: u8,
}

#[derive(Serialize, Deserialize, EventData)]
enum Kind {
    #[serde(rename(serialize = "a", deserialize = "b"))]
    A,
}

#[derive(Serialize, Deserialize, EventData)]
enum Alike {
    A,
    #[serde(alias = "A")]
    B,
    #[serde(skip_deserializing)]
    C,
}

#[derive(Serialize, Deserialize, EventData)]
struct Pair(u8, #[serde(skip_serializing)] u8);

#[derive(EventData)]
struct Borrowed<'a> {
    text: &'a str,
}

#[derive(EventData)]
union Either {
    signed: i32,
    unsigned: u32,
}

fn main() {}
