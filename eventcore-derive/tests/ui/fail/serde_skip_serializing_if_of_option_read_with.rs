use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "Option::deserialize")]
    note: Option<String>,
}

fn main() {}
