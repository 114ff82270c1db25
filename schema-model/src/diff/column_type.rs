//! What a change of a column's type costs on a server: whether stored rows are written anew, and whether values can be
//! lost. The tests ask the server for every pair of types.

use crate::column::Column;
use crate::schema::Schema;
use crate::ty::DataType;

/// What a change of a column's type costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeChange {
    /// Only the catalog changes: every stored value is one of the new type as it stands.
    CatalogOnly,
    /// Every row is written anew; no value is lost.
    Rewrite,
    /// Every row is written anew, and values may not fit, or lose a part.
    Narrowing,
}

impl TypeChange {
    /// The cost for a column that is of the first schema before, and of the second one after: domains count as what they
    /// are over, and one with rules of its own can refuse what is stored.
    pub fn between_columns(schemas: (&Schema, &Schema), before: &Column, after: &Column) -> Self {
        let (from, to) = (schemas.0.base_of(&before.ty), schemas.1.base_of(&after.ty));
        if schemas.1.has_rules(&after.ty) {
            Self::Narrowing
        } else if from == to {
            Self::CatalogOnly
        } else {
            Self::between(from, to)
        }
    }

    /// The cost of the change from one type to another that differs from it.
    pub fn between(from: &DataType, to: &DataType) -> Self {
        use DataType::{
            BigInt, Date, DoublePrecision, Integer, Json, Jsonb, Numeric, Real, SmallInt, Text,
            Timestamp, VarChar,
        };
        match (from, to) {
            (VarChar(_), Text) | (Numeric(Some(_)), Numeric(None)) => Self::CatalogOnly,
            (VarChar(before), VarChar(after)) if after >= before => Self::CatalogOnly,
            (Numeric(Some((precision, scale))), Numeric(Some((after, after_scale))))
                if after_scale == scale && after >= precision =>
            {
                Self::CatalogOnly
            }
            (SmallInt, Integer | BigInt | Numeric(None) | Real | DoublePrecision)
            | (Integer, BigInt | Numeric(None) | DoublePrecision)
            | (BigInt, Numeric(None))
            | (Real, DoublePrecision)
            | (Date, Timestamp)
            | (Jsonb, Json)
            | (_, Text) => Self::Rewrite,
            _ => Self::Narrowing,
        }
    }
}
