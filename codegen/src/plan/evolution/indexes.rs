//! Indexes of tables that are in use: built and dropped beside ordinary work, replaced without a time without one.

use eventcore_schema_model::diff::Edit;
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};

use super::super::action::{Action, Commented, Renamed};
use super::super::graph::{Node, Phase};
use super::super::{CatalogState, Hazard};
use super::tables::storage_difference;
use super::uses::index_columns;
use super::{Planner, of_table, temporary};

impl Planner<'_> {
    pub(super) fn index(&mut self, table: &QualifiedName, edit: &Edit<Index>) {
        match edit {
            Edit::Add(index) if !self.is_old(table) => {
                let create = Action::Create(ObjectRef::Index(table.clone(), index.name.clone()));
                let label = format!("{} is created", of_table("index", &index.name, table));
                let node = Node::new(Phase::Expand, label, vec![create])
                    .needs([self.relation(table)])
                    .needs(self.named_by(index.expressions()))
                    .makes(self.index_makes(table, index));
                self.add(node);
            }
            Edit::Add(index) => {
                let node = self.build(table, index, index_columns(index));
                self.add_chain([node].into_iter().chain(self.description(table, index)));
            }
            Edit::Drop(index) => {
                let node = self.drop_index(table, index, Phase::Replace);
                self.add(node);
            }
            Edit::Alter { from, to } => self.alter_index(table, from, to),
            Edit::Rename { .. } => {}
        }
    }

    fn index_makes(&self, table: &QualifiedName, index: &Index) -> Vec<super::Thing> {
        let mut makes = vec![self.relation(&table.sibling(&index.name))];
        makes.extend(self.key_of_index(table, index));
        makes
    }

    /// The uniqueness that an index gives to all rows.
    pub(super) fn key_of_index(
        &self,
        table: &QualifiedName,
        index: &Index,
    ) -> Option<super::Thing> {
        let is_key = index.unique && index.predicate.is_none();
        let columns = index.column_names().filter(|_| is_key)?;
        Some(self.key_thing(table, &columns))
    }

    /// That a unique index refuses rows from now on, unless its columns were unique before.
    pub(super) fn refuses_rows(
        &self,
        table: &QualifiedName,
        index: &Index,
        what: &str,
    ) -> Option<Hazard> {
        let columns = index.column_names().unwrap_or_default();
        let before = self.renamed.find_table(table);
        let was_unique = before
            .is_some_and(|it| it.has_key(&columns) || it.unique_indexes(&columns).next().is_some());
        (!was_unique).then(|| Hazard::RefusesRows {
            what: what.to_owned(),
        })
    }

    /// Builds an index beside ordinary work.
    pub(super) fn build<'c>(
        &self,
        table: &QualifiedName,
        index: &Index,
        columns: impl IntoIterator<Item = &'c Ident>,
    ) -> Node {
        let label = format!("{} is built", of_table("index", &index.name, table));
        let node = |action| Node::new(Phase::Build, label, vec![action]);
        let node = if self.is_partitioned(table) {
            node(Action::BuildPartitionedIndex(table.clone(), index.clone())).expanded()
        } else {
            node(Action::BuildIndex(table.clone(), index.clone())).outside()
        };
        let mut node = node
            .needs(self.column_things(table, columns))
            .needs(self.named_by(index.expressions()))
            .makes(self.index_makes(table, index))
            .before([self.index_is(table, &index.name, CatalogState::Absent)])
            .leaves([self.index_is(table, &index.name, CatalogState::Valid)]);
        if index.unique {
            let what = format!("unique index {}", self.beside(table, &index.name));
            let refuses = self.refuses_rows(table, index, &what);
            node = node.hazard(Hazard::MayNotFit { what }).hazards(refuses);
        }
        node
    }

    /// A statement that builds an index stands alone, so its comment comes in a step of its own.
    fn description(&self, table: &QualifiedName, index: &Index) -> Option<Node> {
        if self.is_partitioned(table) {
            return None;
        }
        let text = index.comment.clone()?;
        let object = Commented::Index(table.clone(), index.name.clone());
        let label = format!("{} is described", of_table("index", &index.name, table));
        Some(Node::new(
            Phase::Enforce,
            label,
            vec![Action::Comment(object, Some(text))],
        ))
    }

    fn drop_index(&self, table: &QualifiedName, index: &Index, phase: Phase) -> Node {
        let label = format!("{} is dropped", of_table("index", &index.name, table));
        let node = |action| Node::new(phase, label, vec![action]);
        let node = if self.is_partitioned(table) {
            node(Action::DropPartitionedIndex(
                table.clone(),
                index.name.clone(),
            ))
        } else {
            node(Action::DropIndex(table.clone(), index.name.clone())).outside()
        };
        node.releases(self.index_uses(table, index))
            .removes(self.index_makes(table, index))
            .hazards(self.key_breach(table, &index.name))
            .before([self.index_is(table, &index.name, CatalogState::There)])
            .leaves([self.index_is(table, &index.name, CatalogState::Absent)])
    }

    fn alter_index(&mut self, table: &QualifiedName, from: &Index, to: &Index) {
        // The server sets no parameters of a partitioned index.
        let is_fixed = self.is_partitioned(table) && from.storage != to.storage;
        if alters_in_place(from, to) && !is_fixed {
            let mut actions = Vec::new();
            let (set, reset) = storage_difference(&from.storage, &to.storage);
            if !(set.is_empty() && reset.is_empty()) {
                actions.push(Action::AlterIndex(
                    table.clone(),
                    to.name.clone(),
                    set,
                    reset,
                ));
            }
            if from.comment != to.comment {
                let object = Commented::Index(table.clone(), to.name.clone());
                actions.push(Action::Comment(object, to.comment.clone()));
            }
            let label = format!("{} is altered", of_table("index", &to.name, table));
            self.add(Node::new(Phase::Expand, label, actions));
            return;
        }
        let columns = index_columns(from).into_iter().chain(index_columns(to));
        if self.is_retyped(table, columns) {
            // Kept beside the new one, the old one would be written anew with the column.
            let drop = self.drop_index(table, from, Phase::Release);
            let build = self.build(table, to, index_columns(to));
            self.add_chain([drop, build].into_iter().chain(self.description(table, to)));
            return;
        }
        // The new one is there before the old one goes.
        let mut next = to.clone();
        next.name = temporary(table, &to.name, "new");
        let build = self.build(table, &next, index_columns(to));
        let drop = self.drop_index(table, from, Phase::Replace);
        let rename = Renamed::Index(table.clone(), next.name.clone(), to.name.clone());
        let mut actions = vec![Action::Rename(rename)];
        actions.extend(to.comment.clone().map(|text| {
            let object = Commented::Index(table.clone(), to.name.clone());
            Action::Comment(object, Some(text))
        }));
        let label = format!("{} takes its name", of_table("index", &to.name, table));
        let rename = Node::new(Phase::Replace, label, actions)
            .before([
                self.index_is(table, &next.name, CatalogState::Valid),
                self.index_is(table, &to.name, CatalogState::Absent),
            ])
            .leaves([self.index_is(table, &to.name, CatalogState::Valid)]);
        self.add_chain([build, drop, rename]);
    }
}

/// Whether the server can alter an index without building it anew, where it is not partitioned.
pub(super) fn alters_in_place(from: &Index, to: &Index) -> bool {
    let in_place = Index {
        storage: to.storage.clone(),
        comment: to.comment.clone(),
        ..from.clone()
    };
    in_place == *to
}
