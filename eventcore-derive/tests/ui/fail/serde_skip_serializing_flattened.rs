use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Default)]
struct Address {
    city: String,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    #[serde(flatten, skip_serializing, default)]
    address: Address,
}

fn main() {}
