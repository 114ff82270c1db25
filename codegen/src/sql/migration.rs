//! Migration files, and the whole schema as one file: what a planned migration is for, what it locks, and
//! its statements.

use std::fmt::Write as _;

use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::schema::Schema;

use super::{
    create_index, create_routine, create_sequence, create_table, create_trigger, create_view, grant,
    partition_routines, qualified,
};
use crate::plan::{Action, Lock, PlannedMigration};

/// The text of a migration, below the header that says where it comes from.
pub fn migration(schema: &Schema, migration: &PlannedMigration) -> String {
    let mut text = String::new();
    if !migration.transactional() {
        text.push_str("-- no-transaction\n");
    }
    let _ = write!(
        text,
        "--\n-- {}: {}\n--\n",
        migration.file_stem(),
        migration.purpose
    );
    text.push_str("-- Runs once, in order, in a transaction or statement by statement. Run again, it fails at its\n");
    text.push_str("-- first statement and changes nothing.\n");
    text.push_str(&lock_lines(schema, migration));
    text.push('\n');
    text.push_str(&statements(schema, migration));
    text
}

/// All statements of all migrations, in order.
pub fn whole_schema(schema: &Schema, migrations: &[PlannedMigration]) -> String {
    migrations
        .iter()
        .map(|migration| statements(schema, migration))
        .collect::<Vec<_>>()
        .join("\n")
}

fn statements(schema: &Schema, migration: &PlannedMigration) -> String {
    let blocks: Vec<String> = migration
        .steps
        .iter()
        .map(|step| match &step.action {
            Action::Create(object) => create(schema, object),
        })
        .collect();
    blocks.join("\n")
}

fn lock_lines(schema: &Schema, migration: &PlannedMigration) -> String {
    let mut locks: Vec<&Lock> = Vec::new();
    for lock in migration.steps.iter().flat_map(|step| &step.locks) {
        if !locks.contains(&lock) {
            locks.push(lock);
        }
    }
    if locks.is_empty() {
        return "-- Locks: only what it creates; nobody waits.\n".to_owned();
    }
    locks
        .into_iter()
        .map(|lock| {
            let table = qualified(schema, &lock.table);
            format!("-- Locks: {} on {table}; {}.\n", lock.mode, lock.mode.who_waits())
        })
        .collect()
}

/// An object with all that belongs to it. A reference to nothing gives nothing; a valid schema has none.
fn create(schema: &Schema, object: &ObjectRef) -> String {
    let mut blocks = match object {
        ObjectRef::Sequence(name) => schema
            .find_sequence(name)
            .map(|sequence| create_sequence(schema, sequence))
            .into_iter()
            .collect(),
        ObjectRef::Table(name) => schema.find_table(name).map_or_else(Vec::new, |table| {
            let triggers =
                table.triggers.iter().map(|trigger| create_trigger(schema, table, trigger));
            std::iter::once(create_table(schema, table)).chain(triggers).collect()
        }),
        ObjectRef::Index(table, name) => schema
            .find_table(table)
            .and_then(|table| {
                let index = table.indexes.iter().find(|index| index.name == *name)?;
                Some(create_index(schema, table, index))
            })
            .into_iter()
            .collect(),
        ObjectRef::View(name) => {
            schema.find_view(name).map(|view| create_view(schema, view)).into_iter().collect()
        }
        ObjectRef::Routine(name) => schema
            .find_routine(name)
            .map(|routine| create_routine(schema, routine))
            .into_iter()
            .collect(),
        ObjectRef::Partitions(name) => {
            schema.find_table(name).map_or_else(Vec::new, |table| partitions(schema, table))
        }
    };
    let grants = schema.grants.iter().filter(|known| known.on == *object);
    blocks.extend(grants.map(|known| grant(schema, known)));
    blocks.join("\n")
}

fn partitions(
    schema: &Schema,
    table: &eventcore_schema_model::table::Table,
) -> Vec<String> {
    let mut blocks: Vec<String> = partition_routines(schema, table)
        .iter()
        .map(|routine| create_routine(schema, routine))
        .collect();
    let policy = table.partitioning.as_ref().and_then(|partitioning| partitioning.policy.as_ref());
    if let Some(policy) = policy {
        blocks.push(format!(
            "-- The first partitions: this month's and {} ahead.\nSELECT * FROM {}();\n",
            policy.ahead,
            qualified(schema, &policy.maintain_routine)
        ));
    }
    blocks
}
