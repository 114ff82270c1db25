use eventcore_schema_model::{Event, EventData};
use serde::{Deserialize, Serialize};

/// Stored as `order.created` at first, with a `customer`, and without a currency.
#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event(type = "order.placed", alias = "order.created", version = 2)]
pub struct OrderPlaced {
    #[serde(alias = "customer")]
    pub customer_id: String,
    pub items: Vec<Item>,
    #[serde(default)]
    pub currency: Currency,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, EventData)]
pub struct Item {
    pub sku: String,
    pub quantity: u64,
    pub note: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, EventData)]
#[serde(rename_all = "lowercase")]
pub enum Currency {
    #[default]
    Eur,
    Usd,
}
