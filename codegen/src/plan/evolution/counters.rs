//! Sequences that start to feed columns of tables which have rows: they go on after the greatest number that is there.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::expr::{Expr, col};
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::sequence::Sequence;

use super::super::Hazard;
use super::super::action::Action;
use super::super::graph::Node;
use super::{Planner, in_sql};

impl Planner<'_> {
    /// Lets the sequence that numbers a column go on after its rows, if another one or none did before.
    pub(super) fn continues(&self, table: &QualifiedName, to: &Column) -> Option<Action> {
        let before = self.renamed.find_table(table)?.find_column(&to.name);
        let sequence = self.to.default_of(to).and_then(Expr::drawn_sequence)?;
        let old = before
            .and_then(|it| self.renamed.default_of(it))
            .and_then(Expr::drawn_sequence);
        if old.is_some_and(|old| self.to.same_name(old, sequence)) {
            return None;
        }
        // Rows that are there before a column is have the values that fill it.
        let value = match (before, &to.backfill) {
            (Some(_), _) => col(&to.name),
            (None, Some(value)) => value.clone(),
            (None, None) => return None,
        };
        let draws_itself = value.drawn_sequence().is_some();
        (!draws_itself)
            .then(|| Action::ContinueSequence(table.clone(), Box::new(value), sequence.clone()))
    }

    /// That the count of an identity goes with it.
    pub(super) fn lost_count(
        &self,
        table: &QualifiedName,
        from: &Column,
        to: &Column,
    ) -> Option<Hazard> {
        let is_lost = from.identity.is_some() && to.identity.is_none();
        let what = in_sql(self.to, "identity column", &to.name, table);
        is_lost.then(|| Hazard::LosesData {
            what: format!("the count of {what}"),
            reason: "the definition does not number it so any more".to_owned(),
        })
    }

    /// The same for every column that a sequence feeds which counts in the other direction from now on.
    pub(super) fn turned(&self, from: &Sequence, to: &Sequence) -> Vec<Action> {
        if (from.increment > 0) == (to.increment > 0) {
            return Vec::new();
        }
        let mut actions = Vec::new();
        for table in &self.to.tables {
            let Some(before) = self.renamed.find_table(&table.name) else {
                continue;
            };
            let kept = |it: &&Column| before.find_column(&it.name).is_some();
            for column in table.columns.iter().filter(kept) {
                let fed = self.to.default_of(column).and_then(Expr::drawn_sequence);
                if fed.is_some_and(|it| self.to.same_name(it, &to.name)) {
                    actions.push(Action::ContinueSequence(
                        table.name.clone(),
                        Box::new(col(&column.name)),
                        to.name.clone(),
                    ));
                }
            }
        }
        actions
    }

    /// Adds what lets sequences go on to the node that lets them feed, with what a reviewer must know.
    pub(super) fn continuing(&self, mut node: Node, actions: Vec<Action>) -> Node {
        for action in actions {
            if let Action::ContinueSequence(table, ..) = &action {
                node.long = true;
                node = node.hazard(Hazard::ScansTable {
                    table: self.sql(table),
                });
            }
            node.actions.push(action);
        }
        node
    }
}
