//! The migrations that build a store from nothing: the ones that the definition lists, each with what its objects need,
//! and one more for everything else.

use eventcore_schema_model::extension::Extension;
use eventcore_schema_model::migration::{Migration, ObjectRef};
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::partition::PartitionPolicy;
use eventcore_schema_model::routine::Returns;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::validate::ValidSchema;

use super::order::each_after_its_needs;
use super::{CatalogObject, CatalogState, Condition, PlanError, PlannedMigration, Step, lock};
use crate::output::recorded_slug;

/// Plans the founding migrations of `schema`, in order. `name` is the slug of the automatic one, of
/// `a-z`, `0-9` and `_`; without it the one that `recorded`, the text of `migrations.sum`, has for its number.
///
/// # Errors
/// When there is no automatic migration for `name` to name, or objects need each other in a circle.
pub fn plan_founding(
    schema: &ValidSchema,
    name: Option<&str>,
    recorded: &str,
) -> Result<Vec<PlannedMigration>, PlanError> {
    let mut created = Vec::new();
    let listed = listed(schema);
    // What stands in a PostgreSQL schema or uses an extension needs it, whichever migration creates it.
    let first = schema.migrations.iter().map(|it| it.version).min();
    let mut migrations: Vec<&Migration> = schema.migrations.iter().collect();
    migrations.sort_by_key(|migration| migration.version);
    let mut planned = Vec::new();
    for migration in migrations {
        let mut objects = with_indexes(schema, &migration.creates, &listed);
        if Some(migration.version) == first {
            objects = with_ground(schema, objects, &listed);
        }
        let objects = with_needs(schema, objects, &listed, &created)?;
        planned.push(PlannedMigration {
            version: migration.version,
            slug: migration.slug.to_string(),
            place: None,
            step: step(schema, migration.purpose.clone(), &objects, &mut created),
        });
    }

    let unlisted = each_after_its_needs(schema, unlisted(schema, &created))?;
    match (unlisted.first(), name) {
        (Some(first), _) => {
            let last = planned.last().map_or(0, |migration| migration.version);
            let version = schema.first_later_version.max(last + 1);
            planned.push(PlannedMigration {
                version,
                slug: name
                    .or_else(|| recorded_slug(recorded, version))
                    .map_or_else(|| made_up_slug(&unlisted, first), str::to_owned),
                place: None,
                step: step(schema, purpose(&unlisted), &unlisted, &mut created),
            });
        }
        (None, Some(name)) => {
            return Err(PlanError::NothingToName {
                name: name.to_owned(),
            });
        }
        (None, None) => {}
    }
    Ok(planned)
}

/// Every object that some migration lists.
fn listed(schema: &Schema) -> Vec<&ObjectRef> {
    let migrations = schema.migrations.iter();
    migrations
        .flat_map(|migration| &migration.creates)
        .collect()
}

/// What the first migration creates: the PostgreSQL schemas and extensions that no migration lists, and its own objects.
fn with_ground(schema: &Schema, own: Vec<ObjectRef>, listed: &[&ObjectRef]) -> Vec<ObjectRef> {
    ground(schema)
        .filter(|it| !listed.iter().any(|other| schema.same_object(other, it)))
        .chain(own)
        .collect()
}

/// What others stand in or use.
fn ground(schema: &Schema) -> impl Iterator<Item = ObjectRef> {
    let namespaces = schema.namespaces.iter();
    let extensions = schema.extensions.iter();
    namespaces
        .map(|it| ObjectRef::Namespace(it.name.clone()))
        .chain(extensions.map(|it| ObjectRef::Extension(it.name.clone())))
}

/// The same with what they need and no migration lists, each after its needs.
fn with_needs(
    schema: &Schema,
    own: Vec<ObjectRef>,
    listed: &[&ObjectRef],
    created: &[ObjectRef],
) -> Result<Vec<ObjectRef>, PlanError> {
    let mut objects = own;
    let mut at = 0;
    while let Some(object) = objects.get(at) {
        let same = |other: &ObjectRef, it: &ObjectRef| schema.same_object(other, it);
        let needed: Vec<ObjectRef> = schema
            .needs(object)
            .into_iter()
            .filter(|it| schema.has(it) && !listed.iter().any(|other| same(other, it)))
            .collect();
        for object in with_indexes(schema, &needed, listed) {
            let mut known = objects.iter().chain(created);
            if !known.any(|other| same(other, &object)) {
                objects.push(object);
            }
        }
        at += 1;
    }
    each_after_its_needs(schema, objects)
}

/// What a migration creates: a table brings those of its indexes that no migration lists.
fn with_indexes(schema: &Schema, creates: &[ObjectRef], listed: &[&ObjectRef]) -> Vec<ObjectRef> {
    let mut objects = Vec::new();
    for object in creates {
        objects.push(object.clone());
        let ObjectRef::Table(name) = object else {
            continue;
        };
        let tables = schema.tables.iter();
        for table in tables.filter(|table| schema.same_name(&table.name, name)) {
            objects.extend(
                indexes(table)
                    .filter(|index| !listed.iter().any(|other| schema.same_object(other, index))),
            );
        }
    }
    objects
}

