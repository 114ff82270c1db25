//! Triggers. Those of a table that go and those that take their place change in one transaction: no row is written between the two.

use eventcore_schema_model::diff::{Breach, Change, Edit};
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::trigger::Trigger;

use super::super::Hazard;
use super::super::action::Action;
use super::super::graph::{Node, Phase};
use super::uses::trigger_columns;
use super::{Planner, of_table};

impl Planner<'_> {
    pub(super) fn trigger(
        &mut self,
        table: &QualifiedName,
        edit: &Edit<Trigger>,
        changes: &[Change],
    ) {
        let gone = self.replaced_triggers(table, changes);
        let mut new = added_triggers(table, changes);
        match edit {
            Edit::Add(trigger) if !gone.is_empty() => {
                if new.next() == Some(trigger) {
                    self.replace_triggers(table, &gone, changes);
                }
            }
            Edit::Add(trigger) => {
                let node = self.set_trigger(table, trigger);
                self.add(node);
            }
            Edit::Alter { from, to } => {
                let mut node = self.set_trigger(table, to);
                if from.level != to.level && self.is_partitioned(table) {
                    // Replaced, one for each row would leave those of the partitions behind.
                    let drop = Action::DropTrigger(table.clone(), to.name.clone());
                    node.actions.insert(0, drop);
                }
                self.add(node.releases(self.trigger_uses(table, from)));
            }
            Edit::Drop(trigger) if !gone.contains(&trigger) => {
                let action = Action::DropTrigger(table.clone(), trigger.name.clone());
                let label = format!("{} is dropped", of_table("trigger", &trigger.name, table));
                let node = Node::new(Phase::Release, label, vec![action]);
                let (of, trigger_name) = (self.sql(table), trigger.name.to_string());
                let node = node.hazard(match new.next() {
                    Some(next) => Hazard::WithoutTrigger {
                        table: of,
                        trigger: trigger_name,
                        next: next.name.to_string(),
                    },
                    None => Hazard::LosesTrigger {
                        table: of,
                        trigger: trigger_name,
                    },
                });
                self.add(node.releases(self.trigger_uses(table, trigger)));
            }
            Edit::Drop(_) | Edit::Rename { .. } => {}
        }
    }

    fn set_trigger(&self, table: &QualifiedName, trigger: &Trigger) -> Node {
        let action = Action::SetTrigger(table.clone(), trigger.clone());
        let label = format!("{} is set", of_table("trigger", &trigger.name, table));
        let mut node = Node::new(Phase::Expand, label, vec![action])
            .needs(self.trigger_uses(table, trigger))
            // A back-fill changes rows, which is not what the trigger is for.
            .needs(self.filled(table));
        node.hazards.extend(self.breach_of_queries(
            &Breach::AppendOnly(table.clone()),
            format!("table {} and change its rows", self.sql(table)),
        ));
        node
    }

    fn replace_triggers(&mut self, table: &QualifiedName, gone: &[&Trigger], changes: &[Change]) {
        let mut all: Option<Node> = None;
        for trigger in added_triggers(table, changes) {
            let node = self.set_trigger(table, trigger);
            all = Some(match all {
                None => node,
                Some(mut all) => {
                    all.label = format!("{}, and {}", all.label, node.label);
                    all.actions.extend(node.actions);
                    all.needs(node.needs)
                }
            });
        }
        let Some(mut node) = all else { return };
        for trigger in gone.iter().rev() {
            let drop = Action::DropTrigger(table.clone(), trigger.name.clone());
            node.actions.insert(0, drop);
            let name = of_table("trigger", &trigger.name, table);
            node.label = format!("{name} is dropped, and {}", node.label);
            node = node.releases(self.trigger_uses(table, trigger));
        }
        self.add(node);
    }

    /// The triggers of a table that go while others are added, unless a column that they are about gets another type: they are in the
    /// way of that, and those that are added perhaps need it.
    fn replaced_triggers<'c>(
        &self,
        table: &QualifiedName,
        changes: &'c [Change],
    ) -> Vec<&'c Trigger> {
        let same = |it: &QualifiedName| self.to.same_name(it, table);
        let alters_column = |trigger: &Trigger| {
            changes.iter().any(|it| match it {
                Change::Column(of, Edit::Alter { from, to: column }) => {
                    same(of)
                        && from.ty != column.ty
                        && trigger_columns(trigger).contains(&&column.name)
                }
                _ => false,
            })
        };
        if added_triggers(table, changes).next().is_none() {
            return Vec::new();
        }
        let gone = changes.iter().filter_map(|it| match it {
            Change::Trigger(of, Edit::Drop(trigger)) if same(of) => Some(trigger),
            _ => None,
        });
        gone.filter(|it| !alters_column(it)).collect()
    }
}

fn added_triggers<'c>(
    table: &QualifiedName,
    changes: &'c [Change],
) -> impl Iterator<Item = &'c Trigger> {
    changes.iter().filter_map(move |it| match it {
        Change::Trigger(of, Edit::Add(trigger)) if of == table => Some(trigger),
        _ => None,
    })
}
