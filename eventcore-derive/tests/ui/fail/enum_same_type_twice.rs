use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    customer: String,
}

#[derive(Event)]
#[allow(dead_code)]
enum OrderEvent {
    Placed(OrderPlaced),
    Replaced(Renewed),
    Nested(ShopEvent),
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed", version = 2)]
struct Renewed {}

#[derive(Event)]
enum ShopEvent {
    Renewed(Renewed),
}

fn main() {}
