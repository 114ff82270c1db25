use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    #[serde(rename(serialize = "p", deserialize = "q"))]
    x: u32,
    #[serde(rename(serialize = "s"))]
    y: u32,
}

fn main() {}
