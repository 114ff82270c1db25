//! Views. One that shows something else is put in place where the server can do that; a materialised one is built beside
//! the old one and takes its name.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::index::Index;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::view::View;

use super::super::action::{Action, Commented, Renamed};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::tables::storage_changes;
use super::{Planner, temporary};

impl Planner<'_> {
    pub(super) fn view(&mut self, edit: &Edit<View>) {
        let node = match edit {
            Edit::Add(view) => {
                let node = self.create_view(view);
                match &view.materialized {
                    // Its rows are read once all others have their values.
                    Some(kept) if !kept.empty => Node {
                        phase: Phase::Enforce,
                        alone: true,
                        long: true,
                        ..node
                    },
                    _ => node,
                }
            }
            Edit::Drop(view) => {
                let node = self.drop_view(view).hazard(self.view_breach(view));
                Node {
                    phase: Phase::Contract,
                    ..node
                }
            }
            // What cannot be replaced in place is dropped and created: see `blocked`.
            Edit::Alter { from, to } => self.alter_view(from, to),
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    /// That programs read a view which goes for good.
    pub(super) fn view_breach(&self, view: &View) -> Hazard {
        let breach = Breach::Object(ObjectRef::View(view.name.clone()));
        self.breach(&breach, format!("view {}", self.sql(&view.name)))
    }

    fn alter_view(&self, from: &View, to: &View) -> Node {
        let mut actions = Vec::new();
        if !from.shows_the_same(to) {
            actions.push(Action::ReplaceView(to.clone()));
        }
        let mut object = Commented::View(to.name.clone());
        if let (Some(before), Some(after)) = (&from.materialized, &to.materialized) {
            object = Commented::MaterializedView(to.name.clone());
            let changes = storage_changes(&before.storage, &after.storage);
            if !changes.is_empty() {
                actions.push(Action::AlterTable(to.name.clone(), changes));
            }
        }
        if from.comment != to.comment {
            actions.push(Action::Comment(object, to.comment.clone()));
        }
        let verb = if from.shows_the_same(to) {
            "altered"
        } else {
            "replaced"
        };
        let label = format!("view `{}` is {verb}", to.name);
        // One that held such a column would be dropped and created again.
        let retyped = self.retyped_columns();
        let mut released = self.named_in(&from.body);
        released.retain(|thing| !retyped.contains(thing));
        let mut node = Node::new(Phase::Expand, label, actions)
            .needs(self.named_in(&to.body))
            .releases(released);
        node.hazards.extend(self.no_longer_written(to));
        node
    }

    /// The columns that get another type.
    fn retyped_columns(&self) -> Vec<Thing> {
        let mut all = Vec::new();
        for table in &self.renamed.tables {
            let after = self.to.find_table(&table.name);
            for column in &table.columns {
                let after = after.and_then(|it| it.find_column(&column.name));
                let is_retyped =
                    |it: &Column| it.ty != column.ty || it.collation != column.collation;
                if after.is_some_and(is_retyped) {
                    all.push(self.column_thing(&table.name, &column.name));
                }
            }
        }
        all
    }

    /// That queries write rows through a view which does not take them any more.
    pub(super) fn no_longer_written(&self, view: &View) -> Option<Hazard> {
        let breach = Breach::Written(view.name.clone());
        let what = format!("view {} and write rows through it", self.sql(&view.name));
        self.breach_of_queries(&breach, what)
    }

    fn view_is(&self, view: &View, state: CatalogState) -> Condition {
        Condition::new(CatalogObject::View(self.sql(&view.name)), state)
    }

    /// What it shows, and what its indexes are made of.
    fn view_uses(&self, view: &View) -> Vec<Thing> {
        let mut uses = self.named_in(&view.body);
        uses.extend(self.named_by(view.indexes().iter().flat_map(Index::expressions)));
        uses
    }

    pub(super) fn create_view(&self, view: &View) -> Node {
        let name = &view.name;
        let create = Action::Create(ObjectRef::View(name.clone()));
        Node::new(
            Phase::Expand,
            format!("view `{name}` is created"),
            vec![create],
        )
        .needs(self.view_uses(view))
        .makes([self.relation(name)])
        .makes(self.view_relations(view))
        .before([self.view_is(view, CatalogState::Absent)])
        .leaves([self.view_is(view, CatalogState::There)])
    }

    pub(super) fn drop_view(&self, view: &View) -> Node {
        let name = &view.name;
        let drop = match view.materialized {
            Some(_) => Action::DropMaterializedView(name.clone()),
            None => Action::DropView(name.clone()),
        };
        Node::new(
            Phase::Release,
            format!("view `{name}` is dropped"),
            vec![drop],
        )
        .releases(self.view_uses(view))
        .removes([self.relation(name)])
        .leaves(self.freed(&self.view_relations(view)))
        .removes(self.view_relations(view))
        .before([self.view_is(view, CatalogState::There)])
        .leaves([self.view_is(view, CatalogState::Absent)])
    }

    /// A view in the place of one that was dropped in the same transaction; a materialised one is filled there.
    pub(super) fn create_again(&self, view: &View) -> Node {
        let node = self.create_view(view).hazard(self.created_again(view));
        let Some(kept) = &view.materialized else {
            return node;
        };
        let mut filled = view.clone();
        filled
            .materialized
            .iter_mut()
            .for_each(|it| it.empty = false);
        let mut actions = vec![Action::FillView(filled)];
        actions.extend(self.grants_on(view));
        Node {
            actions,
            long: true,
            ..node
        }
        .hazard(Hazard::FillsView {
            view: self.sql(&view.name),
            reason: kept.blocking.clone().unwrap_or_default(),
        })
    }

    /// A materialised view under another name, beside the one whose place it is to take.
    pub(super) fn build_beside(&self, view: &View) -> Node {
        let built = beside(view);
        let is = |state| self.view_is(&built, state);
        let (absent, there) = (is(CatalogState::Absent), is(CatalogState::There));
        let label = format!("view `{}` is built anew beside itself", view.name);
        let mut node = Node::new(Phase::Enforce, label, vec![Action::FillView(built)])
            .needs(self.view_uses(view))
            .before([absent])
            .leaves([there]);
        node.alone = true;
        node.long = true;
        node
    }

    /// What was built beside takes the name of the one that was dropped just before.
    pub(super) fn take_its_name(&self, view: &View) -> Node {
        let built = beside(view);
        let name = &view.name;
        let rename = Renamed::MaterializedView(built.name.clone(), name.name.clone());
        let mut actions = vec![Action::Rename(rename)];
        for (old, new) in built.indexes().iter().zip(view.indexes()) {
            let rename = Renamed::Index(name.clone(), old.name.clone(), new.name.clone());
            actions.push(Action::Rename(rename));
        }
        actions.extend(self.grants_on(view));
        Node::new(
            Phase::Replace,
            format!("view `{name}` takes its name"),
            actions,
        )
        .hazard(self.created_again(view))
        .makes([self.relation(name)])
        .before([self.view_is(&built, CatalogState::There)])
        .leaves([
            self.view_is(&built, CatalogState::Absent),
            self.view_is(view, CatalogState::There),
        ])
    }

    fn created_again(&self, view: &View) -> Hazard {
        Hazard::CreatesViewAgain {
            view: self.sql(&view.name),
        }
    }

    fn grants_on(&self, view: &View) -> Vec<Action> {
        let on = ObjectRef::View(view.name.clone());
        let grants = self.to.grants.iter();
        grants
            .filter(|grant| self.to.same_object(&grant.on, &on))
            .cloned()
            .map(Action::Grant)
            .collect()
    }
}

/// A materialised view under a name of our own, with indexes under such names, and with its rows.
fn beside(view: &View) -> View {
    let mut built = view.clone();
    built.name = view
        .name
        .sibling(&temporary(&view.name, &view.name.name, "new"));
    if let Some(kept) = &mut built.materialized {
        kept.empty = false;
        for index in &mut kept.indexes {
            index.name = temporary(&view.name, &index.name, "new");
        }
    }
    built
}
