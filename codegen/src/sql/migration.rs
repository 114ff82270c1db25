//! Migration files, and the whole schema as one file: what a planned migration is for, what it locks, and
//! its statements.

use std::fmt::Write as _;

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::server::ServerMajor;
use eventcore_schema_model::table::Table;

use super::change::{change, undo};
use super::comment::comment_lines;
use super::partition::{create_partitions, partition_grants};
use super::privileges::owners_alone;
use super::settings::{Caller, pinned_around};
use super::{
    RenderError, create_extension, create_index, create_namespace, create_routine, create_sequence,
    create_table, create_trigger, create_type, create_view, grant, partition_routines, qualified,
};
use crate::plan::{Action, Execution, LockMode, LockReach, PlannedMigration, Step};

/// The text of a migration, below the header that says where it comes from.
///
/// # Errors
/// When a template cannot be rendered; never for a valid schema.
pub fn migration(schema: &Schema, migration: &PlannedMigration) -> Result<String, RenderError> {
    let step = &migration.step;
    let mark = if migration.transactional() {
        ""
    } else {
        "-- no-transaction\n"
    };
    let title = comment_lines(&format!("{}: {}", migration.file_stem(), step.purpose));
    let (how, statements) = match migration.place {
        None => (FOUNDING.to_owned(), with_settings(schema, step)?),
        Some(place) => (
            execution(schema, step, place),
            with_timeouts(step, with_settings(schema, step)?),
        ),
    };
    Ok(format!(
        "{mark}--\n{title}--\n{how}{}{}{}\n{statements}",
        server_line(schema.minimum_server),
        lock_lines(schema, step, migration.place.is_some()),
        facts(step),
    ))
}

/// Which servers run it, where that is not all.
fn server_line(minimum: ServerMajor) -> String {
    if minimum == ServerMajor::OLDEST {
        return String::new();
    }
    format!("-- Server: {minimum} or newer.\n")
}

/// How a migration is run that only creates.
const FOUNDING: &str = "\
-- Runs once, in order, in a transaction or statement by statement. Run again, it fails at the
-- first object that it creates and changes nothing.
";

/// What a statement that stands alone cannot set for itself.
const UNPINNED: &str =
    "-- Uses search_path and default_tablespace of its session; `cargo xtask migrate` pins both.\n";

/// How a step is run, a line.
fn execution(schema: &Schema, step: &Step, (place, count): (usize, usize)) -> String {
    let how = match step.execution {
        Execution::Transaction => "in a transaction (`psql -1`)",
        Execution::Outside => "outside a transaction",
        Execution::Expanded => "outside a transaction, in statements that the catalog gives",
    };
    let mut lines = format!("-- Step {place} of {count}, {how}.\n");
    if let [Action::BuildIndex(..)] = step.actions.as_slice() {
        lines.push_str(UNPINNED);
    }
    for action in &step.actions {
        if let Some(undo) = undo(schema, action) {
            lines.push_str(&comment_lines(&format!("If interrupted: {undo}")));
        }
    }
    lines
}

/// What a runner and a reviewer must know: a line a fact.
fn facts(step: &Step) -> String {
    let mut lines = String::new();
    let mut line = |text: String| {
        // A name with a line end is no fact of one line.
        if !text.contains(['\n', '\r']) {
            lines.push_str(&comment_lines(&text));
        }
    };
    if let Some(timeouts) = step.timeouts {
        let shown = |limit: Option<u32>| match limit {
            Some(milliseconds) => format!("{} s", milliseconds / 1000),
            None => "none".to_owned(),
        };
        line(format!(
            "Timeouts: lock {}, statement {}.",
            shown(timeouts.lock),
            shown(timeouts.statement)
        ));
    }
    for hazard in &step.hazards {
        // A reason may be of several lines.
        let hazard = hazard.to_string();
        let words: Vec<&str> = hazard.split_whitespace().collect();
        line(format!("Hazard: {}.", words.join(" ")));
    }
    for condition in &step.needs {
        line(format!("Needs: {condition}"));
    }
    for condition in &step.leaves {
        line(format!("Done when: {condition}"));
    }
    lines
}

