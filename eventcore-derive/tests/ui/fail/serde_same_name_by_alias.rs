use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    x: u32,
    #[serde(alias = "x")]
    y: Option<u32>,
}

fn main() {}
