//! `CREATE INDEX`.

use eventcore_schema_model::index::{Index, IndexMethod, IndexPart, NullsOrder};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

use super::comment::comment;
use super::expr::{expr, index_part};
use super::layout::clauses;
use super::quote::{list, qualified, quote_ident};
use super::storage::storage;

/// Creates an index of a table, with its comment.
pub fn create_index(schema: &Schema, table: &Table, index: &Index) -> String {
    let name = quote_ident(index.name.as_str());
    let mut parts = vec![format!(
        "ON {} {}",
        qualified(schema, &table.name),
        index_columns(schema, index)
    )];
    parts.extend(index_options(schema, index));
    let statement = clauses(&format!("{} {name}", index_head(index)), &parts);
    let object = qualified(schema, &table.name.sibling(&index.name));
    format!(
        "{statement};\n{}",
        comment(&format!("INDEX {object}"), index.comment.as_deref())
    )
}

/// `CREATE [UNIQUE] INDEX`.
pub(super) fn index_head(index: &Index) -> &'static str {
    if index.unique {
        "CREATE UNIQUE INDEX"
    } else {
        "CREATE INDEX"
    }
}

/// The access method and what the index is sorted or hashed by.
pub(super) fn index_columns(schema: &Schema, index: &Index) -> String {
    let parts: Vec<_> = index
        .parts
        .iter()
        .map(|part| part_text(schema, part))
        .collect();
    let method = match index.method {
        IndexMethod::Btree => String::new(),
        other => format!("USING {} ", other.name()),
    };
    format!("{method}({})", parts.join(", "))
}

/// What follows the columns, a clause an item.
pub(super) fn index_options(schema: &Schema, index: &Index) -> Vec<String> {
    let mut options = Vec::new();
    if !index.include.is_empty() {
        options.push(format!("INCLUDE ({})", list(&index.include)));
    }
    if index.nulls_not_distinct {
        options.push("NULLS NOT DISTINCT".to_owned());
    }
    options.extend(storage(&index.storage));
    if let Some(predicate) = &index.predicate {
        options.push(format!("WHERE {}", expr(schema, predicate)));
    }
    options
}

pub(super) fn part_text(schema: &Schema, part: &IndexPart) -> String {
    let mut words = vec![index_part(schema, &part.value)];
    if let Some(collation) = &part.collation {
        words.push(format!("COLLATE {}", quote_ident(collation.as_str())));
    }
    if let Some(opclass) = &part.opclass {
        let own = quote_ident(opclass.as_str()).into_owned();
        words.push(match schema.namespace_of_class(opclass) {
            Some(home) => format!("{}.{own}", quote_ident(home.as_str())),
            None => own,
        });
    }
    if part.descending {
        words.push("DESC".to_owned());
    }
    match part.nulls {
        Some(NullsOrder::First) => words.push("NULLS FIRST".to_owned()),
        Some(NullsOrder::Last) => words.push("NULLS LAST".to_owned()),
        None => {}
    }
    words.join(" ")
}
