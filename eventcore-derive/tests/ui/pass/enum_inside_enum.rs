use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "payment.received")]
struct PaymentReceived {}

#[derive(Event)]
enum OrderEvent {
    Placed(Box<OrderPlaced>),
}

#[derive(Event)]
enum ShopEvent {
    Order(OrderEvent),
    Payment(PaymentReceived),
}

fn main() {
    let types: Vec<&str> = ShopEvent::SHAPES.iter().map(|shape| shape.event_type).collect();
    assert_eq!(types, ["order.placed", "payment.received"]);
    let event = ShopEvent::decode("order.placed", 1, b"{}").unwrap();
    assert!(matches!(event, ShopEvent::Order(OrderEvent::Placed(_))));
}
