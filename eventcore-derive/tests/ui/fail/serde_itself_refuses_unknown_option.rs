use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    #[serde(skip_serializing_if = "String::is_empty", defualt)]
    customer: String,
}

fn main() {}
