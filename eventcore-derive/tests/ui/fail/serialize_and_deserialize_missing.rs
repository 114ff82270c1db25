use eventcore_schema_model::Event;

#[derive(Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    customer: String,
}

#[derive(Event)]
enum OrderEvent {
    Placed(OrderPlaced),
}

fn main() {
    let event = OrderEvent::decode("order.placed", 1, b"{}").unwrap();
    event.encode().unwrap();
}
