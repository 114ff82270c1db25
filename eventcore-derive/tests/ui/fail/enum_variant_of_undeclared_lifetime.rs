use eventcore_schema_model::Event;

struct OrderPlaced<'a>(&'a str);

#[derive(Event)]
enum OrderEvent {
    Placed(OrderPlaced<'a>),
}

fn main() {}
