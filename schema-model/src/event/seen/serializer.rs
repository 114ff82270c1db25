//! The serializer that keeps what it is told.

use std::fmt::{self, Display};

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{Float, Seen};
use crate::event::jsonb;

/// The name that `serde_json` gives to a struct whose only member is JSON text to be taken as it is.
const RAW: &str = "$serde_json::private::RawValue";

pub(super) struct Looks;

/// The error of the value's own `Serialize`.
#[derive(Debug)]
pub(in crate::event) struct Refused(String);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn look<T: Serialize + ?Sized>(value: &T) -> Result<Seen, Refused> {
    value.serialize(Looks)
}

/// The variant that a value stands in, if any.
fn within(variant: Option<&'static str>, inner: Seen) -> Seen {
    match variant {
        Some(name) => Seen::Variant(name, Box::new(inner)),
        None => inner,
    }
}

pub(super) struct Elements {
    variant: Option<&'static str>,
    /// Of a tuple its struct's name, if it has one.
    tuple: Option<&'static str>,
    seen: Vec<Seen>,
}

pub(super) struct Entries {
    variant: Option<&'static str>,
    /// Of a struct its name; a variant's fields have none.
    name: Option<&'static str>,
    key: Option<Seen>,
    seen: Vec<(Seen, Seen)>,
}

impl Elements {
    #[expect(clippy::unnecessary_wraps, reason = "what serde's trait returns")]
    fn of(variant: Option<&'static str>, tuple: Option<&'static str>) -> Result<Self, Refused> {
        let seen = Vec::new();
        Ok(Self {
            variant,
            tuple,
            seen,
        })
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.seen.push(look(value)?);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what serde's trait returns")]
    fn finish(self) -> Result<Seen, Refused> {
        let seen = match self.tuple {
            Some(name) => Seen::Tuple(name, self.seen),
            None => Seen::List(self.seen),
        };
        Ok(within(self.variant, seen))
    }
}

impl Entries {
    #[expect(clippy::unnecessary_wraps, reason = "what serde's trait returns")]
    fn of(variant: Option<&'static str>, name: Option<&'static str>) -> Result<Self, Refused> {
        Ok(Self {
            variant,
            name,
            key: None,
            seen: Vec::new(),
        })
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Refused> {
        self.seen.push((Seen::Text(key.to_owned()), look(value)?));
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what serde's trait returns")]
    fn finish(self) -> Result<Seen, Refused> {
        let seen = match (self.name, &self.seen[..]) {
            (Some(RAW), [(_, Seen::Text(text))]) => Seen::Json(jsonb::comparable(text)),
            (Some(name), _) => Seen::Struct(name, self.seen),
            (None, _) => Seen::Map(self.seen),
        };
        Ok(within(self.variant, seen))
    }
}

macro_rules! leaves {
    ($($method:ident($type:ty) $value:ident => $seen:expr;)*) => {
        $(fn $method(self, $value: $type) -> Result<Seen, Refused> { Ok($seen) })*
    };
}

impl Serializer for Looks {
    type Ok = Seen;
    type Error = Refused;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    leaves! {
        serialize_bool(bool) value => Seen::Bool(value);
        serialize_i8(i8) value => Seen::Integer(value.into(), "i8");
        serialize_i16(i16) value => Seen::Integer(value.into(), "i16");
        serialize_i32(i32) value => Seen::Integer(value.into(), "i32");
        serialize_i64(i64) value => Seen::Integer(value.into(), "i64");
        serialize_i128(i128) value => Seen::Integer(value, "i128");
        serialize_u8(u8) value => Seen::Integer(value.into(), "u8");
        serialize_u16(u16) value => Seen::Integer(value.into(), "u16");
        serialize_u32(u32) value => Seen::Integer(value.into(), "u32");
        serialize_u64(u64) value => Seen::Integer(value.into(), "u64");
        serialize_u128(u128) value => i128::try_from(value).map_or(Seen::Huge(value), |value| Seen::Integer(value, "u128"));
        serialize_f32(f32) value => Seen::Float(Float::Single(value.to_bits()));
        serialize_f64(f64) value => Seen::Float(Float::Double(value.to_bits()));
        serialize_char(char) value => Seen::Char(value);
        serialize_str(&str) value => Seen::Text(value.to_owned());
        serialize_bytes(&[u8]) value => Seen::Bytes(value.to_owned());
        serialize_unit_struct(&'static str) name => Seen::UnitStruct(name);
    }

    fn serialize_none(self) -> Result<Seen, Refused> {
        Ok(Seen::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Seen, Refused> {
        Ok(Seen::Some(Box::new(look(value)?)))
    }

    fn serialize_unit(self) -> Result<Seen, Refused> {
        Ok(Seen::Unit)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Seen, Refused> {
        Ok(within(Some(variant), Seen::Unit))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Seen, Refused> {
        Ok(Seen::Newtype(name, Box::new(look(value)?)))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Seen, Refused> {
        Ok(within(Some(variant), look(value)?))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements, Refused> {
        Elements::of(None, None)
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements, Refused> {
        Elements::of(None, Some(""))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Elements, Refused> {
        Elements::of(None, Some(name))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Elements, Refused> {
        Elements::of(Some(variant), Some(""))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, Refused> {
        Entries::of(None, None)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Entries, Refused> {
        Entries::of(None, Some(name))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, Refused> {
        Entries::of(Some(variant), Some(""))
    }
}

macro_rules! parts {
    ($($trait:ident for $part:ident: $method:ident($($key:ident)?) $step:ident;)*) => {
        $(impl $trait for $part {
            type Ok = Seen;
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<(), Refused> {
                self.$step($($key,)? value)
            }

            fn end(self) -> Result<Seen, Refused> {
                self.finish()
            }
        })*
    };
}

parts! {
    SerializeSeq for Elements: serialize_element() element;
    SerializeTuple for Elements: serialize_element() element;
    SerializeTupleStruct for Elements: serialize_field() element;
    SerializeTupleVariant for Elements: serialize_field() element;
    SerializeStruct for Entries: serialize_field(key) field;
    SerializeStructVariant for Entries: serialize_field(key) field;
}

impl SerializeMap for Entries {
    type Ok = Seen;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.key = Some(look(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let key = self.key.take();
        let key = key.ok_or_else(|| Refused("a map's value without its key".to_owned()))?;
        self.seen.push((key, look(value)?));
        Ok(())
    }

    fn end(self) -> Result<Seen, Refused> {
        self.finish()
    }
}
