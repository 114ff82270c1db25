//! What parts of tables, types and routines hold on to: the server looks that up when they come, and keeps it for as long as
//! they are there.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::LeafTemplate;
use eventcore_schema_model::trigger::{Trigger, TriggerEvent};

use super::super::graph::Thing;
use super::Planner;

impl Planner<'_> {
    /// The sequences and routines that expressions use, of before and after.
    pub(super) fn named_by<'e>(
        &self,
        expressions: impl IntoIterator<Item = &'e Expr>,
    ) -> Vec<Thing> {
        let expressions: Vec<&Expr> = expressions.into_iter().collect();
        let mut named = Vec::new();
        for schema in [self.renamed, self.to] {
            for object in schema.named_by(expressions.iter().copied()) {
                let thing = match &object {
                    ObjectRef::Routine(name) => Thing::Routine(self.absolute(name)),
                    _ => self.relation(&object.name()),
                };
                if !named.contains(&thing) {
                    named.push(thing);
                }
            }
        }
        named
    }

    pub(super) fn constraint_uses(
        &self,
        table: &QualifiedName,
        constraint: &Constraint,
    ) -> Vec<Thing> {
        let mut uses = self.named_by(constraint.expressions());
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                uses.extend(self.column_things(table, key.columns.iter().chain(&key.include)));
                if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
                    let columns = key.columns.iter().cloned();
                    uses.extend(columns.map(|it| Thing::NotNull(self.absolute(table), it)));
                }
            }
            ConstraintKind::Check(condition) => {
                uses.extend(self.column_things(table, condition.columns()));
            }
            ConstraintKind::Exclude(exclusion) => {
                uses.extend(self.column_things(table, exclusion.columns()));
            }
            ConstraintKind::ForeignKey(key) => {
                uses.extend(self.column_things(table, &key.columns));
                uses.extend(self.column_things(&key.references, &key.referenced_columns));
                uses.push(self.relation(&key.references));
                uses.push(self.key_thing(&key.references, &key.referenced_columns));
            }
        }
        uses
    }

    pub(super) fn index_uses(&self, table: &QualifiedName, index: &Index) -> Vec<Thing> {
        let mut uses = self.column_things(table, index_columns(index));
        uses.extend(self.named_by(index.expressions()));
        uses
    }

    pub(super) fn trigger_uses(&self, table: &QualifiedName, trigger: &Trigger) -> Vec<Thing> {
        let mut uses = self.column_things(table, trigger_columns(trigger));
        uses.push(Thing::Routine(self.absolute(&trigger.function)));
        uses.extend(self.named_by(&trigger.when));
        uses
    }

    /// What partitions hold on to, apart from columns.
    pub(super) fn leaf_uses(&self, leaf: &LeafTemplate) -> Vec<Thing> {
        let triggers = leaf.triggers.iter();
        let mut uses: Vec<Thing> = triggers
            .map(|it| Thing::Routine(self.absolute(&it.function)))
            .collect();
        uses.extend(self.named_by(leaf.expressions()));
        uses
    }
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
    let mut columns: Vec<&Ident> = index.expressions().flat_map(Expr::columns).collect();
    columns.extend(&index.include);
    columns
}
