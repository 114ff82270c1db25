//! The order in which objects can be created: each after those that it needs. What PostgreSQL looks up when an
//! object is created counts: a foreign key's table, a view's relations and routines, an SQL function's too. The
//! body of a `plpgsql` function is looked up when it runs.

use std::collections::BTreeSet;

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::routine::Language;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::template::{Binding, Template};
use eventcore_schema_model::ty::DataType;

use super::PlanError;

/// Each object after those among `objects` that it needs, in the given order apart from that.
///
/// # Errors
/// When objects need each other in a circle.
pub(super) fn each_after_its_needs(
    schema: &Schema,
    objects: Vec<ObjectRef>,
) -> Result<Vec<ObjectRef>, PlanError> {
    let mut waiting: Vec<(ObjectRef, Vec<ObjectRef>)> = objects
        .into_iter()
        .map(|object| {
            let needs = needs(schema, &object);
            (object, needs)
        })
        .collect();
    let mut missing: BTreeSet<ObjectRef> = waiting
        .iter()
        .map(|(object, _)| absolute(schema, object))
        .collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|(_, needs)| !needs.iter().any(|need| missing.contains(need)));
        let Some(ready) = ready else {
            return Err(PlanError::Circle {
                objects: waiting.iter().map(|(object, _)| shown(object)).collect(),
            });
        };
        let (object, _) = waiting.remove(ready);
        missing.remove(&absolute(schema, &object));
        ordered.push(object);
    }
    Ok(ordered)
}

/// What must be there before `object`, by absolute names; a name that could be several kinds as each of them.
fn needs(schema: &Schema, object: &ObjectRef) -> Vec<ObjectRef> {
    let namespaces = schema.namespaces_for(object).into_iter();
    let namespaces = namespaces.map(|it| ObjectRef::Namespace(it.name.clone()));
    namespaces.chain(looked_up(schema, object)).collect()
}

/// What the server looks up when it creates `object`.
fn looked_up(schema: &Schema, object: &ObjectRef) -> Vec<ObjectRef> {
    match absolute(schema, object) {
        ObjectRef::Table(name) => {
            let table = schema.find_table(&name);
            let columns = table.into_iter().flat_map(|table| &table.columns);
            let types = types(schema, columns.map(|column| &column.ty));
            let constraints = table.into_iter().flat_map(|table| &table.constraints);
            constraints
                .filter_map(|constraint| match &constraint.kind {
                    ConstraintKind::ForeignKey(key) => Some(qualify(schema, &key.references)),
                    _ => None,
                })
                .filter(|references| *references != name)
                .flat_map(|references| referenced(schema, references))
                .chain(types)
                .collect()
        }
        ObjectRef::Index(table, _) | ObjectRef::Partitions(table) => vec![ObjectRef::Table(table)],
        ObjectRef::View(name) => schema
            .find_view(&name)
            .map_or_else(Vec::new, |view| named_in(schema, &view.body)),
        ObjectRef::Routine(name) => schema.find_routine(&name).map_or_else(Vec::new, |routine| {
            let mut needs = types(schema, routine.types());
            if routine.language != Language::PlPgSql {
                needs.extend(named_in(schema, &routine.body));
            }
            needs
        }),
        ObjectRef::Type(name) => schema
            .find_type(&name)
            .map_or_else(Vec::new, |ty| types(schema, ty.parts())),
        ObjectRef::Namespace(_) | ObjectRef::Extension(_) | ObjectRef::Sequence(_) => Vec::new(),
    }
}

/// The definition's own types among these.
fn types<'a>(schema: &Schema, types: impl IntoIterator<Item = &'a DataType>) -> Vec<ObjectRef> {
    let names = types.into_iter().filter_map(DataType::name);
    names
        .map(|name| ObjectRef::Type(qualify(schema, name)))
        .collect()
}

/// What a foreign key to a table looks up: the table, and a unique index, if that is what serves it.
fn referenced(schema: &Schema, table: QualifiedName) -> Vec<ObjectRef> {
    let indexes = schema.find_table(&table).map(|found| &found.indexes);
    let unique = indexes.into_iter().flatten().filter(|index| index.unique);
    let mut needs: Vec<ObjectRef> = unique
        .map(|index| ObjectRef::Index(table.clone(), index.name.clone()))
        .collect();
    needs.push(ObjectRef::Table(table));
    needs
}

/// What a text names.
fn named_in(schema: &Schema, text: &Template) -> Vec<ObjectRef> {
    let mut named = Vec::new();
    for binding in text.bindings.values() {
        match binding {
            Binding::Relation(name) => {
                let name = qualify(schema, name);
                named.extend([ObjectRef::Table(name.clone()), ObjectRef::View(name)]);
            }
            Binding::Sequence(name) => named.push(ObjectRef::Sequence(qualify(schema, name))),
            Binding::Routine(name) => {
                named.push(ObjectRef::Routine(qualify(schema, name)));
                let tables = schema.tables.iter();
                let maker = tables.filter(|table| {
                    schema.find_policy(&table.name).is_some_and(|policy| {
                        let mut own = policy.routine_names().into_iter();
                        own.any(|own| schema.same_name(own, name))
                    })
                });
                named
                    .extend(maker.map(|table| ObjectRef::Partitions(qualify(schema, &table.name))));
            }
            Binding::Type(ty) => named.extend(types(schema, [ty])),
            Binding::Integer(_) | Binding::Text(_) => {}
        }
    }
    named
}

fn absolute(schema: &Schema, object: &ObjectRef) -> ObjectRef {
    match object {
        ObjectRef::Namespace(_) | ObjectRef::Extension(_) => object.clone(),
        ObjectRef::Type(name) => ObjectRef::Type(qualify(schema, name)),
        ObjectRef::Sequence(name) => ObjectRef::Sequence(qualify(schema, name)),
        ObjectRef::Table(name) => ObjectRef::Table(qualify(schema, name)),
        ObjectRef::Index(table, name) => ObjectRef::Index(qualify(schema, table), name.clone()),
        ObjectRef::View(name) => ObjectRef::View(qualify(schema, name)),
        ObjectRef::Routine(name) => ObjectRef::Routine(qualify(schema, name)),
        ObjectRef::Partitions(table) => ObjectRef::Partitions(qualify(schema, table)),
    }
}

fn qualify(schema: &Schema, name: &QualifiedName) -> QualifiedName {
    QualifiedName {
        namespace: Some(schema.namespace_of(name).clone()),
        name: name.name.clone(),
    }
}

fn shown(object: &ObjectRef) -> String {
    match object {
        ObjectRef::Namespace(name) => format!("PostgreSQL schema `{name}`"),
        ObjectRef::Extension(name) => format!("extension `{name}`"),
        ObjectRef::Type(name) => format!("type `{name}`"),
        ObjectRef::Sequence(name) => format!("sequence `{name}`"),
        ObjectRef::Table(name) => format!("table `{name}`"),
        ObjectRef::Index(table, name) => format!("index `{name}` of `{table}`"),
        ObjectRef::View(name) => format!("view `{name}`"),
        ObjectRef::Routine(name) => format!("routine `{name}`"),
        ObjectRef::Partitions(table) => format!("partitions of `{table}`"),
    }
}
