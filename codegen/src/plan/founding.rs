//! The migrations that build a store from nothing: the ones that the definition lists, and one more for
//! everything that none of them lists.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::routine::Returns;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::validate::ValidSchema;

use super::{Action, PlanError, PlannedMigration, Step, lock};

/// Plans the founding migrations of `schema`, in order. `name` is the slug of the automatic one, of
/// `a-z`, `0-9` and `_`.
///
/// # Errors
/// When there is no automatic migration for `name` to name.
pub fn plan_founding(
    schema: &ValidSchema,
    name: Option<&str>,
) -> Result<Vec<PlannedMigration>, PlanError> {
    let mut created = Vec::new();
    let mut planned: Vec<PlannedMigration> = schema
        .migrations
        .iter()
        .map(|migration| PlannedMigration {
            version: migration.version,
            slug: migration.slug.to_string(),
            purpose: migration.purpose.clone(),
            steps: steps(schema, &migration.creates, &mut created),
        })
        .collect();
    planned.sort_by_key(|migration| migration.version);

    let unlisted = unlisted(schema, &created);
    match (unlisted.first(), name) {
        (Some(first), _) => {
            let last = planned.last().map_or(0, |migration| migration.version);
            planned.push(PlannedMigration {
                version: schema.first_later_version.max(last + 1),
                slug: slug(first, name),
                purpose: purpose(&unlisted),
                steps: steps(schema, &unlisted, &mut created),
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

fn steps(schema: &Schema, objects: &[ObjectRef], created: &mut Vec<ObjectRef>) -> Vec<Step> {
    let before = created.len();
    created.extend(objects.iter().cloned());
    objects
        .iter()
        .map(|object| Step {
            action: Action::Create(object.clone()),
            locks: lock::of_create(schema, object, &created[before..]),
            transactional: true,
        })
        .collect()
}

/// What no migration lists, each object after those that it needs.
fn unlisted(schema: &Schema, created: &[ObjectRef]) -> Vec<ObjectRef> {
    let (trigger_functions, functions): (Vec<_>, Vec<_>) = schema
        .routines
        .iter()
        .partition(|routine| routine.returns == Returns::Trigger);
    let routine = |routine: &eventcore_schema_model::routine::Routine| {
        ObjectRef::Routine(routine.name.clone())
    };
    let mut objects: Vec<ObjectRef> = trigger_functions.into_iter().map(routine).collect();
    objects.extend(
        schema
            .sequences
            .iter()
            .map(|sequence| ObjectRef::Sequence(sequence.name.clone())),
    );
    for table in referenced_first(schema) {
        objects.push(ObjectRef::Table(table.name.clone()));
        objects.extend(
            table
                .indexes
                .iter()
                .map(|index| ObjectRef::Index(table.name.clone(), index.name.clone())),
        );
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
            .any(|known| same_object(schema, known, object))
    });
    objects
}

fn same_object(schema: &Schema, left: &ObjectRef, right: &ObjectRef) -> bool {
    match (left, right) {
        (ObjectRef::Sequence(left), ObjectRef::Sequence(right))
        | (ObjectRef::Table(left), ObjectRef::Table(right))
        | (ObjectRef::View(left), ObjectRef::View(right))
        | (ObjectRef::Routine(left), ObjectRef::Routine(right))
        | (ObjectRef::Partitions(left), ObjectRef::Partitions(right)) => {
            schema.same_name(left, right)
        }
        (ObjectRef::Index(left_table, left), ObjectRef::Index(right_table, right)) => {
            left == right && schema.same_name(left_table, right_table)
        }
        _ => false,
    }
}

/// The tables, each after the tables that its foreign keys refer to. Tables that refer to each other in a
/// circle keep their order in the definition.
fn referenced_first(schema: &Schema) -> Vec<&Table> {
    let mut ordered: Vec<&Table> = Vec::new();
    let mut waiting: Vec<&Table> = schema.tables.iter().collect();
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|table| {
                table
                    .constraints
                    .iter()
                    .all(|constraint| match &constraint.kind {
                        ConstraintKind::ForeignKey(key) => {
                            schema.same_name(&key.references, &table.name)
                                || !waiting
                                    .iter()
                                    .any(|other| schema.same_name(&other.name, &key.references))
                        }
                        _ => true,
                    })
            })
            .unwrap_or(0);
        ordered.push(waiting.remove(ready));
    }
    ordered
}

fn slug(first: &ObjectRef, name: Option<&str>) -> String {
    if let Some(name) = name {
        return name.to_owned();
    }
    let (ObjectRef::Sequence(object)
    | ObjectRef::Table(object)
    | ObjectRef::View(object)
    | ObjectRef::Routine(object)
    | ObjectRef::Partitions(object)
    | ObjectRef::Index(object, _)) = first;
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
