//! From ordered nodes to numbered steps: what can share a transaction does, as long as it locks no second table.

use eventcore_schema_model::diff::{Change, Edit};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::schema::Schema;

use super::super::action::{Action, Renamed, TableChange};
use super::super::graph::Node;
use super::super::lock::{self, Lock, LockMode, LockReach};
use super::super::{Condition, Execution, PlannedMigration, Step, Timeouts};
use super::partitions::{is_leaf_of, is_partition, is_partition_of};

/// How long a step waits for a lock, in milliseconds: ordinary transactions end by then, and what queues up behind it
/// waits no longer. A runner tries again.
const LOCK_TIMEOUT: u32 = 3_000;

/// How long a step that takes a moment may take, in milliseconds.
const STATEMENT_TIMEOUT: u32 = 60_000;

/// Labels that a purpose names; the statements say the rest.
const NAMED_LABELS: usize = 4;

/// Bytes of a slug, before what tells the files of one change apart.
const SLUG_BYTES: usize = 44;

/// The migrations of ordered nodes.
pub(super) fn migrations(
    (before, after): (&Schema, &Schema),
    nodes: Vec<Node>,
    changes: &[Change],
    first_version: u32,
    slug: Option<&str>,
) -> Vec<PlannedMigration> {
    let mut groups: Vec<Vec<Node>> = Vec::new();
    // Tables and views of steps before the last one, which others may use by then.
    let mut made: Vec<QualifiedName> = Vec::new();
    for mut node in nodes {
        node.locks = locks((before, after), &made, &node.actions);
        match groups.last_mut() {
            Some(group) if can_join(group, &node) => group.push(node),
            last => {
                made.extend(last.iter().flat_map(|group| relations_made(group)));
                node.locks = locks((before, after), &made, &node.actions);
                groups.push(vec![node]);
            }
        }
    }
    let count = groups.len();
    let slug = slug.map_or_else(|| made_up_slug(changes), str::to_owned);
    let mut slugs: Vec<String> = Vec::new();
    (first_version..)
        .zip(groups)
        .enumerate()
        .map(|(place, (version, group))| {
            let own = own_slug(&slug, &group, &slugs);
            slugs.push(own.clone());
            PlannedMigration {
                version,
                slug: own,
                place: Some((place + 1, count)),
                step: step((before, after), group),
            }
        })
        .collect()
}

/// The tables and views that nodes create.
fn relations_made(nodes: &[Node]) -> Vec<QualifiedName> {
    let actions = nodes.iter().flat_map(|node| &node.actions);
    let made = actions.filter_map(|action| match action {
        Action::Create(ObjectRef::Table(name) | ObjectRef::View(name)) => Some(name.clone()),
        _ => None,
    });
    made.collect()
}

/// The locks that actions take on what is there before them; `made` is there since earlier steps.
fn locks(
    (before, after): (&Schema, &Schema),
    made: &[QualifiedName],
    actions: &[Action],
) -> Vec<Lock> {
    let is_there = |name: &QualifiedName| {
        before.find_table(name).is_some()
            || made.iter().any(|known| after.same_name(known, name))
            || before.find_view(name).is_some()
            || is_partition(before, name)
    };
    let mut renames: Vec<(&QualifiedName, &Ident)> = Vec::new();
    let mut locks = Vec::new();
    for action in actions {
        if let Action::Rename(
            Renamed::Table(old, new)
            | Renamed::View(old, new)
            | Renamed::MaterializedView(old, new),
        ) = action
        {
            renames.push((old, new));
        }
        let created = match action {
            Action::Create(object) => lock::of_create(after, object, &[]),
            _ => Vec::new(),
        };
        for mut lock in lock::of_action((before, after), action)
            .into_iter()
            .chain(created)
        {
            // Behind a rename the same table has its new name.
            let other_name = renames.iter().find(|(old, new)| {
                lock.table.name == **new && lock.table.namespace == old.namespace
            });
            if let Some((old, _)) = other_name {
                lock.table = (*old).clone();
            }
            if is_there(&lock.table) || renames.iter().any(|(old, _)| **old == lock.table) {
                locks.push(lock);
            }
        }
    }
    lock::strongest(locks)
}

