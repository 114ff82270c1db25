//! Names that events had before.

use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed", alias = "order.placed", alias = "order created", alias = "a.b", alias = "a.b")]
struct OrderPlaced {}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.shipped", alias = "order.sent")]
struct OrderShipped {}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.sent")]
struct OrderSent {}

#[derive(Event)]
enum OrderEvent {
    Shipped(OrderShipped),
    Sent(OrderSent),
}

fn main() {}
