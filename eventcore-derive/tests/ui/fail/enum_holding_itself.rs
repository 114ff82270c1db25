use eventcore_schema_model::Event;

#[derive(Event)]
enum OrderEvent {
    Again(Box<OrderEvent>),
}

#[derive(Event)]
enum ShopEvent {
    Again(Box<Self>),
}

fn main() {}
