//! Data types as a person writes them: the short names of the types with a long one in the standard.

use eventcore_schema_model::ty::DataType;

/// The type's name in SQL.
pub fn data_type(ty: &DataType) -> String {
    match ty {
        DataType::VarChar(length) => format!("varchar({length})"),
        DataType::Numeric(Some((precision, scale))) => format!("numeric({precision}, {scale})"),
        DataType::Time => "time".to_owned(),
        DataType::Timestamp => "timestamp".to_owned(),
        DataType::TimestampTz => "timestamptz".to_owned(),
        DataType::Array(element) => format!("{}[]", data_type(element)),
        other => other.to_string(),
    }
}
