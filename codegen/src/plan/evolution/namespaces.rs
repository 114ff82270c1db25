//! PostgreSQL schemas that the definition declares.

use eventcore_schema_model::diff::Edit;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::namespace::Namespace;

use super::super::action::{Action, Commented};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::Planner;
use crate::sql::quote_ident;

impl Planner<'_> {
    pub(super) fn namespace(&mut self, edit: &Edit<Namespace>) {
        let is = |name: &Ident, state| {
            let object = CatalogObject::Namespace(quote_ident(name.as_str()).into_owned());
            Condition::new(object, state)
        };
        let node = match edit {
            Edit::Add(namespace) if self.is_made_by_others(&namespace.name) => {
                let name = &namespace.name;
                let comment = namespace.comment.iter().map(|text| {
                    Action::Comment(Commented::Namespace(name.clone()), Some(text.clone()))
                });
                let on = ObjectRef::Namespace(name.clone());
                let grants = self.to.grants.iter();
                let grants = grants.filter(|it| self.to.same_object(&it.on, &on));
                let actions: Vec<Action> =
                    comment.chain(grants.cloned().map(Action::Grant)).collect();
                if actions.is_empty() {
                    return;
                }
                Node::new(
                    Phase::Prepare,
                    format!("PostgreSQL schema `{name}`, which is there, is declared"),
                    actions,
                )
                .before([is(name, CatalogState::There)])
            }
            Edit::Add(namespace) => {
                let name = &namespace.name;
                Node::new(
                    Phase::Prepare,
                    format!("PostgreSQL schema `{name}` is created"),
                    vec![Action::Create(ObjectRef::Namespace(name.clone()))],
                )
                .makes([Thing::Namespace(name.clone())])
                .before([is(name, CatalogState::Absent)])
                .leaves([is(name, CatalogState::There)])
            }
            Edit::Drop(namespace) => {
                let name = &namespace.name;
                Node::new(
                    Phase::Contract,
                    format!("PostgreSQL schema `{name}` is dropped"),
                    vec![Action::DropNamespace(name.clone())],
                )
                .removes([Thing::Namespace(name.clone())])
                .hazard(Hazard::MayHoldMore {
                    namespace: quote_ident(name.as_str()).into_owned(),
                })
                .before([is(name, CatalogState::There)])
                .leaves([is(name, CatalogState::Absent)])
            }
            Edit::Alter { to, .. } => {
                let object = Commented::Namespace(to.name.clone());
                Node::new(
                    Phase::Expand,
                    format!("PostgreSQL schema `{}` gets another comment", to.name),
                    vec![Action::Comment(object, to.comment.clone())],
                )
            }
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    /// Whether objects of the schema before stand in it, so that who runs the database made it.
    fn is_made_by_others(&self, namespace: &Ident) -> bool {
        self.from.namespace == *namespace || self.from.stands_in(namespace).is_some()
    }

    /// What is created needs the PostgreSQL schema that it stands in, and what goes stands in that one's way.
    pub(super) fn stand_in_namespaces(&mut self) {
        for node in &mut self.nodes {
            let of = |things: &[Thing]| {
                let names = things.iter().filter_map(Thing::namespace);
                let mut spaces: Vec<Thing> = names.cloned().map(Thing::Namespace).collect();
                spaces.sort();
                spaces.dedup();
                spaces
            };
            let (needed, released) = (of(&node.makes), of(&node.removes));
            node.needs.extend(needed);
            node.releases.extend(released);
        }
    }
}
