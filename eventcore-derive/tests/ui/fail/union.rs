use eventcore_schema_model::Event;

#[derive(Event)]
#[event(type = "order.placed")]
union OrderPlaced {
    number: u32,
    float: f32,
}

fn main() {}
