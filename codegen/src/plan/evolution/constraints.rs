//! Constraints of tables that are in use. Checks and foreign keys come unvalidated, then the rows that are there are
//! held against them; keys come from indexes that were built before.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind, Key};
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::exclusion::Exclusion;
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::index::{Index, IndexPart};
use eventcore_schema_model::name::{Ident, QualifiedName};

use super::super::action::{Action, Commented, TableChange};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogState, Hazard};
use super::tables::storage_difference;
use super::{Planner, in_sql, of_table, temporary};

impl Planner<'_> {
    pub(super) fn constraint(&mut self, table: &QualifiedName, edit: &Edit<Constraint>) {
        match edit {
            Edit::Add(constraint) => self.set_constraint(table, constraint, None),
            Edit::Alter { from, to } if from.kind == to.kind => {
                let object = Commented::Constraint(table.clone(), to.name.clone());
                let label = format!("{} is described", of_table("constraint", &to.name, table));
                let action = Action::Comment(object, to.comment.clone());
                self.add(Node::new(Phase::Expand, label, vec![action]));
            }
            // See `references_set_again`.
            Edit::Alter { from, .. } if self.rests_on_gone(from) => {}
            Edit::Alter { from, to } if self.is_retyped_under(table, from, to) => {
                self.set_constraint_again(table, from, to);
            }
            Edit::Alter { from, to } => {
                if !self.alter_exclusion(table, from, to) {
                    self.set_constraint(table, to, Some(from));
                }
            }
            Edit::Drop(constraint) => {
                let node = self.drop_constraint(table, constraint);
                self.add(node);
            }
            Edit::Rename { .. } => {}
        }
    }

    pub(super) fn drop_constraint(&self, table: &QualifiedName, constraint: &Constraint) -> Node {
        let label = format!(
            "{} is dropped",
            of_table("constraint", &constraint.name, table)
        );
        let change = TableChange::DropConstraint(constraint.name.clone());
        let mut node = Node::new(
            Phase::Release,
            label,
            vec![Action::AlterTable(table.clone(), vec![change])],
        )
        .releases(self.constraint_uses(table, constraint))
        .removes([Thing::Constraint(
            self.absolute(table),
            constraint.name.clone(),
        )])
        .before([self.constraint_is(table, &constraint.name, CatalogState::There)])
        .leaves([self.constraint_is(table, &constraint.name, CatalogState::Absent)]);
        if constraint.has_index() {
            let name = [self.relation(&table.sibling(&constraint.name))];
            node = node.leaves(self.freed(&name)).removes(name);
        }
        if let Some(key) = self.key_of(table, constraint) {
            // What keeps columns unique holds until what may take its place does.
            node.phase = Phase::Replace;
            node = node
                .removes([key])
                .hazards(self.key_breach(table, &constraint.name));
        }
        node
    }

    /// The uniqueness that a constraint gives.
    pub(super) fn key_of(&self, table: &QualifiedName, constraint: &Constraint) -> Option<Thing> {
        let key = constraint.key()?;
        Some(self.key_thing(table, &key.columns))
    }

    /// That queries rely in `ON CONFLICT` on what keeps columns unique.
    pub(super) fn key_breach(&self, table: &QualifiedName, name: &Ident) -> Option<Hazard> {
        let breach = Breach::Key(table.clone(), name.clone());
        let what = format!("{} in ON CONFLICT", in_sql(self.to, "key", name, table));
        self.breach_of_queries(&breach, what)
    }

    /// That queries use `ON CONFLICT` without columns, which takes no deferred constraint.
    fn deferred_breach(&self, table: &QualifiedName, name: &Ident) -> Option<Hazard> {
        let breach = Breach::Deferred(table.clone(), name.clone());
        let what = format!("ON CONFLICT without columns on {}", self.sql(table));
        self.breach_of_queries(&breach, what)
    }

    /// A new constraint, or one in the place of another of the same name.
    pub(super) fn set_constraint(
        &mut self,
        table: &QualifiedName,
        constraint: &Constraint,
        old: Option<&Constraint>,
    ) {
        // In one statement on the table, as on a plain one.
        let whole = match constraint.kind {
            ConstraintKind::Check(_) | ConstraintKind::Exclude(_) => true,
            ConstraintKind::ForeignKey(_) => {
                let servers = self.to.minimum_server;
                servers.has_unvalidated_reference_of_partitions()
            }
            _ => false,
        };
        if self.is_partitioned(table) && !whole {
            self.set_on_partitions(table, constraint, old);
            return;
        }
        let name = &constraint.name;
        let what = in_sql(self.to, "constraint", name, table);
        let label = format!("{} is added", of_table("constraint", name, table));
        let needs = self.constraint_uses(table, constraint);
        let comment = constraint.comment.clone().map(|text| {
            let object = Commented::Constraint(table.clone(), name.clone());
            Action::Comment(object, Some(text))
        });
        let drop = old.map(|old| TableChange::DropConstraint(old.name.clone()));
        let makes = Thing::Constraint(self.absolute(table), name.clone());
        let before = if old.is_some() {
            CatalogState::There
        } else {
            CatalogState::Absent
        };
        let before = self.constraint_is(table, name, before);
        let uses = old
            .map(|old| self.constraint_uses(table, old))
            .unwrap_or_default();
        let place = |phase, change: TableChange| {
            let changes = drop.iter().cloned().chain([change]).collect();
            let mut actions = vec![Action::AlterTable(table.clone(), changes)];
            actions.extend(comment.clone());
            Node::new(phase, label.clone(), actions)
                .needs(needs.clone())
                .makes([makes.clone()])
                .releases(uses.clone())
        };
        if matches!(constraint.kind, ConstraintKind::Exclude(_)) {
            let mut add = place(
                Phase::Enforce,
                TableChange::AddConstraint(constraint.clone()),
            )
            .makes([self.relation(&table.sibling(name))])
            .hazard(Hazard::BlocksTable {
                table: self.sql(table),
                reason: self.blocking_reason(table, name),
            })
            .hazard(Hazard::MayNotFit { what: what.clone() })
            .hazard(Hazard::RefusesRows { what })
            .hazards(self.deferred_breach(table, name))
            .before([before])
            .leaves([self.constraint_is(table, name, CatalogState::Valid)]);
            add.alone = true;
            add.long = true;
            self.add(add);
            return;
        }
        let Some(key) = constraint.key() else {
            let add = place(
                Phase::Expand,
                TableChange::AddUnvalidated(constraint.clone()),
            )
            .hazard(Hazard::HoldsOldRows { what })
            .before([before])
            .leaves([self.constraint_is(table, name, CatalogState::There)]);
            let label = format!("rows of `{table}` are held against `{name}`");
            self.add_chain([add, self.validation(table, name, label)]);
            return;
        };
        // The name of the key is free only once the old one is gone.
        let index = if old.is_some() {
            temporary(table, name, "new")
        } else {
            name.clone()
        };
        let build = self.build(
            table,
            &index_of_key(&index, key),
            key.columns.iter().chain(&key.include),
        );
        let mut enforce = place(
            Phase::Enforce,
            TableChange::AddKeyUsing(constraint.clone(), index.clone()),
        )
        .makes([
            self.key_thing(table, &key.columns),
            self.relation(&table.sibling(name)),
        ])
        .removes(old.and_then(|old| self.key_of(table, old)))
        .hazards(old.and_then(|old| self.key_breach(table, &old.name)))
        .before([self.index_is(table, &index, CatalogState::Valid)])
        .leaves([self.constraint_is(table, name, CatalogState::Valid)]);
        if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
            let columns = key.columns.iter();
            enforce =
                enforce.needs(columns.map(|it| Thing::NotNull(self.absolute(table), it.clone())));
        }
        self.add_chain([build, enforce]);
    }
}

