//! What the types of an event's members are in JSON.

use std::any::{TypeId, type_name};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;

use crate::event_data::{DataShape, NamedShape};

/// A type that a member of an event may have: gen-sql records what serde writes of it, and compares that with the next
/// definition, so that stored events stay readable.
///
/// Derive it beside serde's traits for each struct and enum that an event holds. Types of other crates, for which it cannot be
/// derived, are described at the field: `#[event(json = String)]` says that the member is written and read like a `String`.
/// The features `chrono` and `uuid` implement it for the types of these crates.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use eventcore_schema_model::{Event, EventData};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, EventData)]
/// struct Item { sku: String, quantity: u32 }
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event(type = "order.placed")]
/// struct OrderPlaced {
///     items: Vec<Item>,
///     #[event(json = String)]
///     from: std::net::IpAddr,
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the shape of `{Self}` in JSON is not known",
    label = "`{Self}` does not implement `EventData`",
    note = "for a type of your own add `#[derive(EventData)]` to its definition",
    note = "for a type of another crate add `#[event(json = String)]` to the field, with a type that is written and read as the \
            same JSON, such as `String` or `serde_json::Value`",
    note = "for types of `chrono` and `uuid` enable the feature of that name of `eventcore-schema-model`"
)]
pub trait EventData: 'static {
    /// The shape of its JSON; structs and enums are added to `types`, and referred to by name.
    fn shape(types: &mut DataTypes) -> DataShape;
}

/// The structs and enums that an event type refers to.
#[derive(Debug, Default)]
pub struct DataTypes {
    known: Vec<(TypeId, String)>,
    shapes: BTreeMap<String, DataShape>,
}

impl DataTypes {
    /// Adds a type under its Rust name unless it is there, and refers to it.
    pub fn named<T: ?Sized + 'static>(
        &mut self,
        shape: impl FnOnce(&mut Self) -> DataShape,
    ) -> DataShape {
        let id = TypeId::of::<T>();
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == id) {
            return DataShape::Type(name.clone());
        }
        let short = without_paths(type_name::<T>());
        let is_known = |name: &String| self.known.iter().any(|(_, known)| known == name);
        let names = (2..).map(|number| format!("{short} ({number})"));
        let mut free = std::iter::once(short.clone()).chain(names);
        let name = free.find(|name| !is_known(name)).unwrap_or(short);
        // Before its shape, which may refer to it.
        self.known.push((id, name.clone()));
        let shape = shape(self);
        self.shapes.insert(name.clone(), shape);
        DataShape::Type(name)
    }

    /// The types by name.
    pub(crate) fn into_named(self) -> Vec<NamedShape> {
        let shapes = self.shapes.into_iter();
        shapes
            .map(|(name, shape)| NamedShape { name, shape })
            .collect()
    }
}

/// `shop::Page<alloc::string::String>` without the paths: `Page<String>`.
fn without_paths(name: &str) -> String {
    let mut short = String::new();
    let mut word = 0;
    for letter in name.chars() {
        short.push(letter);
        if short.ends_with("::") {
            short.truncate(word);
        } else if !letter.is_alphanumeric() && !"_:{}#".contains(letter) {
            word = short.len();
        }
    }
    short
}

macro_rules! leaves {
    ($($($type:ty),+ => $shape:expr;)*) => {
        $($(impl EventData for $type {
            fn shape(_: &mut DataTypes) -> DataShape {
                $shape
            }
        })+)*
    };
}

macro_rules! numbers {
    ($($kind:ident: $($type:ty),+;)*) => {
        $($(impl EventData for $type {
            fn shape(_: &mut DataTypes) -> DataShape {
                DataShape::$kind(stringify!($type).to_owned())
            }
        })+)*
    };
}

numbers! {
    Integer: i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize;
    Float: f32, f64;
}

