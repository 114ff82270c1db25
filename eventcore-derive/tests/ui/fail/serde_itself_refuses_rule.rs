use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(rename_all = "camel")]
struct OrderPlaced {
    customer: String,
}

fn main() {}
