//! The order in which objects can be created: each after those that it needs.

use std::collections::BTreeSet;

use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;

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
            let needs = schema.needs(&object);
            let needs = needs.iter().map(|it| absolute(schema, it)).collect();
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
