//! `#[derive(Event)]` and `#[derive(EventData)]`: tie a Rust struct, or an enum of such structs, to the event types it is stored
//! as, and record the types inside. Use them through `eventcore_schema_model` (feature `derive`), where trait and macro
//! have one name. This crate knows Rust syntax alone; what an event is, the trait says.

#![warn(clippy::unwrap_used)]

mod ast;
mod attr;
mod data;
mod expand;
mod fallback;
mod payload;
mod serde_attr;
mod type_text;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Event`.
///
/// On a struct with named fields:
/// - `#[event(type = "order.placed")]`, required: the name the event is stored under;
/// - `#[event(alias = "order.created")]`: a name that its events were stored under before; they are read as well;
/// - `#[event(version = 2)]`: the schema version of its payload, 1 if absent;
/// - `serde::Serialize` and `serde::Deserialize` are derived beside it;
/// - the type of each field implements `EventData`, or its field says `#[event(json = T)]`: what serde writes and reads there
///   is the JSON of the type `T`, such as `String`;
/// - `#[event(same_as = "OldName")]`, beside `json = T` or a function of serde's on a field, says that what reads the field has another
///   name than the last release recorded, and reads the same values. Once released, it may go.
///
/// Of serde's attributes it refuses those under which a payload could be stored and not read back:
/// two fields of one name, a name that is written and not read, a field that may be absent from what
/// is stored and not from what is read. It sees the struct's own text alone, so these stay unchecked:
/// - the members that a `#[serde(flatten)]` field writes, which may have the name of a field beside it
///   or of another flattened one, those that it reads, and whether it can be read where it is left out;
/// - functions given to `with`, `serialize_with`, `deserialize_with` and `skip_serializing_if`;
/// - the types of the fields, and implementations of serde's traits that are written by hand.
///
/// On an enum, each variant holds one value that is an event itself, and all event types differ.
///
/// On both, `#[event(crate = path)]` says where `eventcore_schema_model` is re-exported.
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    expand::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Implements `EventData` for a struct or an enum that events hold: its shape in JSON, after serde's attributes.
///
/// - a field says `#[event(json = T)]` where its type does not implement `EventData`;
/// - a type with `#[serde(try_from = "...")]` that got another name says `#[event(same_as = "OldName")]`, until that is released;
/// - `#[event(crate = path)]` says where `eventcore_schema_model` is re-exported.
///
/// It refuses of serde's attributes what `Event` refuses.
#[proc_macro_derive(EventData, attributes(event))]
pub fn derive_event_data(input: TokenStream) -> TokenStream {
    data::derive(&parse_macro_input!(input as DeriveInput)).into()
}
