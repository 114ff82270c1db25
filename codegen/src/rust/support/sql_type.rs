//! What a column's type means in a filter: which Rust value it takes, and how that value is bound.
//!
//! Values are converted here, by the column's type, before sea-query sees them. Its own conversion by the
//! value's Rust type sends a `u64` as numeric and an instant as a local timestamp, and has no exact
//! numbers, intervals, networks or JSON. Those go as text, with a cast that the server does once.

use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sea_query::{Alias, ArrayType, Expr, ExprTrait as _, Value};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::numeric::Numeric;
use super::range::Range;
use super::value::{Inet, Interval, RawJson, Xid8};

/// A column type.
pub trait SqlType {
    /// What values are given as.
    type Rust: ?Sized;

    /// The value as sea-query holds it.
    #[doc(hidden)]
    fn value(value: &Self::Rust) -> Value;
    /// NULL as sea-query holds it.
    #[doc(hidden)]
    fn array_type() -> ArrayType;
    /// The type that the value is cast to, when it is bound as text.
    #[doc(hidden)]
    const CAST: Option<&'static str>;
}

/// A type whose values can be compared for equality and order.
pub trait Comparable: SqlType {}

/// A type whose values can contain others (`@>`).
pub trait Containing: SqlType {}

/// Defines a marker: its name, the type in SQL, the value's type, and how it is bound.
macro_rules! sql_types {
    ($($(#[$doc:meta])* $name:ident, $rust:ty, $array:ident, $cast:expr, $convert:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl SqlType for $name {
            type Rust = $rust;
            const CAST: Option<&'static str> = $cast;

            fn value(value: &$rust) -> Value {
                let convert: fn(&$rust) -> Value = $convert;
                convert(value)
            }

            fn array_type() -> ArrayType {
                ArrayType::$array
            }
        }
    )*};
}

sql_types! {
    /// `smallint`
    SmallInt, i16, SmallInt, None, |v| Value::SmallInt(Some(*v));
    /// `integer`
    Integer, i32, Int, None, |v| Value::Int(Some(*v));
    /// `bigint`
    BigInt, i64, BigInt, None, |v| Value::BigInt(Some(*v));
    /// `numeric`
    Decimal, Numeric, String, Some("numeric"), |v| text(v);
    /// `real`
    Real, f32, Float, None, |v| Value::Float(Some(*v));
    /// `double precision`
    DoublePrecision, f64, Double, None, |v| Value::Double(Some(*v));
    /// `boolean`
    Boolean, bool, Bool, None, |v| Value::Bool(Some(*v));
    /// `text`
    Text, str, String, None, |v| text(v);
    /// `character varying`
    VarChar, str, String, None, |v| text(v);
    /// `bytea`
    Bytea, [u8], Bytes, None, |v| Value::Bytes(Some(v.to_vec()));
    /// `uuid`
    UuidValue, Uuid, Uuid, None, |v| Value::Uuid(Some(*v));
    /// `date`
    Date, NaiveDate, ChronoDate, None, |v| Value::ChronoDate(Some(*v));
    /// `time without time zone`
    Time, NaiveTime, ChronoTime, None, |v| Value::ChronoTime(Some(*v));
    /// `timestamp without time zone`
    Timestamp, NaiveDateTime, ChronoDateTime, None, |v| Value::ChronoDateTime(Some(*v));
    /// `timestamp with time zone`
    TimestampTz, DateTime<Utc>, ChronoDateTimeUtc, None, |v| Value::ChronoDateTimeUtc(Some(*v));
    /// `interval`
    IntervalValue, Interval, String, Some("interval"), |v| text(v);
    /// `json`
    Json, RawJson, String, Some("json"), |v| text(v);
    /// `jsonb`
    Jsonb, RawJson, String, Some("jsonb"), |v| text(v);
    /// `inet`
    InetValue, Inet, String, Some("inet"), |v| text(v);
    /// `xid8`
    TransactionId, Xid8, String, Some("xid8"), |v| text(v);
    /// `int4range`
    IntegerRange, Range<i32>, String, Some("int4range"), |v| text(v);
    /// `int8range`
    BigIntRange, Range<i64>, String, Some("int8range"), |v| text(v);
    /// `numrange`
    DecimalRange, Range<Numeric>, String, Some("numrange"), |v| text(v);
    /// `daterange`
    DateRange, Range<NaiveDate>, String, Some("daterange"), |v| text(v);
    /// `tsrange`
    TimestampRange, Range<NaiveDateTime>, String, Some("tsrange"), |v| text(v);
    /// `tstzrange`
    TimestampTzRange, Range<DateTime<Utc>>, String, Some("tstzrange"), |v| text(v);
}

