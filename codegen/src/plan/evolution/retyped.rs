//! What rests on columns that get another type, or on keys that go, in the same migration: it goes before, and
//! comes again behind.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::diff::{Change, Edit};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::table::Table;

use super::super::graph::{Phase, Thing};
use super::indexes::alters_in_place;
use super::{Planner, of_table};

impl Planner<'_> {
    /// Keys and unique indexes that go, whether others take their place or not.
    pub(super) fn keys_that_go(&self, changes: &[Change]) -> Vec<Thing> {
        let gone = changes.iter().filter_map(|change| match change {
            Change::Constraint(table, Edit::Alter { from, to }) if from.kind != to.kind => {
                self.key_of(table, from)
            }
            Change::Constraint(table, Edit::Drop(it)) => self.key_of(table, it),
            Change::Index(table, Edit::Alter { from, to }) if !alters_in_place(from, to) => {
                self.key_of_index(table, from)
            }
            Change::Index(table, Edit::Drop(it)) => self.key_of_index(table, it),
            _ => None,
        });
        gone.collect()
    }

    /// Whether a foreign key rests on a key that goes.
    pub(super) fn rests_on_gone(&self, constraint: &Constraint) -> bool {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            return false;
        };
        let needed = self.key_thing(&key.references, &key.referenced_columns);
        self.gone_keys.contains(&needed)
    }

    /// Foreign keys that are there before and after, while the key that they rest on goes, or while both of their ends get
    /// another type: the server compares the ends at each of the two changes.
    pub(super) fn references_set_again(&mut self, changes: &[Change]) {
        let tables: Vec<_> = self
            .to
            .tables
            .iter()
            .map(|it| (&it.name, &it.constraints))
            .collect();
        for (table, constraints) in tables {
            for constraint in constraints {
                let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                    continue;
                };
                let both = self.is_retyped(table, &key.columns)
                    && self.is_retyped(&key.references, &key.referenced_columns);
                let old = self.renamed.find_table(table);
                let mut old = old.into_iter().flat_map(|it| &it.constraints);
                let old = old.find(|it| it.name == constraint.name);
                let is_changed = changes.iter().any(|change| match change {
                    Change::Constraint(owner, Edit::Alter { from, to }) => {
                        owner == table && to.name == constraint.name && from.kind != to.kind
                    }
                    _ => false,
                });
                match old {
                    Some(old) if self.rests_on_gone(old) => {
                        self.set_reference_again(table, old, constraint);
                    }
                    Some(old) if both && !is_changed => {
                        self.set_constraint_again(table, old, constraint);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether one of these columns, which are there before and after, gets another type or collation.
    pub(super) fn is_retyped<'c>(
        &self,
        table: &QualifiedName,
        columns: impl IntoIterator<Item = &'c Ident>,
    ) -> bool {
        let (before, after) = (self.renamed.find_table(table), self.to.find_table(table));
        let find = |table: Option<&'_ Table>, name: &Ident| {
            let column = table.and_then(|it| it.find_column(name));
            column.map(|it| (it.ty.clone(), it.collation.clone()))
        };
        columns.into_iter().any(|name| {
            let (old, new) = (find(before, name), find(after, name));
            old.is_some() && new.is_some() && old != new
        })
    }

    /// Whether a constraint changes together with the type of a column that it is about.
    pub(super) fn is_retyped_under(
        &self,
        table: &QualifiedName,
        from: &Constraint,
        to: &Constraint,
    ) -> bool {
        let uses = |constraint| {
            let uses = self.constraint_uses(table, constraint).into_iter();
            uses.filter_map(|thing| match thing {
                Thing::Column(table, column) => Some((table, column)),
                _ => None,
            })
        };
        uses(from)
            .chain(uses(to))
            .any(|(table, column)| self.is_retyped(&table, [&column]))
    }

    /// A foreign key goes right before the key that it rests on, and comes again right behind that.
    fn set_reference_again(&mut self, table: &QualifiedName, from: &Constraint, to: &Constraint) {
        let mut drop = self.drop_constraint(table, from);
        drop.phase = Phase::Enforce;
        let name = of_table("constraint", &from.name, table);
        drop.label = format!("{name} is dropped, until the key that it rests on is another");
        self.add(drop);
        self.set_constraint(table, to, None);
    }

    /// The old constraint goes before what changes, the new one comes behind.
    pub(super) fn set_constraint_again(
        &mut self,
        table: &QualifiedName,
        from: &Constraint,
        to: &Constraint,
    ) {
        let node = self.drop_constraint(table, from);
        self.add(node);
        self.set_constraint(table, to, None);
    }
}
