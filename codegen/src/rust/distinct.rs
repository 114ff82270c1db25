//! Names that must stay different in Rust: what a definition tells apart by case, by spaces or by underscores
//! can become one name, and then the crate does not compile, or one file takes the place of another.

use std::collections::BTreeMap;

use eventcore_schema_model::name::Ident;

use super::merge::Merged;
use super::{EmitError, names, support};

/// How a name becomes a Rust name of some kind.
type Convert = fn(&'static str, &str) -> Result<proc_macro2::Ident, EmitError>;

/// The Rust names of one scope, each with the kind and name that it comes from.
#[derive(Default)]
struct Scope(BTreeMap<String, (&'static str, String)>);

impl Scope {
    fn add(
        &mut self,
        kind: &'static str,
        name: String,
        rust: &proc_macro2::Ident,
    ) -> Result<(), EmitError> {
        let rust = rust.to_string();
        match self.0.insert(rust.clone(), (kind, name.clone())) {
            None => Ok(()),
            Some((kind, first)) => Err(EmitError::SameRustName {
                kind,
                first,
                second: name,
                rust,
            }),
        }
    }
}

/// Refuses names that become one Rust name.
pub(super) fn idents<'a>(
    kind: &'static str,
    given: impl IntoIterator<Item = &'a Ident>,
    convert: Convert,
) -> Result<(), EmitError> {
    let mut scope = Scope::default();
    for name in given {
        scope.add(kind, name.to_string(), &convert(kind, name.as_str())?)?;
    }
    Ok(())
}

/// Refuses definitions whose stores, queries, rows or relations become one Rust name.
pub(super) fn check(merged: &Merged<'_>) -> Result<(), EmitError> {
    let queries = merged.queries.iter().map(|merged| &merged.query.name);
    idents("store", merged.layouts.iter().copied(), names::camel)?;
    idents("module", merged.modules(), names::snake)?;
    idents("query", queries, names::snake)?;
    idents("row", merged.rows.keys().copied(), names::camel)?;
    one_store(merged)?;
    types(merged)?;
    constants(merged)?;
    relations(merged)
}

/// The event store's interface in Rust is written for one function that appends.
fn one_store(merged: &Merged<'_>) -> Result<(), EmitError> {
    let mut queries = merged.queries.iter();
    let append = queries.find(|it| it.query.name == *"append_events");
    let Some(append) = append.filter(|it| !it.is_shared()) else {
        return Ok(());
    };
    let mut names = append.texts.iter().map(|(layout, _)| layout.to_string());
    Err(EmitError::OtherStore {
        first: names.next().unwrap_or_default(),
        second: names.next().unwrap_or_default(),
    })
}

/// Each row is a type, and each query has one, its prepared form.
fn types(merged: &Merged<'_>) -> Result<(), EmitError> {
    let rows = merged.rows.keys().map(|name| ("row", *name));
    let queries = merged.queries.iter();
    let queries = queries.map(|merged| ("query", &merged.query.name));
    let mut scope = Scope::default();
    for (kind, name) in rows.chain(queries) {
        let rust = names::camel(kind, name.as_str())?;
        if support::is_reserved_type(&rust.to_string()) {
            return Err(EmitError::ReservedType {
                kind,
                name: name.to_string(),
            });
        }
        scope.add(kind, name.to_string(), &rust)?;
    }
    Ok(())
}

/// Each query has a constant for its description, and one for each of its texts, in its module.
fn constants(merged: &Merged<'_>) -> Result<(), EmitError> {
    let mut scopes: BTreeMap<&Ident, Scope> = BTreeMap::new();
    for known in &merged.queries {
        let name = &known.query.name;
        let scope = scopes.entry(&known.query.module).or_default();
        let mut constants = known.text_constants()?;
        constants.dedup();
        constants.push(names::screaming("query", name.as_str())?);
        for constant in constants {
            scope.add("query", name.to_string(), &constant)?;
        }
    }
    Ok(())
}

/// Each table and view is a module.
fn relations(merged: &Merged<'_>) -> Result<(), EmitError> {
    let mut scope = Scope::default();
    for relation in &merged.relations {
        let name = format!("{}.{}", relation.namespace, relation.name);
        scope.add("relation", name, &merged.module_of(relation)?)?;
    }
    Ok(())
}
