//! Lints: what a schema may say, but rarely should. One rule a file. What can never work is a violation, in
//! the schema model.
//!
//! A definition silences a lint at its place, with the reason: `.allow(LintCode::LT003, "...")`.

mod access_unserved;
mod check_reads_table;
mod default_partition_kept;
mod grant_needs_more;
mod hash_incomplete;
mod index_on_hot_column;
mod index_prefix;
mod index_serves_nothing;
mod relation_indexes;
mod row_discarded;
mod row_may_be_null;

use std::fmt;

use eventcore_schema_model::lint::{Allow, LintCode};
use eventcore_schema_model::place::Place;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

/// Something unwise that nothing silences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The rule.
    pub code: LintCode,
    /// The object.
    pub path: ObjectPath,
    /// What is unwise, lower case, no final stop.
    pub message: String,
    /// What to do, and what it costs not to, lower case, no final stop.
    pub help: String,
    /// Where the object is defined.
    pub place: Place,
}

impl fmt::Display for Lint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "warning[{}]: {}: {}\n  help: {}",
            self.code, self.path, self.message, self.help
        )?;
        if let Some((file, line)) = self.place.location() {
            write!(formatter, "\n  at: {file}:{line}")?;
        }
        Ok(())
    }
}

/// Every rule.
const RULES: &[fn(&ValidSchema) -> Vec<Lint>] = &[
    index_prefix::check,
    index_on_hot_column::check,
    index_serves_nothing::check,
    access_unserved::check,
    row_may_be_null::check,
    default_partition_kept::check,
    hash_incomplete::check,
    grant_needs_more::check,
    check_reads_table::check,
    row_discarded::check,
];

/// Everything unwise that nothing silences, sorted by object.
pub fn lint(schema: &ValidSchema) -> Vec<Lint> {
    let mut lints: Vec<Lint> = RULES.iter().flat_map(|check| check(schema)).collect();
    lints.sort_by(|a, b| (&a.path, a.code, &a.message).cmp(&(&b.path, b.code, &b.message)));
    lints
}

fn is_allowed(code: LintCode, allows: &[&[Allow]]) -> bool {
    allows
        .iter()
        .copied()
        .flatten()
        .any(|allow| allow.code == code)
}