macro_rules! comparable {
    ($($name:ident),*) => { $(impl Comparable for $name {})* };
}
// All but `json`, which the server can only check for NULL.
comparable!(
    SmallInt,
    Integer,
    BigInt,
    Decimal,
    Real,
    DoublePrecision,
    Boolean,
    Text,
    VarChar,
    Bytea,
    UuidValue,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    IntervalValue,
    Jsonb,
    InetValue,
    TransactionId,
    IntegerRange,
    BigIntRange,
    DecimalRange,
    DateRange,
    TimestampRange,
    TimestampTzRange
);

macro_rules! containing {
    ($($name:ident),*) => { $(impl Containing for $name {})* };
}
containing!(
    Jsonb,
    IntegerRange,
    BigIntRange,
    DecimalRange,
    DateRange,
    TimestampRange,
    TimestampTzRange
);

/// A type of texts.
pub trait Textual: SqlType<Rust = str> {}

impl Textual for Text {}
impl Textual for VarChar {}

/// What a type of the definition's own is called.
pub trait TypeName {
    /// The type in SQL.
    const NAME: &'static str;
    /// The type of an array of it.
    const ARRAY: &'static str;
}

/// A type of the definition's own; its values are given as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<Name>(PhantomData<Name>);

impl<Name: TypeName> SqlType for Named<Name> {
    type Rust = str;
    const CAST: Option<&'static str> = Some(Name::NAME);

    fn value(value: &str) -> Value {
        text(value)
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }
}

impl<Name: TypeName> Comparable for Named<Name> {}

impl<Name: TypeName> Element for Named<Name> {
    type Owned = String;
    const ARRAY_CAST: Option<&'static str> = Some(Name::ARRAY);

    fn borrow(owned: &String) -> &str {
        owned
    }
}

/// An array; its values are given as a slice of owned elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array<Element>(PhantomData<Element>);

/// A type whose values can be elements of an array in a filter.
pub trait Element: SqlType {
    /// The owned element.
    type Owned;

    /// The element as it is bound.
    #[doc(hidden)]
    fn borrow(owned: &Self::Owned) -> &Self::Rust;
    /// The type of an array of it, bound as text and cast.
    #[doc(hidden)]
    const ARRAY_CAST: Option<&'static str>;
}

macro_rules! elements {
    ($($name:ident, $owned:ty, $cast:expr;)*) => {$(
        impl Element for $name {
            type Owned = $owned;
            const ARRAY_CAST: Option<&'static str> = $cast;

            fn borrow(owned: &$owned) -> &Self::Rust {
                owned
            }
        }
    )*};
}
elements! {
    SmallInt, i16, None;
    Integer, i32, None;
    BigInt, i64, None;
    Decimal, Numeric, Some("numeric[]");
    Real, f32, None;
    DoublePrecision, f64, None;
    Boolean, bool, None;
    Text, String, None;
    VarChar, String, Some("varchar[]");
    Bytea, Vec<u8>, None;
    UuidValue, Uuid, None;
    Date, NaiveDate, None;
    Time, NaiveTime, None;
    Timestamp, NaiveDateTime, None;
    TimestampTz, DateTime<Utc>, None;
    IntervalValue, Interval, Some("interval[]");
    Json, RawJson, Some("json[]");
    Jsonb, RawJson, Some("jsonb[]");
    InetValue, Inet, Some("inet[]");
    TransactionId, Xid8, Some("xid8[]");
    IntegerRange, Range<i32>, Some("int4range[]");
    BigIntRange, Range<i64>, Some("int8range[]");
    DecimalRange, Range<Numeric>, Some("numrange[]");
    DateRange, Range<NaiveDate>, Some("daterange[]");
    TimestampRange, Range<NaiveDateTime>, Some("tsrange[]");
    TimestampTzRange, Range<DateTime<Utc>>, Some("tstzrange[]");
}

