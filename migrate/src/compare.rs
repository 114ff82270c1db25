//! What the files say against what the history says: what is pending, and every reason to apply nothing at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::MigrateError;
use crate::history::Row;
use crate::work::Work;

/// A migration that is to be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending<'w, 'm> {
    pub(crate) work: &'w Work<'m>,
    /// Whether an earlier run started it.
    pub(crate) started: bool,
}

/// What is pending, in order.
pub(crate) fn compare<'w, 'm>(
    works: &'w [Work<'m>],
    rows: &[Row],
    table: &str,
) -> Result<Vec<Pending<'w, 'm>>, MigrateError> {
    let files: BTreeMap<i64, &Work<'_>> = works.iter().map(|work| (work.version(), work)).collect();
    let mut unfinished = BTreeSet::new();
    for row in rows {
        let Some(work) = files.get(&row.version) else {
            return Err(unknown(row));
        };
        check(work, row, table)?;
        if row.finished.is_none() {
            unfinished.insert(row.version);
        }
    }
    let known: BTreeSet<_> = rows.iter().map(|row| row.version).collect();
    let mut pending = Vec::new();
    for work in works {
        let started = unfinished.contains(&work.version());
        if known.contains(&work.version()) && !started {
            continue;
        }
        if let Some(newest) = rows
            .iter()
            .rfind(|row| row.version > work.version() && !row.overtaken)
            .filter(|_| !started)
        {
            return Err(MigrateError::Inserted {
                file: work.file.clone(),
                newest: newest.file_name(),
            });
        }
        pending.push(Pending { work, started });
    }
    Ok(pending)
}

fn unknown(row: &Row) -> MigrateError {
    let file = row.file_name();
    match row.finished {
        Some(_) => MigrateError::Unknown { file },
        None => MigrateError::UnknownUnfinished {
            file,
            started: row.started.clone(),
        },
    }
}

fn check(work: &Work<'_>, row: &Row, table: &str) -> Result<(), MigrateError> {
    let file = work.file.clone();
    if work.migration.name != row.name {
        return Err(MigrateError::Renamed {
            applied: row.file_name(),
            file,
        });
    }
    if work.checksum == row.checksum {
        return Ok(());
    }
    Err(match &row.finished {
        Some(applied) => MigrateError::Changed {
            file,
            applied: applied.clone(),
        },
        None => MigrateError::ChangedUnfinished {
            file,
            started: row.started.clone(),
            table: table.to_owned(),
            version: row.version,
        },
    })
}
