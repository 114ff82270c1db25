//! Finds floats that JSON cannot write: `serde_json` stores them as null without a word, and such an
//! event would never be read back. A serializer that writes nothing and stops at the first of them.

use super::json::{Place, join};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::fmt::{self, Display};

/// The first float in the value that is not finite.
pub(super) fn find<T: Serialize>(value: &T) -> Option<NotFinite> {
    value.serialize(Finder).err().and_then(|stop| stop.0)
}

/// A float that is not finite, and where it stands.
#[derive(Debug)]
pub(super) struct NotFinite {
    pub(super) value: f64,
    /// From the inside out.
    places: Vec<Place>,
}

impl NotFinite {
    pub(super) fn path(&self) -> String {
        join(self.places.iter().rev())
    }
}

/// Ends the walk: at a find, or at a value's own error, which `serde_json` reports.
#[derive(Debug)]
struct Stop(Option<NotFinite>);

impl Stop {
    fn within(mut self, place: Place) -> Self {
        if let Some(found) = &mut self.0 {
            found.places.push(place);
        }
        self
    }

    fn within_key(self, key: &str) -> Self {
        self.within(Place::Key(Some(key.to_owned())))
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stop {}

impl serde::ser::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self(None)
    }
}

struct Finder;

/// The inside of a list, map or struct.
struct Inside {
    index: usize,
    variant: Option<&'static str>,
}

impl Inside {
    #[expect(clippy::unnecessary_wraps, reason = "what serde's trait returns")]
    fn of(variant: Option<&'static str>) -> Result<Self, Stop> {
        Ok(Self { index: 0, variant })
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        let place = Place::Index(self.index);
        self.index += 1;
        self.at(value, |stop| stop.within(place))
    }

    fn field<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Stop> {
        self.at(value, |stop| stop.within_key(key))
    }

    fn at<T: Serialize + ?Sized>(
        &self,
        value: &T,
        within: impl FnOnce(Stop) -> Stop,
    ) -> Result<(), Stop> {
        value
            .serialize(Finder)
            .map_err(within)
            .map_err(|stop| self.variant.into_iter().fold(stop, Stop::within_key))
    }
}

macro_rules! nothing {
    ($($method:ident($($type:ty),*))*) => {
        $(fn $method(self, $(_: $type),*) -> Result<(), Stop> { Ok(()) })*
    };
}

impl Serializer for Finder {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Inside;
    type SerializeTuple = Inside;
    type SerializeTupleStruct = Inside;
    type SerializeTupleVariant = Inside;
    type SerializeMap = Inside;
    type SerializeStruct = Inside;
    type SerializeStructVariant = Inside;

    nothing! {
        serialize_bool(bool)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_none() serialize_unit() serialize_unit_struct(&'static str)
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Stop> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Stop> {
        if value.is_finite() {
            return Ok(());
        }
        let places = Vec::new();
        Err(Stop(Some(NotFinite { value, places })))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        value
            .serialize(self)
            .map_err(|stop| stop.within_key(variant))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside, Stop> {
        Inside::of(None)
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside, Stop> {
        Inside::of(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside, Stop> {
        Inside::of(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside, Stop> {
        Inside::of(Some(variant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside, Stop> {
        Inside::of(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside, Stop> {
        Inside::of(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside, Stop> {
        Inside::of(Some(variant))
    }
}

macro_rules! inside {
    ($($trait:ident $method:ident($($key:ident)?) $step:ident)*) => {
        $(impl $trait for Inside {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<(), Stop> {
                self.$step($($key,)? value)
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        })*
    };
}

inside! {
    SerializeSeq serialize_element() element
    SerializeTuple serialize_element() element
    SerializeTupleStruct serialize_field() element
    SerializeTupleVariant serialize_field() element
    SerializeStruct serialize_field(key) field
    SerializeStructVariant serialize_field(key) field
}

impl SerializeMap for Inside {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        value.serialize(Finder)
    }

    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), Stop> {
        value.serialize(Finder).map_err(|stop| {
            // A key that JSON writes as text, whatever its Rust type; the text is only for people.
            let key = serde_json::to_string(key).unwrap_or_default();
            stop.within_key(key.trim_matches('"'))
        })
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}
