//! Migration files, and the whole schema as one file: what a planned migration is for, what it locks, and
//! its statements.

use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;

use super::comment::comment_lines;
use super::{
    RenderError, create_index, create_routine, create_sequence, create_table, create_trigger,
    create_view, grant, partition_routines, qualified,
};
use crate::plan::{Action, PlannedMigration, Step};

/// The text of a migration, below the header that says where it comes from.
///
/// # Errors
/// When a template cannot be rendered; never for a valid schema.
pub fn migration(schema: &Schema, migration: &PlannedMigration) -> Result<String, RenderError> {
    let mark = if migration.transactional() {
        ""
    } else {
        "-- no-transaction\n"
    };
    let step = &migration.step;
    let title = comment_lines(&format!("{}: {}", migration.file_stem(), step.purpose));
    Ok(format!(
        "{mark}--\n\
         {title}\
         --\n\
         -- Runs once, in order, in a transaction or statement by statement. Run again, it fails at its\n\
         -- first statement and changes nothing.\n\
         {}\n{}",
        lock_lines(schema, step),
        statements(schema, step)?,
    ))
}

/// All statements of all migrations, in order.
///
/// # Errors
/// When a template cannot be rendered; never for a valid schema.
pub fn whole_schema(
    schema: &Schema,
    migrations: &[PlannedMigration],
) -> Result<String, RenderError> {
    let parts: Result<Vec<_>, _> = migrations
        .iter()
        .map(|migration| statements(schema, &migration.step))
        .collect();
    Ok(parts?.join("\n"))
}

fn statements(schema: &Schema, step: &Step) -> Result<String, RenderError> {
    let blocks: Result<Vec<_>, _> = step
        .actions
        .iter()
        .map(|action| match action {
            Action::Create(object) => create(schema, object),
        })
        .collect();
    Ok(blocks?.join("\n"))
}

fn lock_lines(schema: &Schema, step: &Step) -> String {
    let locks = &step.locks;
    if locks.is_empty() {
        return "-- Locks: only what it creates; nobody waits.\n".to_owned();
    }
    let mut lines = String::new();
    for lock in locks {
        let table = qualified(schema, &lock.table);
        lines.push_str(&comment_lines(&format!(
            "Locks: {} on {table}; {}.",
            lock.mode,
            lock.mode.who_waits()
        )));
    }
    lines
}

/// An object with all that belongs to it. A reference to nothing gives nothing; a valid schema has none.
fn create(schema: &Schema, object: &ObjectRef) -> Result<String, RenderError> {
    let mut blocks = Vec::new();
    match object {
        ObjectRef::Sequence(name) => {
            blocks.extend(
                schema
                    .find_sequence(name)
                    .map(|found| create_sequence(schema, found)),
            );
        }
        ObjectRef::Table(name) => {
            if let Some(table) = schema.find_table(name) {
                blocks.push(create_table(schema, table));
                blocks.extend(
                    table
                        .triggers
                        .iter()
                        .map(|trigger| create_trigger(schema, table, trigger)),
                );
            }
        }
        ObjectRef::Index(table, name) => {
            let table = schema.find_table(table);
            let indexes = table.iter().flat_map(|table| &table.indexes);
            let index = indexes.into_iter().find(|index| index.name == *name);
            blocks.extend(
                table
                    .zip(index)
                    .map(|(table, index)| create_index(schema, table, index)),
            );
        }
        ObjectRef::View(name) => {
            if let Some(view) = schema.find_view(name) {
                blocks.push(create_view(schema, view)?);
            }
        }
        ObjectRef::Routine(name) => {
            if let Some(routine) = schema.find_routine(name) {
                blocks.push(create_routine(schema, routine)?);
            }
        }
        ObjectRef::Partitions(name) => {
            if let Some(table) = schema.find_table(name) {
                blocks.extend(partitions(schema, table)?);
            }
        }
    }
    let grants = schema.grants.iter().filter(|known| known.on == *object);
    blocks.extend(grants.map(|known| grant(schema, known)));
    Ok(blocks.join("\n"))
}

fn partitions(schema: &Schema, table: &Table) -> Result<Vec<String>, RenderError> {
    let mut blocks = Vec::new();
    for routine in partition_routines(schema, table) {
        blocks.push(create_routine(schema, &routine)?);
    }
    let policy = table
        .partitioning
        .as_ref()
        .and_then(|partitioning| partitioning.policy.as_ref());
    if let Some(policy) = policy {
        blocks.push(format!(
            "-- The first partitions: this month's and {} ahead.\nSELECT * FROM {}();\n",
            policy.ahead,
            qualified(schema, &policy.maintain_routine)
        ));
    }
    Ok(blocks)
}