/// Statements between those that set and reset a step's time limits; a statement outside of a transaction stands
/// alone, and its runner sets them.
fn with_timeouts(step: &Step, statements: String) -> String {
    let Some(timeouts) = step
        .timeouts
        .filter(|_| step.execution == Execution::Transaction)
    else {
        return statements;
    };
    let limits = [
        ("lock_timeout", timeouts.lock),
        ("statement_timeout", timeouts.statement),
    ];
    let (mut set, mut reset) = (String::new(), String::new());
    for (name, limit) in limits {
        let value = match limit {
            Some(milliseconds) => format!("'{}s'", milliseconds / 1000),
            None => "0".to_owned(),
        };
        let _ = writeln!(set, "SET {name} = {value};");
        let _ = writeln!(reset, "RESET {name};");
    }
    format!("{set}\n{statements}\n{reset}")
}

/// A step's statements between those that pin and put back the session's settings, where these can make a difference. A
/// statement outside of a transaction stands alone: its runner sets them, and a back-fill does so itself.
fn with_settings(schema: &Schema, step: &Step) -> Result<String, RenderError> {
    let statements = statements(schema, step)?;
    let is_alone = step.execution == Execution::Outside;
    let means_the_same = statements.is_ascii() && step.actions.iter().all(Action::means_the_same);
    if is_alone || means_the_same {
        return Ok(statements);
    }
    Ok(pinned_around(schema, Caller::File, &statements))
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
    Ok(pinned_around(schema, Caller::File, &parts?.join("\n")))
}

/// The statements of a step. What it creates is left to its owner before anything is granted on it.
fn statements(schema: &Schema, step: &Step) -> Result<String, RenderError> {
    let render = |action: &&Action| change(schema, action, |object| create(schema, object));
    let own = owners_alone(schema, &step.actions);
    let is_last = |it: &&Action| !own.is_empty() && matches!(it, Action::Grant(_));
    let (given, first): (Vec<_>, Vec<_>) = step.actions.iter().partition(is_last);
    let mut blocks: Vec<String> = first.iter().map(render).collect::<Result<_, _>>()?;
    blocks.push(own);
    for action in &given {
        blocks.push(render(action)?);
    }
    blocks.extend(step.actions.iter().map(|action| grants(schema, action)));
    blocks.retain(|block| !block.is_empty());
    Ok(blocks.join("\n"))
}

/// What the definition grants on an object that an action creates.
fn grants(schema: &Schema, action: &Action) -> String {
    match action {
        Action::Create(object) => {
            let known = schema.grants.iter();
            let known = known.filter(|it| schema.brings(object, &it.on));
            let mut all: String = known.map(|it| grant(schema, it)).collect();
            if let ObjectRef::Table(name) = object
                && let Some(table) = schema.find_table(name)
            {
                let declared = table.partitioning.iter().flat_map(|it| &it.partitions);
                all.extend(declared.map(|it| partition_grants(schema, table, it)));
            }
            all
        }
        Action::CreatePartition(new) => {
            let (table, _, partition) = new.as_ref();
            let table = schema.find_table(table);
            table.map_or_else(String::new, |it| partition_grants(schema, it, partition))
        }
        _ => String::new(),
    }
}

