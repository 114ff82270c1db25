//! LT002: an index holds a column whose updates must stay HOT.

use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::validate::{IndexShape, ValidSchema};

use super::Lint;
use super::relation_indexes::entries;

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        for entry in entries(schema, table) {
            if entry.allows(LintCode::LT002) {
                continue;
            }
            let hot = columns(&entry.shape).into_iter().find(|name| {
                table
                    .find_column(name)
                    .is_some_and(|column| column.stays_hot)
            });
            if let Some(name) = hot {
                lints.push(Lint {
                    code: LintCode::LT002,
                    path: entry.path.clone(),
                    message: format!("it holds `{name}`, which ordinary traffic updates in place"),
                    help: "leave the column out. With it no update is heap-only: each one writes a new \
                           entry into every index of the table, and vacuum has to take them out again"
                        .to_owned(),
                    place: entry.place,
                });
            }
        }
    }
    lints
}

/// Every column that an update may not change if it is to stay heap-only. Block ranges point at no row, so
/// from PostgreSQL 16 on they do not count; on 15 they do.
fn columns(shape: &IndexShape) -> Vec<&Ident> {
    let exprs = shape.parts.iter().map(|part| &part.value);
    let read = exprs.chain(&shape.predicate).flat_map(Expr::columns);
    read.chain(&shape.include).collect()
}