fn indexes(table: &Table) -> impl Iterator<Item = ObjectRef> {
    let names = table.indexes.iter().map(|index| index.name.clone());
    names.map(|index| ObjectRef::Index(table.name.clone(), index))
}

fn step(
    schema: &Schema,
    purpose: String,
    objects: &[ObjectRef],
    created: &mut Vec<ObjectRef>,
) -> Step {
    let before = created.len();
    created.extend(objects.iter().cloned());
    let mut locks = Vec::new();
    for object in objects {
        for lock in lock::of_create(schema, object, &created[before..]) {
            if !locks.contains(&lock) {
                locks.push(lock);
            }
        }
    }
    let available = objects.iter().filter_map(|object| match object {
        ObjectRef::Extension(name) => schema.find_extension(name).map(is_available),
        _ => None,
    });
    Step {
        needs: available.collect(),
        ..Step::founding(purpose, objects, locks)
    }
}

/// That the server can install an extension.
pub(super) fn is_available(extension: &Extension) -> Condition {
    let name = extension.name.to_string();
    let object = match &extension.version {
        Some(version) => CatalogObject::ExtensionVersion(version.clone(), name),
        None => CatalogObject::Extension(name),
    };
    Condition::new(object, CatalogState::Available)
}

/// The names that the definition's objects have in the catalog: namespace, dot and name, without quotes. What belongs to
/// another object, as an index does, has no entry of its own.
pub fn catalog_names(schema: &Schema) -> Vec<String> {
    let full = |name: &QualifiedName| format!("{}.{}", schema.namespace_of(name), name.name);
    let mut names = Vec::new();
    for object in unlisted(schema, &[]) {
        match object {
            ObjectRef::Index(..) => {}
            ObjectRef::Namespace(name) => names.push(name.to_string()),
            ObjectRef::Extension(name) => names.push(format!("extension {name}")),
            ObjectRef::Partitions(table) => {
                let policy = schema.find_policy(&table).into_iter();
                names.extend(policy.flat_map(PartitionPolicy::routine_names).map(full));
            }
            ObjectRef::Type(name)
            | ObjectRef::Sequence(name)
            | ObjectRef::Table(name)
            | ObjectRef::View(name)
            | ObjectRef::Routine(name) => names.push(full(&name)),
        }
    }
    names
}

/// What no migration lists.
fn unlisted(schema: &Schema, created: &[ObjectRef]) -> Vec<ObjectRef> {
    let (trigger_functions, functions): (Vec<_>, Vec<_>) = schema
        .routines
        .iter()
        .partition(|routine| routine.returns == Returns::Trigger);
    let routine = |routine: &eventcore_schema_model::routine::Routine| {
        ObjectRef::Routine(routine.name.clone())
    };
    let mut objects: Vec<ObjectRef> = ground(schema).collect();
    let types = schema.types.iter();
    objects.extend(types.map(|ty| ObjectRef::Type(ty.name().clone())));
    objects.extend(trigger_functions.into_iter().map(routine));
    objects.extend(
        schema
            .sequences
            .iter()
            .map(|sequence| ObjectRef::Sequence(sequence.name.clone())),
    );
    for table in &schema.tables {
        objects.push(ObjectRef::Table(table.name.clone()));
        objects.extend(indexes(table));
        if table
            .partitioning
            .as_ref()
            .is_some_and(|partitioning| partitioning.policy.is_some())
        {
            objects.push(ObjectRef::Partitions(table.name.clone()));
        }
    }
    objects.extend(
        schema
            .views
            .iter()
            .map(|view| ObjectRef::View(view.name.clone())),
    );
    objects.extend(functions.into_iter().map(routine));
    objects.retain(|object| {
        !created
            .iter()
            .any(|known| schema.same_object(known, object))
    });
    objects
}

/// `create_` and the name of the first table, or of the first object where there is no table.
fn made_up_slug(objects: &[ObjectRef], first: &ObjectRef) -> String {
    let is_table = |object: &&ObjectRef| matches!(object, ObjectRef::Table(_));
    let object = objects.iter().find(is_table).unwrap_or(first).name();
    let words: String = object
        .name
        .as_str()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(43)
        .collect();
    format!("create_{words}")
}

fn purpose(objects: &[ObjectRef]) -> String {
    let names = |select: fn(&ObjectRef) -> Option<String>| {
        objects
            .iter()
            .filter_map(select)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let tables = names(|object| match object {
        ObjectRef::Table(name) => Some(format!("`{name}`")),
        _ => None,
    });
    if tables.is_empty() {
        "Creates what no earlier migration creates.".to_owned()
    } else {
        format!("Creates {tables} and what belongs to it.")
    }
}
