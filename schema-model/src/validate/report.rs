//! Where the rules put what they find. Knows no rule.

use super::code::Code;
use super::violation::{ObjectPath, Violation};
use crate::place::Place;

/// An object and where it is defined.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    path: ObjectPath,
    place: Place,
}

impl Site {
    /// An outermost object.
    pub(crate) fn new(kind: &'static str, name: impl ToString, place: Place) -> Self {
        Self {
            path: ObjectPath::new(kind, name),
            place,
        }
    }

    /// Whether both are of one object.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.path == other.path
    }

    /// An object within this one, with a place of its own.
    pub(crate) fn child(&self, kind: &'static str, name: impl ToString, place: Place) -> Self {
        Self {
            path: self.path.child(kind, name),
            place,
        }
    }

    /// An object within this one, defined in the same place.
    pub(crate) fn part(&self, kind: &'static str, name: impl ToString) -> Self {
        self.child(kind, name, self.place)
    }
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Violation>);

impl Report {
    pub(crate) fn add(
        &mut self,
        code: Code,
        site: &Site,
        defect: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.0.push(Violation {
            code,
            path: site.path.clone(),
            defect: defect.into(),
            remedy: remedy.into(),
            place: site.place,
        });
    }

    /// Takes over what another found within objects of one kind, as of another kind, where it is about such a part of them.
    pub(crate) fn adopt(
        &mut self,
        other: Self,
        (kind, as_kind): (&'static str, &'static str),
        parts: &[&str],
    ) {
        for mut violation in other.0 {
            if violation.path.becomes(kind, as_kind, parts) {
                self.0.push(violation);
            }
        }
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.0
    }
}

/// Names in backticks, between commas.
pub(crate) fn list<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.to_string().escape_debug()))
        .collect();
    quoted.join(", ")
}
