use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    customer: String,
}

#[derive(Event)]
enum OrderEvent {
    Placed(&OrderPlaced),
}

fn main() {}
