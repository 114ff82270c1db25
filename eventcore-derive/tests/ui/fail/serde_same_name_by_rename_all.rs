use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
#[serde(rename_all = "camelCase")]
struct OrderPlaced {
    first_name: String,
    #[allow(non_snake_case)]
    firstName: String,
}

fn main() {}
