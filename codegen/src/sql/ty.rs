//! Data types as a person writes them: the short names of the types with a long one in the standard.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::ty::DataType;

use super::quote::qualified;

/// The type's name in SQL.
pub fn data_type(schema: &Schema, ty: &DataType) -> String {
    match ty {
        DataType::VarChar(length) => format!("varchar({length})"),
        DataType::Numeric(Some((precision, scale))) => format!("numeric({precision}, {scale})"),
        DataType::Time => "time".to_owned(),
        DataType::Timestamp => "timestamp".to_owned(),
        DataType::TimestampTz => "timestamptz".to_owned(),
        DataType::Array(element) => format!("{}[]", data_type(schema, element)),
        DataType::Named(name) => qualified(schema, name),
        other => other.to_string(),
    }
}
