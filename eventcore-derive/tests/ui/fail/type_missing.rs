use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
struct OrderLineAddedEvent {
    customer: String,
}

#[derive(Event)]
enum OrderEvent {
    LineAdded(OrderLineAddedEvent),
}

fn main() {
    // Uses of the event add no messages of their own.
    let event = OrderLineAddedEvent::decode("order_line.added", 1, b"{}").unwrap();
    OrderEvent::LineAdded(event).encode().unwrap();
}
