//! What rests on columns that get another type in the same migration: it goes before, and comes again behind.

use eventcore_schema_model::constraint::{Constraint, ConstraintKind};
use eventcore_schema_model::diff::{Change, Edit};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::table::Table;

use super::super::graph::Thing;
use super::Planner;

impl Planner<'_> {
    /// Foreign keys that stay while both of their ends get another type: the server compares the ends at each of the two
    /// changes, so the key goes before them and comes again behind.
    pub(super) fn keys_between_retyped(&mut self, changes: &[Change]) {
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
                if let Some(old) = old.filter(|_| both && !is_changed) {
                    self.set_constraint_again(table, old, constraint);
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
