//! Why a store's recorded history cannot be relied on: what is wrong with which file, and the remedy.

use thiserror::Error;

use crate::output::COMMAND;

/// The command that plans a branch's migrations anew, after another's.
const REBASE: &str = "cargo xtask rebase";

/// A file of a store's history that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryDefect {
    /// The file, below the output folder.
    pub path: String,
    /// Whether it is among the migrations that can be planned anew.
    pub is_newest: bool,
    /// Whether it is a migration written by hand.
    pub is_by_hand: bool,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a file of a store's history.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// A recorded migration does something else.
    #[error("its statements changed since it was recorded")]
    Statements,
    /// A recorded migration reads differently.
    #[error(
        "its comments, white space or line ends changed since it was recorded; its statements did not"
    )]
    Spelling,
    /// A recorded migration written by hand has other line ends.
    #[error("its line ends were converted to CR LF since it was recorded")]
    LineEnds,
    /// A recorded migration is gone.
    #[error("it is recorded, and was deleted")]
    Deleted,
    /// A recorded migration has another name.
    #[error("it is recorded, and was renamed to `{to}`")]
    Renamed {
        /// The name that it has now.
        to: String,
    },
    /// A migration among the recorded ones.
    #[error("it is not recorded, and stands before `{newest}`, which is")]
    Inserted {
        /// The recorded migration with the greatest number.
        newest: String,
    },
    /// Two migrations of one number.
    #[error("it has the number of `{other}`")]
    SameNumber {
        /// The other.
        other: String,
    },
    /// A migration written by hand whose name no runner would order.
    #[error(
        "a migration is called `NNN_slug.sql`, and `slug` is 1 to 60 characters of `a-z`, `0-9` and `_`"
    )]
    Name,
    /// A migration written by hand that is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// A merge left its marks.
    #[error("it holds the conflict markers of a merge")]
    Conflict,
    /// The list of migrations was written by another version.
    #[error("{0}")]
    SumFormat(String),
    /// The list of migrations was edited or merged by hand.
    #[error("{0}")]
    Sum(String),
    /// The schema snapshot is gone.
    #[error("it is missing, so that nothing tells which schema the recorded migrations lead to")]
    LockMissing,
    /// The schema snapshot was edited.
    #[error("it was edited by hand")]
    LockEdited,
    /// The schema snapshot cannot be read.
    #[error("{0}")]
    Lock(String),
    /// The schema snapshot is not that of these migrations.
    #[error("it is not the schema snapshot of the migrations that `migrations.sum` lists")]
    NotTogether,
}

impl HistoryDefect {
    /// What to do about it. `output` is the output folder, as the user sees it; `committed` says whether git has the file as
    /// it was, where there is a git checkout.
    pub fn remedy(&self, output: &str, committed: Option<bool>) -> String {
        match self.fault {
            Fault::Statements | Fault::Spelling | Fault::Deleted | Fault::Renamed { .. }
                if self.is_newest && committed != Some(true) =>
            {
                return format!("`{COMMAND} --amend` writes it again as the definition wants it");
            }
            _ => {}
        }
        let file = format!("{output}/{}", self.path);
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let restore = format!("`git checkout -- {file}`");
        match &self.fault {
            // Nobody has recorded it but this checkout.
            Fault::Statements | Fault::Spelling | Fault::Deleted
                if committed == Some(false) && self.is_by_hand =>
            {
                format!(
                    "if no database has run it, take its record back with `git checkout -- {folder}/migrations.sum \
                     {output}/{}/schema.lock.json`, and `{COMMAND}` records it as it is now",
                    self.path.split('/').next().unwrap_or_default()
                )
            }
            Fault::Statements | Fault::Spelling | Fault::Deleted if committed == Some(false) => format!(
                "take the edit back; or `{REBASE}` plans all migrations of this branch anew, from the definition"
            ),
            Fault::Statements => format!(
                "{restore} takes the edit back; for what it was to do, change the definition and run `{COMMAND}`, \
                 which writes a new migration"
            ),
            Fault::Spelling => format!("{restore} takes the edit back"),
            Fault::LineEnds => {
                format!("say `eol=lf` for `{folder}` in `.gitattributes`, then {restore}")
            }
            Fault::Deleted => format!(
                "{restore} brings it back; what it created is dropped by a new migration, from a changed definition"
            ),
            Fault::Renamed { to } => {
                format!("give it its name back: `git mv {folder}/{to} {file}`")
            }
            Fault::Inserted { newest } => format!(
                "databases have run `{newest}` already: give it a number above, also where the project's xtask names it, or \
                 delete it"
            ),
            Fault::SameNumber { .. } => "give one of them another number".to_owned(),
            Fault::Name => "rename it, also where the project's xtask names it".to_owned(),
            Fault::NotText => "save it as UTF-8".to_owned(),
            Fault::Conflict => format!(
                "`{REBASE}` plans the migrations of this branch anew, after those of the other, and writes this file"
            ),
            Fault::SumFormat(_) => "use the version of EventCore Schema that wrote it, or a newer one; if nothing was \
                                    ever released, say `unreleased()` in the project's xtask for one run"
                .to_owned(),
            Fault::Lock(_) | Fault::LockEdited | Fault::Sum(_) => format!(
                "{restore} brings back what was recorded; after a merge run `{REBASE}` instead"
            ),
            Fault::LockMissing => format!("{restore} brings it back"),
            Fault::NotTogether => format!(
                "`git checkout -- {file} {folder}/migrations/migrations.sum` brings both back; after a merge run \
                 `{REBASE}` instead"
            ),
        }
    }
}
