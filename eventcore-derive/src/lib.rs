//! `#[derive(Event)]`: ties a Rust struct, or an enum of such structs, to the event types it is stored
//! as. Use it through `eventcore_schema_model::Event` (feature `derive`), which is trait and macro
//! in one name. This crate knows Rust syntax alone; what an event is, the trait says.

#![warn(clippy::unwrap_used)]

mod ast;
mod attr;
mod expand;
mod fallback;
mod serde_attr;
mod type_text;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Event`.
///
/// On a struct with named fields:
/// - `#[event(type = "order.placed")]`, required: the name the event is stored under;
/// - `#[event(version = 2)]`: the schema version of its payload, 1 if absent;
/// - `serde::Serialize` and `serde::Deserialize` are derived beside it.
///
/// On an enum, each variant holds one value that is an event itself, and all event types differ.
///
/// On both, `#[event(crate = path)]` says where `eventcore_schema_model` is re-exported.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    expand::derive(&parse_macro_input!(input as DeriveInput)).into()
}
