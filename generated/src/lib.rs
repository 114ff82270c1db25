//! The EventCore event store: typed query functions, filters, a connection pool, and the migrations as data.
//! All but this file is generated from the schema.

#![warn(clippy::unwrap_used)]

#[rustfmt::skip]
#[path = "modules.rs"]
mod modules;

pub use modules::*;
