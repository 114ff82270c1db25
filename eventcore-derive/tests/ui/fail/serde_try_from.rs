use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(try_from = "Raw")]
struct OrderPlaced {
    note: u32,
}

#[derive(Serialize, Deserialize)]
struct Raw {}

impl From<Raw> for OrderPlaced {
    fn from(_: Raw) -> Self {
        Self { note: 0 }
    }
}

fn main() {}
