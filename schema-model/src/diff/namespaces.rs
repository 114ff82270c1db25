//! PostgreSQL schemas that are declared: new ones, those that go, and their comments. None is renamed.

use super::objects::alter;
use super::{Change, Edit, paired};
use crate::migration::ObjectRef;
use crate::namespace::Namespace;
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// `renamed` is the schema before, with its renames carried out.
pub(super) fn compare(
    renamed: &Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    let same = |left: &Namespace, right: &Namespace| left.name == right.name;
    let (both, new, old) = paired(&renamed.namespaces, &to.namespaces, same);
    let new = new.into_iter().cloned();
    changes.extend(new.map(Edit::Add).map(Change::Namespace));
    for (before, after) in both {
        alter(before.clone(), after.clone(), Change::Namespace, changes);
    }
    for before in old {
        let object = ObjectRef::Namespace(before.name.clone());
        let mut words = to.dropped.iter();
        if !words.any(|word| to.same_object(&word.object, &object)) {
            report.add(
                Code::SM071,
                &Site::new("namespace", &before.name, before.place),
                "the definition no longer declares this PostgreSQL schema, and does not say that it may go",
                format!(
                    "say `.drop(ObjectRef::namespace({:?}), \"why\")` of the schema; or take it back: no migration gives \
                     it another name, since functions and programs hold that in their text",
                    before.name.as_str()
                ),
            );
        }
        changes.push(Change::Namespace(Edit::Drop(before.clone())));
    }
}
