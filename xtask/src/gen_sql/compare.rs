//! Wanted against found: which file is in which state, and what is to be done. Touches no file.

use std::collections::BTreeMap;

use eventcore_codegen::output::{FileState, OutputFile};

use super::disk::{Disk, Entry};
use super::history::LOCK;
use crate::project::Project;

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Below the output folder.
    pub(super) path: String,
    pub(super) state: State,
    /// What is on disk, as text, where that can be compared.
    pub(super) found: Option<String>,
}

/// How a file is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// To be written anew.
    Stale,
    /// To be written.
    Missing,
    /// To be written anew: edited by hand.
    Altered,
    /// To be written anew: CR LF.
    LineEnds,
    /// To be deleted.
    Orphaned,
    /// To be deleted: what a killed run left behind.
    Leftover,
    /// Nobody's, and nobody wants it: to be reported.
    Stray,
    /// Generated once, no longer wanted, and edited by hand: to be reported.
    EditedOrphan,
    /// Not ours, and in the way: to be refused.
    Blocked(&'static str),
}

/// What becomes of a file in a run that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Write,
    Delete,
    Report,
    Refuse,
}

impl State {
    pub(super) fn action(self) -> Action {
        match self {
            Self::Stale | Self::Missing | Self::Altered | Self::LineEnds => Action::Write,
            Self::Orphaned | Self::Leftover => Action::Delete,
            Self::Stray | Self::EditedOrphan => Action::Report,
            Self::Blocked(_) => Action::Refuse,
        }
    }

    /// The word for machines.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Altered | Self::LineEnds => "altered",
            Self::Orphaned | Self::EditedOrphan => "orphaned",
            Self::Leftover => "leftover",
            Self::Stray => "stray",
            Self::Blocked(_) => "blocked",
        }
    }

    /// What there is to say beside the word.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Stale | Self::Missing | Self::Orphaned => None,
            Self::Altered => Some("edited by hand since it was generated"),
            Self::LineEnds => Some(
                "its line ends were converted to CR LF; say `eol=lf` for this folder in `.gitattributes`",
            ),
            Self::Leftover => Some("left behind by a run that was killed"),
            Self::Stray => Some(
                "not generated; move it elsewhere, or name it with `hand_written` in the project's xtask",
            ),
            Self::EditedOrphan => {
                Some("no longer wanted, but edited by hand, so it is yours to delete or to move")
            }
            Self::Blocked(what) => Some(what),
        }
    }
}

const FOREIGN: &str = "not generated, and in the way of a file that is; move or delete it";
const FOLDER: &str = "a folder in the way of a generated file; move or delete it";
const HISTORY: &str = "the recorded history of a store that the project no longer names; if the store has another folder now, move this \
                       one there with `git mv`, and if it is given up, delete the folder";
const OTHER: &str = "a symbolic link or device in the way of a generated file; remove it";

/// Every difference, sorted by path; and how many files are fresh.
pub(super) fn compare(
    wanted: &BTreeMap<String, OutputFile>,
    disk: Disk,
    project: &Project,
) -> (usize, Vec<Difference>) {
    let mut differences = BTreeMap::new();
    let mut fresh = 0;
    for (path, file) in wanted {
        match wanted_state(file, &disk) {
            None => fresh += 1,
            Some((at, state)) => {
                let found = match disk.entries.get(path) {
                    Some(Entry::Wanted(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
                    _ => None,
                };
                differences.insert(at, (state, found));
            }
        }
    }
    for (path, entry) in disk.entries {
        if wanted.contains_key(&path) || project.hand_written.contains(&path) {
            continue;
        }
        let state = match entry {
            // Of a store that has a history, it is wanted.
            Entry::Unwanted(_) if is_history(&path) && !project.unreleased => {
                State::Blocked(HISTORY)
            }
            Entry::Unwanted(FileState::Orphaned) => State::Orphaned,
            Entry::Unwanted(FileState::Altered) => State::EditedOrphan,
            _ => State::Stray,
        };
        differences.entry(path).or_insert((state, None));
    }
    for path in disk.leftovers {
        differences.insert(path, (State::Leftover, None));
    }
    let differences = differences
        .into_iter()
        .map(|(path, (state, found))| Difference { path, state, found })
        .collect();
    (fresh, differences)
}

/// Whether a file says what was recorded of a store's migrations.
fn is_history(path: &str) -> bool {
    path.split_once('/').is_some_and(|(_, file)| file == LOCK)
}

/// The path at fault, and how; nothing for a fresh file.
fn wanted_state(file: &OutputFile, disk: &Disk) -> Option<(String, State)> {
    let mut above = String::new();
    for part in file.path.split('/') {
        if !above.is_empty() && disk.entries.contains_key(&above) {
            return Some((above, State::Blocked(FOREIGN)));
        }
        if !above.is_empty() {
            above.push('/');
        }
        above.push_str(part);
    }
    let found = match disk.entries.get(&file.path) {
        _ if disk.folders.contains(&file.path) => {
            return Some((above, State::Blocked(FOLDER)));
        }
        Some(Entry::Other(_)) => return Some((above, State::Blocked(OTHER))),
        Some(Entry::Wanted(bytes)) => Some(bytes.as_slice()),
        Some(Entry::Unwanted(_)) | None => None,
    };
    let state = match file.state(found) {
        FileState::Fresh => return None,
        FileState::Stale | FileState::Orphaned => State::Stale,
        FileState::Missing => State::Missing,
        FileState::Altered => State::Altered,
        FileState::LineEnds => State::LineEnds,
        FileState::Foreign => State::Blocked(FOREIGN),
    };
    Some((above, state))
}
