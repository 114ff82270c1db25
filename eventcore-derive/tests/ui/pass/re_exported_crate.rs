//! A company's own crate hands the derive on under its name.
mod company {
    pub mod events {
        pub use eventcore_schema_model::*;
    }
}

mod orders {
    use super::company::events::Event;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Event)]
    #[event(type = "order.placed", crate = crate::company::events)]
    pub struct OrderPlaced {}

    #[derive(Event)]
    #[event(crate = crate::company::events)]
    pub enum OrderEvent {
        Placed(OrderPlaced),
    }
}

fn main() {
    use company::events::Event;
    assert_eq!(orders::OrderEvent::Placed(orders::OrderPlaced {}).event_type(), "order.placed");
}
