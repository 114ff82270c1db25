//! How PostgreSQL's types become Rust types: owned in rows, borrowed in arguments.
//!
//! `numeric`, `interval`, `inet`, `xid8`, `json`, `jsonb` and the ranges have types of their own in the support
//! files, because what the driver or another crate offers loses something: the scale of a numeric, the
//! months of an interval, the prefix of an inet, the digits of a number in a JSON document.

use eventcore_schema_model::ty::{DataType, RangeOf};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{EmitError, names};

/// The type of a value in a row.
pub(super) fn owned(ty: &DataType, nullable: bool) -> TokenStream {
    let plain = match ty {
        DataType::Text | DataType::VarChar(_) => quote!(String),
        DataType::Bytea => quote!(Vec<u8>),
        DataType::Array(element) => {
            let element = owned(element, false);
            quote!(Vec<#element>)
        }
        other => scalar(other),
    };
    optional(plain, nullable)
}

/// The type of an argument.
pub(super) fn argument(ty: &DataType, nullable: bool, nullable_elements: bool) -> TokenStream {
    let plain = match ty {
        DataType::Text | DataType::VarChar(_) | DataType::Named(_) => quote!(&str),
        DataType::Bytea => quote!(&[u8]),
        DataType::Json | DataType::Jsonb | DataType::Numeric(_) | DataType::Range(_) => {
            let scalar = scalar(ty);
            quote!(&#scalar)
        }
        DataType::Array(element) => {
            let element = argument(element, nullable_elements, false);
            quote!(&[#element])
        }
        other => scalar(other),
    };
    optional(plain, nullable)
}

fn optional(plain: TokenStream, nullable: bool) -> TokenStream {
    if nullable {
        quote!(Option<#plain>)
    } else {
        plain
    }
}

fn scalar(ty: &DataType) -> TokenStream {
    match ty {
        DataType::SmallInt => quote!(i16),
        DataType::Integer => quote!(i32),
        DataType::BigInt => quote!(i64),
        DataType::Numeric(_) => quote!(Numeric),
        DataType::Real => quote!(f32),
        DataType::DoublePrecision => quote!(f64),
        DataType::Boolean => quote!(bool),
        DataType::Uuid => quote!(Uuid),
        DataType::Date => quote!(NaiveDate),
        DataType::Time => quote!(NaiveTime),
        DataType::Timestamp => quote!(NaiveDateTime),
        DataType::TimestampTz => quote!(DateTime<Utc>),
        DataType::Interval => quote!(Interval),
        DataType::Json | DataType::Jsonb => quote!(RawJson),
        DataType::Inet => quote!(Inet),
        DataType::Xid8 => quote!(Xid8),
        DataType::Range(of) => {
            let element = scalar(&of.element());
            quote!(Range<#element>)
        }
        // No query passes on one of the definition's own types.
        DataType::Text | DataType::VarChar(_) | DataType::Named(_) => quote!(String),
        DataType::Bytea => quote!(Vec<u8>),
        DataType::Array(element) => scalar(element),
    }
}

/// The driver's constant for the type, such as `Type::INT8`.
pub(super) fn driver(ty: &DataType) -> TokenStream {
    let (element, array) = match ty {
        DataType::Array(element) => (element.as_ref(), "_ARRAY"),
        other => (other, ""),
    };
    let name = match element {
        DataType::SmallInt => "INT2",
        DataType::Integer => "INT4",
        DataType::BigInt => "INT8",
        DataType::Numeric(_) => "NUMERIC",
        DataType::Real => "FLOAT4",
        DataType::DoublePrecision => "FLOAT8",
        DataType::Boolean => "BOOL",
        // An array of arrays is the same type to the server as the array.
        DataType::Text | DataType::Array(_) | DataType::Named(_) => "TEXT",
        DataType::VarChar(_) => "VARCHAR",
        DataType::Bytea => "BYTEA",
        DataType::Uuid => "UUID",
        DataType::Date => "DATE",
        DataType::Time => "TIME",
        DataType::Timestamp => "TIMESTAMP",
        DataType::TimestampTz => "TIMESTAMPTZ",
        DataType::Interval => "INTERVAL",
        DataType::Json => "JSON",
        DataType::Jsonb => "JSONB",
        DataType::Inet => "INET",
        DataType::Xid8 => "XID8",
        DataType::Range(RangeOf::Integer) => "INT4_RANGE",
        DataType::Range(RangeOf::BigInt) => "INT8_RANGE",
        DataType::Range(RangeOf::Numeric) => "NUM_RANGE",
        DataType::Range(RangeOf::Date) => "DATE_RANGE",
        DataType::Range(RangeOf::Timestamp) => "TS_RANGE",
        DataType::Range(RangeOf::TimestampTz) => "TSTZ_RANGE",
    };
    let name = Ident::new(&format!("{name}{array}"), Span::call_site());
    quote!(Type::#name)
}

/// The marker of the type in filters, such as `BigInt`.
pub(super) fn marker(ty: &DataType) -> Result<TokenStream, EmitError> {
    let name = match ty {
        DataType::Array(element) => {
            let element = marker(element)?;
            return Ok(quote!(sql_type::Array<#element>));
        }
        DataType::Named(name) => {
            let name = type_name(name.name.as_str())?;
            return Ok(quote!(sql_type::Named<#name>));
        }
        DataType::SmallInt => "SmallInt",
        DataType::Integer => "Integer",
        DataType::BigInt => "BigInt",
        DataType::Numeric(_) => "Decimal",
        DataType::Real => "Real",
        DataType::DoublePrecision => "DoublePrecision",
        DataType::Boolean => "Boolean",
        DataType::Text => "Text",
        DataType::VarChar(_) => "VarChar",
        DataType::Bytea => "Bytea",
        DataType::Uuid => "UuidValue",
        DataType::Date => "Date",
        DataType::Time => "Time",
        DataType::Timestamp => "Timestamp",
        DataType::TimestampTz => "TimestampTz",
        DataType::Interval => "IntervalValue",
        DataType::Json => "Json",
        DataType::Jsonb => "Jsonb",
        DataType::Inet => "InetValue",
        DataType::Xid8 => "TransactionId",
        DataType::Range(RangeOf::Integer) => "IntegerRange",
        DataType::Range(RangeOf::BigInt) => "BigIntRange",
        DataType::Range(RangeOf::Numeric) => "DecimalRange",
        DataType::Range(RangeOf::Date) => "DateRange",
        DataType::Range(RangeOf::Timestamp) => "TimestampRange",
        DataType::Range(RangeOf::TimestampTz) => "TimestampTzRange",
    };
    let name = Ident::new(name, Span::call_site());
    Ok(quote!(sql_type::#name))
}

/// What stands for one of the definition's own types beside the columns that have it.
pub(super) fn type_name(name: &str) -> Result<Ident, EmitError> {
    names::camel("type", &format!("{name}_type"))
}