fn lock_lines(schema: &Schema, step: &Step, migrates: bool) -> String {
    let locks = &step.locks;
    if let [Action::Backfill(table, ..)] = step.actions.as_slice() {
        return comment_lines(&format!(
            "Locks: ROW EXCLUSIVE on {}; reads and writes go on, who changes a row waits for its batch.",
            qualified(schema, table)
        ));
    }
    if let Some(lines) = expanded_lock_lines(schema, step) {
        return lines;
    }
    if locks.is_empty() {
        let only_creates = step
            .actions
            .iter()
            .all(|it| matches!(it, Action::Create(_) | Action::FillView(_)));
        let what = if only_creates {
            "only what it creates"
        } else {
            "no table"
        };
        return format!("-- Locks: {what}; nobody waits.\n");
    }
    let mut lines = String::new();
    for lock in locks {
        let found = schema.find_table(&lock.table);
        let is_alone = |it: &Action| matches!(it, Action::CreatePartition(_));
        let migrates = migrates && !step.actions.iter().all(is_alone);
        let table = qualified(schema, &lock.table);
        let what = match found.and_then(|table| table.partitioning.as_ref()) {
            _ if lock.reach == LockReach::Partitions => format!("each partition of {table}"),
            Some(_) if migrates => format!("{table} and its partitions"),
            _ => table,
        };
        lines.push_str(&comment_lines(&format!(
            "Locks: {} on {what}; {}.",
            lock.mode,
            lock.mode.who_waits()
        )));
    }
    lines
}

/// What statements that the catalog gives lock, one partition after the other, and the last of them the table.
fn expanded_lock_lines(schema: &Schema, step: &Step) -> Option<String> {
    let [action] = step.actions.as_slice() else {
        return None;
    };
    let (each, table, last) = match action {
        Action::BuildPartitionedIndex(table, _) => (BUILT, table, Some(LockMode::Share)),
        Action::BuildPartitionedKey(key) => (BUILT, &key.table, Some(LockMode::AccessExclusive)),
        Action::BuildLeafIndex(table, _) => (BUILT, table, None),
        Action::DetachPartition(..) => return Some(DETACHED.to_owned()),
        Action::AddPartitionedReference(table, _) => {
            (REFERENCED, table, Some(LockMode::ShareRowExclusive))
        }
        _ => return None,
    };
    let mut lines = each.to_owned();
    if let Some(mode) = last {
        lines.push_str(&comment_lines(&format!(
            "Locks: {mode} on {} for a moment at the end; {}.",
            qualified(schema, table),
            mode.who_waits()
        )));
    }
    if let Action::AddPartitionedReference(
        _,
        Constraint {
            kind: ConstraintKind::ForeignKey(key),
            ..
        },
    ) = action
    {
        lines.push_str(&comment_lines(&format!(
            "Locks: {} on {} for a moment at the end; {}.",
            LockMode::AccessExclusive,
            qualified(schema, &key.references),
            LockMode::AccessExclusive.who_waits()
        )));
    }
    Some(lines)
}

/// What a partition that is detached locks.
const DETACHED: &str = "\
-- Locks: SHARE UPDATE EXCLUSIVE on what it is detached from, until those end who use it; reads and writes go on.
-- Locks: ACCESS EXCLUSIVE instead, for a moment, where a DEFAULT partition stands beside it; reads and writes wait.
";

/// What a build on each partition locks.
const BUILT: &str = "\
-- Locks: SHARE UPDATE EXCLUSIVE on one partition after the other; reads and writes go on.
-- Locks: SHARE on partitions that get no more rows; nobody waits.
";

/// What a foreign key locks that is added to each partition.
const REFERENCED: &str = "\
-- Locks: SHARE ROW EXCLUSIVE on one partition after the other and on what it references, for a moment; writes wait, reads go on.
-- Locks: SHARE UPDATE EXCLUSIVE on one partition after the other while its rows are looked at; reads and writes go on.
";

/// An object with all that belongs to it but its grants. A reference to nothing gives nothing; a valid schema has none.
fn create(schema: &Schema, object: &ObjectRef) -> Result<String, RenderError> {
    let mut blocks = Vec::new();
    match object {
        ObjectRef::Extension(name) => {
            blocks.extend(
                schema
                    .find_extension(name)
                    .map(|found| create_extension(schema, found)),
            );
        }
        ObjectRef::Namespace(name) => {
            blocks.extend(
                schema
                    .find_namespace(name)
                    .map(|found| create_namespace(schema, found)),
            );
        }
        ObjectRef::Type(name) => {
            blocks.extend(
                schema
                    .find_type(name)
                    .map(|found| create_type(schema, found)),
            );
        }
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
                blocks.extend(create_partitions(schema, table));
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
