//! What parts of tables, types and routines hold on to: the server looks that up when they come, and keeps it for as long as
//! they are there.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::partition::{LeafTemplate, Partitioning};
use eventcore_schema_model::table::Table;
use eventcore_schema_model::trigger::{Trigger, TriggerEvent};
use eventcore_schema_model::view::View;

use super::super::graph::Thing;
use super::super::{CatalogObject, CatalogState, Condition};
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

    /// The names that a table takes beside its own: those of its keys, of its declared partitions, and of sequences that the server
    /// makes.
    pub(super) fn relations_of(&self, table: &Table) -> Vec<Thing> {
        let keys = table.constraints.iter().filter(|it| it.has_index());
        let keys = keys.map(|it| it.name.clone());
        let declared = table.partitioning.iter().flat_map(Partitioning::tree);
        let numbered = table.columns.iter().filter(|it| it.identity.is_some());
        let sequences = numbered.map(|it| Ident::of_server(&table.name.name, &it.name, "seq"));
        let names = keys
            .chain(declared.map(|it| it.name.clone()))
            .chain(sequences);
        names
            .map(|it| self.relation(&table.name.sibling(&it)))
            .collect()
    }

    /// The names of a view's indexes.
    pub(super) fn view_relations(&self, view: &View) -> Vec<Thing> {
        let indexes = view.indexes().iter();
        indexes
            .map(|it| self.relation(&view.name.sibling(&it.name)))
            .collect()
    }

    /// The names of new relations that partitions of a policy's table may have, which goes.
    pub(super) fn months_of(&self, table: &QualifiedName) -> Vec<Thing> {
        if self.renamed.find_policy(table).is_none() {
            return Vec::new();
        }
        let prefix = format!("{}_", table.name);
        let named = self.relations_to_be().into_iter().filter(|(it, _)| {
            self.to.namespace_of(it) == self.to.namespace_of(table)
                && it.name.as_str().starts_with(&prefix)
        });
        named.map(|(it, _)| self.relation(it)).collect()
    }

    /// That new tables, views and sequences can have names which something gives up.
    pub(super) fn freed(&self, names: &[Thing]) -> Vec<Condition> {
        let relations = self.relations_to_be().into_iter();
        let freed = relations.filter(|(it, _)| names.contains(&self.relation(it)));
        freed
            .map(|(_, object)| Condition::new(object, CatalogState::Absent))
            .collect()
    }

    fn relations_to_be(&self) -> Vec<(&QualifiedName, CatalogObject)> {
        let tables = self.to.tables.iter().map(|it| &it.name);
        let tables = tables.map(|it| (it, CatalogObject::Table(self.sql(it))));
        let views = self.to.views.iter().map(|it| &it.name);
        let views = views.map(|it| (it, CatalogObject::View(self.sql(it))));
        let sequences = self.to.sequences.iter().map(|it| &it.name);
        let sequences = sequences.map(|it| (it, CatalogObject::Sequence(self.sql(it))));
        tables.chain(views).chain(sequences).collect()
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
