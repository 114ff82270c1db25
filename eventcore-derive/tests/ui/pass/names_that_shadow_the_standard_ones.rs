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
    pub struct Third {
        pub kinds: ::std::vec::Vec<Kind>,
        pub page: Page<u8>,
        #[event(json = ::std::string::String)]
        pub path: ::std::path::PathBuf,
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::eventcore_schema_model::EventData)]
    pub enum Kind {
        None,
        #[serde(alias = "Any")]
        Some(u8),
        Vec { option: ::std::option::Option<bool> },
    }

    #[derive(::serde::Serialize, ::serde::Deserialize, ::eventcore_schema_model::EventData)]
    pub struct Page<T> {
        pub items: ::std::vec::Vec<T>,
        #[serde(with = "seconds")]
        pub taken: ::std::time::Duration,
    }

    mod seconds {
        use ::serde::{Deserialize as _, Serialize as _};
        use ::std::result::Result;
        use ::std::time::Duration;

        pub fn serialize<S: ::serde::Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
            value.as_secs().serialize(to)
        }

        pub fn deserialize<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
            u64::deserialize(from).map(Duration::from_secs)
        }
    }
}

fn main() {
    let event = scope::OrderPlaced { r#type: ::std::convert::From::from("x") };
    let event = scope::OrderEvent::Placed(event);
    ::std::assert_eq!(::eventcore_schema_model::Event::event_type(&event), "order.placed");
    let recorded = <scope::OrderEvent as ::eventcore_schema_model::Event>::recorded();
    ::std::assert_eq!(recorded.len(), 3);
    ::std::assert_eq!(recorded[2].types.len(), 2);
}
