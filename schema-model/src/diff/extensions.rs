//! Extensions: new ones, those that go, and other versions.

use super::{Change, Edit, paired};
use crate::extension::Extension;
use crate::migration::ObjectRef;
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
    let same = |left: &Extension, right: &Extension| left.name == right.name;
    let (both, new, old) = paired(&renamed.extensions, &to.extensions, same);
    let new = new.into_iter().cloned();
    changes.extend(new.map(Edit::Add).map(Change::Extension));
    for (before, after) in both {
        let (home, new_home) = (renamed.home_of(before), to.home_of(after));
        if home != new_home {
            report.add(
                Code::SM076,
                &Site::new("extension", &after.name, after.place),
                format!(
                    "its objects stand in the PostgreSQL schema `{home}`, and no migration moves them to `{new_home}`"
                ),
                format!("leave them there: `.namespace({:?})`", home.as_str()),
            );
        }
        // Where no version is asked for, any will do.
        if after.version.is_some() && after.version != before.version {
            let (from, to) = (before.clone(), after.clone());
            changes.push(Change::Extension(Edit::Alter { from, to }));
        }
    }
    for before in old {
        let object = ObjectRef::Extension(before.name.clone());
        let mut words = to.dropped.iter();
        if !words.any(|word| to.same_object(&word.object, &object)) {
            report.add(
                Code::SM071,
                &Site::new("extension", &before.name, before.place),
                "the definition no longer has this extension, and does not say that it may go",
                format!(
                    "say `.drop(ObjectRef::extension({:?}), \"why\")` of the schema; or take it back",
                    before.name.as_str()
                ),
            );
        }
        changes.push(Change::Extension(Edit::Drop(before.clone())));
    }
}
