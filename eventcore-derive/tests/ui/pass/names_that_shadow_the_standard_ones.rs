//! The expansion relies on no name of the user's scope (serde's own relies on the primitives').
#![no_implicit_prelude]
#![deny(warnings, clippy::pedantic)]

extern crate eventcore_schema_model;
extern crate serde;
extern crate std;

#[allow(dead_code)]
mod scope {
    pub struct Result;
    pub struct Vec;
    pub struct Option;
    pub struct Event;

    #[derive(::serde::Serialize, ::serde::Deserialize, ::eventcore_schema_model::Event)]
    #[event(type = "order.placed")]
    pub struct OrderPlaced {
        pub r#type: ::std::string::String,
    }

    #[derive(::eventcore_schema_model::Event)]
    pub enum OrderEvent {
        Placed(OrderPlaced),
        Ok(Other),
        Err(::std::boxed::Box<Third>),
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::eventcore_schema_model::Event)]
    #[event(type = "other")]
    pub struct Other {}

    #[derive(::serde::Serialize, ::serde::Deserialize, ::eventcore_schema_model::Event)]
    #[event(type = "third")]
    pub struct Third {}
}

fn main() {
    let event = scope::OrderPlaced { r#type: ::std::convert::From::from("x") };
    let event = scope::OrderEvent::Placed(event);
    ::std::assert_eq!(::eventcore_schema_model::Event::event_type(&event), "order.placed");
}