fn can_join(group: &[Node], node: &Node) -> bool {
    let strong = |locks: &[Lock]| -> Vec<QualifiedName> {
        let mut tables: Vec<QualifiedName> = locks
            .iter()
            .filter(|lock| lock.mode > LockMode::Share)
            .map(|lock| lock.table.clone())
            .collect();
        tables.sort();
        tables
    };
    if node.alone || group.iter().any(|other| other.alone) {
        return false;
    }
    let own = strong(&node.locks);
    let held: Vec<Vec<QualifiedName>> = group
        .iter()
        .map(|other| strong(&other.locks))
        .filter(|tables| !tables.is_empty())
        .collect();
    own.is_empty() || held.iter().all(|tables| *tables == own)
}

/// The locks of a step, without those on partitions that are locked with their table.
fn locks_of_step(schemas: (&Schema, &Schema), group: &[Node]) -> Vec<Lock> {
    let mut locks = lock::strongest(group.iter().flat_map(|node| node.locks.clone()));
    let all = locks.clone();
    let is_covered = |lock: &Lock| {
        all.iter().any(|above| {
            let is_below = |schema| match above.reach {
                LockReach::Table => is_partition_of(schema, &above.table, &lock.table),
                LockReach::Partitions => is_leaf_of(schema, &above.table, &lock.table),
            };
            above.mode >= lock.mode && (is_below(schemas.0) || is_below(schemas.1))
        })
    };
    locks.retain(|lock| !is_covered(lock));
    locks
}

fn step(schemas: (&Schema, &Schema), group: Vec<Node>) -> Step {
    let long = group.iter().any(|node| node.long);
    let execution = group
        .first()
        .map_or(Execution::Transaction, |node| node.execution);
    let locks = locks_of_step(schemas, &group);
    let timeouts = match execution {
        Execution::Transaction if locks.is_empty() => None,
        Execution::Transaction => Some(Timeouts {
            lock: Some(LOCK_TIMEOUT),
            statement: (!long).then_some(STATEMENT_TIMEOUT),
        }),
        Execution::Outside | Execution::Expanded => Some(Timeouts::default()),
    };
    let (mut hazards, mut needs, mut leaves) =
        (Vec::new(), Vec::<Condition>::new(), Vec::<Condition>::new());
    for node in &group {
        for hazard in &node.hazards {
            if !hazards.contains(hazard) {
                hazards.push(hazard.clone());
            }
        }
        // What an earlier part of the step leaves need not hold before, and what a later one changes does not last.
        needs.extend(
            node.before
                .iter()
                .filter(|it| !leaves.contains(it))
                .cloned(),
        );
        leaves.retain(|known: &Condition| !node.leaves.iter().any(|it| it.object == known.object));
        leaves.extend(node.leaves.iter().cloned());
    }
    needs.retain(|need| !is_changed_before(&group, need));
    needs.sort();
    needs.dedup();
    Step {
        purpose: purpose(&group),
        execution,
        locks,
        hazards,
        timeouts,
        needs,
        leaves,
        actions: group.into_iter().flat_map(|node| node.actions).collect(),
    }
}

/// Whether an earlier node of the group changes the object of a need.
fn is_changed_before(group: &[Node], need: &Condition) -> bool {
    let first_need = group.iter().position(|node| node.before.contains(need));
    let first_change = group
        .iter()
        .position(|node| node.leaves.iter().any(|it| it.object == need.object));
    first_change < first_need && first_change.is_some()
}

fn purpose(group: &[Node]) -> String {
    let mut labels: Vec<&str> = group.iter().map(|node| node.label.as_str()).collect();
    let more = labels.len().saturating_sub(NAMED_LABELS);
    labels.truncate(NAMED_LABELS);
    let mut text = labels.join("; ");
    if more > 0 {
        text = format!("{text}; and {more} more");
    }
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}

