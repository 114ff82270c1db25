//! The type of a member tells no shape: gen-sql could not see when it changes.

use eventcore_schema_model::{Event, EventData};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Item {
    sku: String,
}

#[derive(Serialize, Deserialize, EventData)]
struct Basket {
    items: Vec<Item>,
}

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    basket: Basket,
    items: Vec<Item>,
}

fn main() {
    let _ = <OrderPlaced as Event>::recorded;
}
