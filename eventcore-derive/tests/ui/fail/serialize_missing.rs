use eventcore_schema_model::Event;
use serde::Deserialize;

#[derive(Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    customer: String,
}

fn main() {
    let event = OrderPlaced::decode("order.placed", 1, b"{}").unwrap();
    event.encode().unwrap();
}