impl Planner<'_> {
    /// Why the definition lets a table be blocked for a constraint.
    fn blocking_reason(&self, table: &QualifiedName, name: &Ident) -> String {
        let table = self.to.find_table(table);
        let mut constraints = table.into_iter().flat_map(|it| &it.constraints);
        let reason = constraints
            .find(|it| it.name == *name)
            .and_then(|it| match &it.kind {
                ConstraintKind::Exclude(exclusion) => exclusion.blocking.clone(),
                _ => None,
            });
        reason.unwrap_or_default()
    }

    /// An exclusion of which only the storage of its index changes, and perhaps its comment.
    fn alter_exclusion(
        &mut self,
        table: &QualifiedName,
        from: &Constraint,
        to: &Constraint,
    ) -> bool {
        let (ConstraintKind::Exclude(before), ConstraintKind::Exclude(after)) =
            (&from.kind, &to.kind)
        else {
            return false;
        };
        let in_place = Exclusion {
            storage: after.storage.clone(),
            ..(**before).clone()
        };
        // The server sets no parameters of a partitioned index.
        let is_fixed = self.is_partitioned(table) && before.storage != after.storage;
        if in_place != **after || is_fixed {
            return false;
        }
        let name = &to.name;
        let (set, reset) = storage_difference(&before.storage, &after.storage);
        let mut actions = vec![Action::AlterIndex(table.clone(), name.clone(), set, reset)];
        if from.comment != to.comment {
            let object = Commented::Constraint(table.clone(), name.clone());
            actions.push(Action::Comment(object, to.comment.clone()));
        }
        let label = format!("{} is altered", of_table("constraint", name, table));
        self.add(Node::new(Phase::Expand, label, actions));
        true
    }
}

/// The index that a key is made from.
pub(super) fn index_of_key(name: &Ident, key: &Key) -> Index {
    let parts = key
        .columns
        .iter()
        .cloned()
        .map(Expr::Column)
        .map(IndexPart::new);
    let mut index = Index::new(name, parts).unique();
    index.include.clone_from(&key.include);
    index.nulls_not_distinct = key.nulls_not_distinct;
    index
}
