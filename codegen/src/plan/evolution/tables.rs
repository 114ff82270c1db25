//! Tables as a whole, and their triggers.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::storage::StorageParameter;
use eventcore_schema_model::table::Table;

use super::super::action::{Action, Commented, TableChange};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogState, Hazard};
use super::Planner;
use super::policies::routines_of;

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
        let triggers = table.triggers.iter();
        let mut needs: Vec<Thing> = triggers
            .map(|trigger| Thing::Routine(self.absolute(&trigger.function)))
            .collect();
        needs.extend(self.named_by(table.expressions()));
        // Declared partitions come with their table.
        let declared = table.partitioning.iter();
        needs.extend(declared.flat_map(|it| self.leaf_uses(&it.leaf)));
        let mut makes = vec![self.relation(name)];
        makes.extend(self.relations_of(table));
        for constraint in &table.constraints {
            makes.push(Thing::Constraint(
                self.absolute(name),
                constraint.name.clone(),
            ));
            if let Some(key) = constraint.key() {
                makes.push(self.key_thing(name, &key.columns));
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

    fn drop_table(&mut self, table: &Table) {
        let name = &table.name;
        let mut releases = Vec::new();
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                releases.push(self.relation(&key.references));
                releases.push(self.key_thing(&key.references, &key.referenced_columns));
            }
        }
        let triggers = table.triggers.iter();
        releases.extend(triggers.map(|it| Thing::Routine(self.absolute(&it.function))));
        releases.extend(table.leaf().into_iter().flat_map(|it| self.leaf_uses(it)));
        releases.extend(self.named_by(table.expressions()));
        releases.extend(self.named_by(table.indexes.iter().flat_map(Index::expressions)));
        for column in &table.columns {
            releases.extend(self.types([&column.ty]));
        }
        let mut names = self.relations_of(table);
        names.extend(self.months_of(name));
        let indexes = table.indexes.iter();
        names.extend(indexes.map(|it| self.relation(&name.sibling(&it.name))));
        let routines = routines_of(self.renamed, name);
        let things = self.routine_things(&routines);
        let routines = routines.into_iter().map(Action::DropRoutine);
        let node = Node::new(
            Phase::Contract,
            format!("table `{name}` is dropped"),
            std::iter::once(Action::DropTable(name.clone()))
                .chain(routines)
                .collect(),
        )
        .removes([self.relation(name)])
        .leaves(self.freed(&names))
        .removes(names)
        .removes(things)
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

    /// The columns whose rows may be filled.
    pub(super) fn filled(&self, table: &QualifiedName) -> Vec<Thing> {
        let columns = self
            .to
            .find_table(table)
            .into_iter()
            .flat_map(|it| &it.columns);
        let filled = columns
            .filter(|it| it.backfill.is_some())
            .map(|it| &it.name);
        self.column_things(table, filled)
    }
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
