//! Migrations that were applied under another number or name, or with other comments: recognised by their statements.
//! `rebase` renumbers what a developer's database has run. Looks at rows and files only; writes nothing.

use std::collections::{BTreeMap, VecDeque};

use crate::history::Row;
use crate::work::Work;

/// A record that has to follow its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The number that it was applied with.
    pub(crate) from: i64,
    /// What it was called then.
    pub(crate) was: String,
    /// The number that its file has now.
    pub(crate) to: i64,
    /// What it is called now.
    pub(crate) file: String,
}

/// The history as it is after its records followed their files, and which ones do.
pub(crate) fn follow(works: &[Work<'_>], rows: &[Row]) -> (Vec<Row>, Vec<Moved>) {
    let matches = |work: &Work<'_>, row: &Row| {
        row.version == work.version()
            && row.name == work.migration.name
            && row.checksum == work.checksum
    };
    let mut free: BTreeMap<&str, VecDeque<&Work<'_>>> = BTreeMap::new();
    for work in works {
        if !rows.iter().any(|row| matches(work, row)) {
            free.entry(&work.content).or_default().push_back(work);
        }
    }
    let mut followed = Vec::new();
    let mut moved = Vec::new();
    for row in rows {
        let mut row = row.clone();
        let is_matched = works.iter().any(|work| matches(work, &row));
        if !is_matched
            && let Some(work) = free
                .get_mut(row.content.as_str())
                .and_then(VecDeque::pop_front)
        {
            moved.push(Moved {
                from: row.version,
                was: row.file_name(),
                to: work.version(),
                file: work.file.clone(),
            });
            row.overtaken |= row.version != work.version();
            row.version = work.version();
            row.name = work.migration.name.to_string();
            row.checksum.clone_from(&work.checksum);
        }
        followed.push(row);
    }
    let mut versions: Vec<_> = followed.iter().map(|row| row.version).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.len() < followed.len() {
        // A record that stays is in the way of one that moves: the files say another thing than a renumbering.
        return (rows.to_vec(), Vec::new());
    }
    followed.sort_by_key(|row| row.version);
    (followed, moved)
}