leaves! {
    () => DataShape::Null;
    bool => DataShape::Bool;
    char => DataShape::Char;
    String, str => DataShape::Text;
    serde_json::Value => DataShape::Anything;
    Box<serde_json::value::RawValue> => DataShape::Raw;
    serde_json::Number => DataShape::Other("serde_json::Number".to_owned());
    serde_json::Map<String, serde_json::Value> =>
        DataShape::Map(Box::new(DataShape::Text), Box::new(DataShape::Anything));
    std::time::Duration => DataShape::Other("std::time::Duration".to_owned());
    std::time::SystemTime => DataShape::Other("std::time::SystemTime".to_owned());
    std::net::IpAddr => DataShape::Format("ip address".to_owned());
    std::net::Ipv4Addr => DataShape::Format("ipv4 address".to_owned());
    std::net::Ipv6Addr => DataShape::Format("ipv6 address".to_owned());
}

#[cfg(feature = "uuid")]
leaves! {
    uuid::Uuid => DataShape::Format("uuid".to_owned());
}

#[cfg(feature = "chrono")]
leaves! {
    chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset> =>
        DataShape::Format("time with offset".to_owned());
    chrono::NaiveDate => DataShape::Format("date".to_owned());
    chrono::NaiveTime => DataShape::Format("time of day".to_owned());
    chrono::NaiveDateTime => DataShape::Format("time without offset".to_owned());
}

macro_rules! lists {
    ($($type:ident)+) => {
        $(impl<T: EventData> EventData for $type<T> {
            fn shape(types: &mut DataTypes) -> DataShape {
                DataShape::List(Box::new(T::shape(types)))
            }
        })+
    };
}

lists! { Vec VecDeque LinkedList BinaryHeap }

impl<T: EventData> EventData for BTreeSet<T> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Set(Box::new(T::shape(types)))
    }
}

impl<T: EventData, S: 'static> EventData for HashSet<T, S> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Set(Box::new(T::shape(types)))
    }
}

impl<K: EventData, V: EventData> EventData for BTreeMap<K, V> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Map(Box::new(K::shape(types)), Box::new(V::shape(types)))
    }
}

impl<K: EventData, V: EventData, S: 'static> EventData for HashMap<K, V, S> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Map(Box::new(K::shape(types)), Box::new(V::shape(types)))
    }
}

impl<T: EventData> EventData for Option<T> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Option(Box::new(T::shape(types)))
    }
}

impl<T: EventData> EventData for Box<T> {
    fn shape(types: &mut DataTypes) -> DataShape {
        T::shape(types)
    }
}

impl<T: EventData> EventData for Box<[T]> {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::List(Box::new(T::shape(types)))
    }
}

impl EventData for Box<str> {
    fn shape(_: &mut DataTypes) -> DataShape {
        DataShape::Text
    }
}

impl<T: EventData + ToOwned + ?Sized> EventData for Cow<'static, T>
where
    T::Owned: 'static,
{
    fn shape(types: &mut DataTypes) -> DataShape {
        T::shape(types)
    }
}

impl<T: EventData, const N: usize> EventData for [T; N] {
    fn shape(types: &mut DataTypes) -> DataShape {
        DataShape::Array(Box::new(T::shape(types)), N)
    }
}

impl<T: 'static> EventData for PhantomData<T> {
    fn shape(_: &mut DataTypes) -> DataShape {
        DataShape::Null
    }
}

macro_rules! tuples {
    ($(($($element:ident)+))+) => {
        $(impl<$($element: EventData),+> EventData for ($($element,)+) {
            fn shape(types: &mut DataTypes) -> DataShape {
                DataShape::Tuple(vec![$($element::shape(types)),+])
            }
        })+
    };
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
    (A B C D E F G H I) (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn a_types_name_loses_its_paths() {
        let name = "a::b::Page<(alloc::string::String, [c_d::E; 2]), core::option::Option<u8>>";
        assert_eq!(without_paths(name), "Page<(String, [E; 2]), Option<u8>>");
        assert_eq!(without_paths("a::b::{{closure}}::Item"), "Item");
    }
}
