use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
struct OrderPlaced {
    first_name: String,
    last_name: String,
}

fn main() {}
