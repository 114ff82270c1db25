//! Changes that the server refuses while views, SQL routines or triggers rest on what changes: those are dropped before
//! and created again behind, in the same transaction.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::diff::{Breach, Change, Edit, TypeChange};
use eventcore_schema_model::expr::col;
use eventcore_schema_model::name::QualifiedName;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::template::Binding;
use eventcore_schema_model::trigger::Trigger;
use eventcore_schema_model::view::View;

use super::super::action::{Action, TableChange};
use super::super::graph::{Node, Phase};
use super::super::{CatalogState, Hazard};
use super::uses::trigger_columns;
use super::{Planner, in_sql, of_table};

impl<'a> Planner<'a> {
    /// Plans the changes that need others out of the way, and gives all those that it has carried out.
    pub(super) fn blocked<'c>(&mut self, changes: &'c [Change]) -> Vec<&'c Change> {
        let mut carried = Vec::new();
        let tables: Vec<&Table> = self
            .to
            .tables
            .iter()
            .filter(|table| {
                changes
                    .iter()
                    .any(|change| is_blocking(change, &table.name))
            })
            .collect();
        let mut views: Vec<&View> = Vec::new();
        for change in changes {
            if let Change::View(Edit::Alter { from, to }) = change
                && !to.takes_place_of(from)
            {
                views.extend(self.renamed.find_view(&from.name));
            }
        }
        for table in tables {
            for change in changes.iter().filter(|it| is_blocking(it, &table.name)) {
                self.add_views_in_the_way(change, &mut views);
            }
            let node = self.table_change(table, changes, &mut carried);
            self.add(node);
        }
        let over: Vec<QualifiedName> = views.iter().map(|view| view.name.clone()).collect();
        for name in over {
            self.add_views_over(&name, &mut views);
        }
        let swapped = self.swapped(&views, changes);
        self.recreate(&views, &swapped, changes, &mut carried);
        carried
    }

    /// Of these views, the materialised ones that show something else over what stays: they are built beside the old ones.
    fn swapped(&self, views: &[&View], changes: &[Change]) -> Vec<QualifiedName> {
        let moves = |relation: &QualifiedName| {
            let mut unseated = changes.iter().filter_map(Change::unseats);
            unseated.any(|it| self.to.same_name(it, relation))
                || views.iter().any(|it| self.to.same_name(&it.name, relation))
        };
        let stays = |view: &View| {
            !view.body.bindings.values().any(|binding| match binding {
                Binding::Relation(name) => moves(name),
                _ => false,
            })
        };
        let altered = changes.iter().filter_map(|change| match change {
            Change::View(Edit::Alter { from, to }) => Some((from, to)),
            _ => None,
        });
        altered
            .filter(|(from, to)| to.materialized.is_some() && !to.takes_place_of(from))
            .filter(|(from, to)| stays(from) && stays(to))
            .map(|(_, to)| to.name.clone())
            .collect()
    }

    /// The views that keep the server from a change, and those over them.
    pub(super) fn add_views_in_the_way(&self, change: &Change, views: &mut Vec<&'a View>) {
        for view in &self.renamed.views {
            let is_known = |view: &View| views.iter().any(|known| known.name == view.name);
            if change.is_held_by(self.renamed, view) && !is_known(view) {
                views.push(view);
                self.add_views_over(&view.name, views);
            }
        }
    }

    /// The views over a relation, through views between too.
    pub(super) fn add_views_over(&self, relation: &QualifiedName, views: &mut Vec<&'a View>) {
        for view in &self.renamed.views {
            if view.reads(self.renamed, relation)
                && !views.iter().any(|known| known.name == view.name)
            {
                views.push(view);
                self.add_views_over(&view.name, views);
            }
        }
    }

    /// The changes of a table's columns that look at what rests on them, and its triggers out of the way.
    fn table_change<'c>(
        &self,
        table: &Table,
        changes: &'c [Change],
        carried: &mut Vec<&'c Change>,
    ) -> Node {
        let name = &table.name;
        let mut parts = Vec::new();
        let mut columns = Vec::new();
        let mut counts = Vec::new();
        let mut node = Node::new(Phase::Contract, String::new(), Vec::new());
        let mut labels = Vec::new();
        for change in changes {
            if !is_blocking(change, name) {
                continue;
            }
            match change {
                Change::Column(_, Edit::Drop(column)) => {
                    parts.push(TableChange::DropColumn(column.name.clone()));
                    labels.push(format!(
                        "{} is dropped",
                        of_table("column", &column.name, name)
                    ));
                    node = self.column_goes(node, table, column);
                    columns.push(&column.name);
                    carried.push(change);
                }
                Change::Column(_, Edit::Alter { from, to }) => {
                    let written = table.find_column(&to.name).unwrap_or(to);
                    let rewrite = written.rewrite.as_ref();
                    let using = rewrite.and_then(|rewrite| rewrite.using.clone());
                    if from.default.is_some() {
                        parts.push(TableChange::DropDefault(to.name.clone()));
                    }
                    let collation = to.collation.clone();
                    parts.push(TableChange::SetType(
                        to.name.clone(),
                        to.ty.clone(),
                        collation,
                        using,
                    ));
                    if let Some(default) = &to.default {
                        parts.push(TableChange::SetDefault(to.name.clone(), default.clone()));
                    }
                    labels.push(format!(
                        "{} gets another type",
                        of_table("column", &to.name, name)
                    ));
                    columns.push(&to.name);
                    counts.extend(self.continues(name, written));
                    if let Some(rewrite) = rewrite {
                        node.long = true;
                        node = node.hazard(Hazard::RewritesTable {
                            table: self.sql(name),
                            reason: rewrite.reason.clone(),
                        });
                        node = node.hazards(self.conversion(name, from, written));
                    }
                    node = node.hazards(self.breaches_of_type(name, from, to));
                    let using = rewrite.and_then(|rewrite| rewrite.using.as_ref());
                    node = node
                        .needs(self.named_by(to.default.iter().chain(using)))
                        .releases(self.named_by(&from.default))
                        .hazards(self.default_breach(name, &to.name));
                    node.phase = Phase::Expand;
                    // What rests on the old type goes before, what rests on the new one comes after.
                    let thing = self.column_thing(name, &to.name);
                    node = node
                        .removes([thing.clone()])
                        .makes([thing])
                        .needs(self.types([&to.ty]))
                        .releases(self.types([&from.ty]));
                }
                _ => {}
            }
        }
        // A column that is computed from another goes before it.
        let before = self.renamed.find_table(name);
        parts.sort_by_key(|part| match part {
            TableChange::DropColumn(column) => {
                let column = before.and_then(|table| table.find_column(column));
                u8::from(column.is_none_or(|column| column.generated.is_none()))
            }
            _ => 2,
        });
        node.label = labels.join(", ");
        // One that goes for good has a node of its own.
        let rests = |trigger: &&Trigger| {
            let held = before.into_iter().flat_map(|table| &table.triggers);
            let mut held = held.filter(|it| it.name == trigger.name);
            held.any(|it| trigger_columns(it).iter().any(|it| columns.contains(it)))
        };
        let triggers: Vec<&Trigger> = table.triggers.iter().filter(rests).collect();
        for trigger in &triggers {
            let drop = Action::DropTrigger(name.clone(), trigger.name.clone());
            node.actions.push(drop);
        }
        node.actions.push(Action::AlterTable(name.clone(), parts));
        node = self.continuing(node, counts);
        for trigger in triggers {
            let alters = |it: &&Change| matches!(it, Change::Trigger(table, Edit::Alter { to, .. }) if table == name && to == trigger);
            carried.extend(changes.iter().filter(alters));
            node.actions
                .push(Action::SetTrigger(name.clone(), trigger.clone()));
            node = node.needs(self.trigger_uses(name, trigger));
        }
        node
    }

    /// What programs use of a column that gets another type or collation.
    fn breaches_of_type(
        &self,
        table: &QualifiedName,
        from: &Column,
        to: &Column,
    ) -> impl Iterator<Item = Hazard> {
        let what = in_sql(self.to, "column", &to.name, table);
        let breach = Breach::Column(table.clone(), to.name.clone());
        let queries = self.breach_of_queries(&breach, format!("{what} as it was"));
        let prepared = (from.ty != to.ty).then_some(Hazard::BreaksPrepared { what });
        queries.into_iter().chain(prepared)
    }

    /// That values become others, where the server or the expression of a rewrite may not keep what they are.
    fn conversion(&self, table: &QualifiedName, from: &Column, to: &Column) -> Option<Hazard> {
        let using = to.rewrite.as_ref().and_then(|it| it.using.as_ref());
        let cast = col(&to.name).cast(to.ty.clone());
        let is_kept = using.is_none_or(|value| *value == cast)
            && TypeChange::between_columns((self.renamed, self.to), from, to)
                != TypeChange::Narrowing;
        (!is_kept).then(|| Hazard::ConvertsValues {
            what: in_sql(self.to, "column", &to.name, table),
            from: from.ty.to_string(),
            to: to.ty.to_string(),
        })
    }

    fn column_goes(&self, node: Node, table: &Table, column: &Column) -> Node {
        let what = in_sql(self.to, "column", &column.name, &table.name);
        let word = table
            .dropped_columns
            .iter()
            .find(|word| word.name == column.name);
        let reason = word.map_or_else(String::new, |word| word.reason.clone());
        let released = self.named_by(column.expressions());
        node.removes([self.column_thing(&table.name, &column.name)])
            .releases(released)
            .releases(self.types([&column.ty]))
            .before([self.column_is(&table.name, &column.name, CatalogState::There)])
            .leaves([self.column_is(&table.name, &column.name, CatalogState::Absent)])
            .hazard(Hazard::LosesData {
                what: what.clone(),
                reason,
            })
            .hazard(self.breach(
                &Breach::Column(table.name.clone(), column.name.clone()),
                what,
            ))
    }

    /// Puts the dropping of views before, and their creation behind, what they stand in the way of.
    fn recreate<'c>(
        &mut self,
        views: &[&View],
        swapped: &[QualifiedName],
        changes: &'c [Change],
        carried: &mut Vec<&'c Change>,
    ) {
        if views.is_empty() {
            return;
        }
        let mut all = Node::new(Phase::Expand, String::new(), Vec::new());
        let (mut labels, mut dropped) = (Vec::new(), Vec::new());
        let order = in_order(self.renamed, views);
        for view in order.iter().rev() {
            let drop = self.drop_view(view);
            all.actions.extend(drop.actions);
            all.releases.extend(drop.releases);
            dropped.push(format!("`{}`", view.name));
        }
        // The changes of tables that were planned just before belong in between.
        let between = std::mem::take(&mut self.nodes);
        let (blocking, others): (Vec<Node>, Vec<Node>) = between
            .into_iter()
            .partition(|node| node.phase != Phase::Rename);
        self.nodes = others;
        for name in swapped {
            let built = self.to.find_view(name).map(|view| self.build_beside(view));
            all.follows.extend(built.map(|node| self.add(node)));
        }
        for node in blocking {
            labels.push(node.label);
            all.actions.extend(node.actions);
            all.hazards.extend(node.hazards);
            all.needs.extend(node.needs);
            all.makes.extend(node.makes);
            all.releases.extend(node.releases);
            all.removes.extend(node.removes);
            all.before.extend(node.before);
            all.leaves.extend(node.leaves);
            all.long |= node.long;
        }
        for view in &order {
            let Some(after) = self.to.find_view(&view.name) else {
                continue;
            };
            let create = if swapped.contains(&view.name) {
                let swap = self.take_its_name(after);
                all.before.extend(swap.before.iter().cloned());
                swap
            } else {
                self.create_again(after)
            };
            all.actions.extend(create.actions);
            all.needs.extend(create.needs);
            all.leaves.extend(create.leaves);
            all.hazards.extend(self.columns_lost(view, after));
            all.hazards.extend(self.no_longer_written(after));
            all.hazards.extend(create.hazards);
            all.long |= create.long;
        }
        // Indexes go and come with their view.
        for change in changes {
            let is_own = match change {
                Change::View(Edit::Alter { from: view, .. } | Edit::Drop(view)) => {
                    views.iter().any(|known| known.name == view.name)
                }
                Change::Index(_, Edit::Rename { .. }) => false,
                Change::Index(owner, _) => views.iter().any(|known| known.name == *owner),
                _ => false,
            };
            if is_own {
                carried.push(change);
            }
            if let Change::View(Edit::Drop(view)) = change
                && is_own
            {
                all.hazards.push(self.view_breach(view));
            }
        }
        // What it removes itself it does not need.
        let removed = all.removes.clone();
        all.needs.retain(|thing| !removed.contains(thing));
        all.releases.retain(|thing| !removed.contains(thing));
        let (what, verb) = if dropped.len() == 1 {
            ("view", "is")
        } else {
            ("views", "are")
        };
        let dropped = dropped.join(", ");
        labels.push(format!("{what} {dropped} {verb} dropped and created again"));
        all.label = labels.join(", and ");
        self.add(all);
    }

    /// The columns of a view that its next form lacks or has otherwise, as far as queries use them.
    fn columns_lost(&self, before: &View, after: &View) -> impl Iterator<Item = Hazard> {
        before.columns.iter().filter_map(|column| {
            let breach = Breach::Column(after.name.clone(), column.name.clone());
            let what = in_sql(self.to, "column", &column.name, &after.name);
            let stays = after.columns.iter().any(|it| it.name == column.name);
            let how = if stays { " as it was" } else { "" };
            self.breach_of_queries(&breach, format!("{what}{how}"))
        })
    }
}

/// Views, each after those that it reads.
fn in_order<'v>(schema: &Schema, views: &[&'v View]) -> Vec<&'v View> {
    let mut order: Vec<&View> = Vec::new();
    let mut waiting: Vec<&View> = views.to_vec();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|view| {
            let mut others = waiting.iter().filter(|it| it.name != view.name);
            !others.any(|other| view.reads(schema, &other.name))
        });
        // Views never read each other in a circle.
        order.push(waiting.remove(ready.unwrap_or(0)));
    }
    order
}

/// Whether a change of a table's column looks at what rests on it.
pub(super) fn is_blocking(change: &Change, table: &QualifiedName) -> bool {
    matches!(change, Change::Column(..)) && change.unseats() == Some(table)
}
