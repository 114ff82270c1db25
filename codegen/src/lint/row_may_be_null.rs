//! LT005: a query's row declares a column not null that may be NULL: the call fails on the first such row.

use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema, columns_that_may_be_null};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for query in &schema.queries {
        if is_allowed(LintCode::LT005, &[&query.allows]) {
            continue;
        }
        for column in columns_that_may_be_null(schema, query) {
            lints.push(Lint {
                code: LintCode::LT005,
                path: ObjectPath::new("query", &query.name).child("row column", &column.name),
                message: "its row declares the column not null, and what it selects may be NULL"
                    .to_owned(),
                help: "declare it with `.nullable(...)`: the call fails at the first NULL"
                    .to_owned(),
                place: query.place,
            });
        }
    }
    lints
}
