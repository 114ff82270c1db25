//! The policies by which partitions come and go, and the routines that are made from them.

use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::partition::{LeafTemplate, PartitionPolicy};
use eventcore_schema_model::routine::Routine;
use eventcore_schema_model::schema::Schema;

use super::super::Hazard;
use super::super::action::{Action, LeafChange};
use super::super::graph::{Node, Phase, Thing};
use super::Planner;
use super::objects::is_replaceable;
use super::tables::storage_difference;
use crate::sql::{partition_routines, routine_signature};

impl Planner<'_> {
    pub(super) fn policy(&mut self, table: &QualifiedName, edit: &Edit<PartitionPolicy>) {
        match edit {
            Edit::Add(_) => {
                let create = Action::Create(ObjectRef::Partitions(table.clone()));
                let label = format!("partitions of `{table}` are created");
                let policy = self.to.find_policy(table);
                let routines = routines_of(self.to, table);
                let mut node = Node::new(Phase::Expand, label, vec![create])
                    .needs([self.relation(table)])
                    .needs(policy.into_iter().flat_map(|it| self.leaf_uses(&it.leaf)))
                    .makes(self.routine_things(&routines));
                if self.is_old(table) {
                    node = node.hazard(Hazard::MayNotFit {
                        what: format!(
                            "the default partition of {} beside its first partitions",
                            self.sql(table)
                        ),
                    });
                }
                self.add(node);
            }
            Edit::Drop(_) => {
                let routines = routines_of(self.renamed, table);
                let hazards: Vec<_> = routines.iter().map(|it| self.routine_goes(it)).collect();
                let things = self.routine_things(&routines);
                let drops = routines.into_iter().map(Action::DropRoutine).collect();
                let label = format!("routines of the partitions of `{table}` are dropped");
                let node = Node::new(Phase::Contract, label, drops).removes(things);
                self.add(node.hazards(hazards));
            }
            Edit::Alter { from, to } => {
                self.leaf_in_place(table, &from.leaf, &to.leaf);
            }
            Edit::Rename { .. } => {}
        }
    }

    pub(super) fn routine_things<'r>(
        &self,
        routines: impl IntoIterator<Item = &'r Routine>,
    ) -> Vec<Thing> {
        let routines = routines.into_iter();
        routines
            .map(|it| Thing::Routine(self.absolute(&it.name)))
            .collect()
    }

    /// What changes of what partitions have, in a moment.
    pub(super) fn leaf_in_place(
        &mut self,
        table: &QualifiedName,
        from: &LeafTemplate,
        to: &LeafTemplate,
    ) {
        let changes = leaf_changes(from, to);
        if changes.is_empty() {
            return;
        }
        let triggers = |leaf: &LeafTemplate| -> Vec<Thing> {
            let triggers = leaf.triggers.iter();
            triggers
                .flat_map(|it| self.trigger_uses(table, it))
                .collect()
        };
        let (needed, released) = (triggers(to), triggers(from));
        let action = Action::AlterLeaves(table.clone(), changes);
        let label = format!("partitions of `{table}` are altered");
        let node = Node::new(Phase::Expand, label, vec![action]);
        self.add(node.needs(needed).releases(released));
    }

    /// That schedulers and programs call a routine of a policy, which goes.
    fn routine_goes(&self, routine: &Routine) -> Hazard {
        self.breach(
            &Breach::Object(ObjectRef::Routine(routine.name.clone())),
            format!("function {}", routine_signature(self.renamed, routine)),
        )
    }

    /// That months go which were to be kept so far.
    fn keeps_less(&self, table: &QualifiedName) -> Option<Hazard> {
        let to = self.to.find_policy(table)?;
        let before = self.renamed.find_policy(table)?.retention_months;
        let months = to.retention_months?;
        let [_, drop_old, ..] = to.routine_names();
        before
            .is_none_or(|before| months < before)
            .then(|| Hazard::KeepsLess {
                table: self.sql(table),
                routine: drop_old.to_string(),
                before,
                months,
            })
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
            let (mut actions, mut hazards, mut is_new) = (Vec::new(), Vec::new(), false);
            let (mut given_up, mut made) = (Vec::new(), Vec::new());
            for (from, to) in before.into_iter().zip(after) {
                if from == to {
                    continue;
                }
                if from.name != to.name {
                    made.push(Thing::Routine(self.absolute(&to.name)));
                    given_up.push(from);
                    is_new = true;
                } else if !is_replaceable(&from, &to) {
                    hazards.push(self.routine_goes(&from));
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
            let policies = self.renamed.find_policy(&table.name);
            let policies = policies.zip(self.to.find_policy(&table.name));
            let default =
                policies.filter(|(from, to)| from.default_partition != to.default_partition);
            let replaced = (!actions.is_empty()).then(|| {
                let label = format!(
                    "routines of the partitions of `{}` are replaced",
                    table.name
                );
                let hazards = hazards.into_iter().chain(self.keeps_less(&table.name));
                let hazard = default.map(|(_, to)| Hazard::DefaultPartition {
                    table: self.sql(&table.name),
                    wanted: to.default_partition,
                });
                self.add(
                    Node::new(Phase::Enforce, label, actions)
                        .makes(made)
                        .hazards(hazard)
                        .hazards(hazards),
                )
            });
            if !given_up.is_empty() {
                // What calls them calls the new ones first.
                let hazards: Vec<_> = given_up.iter().map(|it| self.routine_goes(it)).collect();
                let things = self.routine_things(&given_up);
                let drops = given_up.into_iter().map(Action::DropRoutine).collect();
                let label = format!(
                    "former routines of the partitions of `{}` are dropped",
                    table.name
                );
                let mut node = Node::new(Phase::Contract, label, drops).removes(things);
                node.follows.extend(replaced);
                self.add(node.hazards(hazards));
            }
            if let Some((before, after)) = policies {
                self.leaf_parts(&table.name, &before.leaf, &after.leaf, replaced);
            }
        }
    }
}

/// The routines of a table's partition policy.
pub(super) fn routines_of(schema: &Schema, table: &QualifiedName) -> Vec<Routine> {
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
