//! The orders database in types. All but this file is generated.

#[rustfmt::skip]
#[path = "modules.rs"]
mod modules;

pub use modules::*;
