//! Which index or key serves a query, from what the definition says of both. The server proves it in the tests.

use eventcore_schema_model::constraint::{Constraint, Key};
use eventcore_schema_model::index::Serves;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::query::{Access, Query};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::template::Binding;

/// Names of indexes and keys that serve the query: those that name it, and for each of its accesses that no
/// such index is of, the keys that fit it best.
pub(super) fn serving<'a>(schema: &'a Schema, query: &Query) -> Vec<&'a str> {
    let wanted = Serves::Query(query.name.clone());
    let mut names: Vec<&str> = Vec::new();
    let mut served: Vec<&Table> = Vec::new();
    for table in &schema.tables {
        let leaves = table.leaf().into_iter().flat_map(|leaf| &leaf.indexes);
        for index in table.indexes.iter().chain(leaves) {
            if index.serves.contains(&wanted) {
                names.push(index.name.as_str());
                served.push(table);
            }
        }
    }
    for access in &query.access {
        let tables = tables_of(schema, access);
        if tables
            .iter()
            .any(|table| served.iter().any(|known| std::ptr::eq(*known, *table)))
        {
            continue;
        }
        for name in tables
            .into_iter()
            .filter_map(|table| best_key(table, access))
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The relation itself, or the tables below a view.
fn tables_of<'a>(schema: &'a Schema, access: &Access) -> Vec<&'a Table> {
    if let Some(table) = schema.find_table(&access.relation) {
        return vec![table];
    }
    let Some(view) = schema.find_view(&access.relation) else {
        return Vec::new();
    };
    let relations = view
        .body
        .bindings
        .values()
        .filter_map(|binding| match binding {
            Binding::Relation(name) => schema.find_table(name),
            _ => None,
        });
    relations.collect()
}

fn best_key<'a>(table: &'a Table, access: &Access) -> Option<&'a str> {
    let leaves = table.leaf().into_iter().flat_map(|leaf| &leaf.constraints);
    let fits = |constraint: &'a Constraint| {
        let fit = fit(constraint.key()?, access);
        (fit > 0).then_some((fit, constraint.name.as_str()))
    };
    let keys = table.constraints.iter().chain(leaves).filter_map(fits);
    // The first of equals: `max_by_key` would give the last.
    keys.reduce(|best, key| if key.0 > best.0 { key } else { best })
        .map(|(_, name)| name)
}

/// How many leading columns of the key the access uses.
fn fit(key: &Key, access: &Access) -> usize {
    let is_equal = |column: &&Ident| access.equal.contains(column);
    let equal = key.columns.iter().take_while(is_equal).count();
    let ranged = access.range.is_some() && key.columns.get(equal) == access.range.as_ref();
    equal + usize::from(ranged)
}