/// The slug of a change's file: the change's own for the first, with a word for what it does behind for the others.
fn own_slug(slug: &str, group: &[Node], taken: &[String]) -> String {
    let slug = &slug[..slug.len().min(SLUG_BYTES)];
    if taken.is_empty() {
        return slug.to_owned();
    }
    let word = group
        .first()
        .and_then(|node| node.actions.first())
        .map_or("next", |action| match action {
            Action::BuildIndex(..)
            | Action::BuildPartitionedIndex(..)
            | Action::BuildPartitionedKey(_)
            | Action::BuildLeafIndex(..) => "build",
            Action::DropIndex(..) | Action::DropPartitionedIndex(..) => "drop",
            Action::Backfill(..) => "fill",
            Action::AlterTable(_, changes)
                if matches!(changes.as_slice(), [TableChange::Validate(_)]) =>
            {
                "validate"
            }
            _ => "next",
        });
    let numbered = (2..).map(|number| format!("{slug}_{word}_{number}"));
    std::iter::once(format!("{slug}_{word}"))
        .chain(numbered)
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_default()
}

/// A slug from the first change.
fn made_up_slug(changes: &[Change]) -> String {
    fn verb<T>(edit: &Edit<T>) -> &'static str {
        match edit {
            Edit::Add(_) => "add",
            Edit::Alter { .. } => "alter",
            Edit::Drop(_) => "drop",
            Edit::Rename { .. } => "rename",
        }
    }
    fn object<T>(edit: &Edit<T>) -> &T {
        match edit {
            Edit::Add(it)
            | Edit::Drop(it)
            | Edit::Alter { to: it, .. }
            | Edit::Rename { to: it, .. } => it,
        }
    }
    let words = match changes.first() {
        None => "change".to_owned(),
        Some(Change::Namespace(edit)) => format!("{}_{}", verb(edit), object(edit).name),
        Some(Change::Extension(edit)) => format!("{}_{}", verb(edit), object(edit).name),
        Some(Change::Type(edit)) => format!("{}_{}", verb(edit), object(edit).name().name),
        Some(Change::Label(ty, edit)) => format!("{}_{}_{}", verb(edit), ty.name, object(edit)),
        Some(Change::Attribute(ty, edit)) => {
            format!("{}_{}_{}", verb(edit), ty.name, object(edit).name)
        }
        Some(Change::Sequence(edit)) => format!("{}_{}", verb(edit), object(edit).name.name),
        Some(Change::Table(Edit::Add(table))) => format!("create_{}", table.name.name),
        Some(Change::Table(edit)) => format!("{}_{}", verb(edit), object(edit).name.name),
        Some(Change::Column(table, edit)) => {
            format!("{}_{}_{}", verb(edit), table.name, object(edit).name)
        }
        Some(Change::Constraint(_, edit)) => format!("{}_{}", verb(edit), object(edit).name),
        Some(Change::Index(_, edit)) => format!("{}_{}", verb(edit), object(edit).name),
        Some(Change::Trigger(_, edit)) => format!("{}_{}", verb(edit), object(edit).name),
        Some(Change::Policy(table, edit)) => format!("{}_{}_partitions", verb(edit), table.name),
        Some(Change::Leaf(table)) => format!("alter_{}_partitions", table.name),
        Some(Change::Partition(_, _, edit)) => {
            format!("{}_{}", verb(edit), object(edit).name)
        }
        Some(Change::View(edit)) => format!("{}_{}", verb(edit), object(edit).name.name),
        Some(Change::Routine(edit)) => format!("{}_{}", verb(edit), object(edit).name.name),
        Some(Change::Grant(edit)) => format!("grant_{}", object(edit).to),
    };
    words
        .chars()
        .map(|letter| match letter.to_ascii_lowercase() {
            plain if plain.is_ascii_alphanumeric() => plain,
            _ => '_',
        })
        .take(SLUG_BYTES)
        .collect()
}
