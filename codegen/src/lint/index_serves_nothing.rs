//! LT003: an index names no query that needs it.

use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::validate::ValidSchema;

use super::Lint;
use super::relation_indexes::entries;

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        for entry in entries(schema, table) {
            // A unique index has a use of its own.
            let idle = entry
                .index
                .is_some_and(|index| index.serves.is_empty() && !index.unique);
            if idle && !entry.allows(LintCode::LT003) {
                lints.push(Lint {
                    code: LintCode::LT003,
                    path: entry.path.clone(),
                    message: "it names no query that needs it".to_owned(),
                    help: "name the queries with `.serves([...])`, a use outside of the definition with \
                           `.serves_external(\"...\")`, or remove it: each index is written with each row, \
                           and a set of 17 wrote 6.2 times the WAL of a primary and a unique key"
                        .to_owned(),
                    place: entry.place,
                });
            }
        }
    }
    lints
}
