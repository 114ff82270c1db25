//! Attributes of composite types. Values that are stored stay as they are: they lack what is new, and hold what is gone.

use eventcore_schema_model::composite::Attribute;
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::user_type::UserType;

use super::super::action::{Action, AttributeChange, Commented};
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::Planner;
use crate::sql::quote_ident;

impl Planner<'_> {
    pub(super) fn attribute(&mut self, ty: &QualifiedName, edit: &Edit<Attribute>) {
        let is = |name: &Ident, state| {
            let object = CatalogObject::Attribute(name.to_string(), self.sql(ty));
            Condition::new(object, state)
        };
        let label = |name: &Ident, what: &str| format!("attribute `{name}` of `{ty}` {what}");
        let alter = |change| Action::AlterComposite(ty.clone(), change);
        let breach = Breach::Attributes(ty.clone());
        let what = format!("values of type {} by all their attributes", self.sql(ty));
        let node = match edit {
            Edit::Add(attribute) => {
                let name = &attribute.name;
                let mut actions = vec![alter(AttributeChange::Add(attribute.clone()))];
                let comment = attribute.comment.clone();
                actions.extend(comment.map(|text| {
                    Action::Comment(Commented::Attribute(ty.clone(), name.clone()), Some(text))
                }));
                Node::new(Phase::Expand, label(name, "is added"), actions)
                    .needs(self.types([&attribute.ty]))
                    // Where a type is renamed or made, all that has it comes behind; what is new in it counts as that.
                    .makes([Thing::Type(self.absolute(ty))])
                    .hazards(self.breach_of_queries(&breach, what))
                    .before([is(name, CatalogState::Absent)])
                    .leaves([is(name, CatalogState::There)])
            }
            Edit::Drop(attribute) => {
                let name = &attribute.name;
                Node::new(
                    Phase::Contract,
                    label(name, "is dropped"),
                    vec![alter(AttributeChange::Drop(name.clone()))],
                )
                .releases(self.types([&attribute.ty]))
                .hazard(Hazard::LosesData {
                    what: format!(
                        "attribute {} of type {}",
                        quote_ident(name.as_str()),
                        self.sql(ty)
                    ),
                    reason: self.reason_of_attribute(ty, name),
                })
                .hazard(self.breach(&breach, what))
                .before([is(name, CatalogState::There)])
                .leaves([is(name, CatalogState::Absent)])
            }
            Edit::Alter { from, to } => {
                let name = &to.name;
                let (mut actions, mut hazards) = (Vec::new(), None);
                if from.ty != to.ty {
                    let change = AttributeChange::SetType(name.clone(), to.ty.clone());
                    actions.push(alter(change));
                    hazards = self.breach_of_queries(&breach, what);
                }
                if from.comment != to.comment {
                    let object = Commented::Attribute(ty.clone(), name.clone());
                    actions.push(Action::Comment(object, to.comment.clone()));
                }
                Node::new(Phase::Expand, label(name, "is altered"), actions)
                    .needs(self.types([&to.ty]))
                    .makes([Thing::Type(self.absolute(ty))])
                    .releases(self.types([&from.ty]))
                    .hazards(hazards)
            }
            Edit::Rename { .. } => return,
        };
        let mut node = node;
        // The server puts each new one last.
        node.follows.extend(self.adds_attribute(ty));
        self.add(node);
    }

    /// The node before that adds an attribute to the type.
    fn adds_attribute(&self, ty: &QualifiedName) -> Option<usize> {
        let adds = |action: &Action| matches!(action, Action::AlterComposite(known, AttributeChange::Add(_)) if known == ty);
        self.nodes
            .iter()
            .rposition(|node| node.actions.iter().any(adds))
    }

    fn reason_of_attribute(&self, ty: &QualifiedName, name: &Ident) -> String {
        let Some(UserType::Composite(found)) = self.to.find_type(ty) else {
            return String::new();
        };
        let mut words = found.dropped_attributes.iter();
        let word = words.find(|it| it.name == *name);
        word.map_or_else(String::new, |it| it.reason.clone())
    }
}
