//! LT004: a query's filter is served by no index.

use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::IndexMethod;
use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::query::Access;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::validate::{IndexShape, ObjectPath, ValidSchema};

use super::relation_indexes::entries;
use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints = Vec::new();
    for query in &schema.queries {
        if is_allowed(LintCode::LT004, &[&query.allows]) {
            continue;
        }
        for access in &query.access {
            // A view stands for the tables below it, as far as they have the columns.
            for table in schema.tables_below(&access.relation) {
                if !has_columns(table, access) || is_served(schema, table, access) {
                    continue;
                }
                lints.push(Lint {
                    code: LintCode::LT004,
                    path: ObjectPath::new("query", &query.name).child("access to", &access.relation),
                    message: format!(
                        "no index of table `{}` serves {}",
                        table.name,
                        describe(access)
                    ),
                    help: format!(
                        "add {}: without it each call reads the whole table, and the more the longer the \
                         store lives",
                        proposal(access)
                    ),
                    place: query.place,
                });
            }
        }
    }
    lints
}

fn columns(access: &Access) -> impl Iterator<Item = &Ident> {
    access
        .equal
        .iter()
        .chain(&access.range)
        .chain(&access.contains)
}

fn has_columns(table: &Table, access: &Access) -> bool {
    columns(access).all(|name| table.find_column(name).is_some())
}

fn is_served(schema: &Schema, table: &Table, access: &Access) -> bool {
    let filters = columns(access).next().is_some();
    !filters
        || entries(schema, table)
            .iter()
            .any(|entry| serves(&entry.shape, access))
}

fn serves(shape: &IndexShape, access: &Access) -> bool {
    let parts: Vec<Option<&Ident>> = shape
        .parts
        .iter()
        .map(|part| match &part.value {
            Expr::Column(name) => Some(name),
            _ => None,
        })
        .collect();
    if !predicate_holds(shape.predicate.as_ref(), access) {
        return false;
    }
    if let Some(contains) = &access.contains {
        return shape.method == IndexMethod::Gin && parts.contains(&Some(contains));
    }
    let equal = &access.equal;
    let compared = |part: Option<&Ident>| part.is_some_and(|name| equal.contains(name));
    match shape.method {
        IndexMethod::Btree => {
            // One row at most: whatever else is asked of it costs nothing.
            if shape.unique && parts.iter().copied().all(compared) {
                return true;
            }
            let leads = parts.len() >= equal.len()
                && parts[..equal.len()].iter().copied().all(compared)
                && equal
                    .iter()
                    .all(|name| parts[..equal.len()].contains(&Some(name)));
            let range = access.range.as_ref();
            leads && range.is_none_or(|name| parts.get(equal.len()) == Some(&Some(name)))
        }
        IndexMethod::Hash => access.range.is_none() && equal.len() == 1 && parts == [equal.first()],
        IndexMethod::Brin => {
            equal.is_empty()
                && access
                    .range
                    .as_ref()
                    .is_some_and(|name| parts.contains(&Some(name)))
        }
        IndexMethod::Gin | IndexMethod::Gist | IndexMethod::SpGist => false,
    }
}

/// Whether the rows that the access wants are among those that the index covers: a comparison finds no
/// NULL, so `IS NOT NULL` of a compared column holds.
fn predicate_holds(predicate: Option<&Expr>, access: &Access) -> bool {
    match predicate {
        None => true,
        Some(Expr::IsNotNull(operand)) => {
            matches!(&**operand, Expr::Column(name) if columns(access).any(|used| used == name))
        }
        Some(_) => false,
    }
}

fn describe(access: &Access) -> String {
    let mut words = Vec::new();
    if !access.equal.is_empty() {
        words.push(format!("equality of {}", list(&access.equal)));
    }
    if let Some(range) = &access.range {
        words.push(format!("a range of `{range}`"));
    }
    if let Some(contains) = &access.contains {
        words.push(format!("containment in `{contains}`"));
    }
    words.join(" with ")
}

fn proposal(access: &Access) -> String {
    match &access.contains {
        Some(contains) => format!("a gin index over `{contains}`"),
        None => format!(
            "an index over {}",
            list(access.equal.iter().chain(&access.range))
        ),
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a Ident>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
