//! The column types that event stores and their read models use.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::{IntoName, QualifiedName};

/// A PostgreSQL data type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// `smallint`, 2 bytes.
    SmallInt,
    /// `integer`, 4 bytes.
    Integer,
    /// `bigint`, 8 bytes.
    BigInt,
    /// `numeric`, or `numeric(precision, scale)`.
    Numeric(Option<(u16, i16)>),
    /// `real`, 4 bytes.
    Real,
    /// `double precision`, 8 bytes.
    DoublePrecision,
    /// `boolean`.
    Boolean,
    /// `text`.
    Text,
    /// `character varying(n)`, n in characters.
    VarChar(u32),
    /// `bytea`.
    Bytea,
    /// `uuid`, 16 bytes.
    Uuid,
    /// `date`.
    Date,
    /// `time without time zone`.
    Time,
    /// `timestamp without time zone`.
    Timestamp,
    /// `timestamp with time zone`: an instant, microseconds.
    TimestampTz,
    /// `interval`.
    Interval,
    /// `json`: the text as it was written.
    Json,
    /// `jsonb`: decomposed; duplicate keys, key order, white space and `\u0000` are lost or refused.
    Jsonb,
    /// `inet`.
    Inet,
    /// `xid8`: a full transaction id.
    Xid8,
    /// A range of values of another type: `int4range` and its kin.
    Range(RangeOf),
    /// A one-dimensional array.
    Array(Box<DataType>),
    /// A type of the definition's own, by its name.
    Named(QualifiedName),
}

/// The types that the server has ranges of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeOf {
    /// `int4range`
    Integer,
    /// `int8range`
    BigInt,
    /// `numrange`
    Numeric,
    /// `daterange`
    Date,
    /// `tsrange`
    Timestamp,
    /// `tstzrange`
    TimestampTz,
}

impl RangeOf {
    /// Every one of them.
    pub const ALL: [Self; 6] = [
        Self::Integer,
        Self::BigInt,
        Self::Numeric,
        Self::Date,
        Self::Timestamp,
        Self::TimestampTz,
    ];

    /// The type of the values in such a range.
    pub fn element(self) -> DataType {
        match self {
            Self::Integer => DataType::Integer,
            Self::BigInt => DataType::BigInt,
            Self::Numeric => DataType::Numeric(None),
            Self::Date => DataType::Date,
            Self::Timestamp => DataType::Timestamp,
            Self::TimestampTz => DataType::TimestampTz,
        }
    }

    /// The name of the range type, and of the function that makes one from its ends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "int4range",
            Self::BigInt => "int8range",
            Self::Numeric => "numrange",
            Self::Date => "daterange",
            Self::Timestamp => "tsrange",
            Self::TimestampTz => "tstzrange",
        }
    }
}

impl DataType {
    /// An array of `element`.
    pub fn array(element: Self) -> Self {
        Self::Array(Box::new(element))
    }

    /// A type of the definition's own.
    pub fn named(name: impl IntoName) -> Self {
        Self::Named(name.into_name())
    }

    /// The type itself, or that of an array's elements.
    pub fn element(&self) -> &Self {
        match self {
            Self::Array(element) => element.element(),
            other => other,
        }
    }

    /// The name by which a type of the definition is meant, if one is.
    pub fn name(&self) -> Option<&QualifiedName> {
        match self.element() {
            Self::Named(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn name_mut(&mut self) -> Option<&mut QualifiedName> {
        match self {
            Self::Array(element) => element.name_mut(),
            Self::Named(name) => Some(name),
            _ => None,
        }
    }

    /// Whether a collation can be given.
    pub fn is_collatable(&self) -> bool {
        match self {
            Self::Text | Self::VarChar(_) => true,
            Self::Array(element) => element.is_collatable(),
            _ => false,
        }
    }

    /// Whether it is one of the number types.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self, Self::Numeric(_) | Self::Real | Self::DoublePrecision)
    }

    /// Whether it is one of the integer types.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::SmallInt | Self::Integer | Self::BigInt)
    }

    /// Whether it is `text` or `varchar`.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::VarChar(_))
    }

    /// Whether PostgreSQL has a default btree operator class for it, so that it can be sorted, be unique
    /// and be a key.
    pub fn is_sortable(&self) -> bool {
        match self {
            Self::Json => false,
            Self::Array(element) => element.is_sortable(),
            _ => true,
        }
    }
}

/// The type's name in SQL, the one that `format_type` of the server gives.
impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Numeric(None) => "numeric",
            Self::Numeric(Some((precision, scale))) => {
                return write!(formatter, "numeric({precision},{scale})");
            }
            Self::Real => "real",
            Self::DoublePrecision => "double precision",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::VarChar(length) => return write!(formatter, "character varying({length})"),
            Self::Bytea => "bytea",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Time => "time without time zone",
            Self::Timestamp => "timestamp without time zone",
            Self::TimestampTz => "timestamp with time zone",
            Self::Interval => "interval",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Inet => "inet",
            Self::Xid8 => "xid8",
            Self::Range(of) => of.name(),
            Self::Array(element) => return write!(formatter, "{element}[]"),
            Self::Named(name) => return write!(formatter, "{name}"),
        };
        formatter.write_str(name)
    }
}
