//! Tables as a whole, their triggers and policies, and renames, which come before all else.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::diff::{Breach, Change, Edit};
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::{LeafTemplate, PartitionPolicy, Partitioning};
use eventcore_schema_model::routine::{Language, Routine};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::storage::StorageParameter;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::trigger::{Trigger, TriggerEvent};

use super::super::action::{Action, Commented, LeafChange, Renamed, TableChange};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogState, Hazard};
use super::objects::is_replaceable;
use super::{Planner, in_sql, of_table};
use crate::sql::{partition_routines, quote_literal};

impl Planner<'_> {
    pub(super) fn table(&mut self, edit: &Edit<Table>) {
        match edit {
            Edit::Add(table) => self.add_table(table),
            Edit::Drop(table) => self.drop_table(table),
            Edit::Alter { from, to } => self.alter_table(from, to),
            Edit::Rename { .. } => {}
        }
    }

    fn add_table(&mut self, table: &Table) {
        let name = &table.name;
        // Declared partitions come with their table.
        let declared = table.partitioning.iter();
        let on_leaves = declared.clone().flat_map(|it| &it.leaf.triggers);
        let mut needs: Vec<Thing> = table
            .triggers
            .iter()
            .chain(on_leaves)
            .map(|trigger| Thing::Routine(self.absolute(&trigger.function)))
            .collect();
        let mut makes = vec![self.relation(name)];
        let declared = declared.flat_map(Partitioning::tree);
        makes.extend(declared.map(|it| self.relation(&super::sibling(name, &it.name))));
        for constraint in &table.constraints {
            makes.push(Thing::Constraint(
                self.absolute(name),
                constraint.name.clone(),
            ));
            if let Some(key) = constraint.key() {
                makes.push(self.key_thing(name, &key.columns));
            }
            if constraint.has_index() {
                makes.push(self.relation(&super::sibling(name, &constraint.name)));
            }
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.references != *name
            {
                needs.push(self.relation(&key.references));
                needs.push(self.key_thing(&key.references, &key.referenced_columns));
            }
        }
        for column in &table.columns {
            makes.push(self.column_thing(name, &column.name));
            needs.extend(self.types([&column.ty]));
            needs.extend(column.default.iter().flat_map(|it| self.sequences_of(it)));
        }
        let create = Action::Create(ObjectRef::Table(name.clone()));
        let node = Node::new(
            Phase::Expand,
            format!("table `{name}` is created"),
            vec![create],
        )
        .needs(needs)
        .makes(makes)
        .before([self.table_is(name, CatalogState::Absent)])
        .leaves([self.table_is(name, CatalogState::There)]);
        self.add(node);
    }

    /// The sequences whose next value an expression takes.
    pub(super) fn sequences_of(&self, value: &Expr) -> Vec<Thing> {
        let mut found = Vec::new();
        let mut open = vec![value];
        while let Some(expr) = open.pop() {
            if let Expr::NextValue(name) = expr {
                found.push(self.relation(name));
            }
            open.extend(expr.operands());
        }
        found
    }

    fn drop_table(&mut self, table: &Table) {
        let name = &table.name;
        let mut releases = Vec::new();
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                releases.push(self.relation(&key.references));
                releases.push(self.key_thing(&key.references, &key.referenced_columns));
            }
        }
        let on_leaves = table.leaf().into_iter().flat_map(|leaf| &leaf.triggers);
        for trigger in table.triggers.iter().chain(on_leaves) {
            releases.push(Thing::Routine(self.absolute(&trigger.function)));
        }
        for column in &table.columns {
            releases.extend(self.types([&column.ty]));
            releases.extend(column.default.iter().flat_map(|it| self.sequences_of(it)));
        }
        let routines = routines_of(self.renamed, name);
        let routines = routines.into_iter().map(Action::DropRoutine);
        let node = Node::new(
            Phase::Contract,
            format!("table `{name}` is dropped"),
            std::iter::once(Action::DropTable(name.clone()))
                .chain(routines)
                .collect(),
        )
        .removes([self.relation(name)])
        .releases(releases)
        .hazard(Hazard::LosesData {
            what: format!("table {}", self.sql(name)),
            reason: self.reason_of(&ObjectRef::Table(name.clone())),
        })
        .hazard(self.breach(
            &Breach::Object(ObjectRef::Table(name.clone())),
            format!("table {}", self.sql(name)),
        ))
        .before([self.table_is(name, CatalogState::There)])
        .leaves([self.table_is(name, CatalogState::Absent)]);
        self.add(node);
    }

    /// Why the definition lets an object go.
    pub(super) fn reason_of(&self, object: &ObjectRef) -> String {
        let mut words = self.to.dropped.iter();
        words
            .find(|word| self.to.same_object(&word.object, object))
            .map_or_else(String::new, |word| word.reason.clone())
    }

    fn alter_table(&mut self, from: &Table, to: &Table) {
        let name = &to.name;
        let mut actions = Vec::new();
        let changes = storage_changes(&from.storage, &to.storage);
        if !changes.is_empty() {
            actions.push(Action::AlterTable(name.clone(), changes));
        }
        if from.comment != to.comment {
            let object = Commented::Table(name.clone());
            actions.push(Action::Comment(object, to.comment.clone()));
        }
        let node = Node::new(Phase::Expand, format!("table `{name}` is altered"), actions);
        self.add(node);
    }

    pub(super) fn trigger(&mut self, table: &QualifiedName, edit: &Edit<Trigger>) {
        let label = |trigger: &Trigger, what| {
            format!("{} is {what}", of_table("trigger", &trigger.name, table))
        };
        let node = match edit {
            Edit::Add(trigger) | Edit::Alter { to: trigger, .. } => {
                let action = Action::SetTrigger(table.clone(), trigger.clone());
                let node = Node::new(Phase::Expand, label(trigger, "set"), vec![action])
                    .needs([Thing::Routine(self.absolute(&trigger.function))])
                    .needs(self.column_things(table, trigger_columns(trigger)));
                match edit {
                    Edit::Alter { from, .. } => node
                        .releases([Thing::Routine(self.absolute(&from.function))])
                        .releases(self.column_things(table, trigger_columns(from))),
                    _ => node,
                }
            }
            Edit::Drop(trigger) => {
                let action = Action::DropTrigger(table.clone(), trigger.name.clone());
                Node::new(Phase::Release, label(trigger, "dropped"), vec![action])
                    .releases([Thing::Routine(self.absolute(&trigger.function))])
                    .releases(self.column_things(table, trigger_columns(trigger)))
            }
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    pub(super) fn policy(&mut self, table: &QualifiedName, edit: &Edit<PartitionPolicy>) {
        match edit {
            Edit::Add(_) => {
                let create = Action::Create(ObjectRef::Partitions(table.clone()));
                let label = format!("partitions of `{table}` are created");
                let node =
                    Node::new(Phase::Expand, label, vec![create]).needs([self.relation(table)]);
                self.add(node);
            }
            Edit::Drop(_) => {
                let drops = routines_of(self.renamed, table);
                let drops = drops.into_iter().map(Action::DropRoutine).collect();
                let label = format!("routines of the partitions of `{table}` are dropped");
                self.add(Node::new(Phase::Contract, label, drops));
            }
            Edit::Alter { from, to } => {
                let changes = leaf_changes(&from.leaf, &to.leaf);
                if !changes.is_empty() {
                    let action = Action::AlterLeaves(table.clone(), changes);
                    let label = format!("partitions of `{table}` are altered");
                    self.add(Node::new(Phase::Expand, label, vec![action]));
                }
            }
            Edit::Rename { .. } => {}
        }
    }

    /// The routines of partition policies say what partitions have, so they change with the table, its policy and its
    /// grants.
    pub(super) fn routines_of_policies(&mut self) {
        for table in &self.to.tables {
            let before = routines_of(self.renamed, &table.name);
            let after = routines_of(self.to, &table.name);
            if before.is_empty() || after.is_empty() {
                continue;
            }
            let (mut actions, mut is_new) = (Vec::new(), false);
            for (from, to) in before.into_iter().zip(after) {
                if from == to {
                    continue;
                }
                if from.name != to.name || !is_replaceable(&from, &to) {
                    actions.push(Action::DropRoutine(from));
                    is_new = true;
                }
                actions.push(Action::ReplaceRoutine(to));
            }
            if is_new {
                let on = ObjectRef::Partitions(table.name.clone());
                let grants = self
                    .to
                    .grants
                    .iter()
                    .filter(|grant| self.to.same_object(&grant.on, &on));
                actions.extend(grants.cloned().map(Action::Grant));
            }
            let replaced = (!actions.is_empty()).then(|| {
                let label = format!(
                    "routines of the partitions of `{}` are replaced",
                    table.name
                );
                self.add(Node::new(Phase::Enforce, label, actions))
            });
            let before = self.renamed.find_policy(&table.name);
            if let Some((before, after)) = before.zip(self.to.find_policy(&table.name)) {
                self.leaf_parts(&table.name, &before.leaf, &after.leaf, replaced);
            }
        }
    }

    /// All renames, in one transaction with the bodies that name what is renamed: the server keeps those as text.
    pub(super) fn renames(&mut self, changes: &[Change]) {
        let mut all = Node::new(Phase::Rename, String::new(), Vec::new());
        all.alone = true;
        for change in changes {
            let Some((label, rename, broken)) = self.rename(change) else {
                continue;
            };
            let comma = if all.label.is_empty() { "" } else { ", " };
            all.label = format!("{}{comma}{label}", all.label);
            all.actions.push(Action::Rename(rename));
            all.actions.extend(identity_sequences(change));
            if let Change::Partition(table, _, Edit::Rename { from, to }) = change {
                all.actions.extend(self.parts_of_partition(table, from, to));
            }
            all.hazards.extend(broken);
        }
        if all.actions.is_empty() {
            return;
        }
        let bodies = self.from.routines.iter().zip(&self.renamed.routines);
        all.actions.extend(
            bodies
                .filter(|(before, after)| {
                    before.body != after.body && before.language != Language::SqlAtomic
                })
                .map(|(_, after)| Action::ReplaceRoutine(after.clone())),
        );
        for (old, new) in self.from.tables.iter().zip(&self.renamed.tables) {
            let before = routines_of(self.from, &old.name);
            let after = routines_of(self.renamed, &new.name).into_iter();
            let stale = after.filter(|routine| !before.contains(routine));
            all.actions.extend(stale.map(Action::ReplaceRoutine));
        }
        self.add(all);
    }

    /// What a rename does, as a clause and as an action, and what programs no longer find. What belongs to a renamed
    /// table goes by the table's new name.
    fn rename(&self, change: &Change) -> Option<(String, Renamed, Option<Hazard>)> {
        let object = |object: ObjectRef, word: &str| {
            let name = object.name();
            let what = format!("{word} {}", self.sql(name));
            self.breach(&Breach::Object(object.clone()), what)
        };
        Some(match change {
            Change::Table(Edit::Rename { from, to }) => (
                format!("table `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Table(from.name.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Table(from.name.clone()), "table")),
            ),
            Change::View(Edit::Rename { from, to }) => (
                format!("view `{}` is renamed to `{}`", from.name, to.name),
                match from.materialized {
                    Some(_) => Renamed::MaterializedView(from.name.clone(), to.name.name.clone()),
                    None => Renamed::View(from.name.clone(), to.name.name.clone()),
                },
                Some(object(ObjectRef::View(from.name.clone()), "view")),
            ),
            Change::Type(Edit::Rename { from, to }) => (
                format!("type `{}` is renamed to `{}`", from.name(), to.name()),
                Renamed::Type(from.name().clone(), to.name().name.clone()),
                Some(object(ObjectRef::Type(from.name().clone()), "type")),
            ),
            Change::Label(ty, Edit::Rename { from, to }) => (
                format!("label `{from}` of `{ty}` is renamed to `{to}`"),
                Renamed::Label(ty.clone(), from.clone(), to.clone()),
                Some(Hazard::BreaksPrevious {
                    what: format!("label {} of {}", quote_literal(from), self.sql(ty)),
                    queries: Vec::new(),
                }),
            ),
            Change::Sequence(Edit::Rename { from, to }) => (
                format!("sequence `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Sequence(from.name.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Sequence(from.name.clone()), "sequence")),
            ),
            Change::Routine(Edit::Rename { from, to }) => (
                format!("routine `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Routine(from.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Routine(from.name.clone()), "function")),
            ),
            Change::Column(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("column", &from.name, table),
                    to.name
                ),
                Renamed::Column(table.clone(), from.name.clone(), to.name.clone()),
                Some(self.breach(
                    &Breach::Column(table.clone(), from.name.clone()),
                    in_sql(self.to, "column", &from.name, table),
                )),
            ),
            Change::Constraint(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("constraint", &from.name, table),
                    to.name
                ),
                Renamed::Constraint(table.clone(), from.name.clone(), to.name.clone()),
                self.key_breach(table, &from.name),
            ),
            Change::Index(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("index", &from.name, table),
                    to.name
                ),
                Renamed::Index(table.clone(), from.name.clone(), to.name.clone()),
                None,
            ),
            Change::Partition(table, _, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("partition", &from.name, table),
                    to.name
                ),
                Renamed::Table(super::sibling(table, &from.name), to.name.clone()),
                Some(Hazard::BreaksPrevious {
                    what: format!("partition {}", self.beside(table, &from.name)),
                    queries: Vec::new(),
                }),
            ),
            _ => return None,
        })
    }
}

