//! Extensions: there before all that may use them, and gone after it.

use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::extension::Extension;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::QualifiedName;

use super::super::action::Action;
use super::super::founding::is_available;
use super::super::graph::{Node, Phase, Thing};
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::Planner;
use crate::sql::quote_ident;

impl Planner<'_> {
    pub(super) fn extension(&mut self, edit: &Edit<Extension>) {
        let is = |extension: &Extension, state| {
            Condition::new(CatalogObject::Extension(extension.name.to_string()), state)
        };
        let node = match edit {
            Edit::Add(extension) => {
                let name = &extension.name;
                Node::new(
                    Phase::Prepare,
                    format!("extension `{name}` is created, if it is not there"),
                    vec![Action::Create(ObjectRef::Extension(name.clone()))],
                )
                .needs([Thing::Namespace(self.to.home_of(extension).clone())])
                .makes(self.things_of(extension))
                .before([is_available(extension)])
                .leaves([is(extension, CatalogState::There)])
            }
            Edit::Drop(extension) => {
                let name = &extension.name;
                let object = ObjectRef::Extension(name.clone());
                Node::new(
                    Phase::Withdraw,
                    format!("extension `{name}` is dropped"),
                    vec![Action::DropExtension(name.clone())],
                )
                .removes(self.things_of(extension))
                .releases([Thing::Namespace(self.renamed.home_of(extension).clone())])
                .hazard(Hazard::MayBeUsed {
                    extension: quote_ident(name.as_str()).into_owned(),
                })
                .hazards(
                    self.breach_of_queries(&Breach::Object(object), format!("extension {name}")),
                )
                .before([is(extension, CatalogState::There)])
                .leaves([is(extension, CatalogState::Absent)])
            }
            Edit::Alter { to, .. } => {
                let name = &to.name;
                let Some(version) = &to.version else { return };
                let object = CatalogObject::ExtensionVersion(version.clone(), name.to_string());
                Node::new(
                    Phase::Prepare,
                    format!("extension `{name}` gets version {version}"),
                    vec![Action::UpdateExtension(name.clone(), version.clone())],
                )
                .before([is_available(to), is(to, CatalogState::There)])
                .leaves([Condition::new(object, CatalogState::There)])
            }
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    /// The extension and its types.
    fn things_of(&self, extension: &Extension) -> Vec<Thing> {
        let home = self.to.home_of(extension);
        let types = extension.type_names().into_iter();
        let types = types.map(|name| Thing::Type(QualifiedName::new(home, name)));
        std::iter::once(Thing::Extension(extension.name.clone()))
            .chain(types)
            .collect()
    }
}
