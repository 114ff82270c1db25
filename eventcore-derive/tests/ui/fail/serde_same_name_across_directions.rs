use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    x: u32,
    #[serde(skip_serializing, default, rename = "x")]
    y: String,
}

fn main() {}