/// The server names the sequence of an identity column after table and column, and keeps that name.
fn identity_sequences(change: &Change) -> Vec<Action> {
    let sequence = |table: &QualifiedName, column: &Ident| {
        let name = Ident::new(format!("{}_{column}_seq", table.name)).ok()?;
        Some(super::sibling(table, &name))
    };
    let rename = |old: Option<QualifiedName>, new: Option<QualifiedName>| {
        old.zip(new)
            .map(|(old, new)| Action::Rename(Renamed::Sequence(old, new.name)))
    };
    match change {
        Change::Table(Edit::Rename { from, to }) => {
            let columns = from
                .columns
                .iter()
                .filter(|column| column.identity.is_some());
            columns
                .filter_map(|it| {
                    rename(sequence(&from.name, &it.name), sequence(&to.name, &it.name))
                })
                .collect()
        }
        Change::Column(table, Edit::Rename { from, to }) if from.identity.is_some() => {
            let (old, new) = (sequence(table, &from.name), sequence(table, &to.name));
            rename(old, new).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The routines of a table's partition policy.
fn routines_of(schema: &Schema, table: &QualifiedName) -> Vec<Routine> {
    let table = schema.find_table(table);
    table.map_or_else(Vec::new, |table| partition_routines(schema, table))
}

/// What changes of what each partition has of its own.
pub(super) fn leaf_changes(from: &LeafTemplate, to: &LeafTemplate) -> Vec<LeafChange> {
    let mut changes = Vec::new();
    for trigger in &to.triggers {
        if !from.triggers.contains(trigger) {
            changes.push(LeafChange::SetTrigger(trigger.clone()));
        }
    }
    for trigger in &from.triggers {
        if !to.triggers.iter().any(|it| it.name == trigger.name) {
            changes.push(LeafChange::DropTrigger(trigger.name.clone()));
        }
    }
    let (set, reset) = storage_difference(&from.storage, &to.storage);
    if !set.is_empty() {
        changes.push(LeafChange::SetStorage(set));
    }
    if !reset.is_empty() {
        changes.push(LeafChange::ResetStorage(reset));
    }
    changes
}

/// The columns that a trigger names.
pub(super) fn trigger_columns(trigger: &Trigger) -> Vec<&Ident> {
    let mut columns: Vec<&Ident> = trigger.when.iter().flat_map(Expr::columns).collect();
    for event in &trigger.events {
        if let TriggerEvent::Update(of) = event {
            columns.extend(of);
        }
    }
    columns
}

/// The columns that an index holds or reads.
pub(super) fn index_columns(index: &Index) -> Vec<&Ident> {
    let values = index.parts.iter().map(|part| &part.value);
    let mut columns: Vec<&Ident> = values
        .chain(&index.predicate)
        .flat_map(Expr::columns)
        .collect();
    columns.extend(&index.include);
    columns
}

/// What sets and resets storage parameters.
pub(super) fn storage_changes(
    from: &[StorageParameter],
    to: &[StorageParameter],
) -> Vec<TableChange> {
    let (set, reset) = storage_difference(from, to);
    let mut changes = Vec::new();
    if !set.is_empty() {
        changes.push(TableChange::SetStorage(set));
    }
    if !reset.is_empty() {
        changes.push(TableChange::ResetStorage(reset));
    }
    changes
}

/// The parameters to set, and those to reset.
pub(super) fn storage_difference(
    from: &[StorageParameter],
    to: &[StorageParameter],
) -> (Vec<StorageParameter>, Vec<Ident>) {
    let set = to.iter().filter(|it| !from.contains(it)).cloned().collect();
    let reset = from
        .iter()
        .filter(|before| !to.iter().any(|after| after.name == before.name))
        .map(|before| before.name.clone())
        .collect();
    (set, reset)
}