impl<E: Element> SqlType for Array<E> {
    type Rust = [E::Owned];
    const CAST: Option<&'static str> = E::ARRAY_CAST;

    fn value(value: &[E::Owned]) -> Value {
        let elements = value.iter().map(|element| E::value(E::borrow(element)));
        Value::Array(E::array_type(), Some(Box::new(elements.collect())))
    }

    /// PostgreSQL's arrays of arrays are of the same type as the array.
    fn array_type() -> ArrayType {
        E::array_type()
    }
}

impl<E: Element + Comparable> Comparable for Array<E> {}
impl<E: Element + Comparable> Containing for Array<E> {}

/// The value as an expression.
pub(crate) fn bind<T: SqlType + ?Sized>(value: &T::Rust) -> Expr {
    cast(T::value(value), T::CAST.map(str::to_owned))
}

/// A list of values as one array, so that the text does not depend on how many they are.
pub(crate) fn bind_list<'v, T: SqlType + 'v>(
    values: impl IntoIterator<Item = &'v T::Rust>,
) -> Expr {
    let elements = values.into_iter().map(T::value).collect();
    let value = Value::Array(T::array_type(), Some(Box::new(elements)));
    cast(value, T::CAST.map(|name| format!("{name}[]")))
}

fn cast(value: Value, name: Option<String>) -> Expr {
    let value = Expr::value(value);
    match name {
        None => value,
        Some(name) => value.cast_as(Alias::new(name)),
    }
}

fn text(value: &(impl ToString + ?Sized)) -> Value {
    Value::String(Some(value.to_string()))
}

/// The server's type of a bound value: by its variant, and only for the variants that are made above.
pub(crate) fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::BOOL,
        Value::SmallInt(_) => Type::INT2,
        Value::Int(_) => Type::INT4,
        Value::BigInt(_) => Type::INT8,
        Value::Float(_) => Type::FLOAT4,
        Value::Double(_) => Type::FLOAT8,
        Value::Bytes(_) => Type::BYTEA,
        Value::Uuid(_) => Type::UUID,
        Value::ChronoDate(_) => Type::DATE,
        Value::ChronoTime(_) => Type::TIME,
        Value::ChronoDateTime(_) => Type::TIMESTAMP,
        Value::ChronoDateTimeUtc(_) => Type::TIMESTAMPTZ,
        Value::Array(element, _) => array_type_of(element),
        _ => Type::TEXT,
    }
}

fn array_type_of(element: &ArrayType) -> Type {
    match element {
        ArrayType::Bool => Type::BOOL_ARRAY,
        ArrayType::SmallInt => Type::INT2_ARRAY,
        ArrayType::Int => Type::INT4_ARRAY,
        ArrayType::BigInt => Type::INT8_ARRAY,
        ArrayType::Float => Type::FLOAT4_ARRAY,
        ArrayType::Double => Type::FLOAT8_ARRAY,
        ArrayType::Bytes => Type::BYTEA_ARRAY,
        ArrayType::Uuid => Type::UUID_ARRAY,
        ArrayType::ChronoDate => Type::DATE_ARRAY,
        ArrayType::ChronoTime => Type::TIME_ARRAY,
        ArrayType::ChronoDateTime => Type::TIMESTAMP_ARRAY,
        ArrayType::ChronoDateTimeUtc => Type::TIMESTAMPTZ_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}
