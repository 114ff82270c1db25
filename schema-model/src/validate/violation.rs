//! What a broken rule says: code, object, defect, remedy, place.

use std::fmt;

use super::code::Code;
use crate::place::Place;

/// Which object a violation is about, from the outermost in: table `events`: column `stream_id`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectPath(Vec<(&'static str, String)>);

impl ObjectPath {
    /// The path of an outermost object, such as a table.
    pub fn new(kind: &'static str, name: impl ToString) -> Self {
        Self(vec![(kind, name.to_string())])
    }

    /// The path of an object within this one.
    pub fn child(&self, kind: &'static str, name: impl ToString) -> Self {
        let mut path = self.0.clone();
        path.push((kind, name.to_string()));
        Self(path)
    }

    /// Makes an outermost object of one kind one of another, if this is about one of these parts of it; says whether.
    pub(super) fn becomes(&mut self, kind: &str, as_kind: &'static str, parts: &[&str]) -> bool {
        match self.0.as_mut_slice() {
            [(outer, _), (part, _), ..] if *outer == kind && parts.contains(part) => {
                *outer = as_kind;
                true
            }
            _ => false,
        }
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (kind, name)) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(": ")?;
            }
            write!(formatter, "{kind} `{}`", name.escape_debug())?;
        }
        Ok(())
    }
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub code: Code,
    /// The object.
    pub path: ObjectPath,
    /// What is wrong, lower case, no final stop.
    pub defect: String,
    /// How to mend it, lower case, no final stop.
    pub remedy: String,
    /// Where the object is defined.
    pub place: Place,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "error[{}]: {}: {}\n  help: {}",
            self.code, self.path, self.defect, self.remedy
        )?;
        if let Some((file, line)) = self.place.location() {
            write!(formatter, "\n  at: {file}:{line}")?;
        }
        Ok(())
    }
}

/// Every broken rule of a definition, sorted by object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn new(mut violations: Vec<Violation>) -> Self {
        violations.sort_by(|a, b| (&a.path, a.code, &a.defect).cmp(&(&b.path, b.code, &b.defect)));
        Self(violations)
    }

    /// The violations, sorted by object.
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.0 {
            writeln!(formatter, "{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}
