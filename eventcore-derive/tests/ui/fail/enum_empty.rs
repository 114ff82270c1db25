use eventcore_schema_model::Event;

#[derive(Event)]
enum OrderEvent {}

fn main() {}
