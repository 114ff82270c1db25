use std::collections::BTreeMap;

use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Event)]
#[event(type = "order.placed")]
struct OrderPlaced {
    #[serde(flatten)]
    counts: BTreeMap<String, u128>,
}

fn main() {}
