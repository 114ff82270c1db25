//! Why a run of `gen-sql` fails. What is merely not fresh is no error.

use std::io;
use std::path::{Path, PathBuf};

use eventcore_codegen::GenerateError;
use thiserror::Error;

use crate::database::DatabaseError;
use crate::git::GitError;
use crate::project::StoreError;

/// A run that failed, with nothing written.
#[derive(Debug, Error)]
pub(crate) enum GenSqlError {
    /// `--name` is no slug.
    #[error(
        "`{text}` cannot name a migration: a slug is 1 to 60 characters of `a-z`, `0-9` and `_`"
    )]
    Slug { text: String },
    /// Two stores in one folder, or a folder that is none.
    #[error("store `{folder}` of project `{project}`: {defect}")]
    Folder {
        project: String,
        folder: String,
        defect: &'static str,
    },
    /// Violations were printed already.
    #[error("nothing generated: {count} violation{} in the definition", if *count == 1 { "" } else { "s" })]
    Violations { count: usize },
    /// Violations of what changes were printed already.
    #[error(
        "nothing generated: {count} violation{} in what changes{}", if *count == 1 { "" } else { "s" },
        if *of_events { "" } else {
            "; if it only takes back what migrations brought that are not released, `cargo xtask gen-sql --amend` plans those anew instead"
        }
    )]
    Changes {
        count: usize,
        /// Whether all are about event types, for which there are no migrations.
        of_events: bool,
    },
    /// What is wrong was printed already.
    #[error("nothing {}: {count} file{} of the recorded history {} not as recorded", if *.check { "compared" } else { "written" }, if *count == 1 { "" } else { "s" }, if *count == 1 { "is" } else { "are" })]
    History { count: usize, check: bool },
    /// Annotations that a planned migration would not heed.
    #[error(
        "nothing written: store `{store}`: an annotation of {} (`.backfill(...)`, `.rewrite_using(...)`, `.with_no_data()` or a permission \
         to drop) changed after a migration was planned with it, and the planned file would not follow\n  help: run `cargo xtask gen-sql \
         --amend`, which plans the newest migration anew, or `cargo xtask rebase`, which plans all of this branch anew; or take the \
         change back. If a later change needs it, release what is planned first",
        changed.join(", ")
    )]
    Absorbed { store: String, changed: Vec<String> },
    /// Migrations of this branch lose something that the definition has again.
    #[error(
        "nothing written: store `{store}`: an earlier migration of this branch drops data that the definition has again: {}; it would \
         be empty\n  help: run `cargo xtask rebase`, which plans all migrations of this branch anew",
        lost.join(", ")
    )]
    LostAndBack { store: String, lost: Vec<String> },
    /// A store's history is nowhere, and git has it.
    #[error(
        "nothing written: `{folder}` has no recorded history, and the last commit has one; all migrations would be planned anew\n  \
         help: `git checkout HEAD -- {folder}` brings it back; if the store is to begin anew, commit first that its folder is deleted"
    )]
    LostHistory { folder: String },
    /// The base branch has a store's files in another folder.
    #[error(
        "nothing written: the store of `{here}` is in `{there}` on `{branch}`, so that nothing tells which of its migrations are \
         released\n  help: if `{branch}` moved it, merge `{branch}` into this branch; else move the folder in a commit of its own, and merge \
         that into `{branch}` before you plan a change"
    )]
    Moved {
        here: String,
        there: String,
        branch: String,
    },
    /// `--amend`, where every run amends.
    #[error(
        "nothing written: the project says `unreleased()`, so that each run plans all migrations anew; leave `--amend` away"
    )]
    AmendUnreleased,
    /// `--amend`, and nothing to plan anew.
    #[error(
        "nothing written: store `{store}` has no migration that can be planned anew: the one recorded last was written by hand, or none is recorded; leave `--amend` away"
    )]
    NothingToAmend { store: String },
    /// `--amend`, and others have the migrations already.
    #[error(
        "nothing written: {}, so it is released and never changes; leave `--amend` away to add a migration after it, or name the base branch with `--base`",
        exists_on(files, base)
    )]
    Released { files: Vec<String>, base: String },
    /// `--amend`, and the database that was given has run the migrations.
    #[error(
        "nothing written: the database has run {}, so {} never {}; leave `--amend` away to add a migration after {}",
        files.join(", "),
        if files.len() == 1 { "it" } else { "they" },
        if files.len() == 1 { "changes" } else { "change" },
        if files.len() == 1 { "it" } else { "them" }
    )]
    Applied { files: Vec<String> },
    /// Which store the database is of is not said.
    #[error("nothing written: {0}")]
    Store(#[from] StoreError),
    /// The database cannot be asked.
    #[error("nothing written: {0}")]
    Database(#[from] DatabaseError),
    /// The log has events of types that were retired.
    #[cfg(feature = "migrate")]
    #[error(
        "nothing written: the database has events of type `{}`, which the definition cannot read any more\n  \
         help: keep the event type readable; without `.retire(...)`, a violation says how",
        names.join("`, `")
    )]
    Stored { names: Vec<String> },
    /// The server does not accept queries, or gives other rows.
    #[cfg(feature = "migrate")]
    #[error("nothing written: {} in the schema that the definition describes:\n  {}", of_queries(defects.len()), defects.join("\n  "))]
    Queries { defects: Vec<String> },
    /// A base branch is named, and there are no branches.
    #[error("nothing written: this is no git checkout, so there is no base branch")]
    NoCheckout,
    /// git gives no answer.
    #[error("nothing written: {0}")]
    Git(#[from] GitError),
    /// No branch that this one could be based on.
    #[error("nothing written: no base branch is found; name it with `--base`")]
    NoBase,
    /// The base branch has what this one has not.
    #[error(
        "nothing written: `{base}` is not merged into this branch; run `git merge {base}`, mend the definition, leave `migrations.sum` and `schema.lock.json` as git left them, and run this again"
    )]
    NotMerged { base: String },
    /// Both branches changed the same objects.
    #[error("nothing written: `{base}` and this branch both changed {}; say `--theirs-first` if the migrations of `{base}` may run before those that are planned anew", objects.join(", "))]
    BothChanged { base: String, objects: Vec<String> },
    /// A snapshot in a commit cannot be read.
    #[error("nothing written: `{path}` of commit {commit} cannot be read: {reason}")]
    OldLock {
        path: String,
        commit: String,
        reason: String,
    },
    /// The project has nothing to rebase.
    #[error(
        "nothing written: the project says `unreleased()`; run `cargo xtask gen-sql`, which plans all migrations anew"
    )]
    RebaseUnreleased,
    /// The definition is valid, and yet migrations or Rust cannot be generated from it.
    #[error("nothing written: {0}")]
    Generate(#[from] GenerateError),
    /// Rendering asked for a path that is none, or for one path twice.
    #[error("nothing written: rendering gave the path `{path}`, which {defect}")]
    Path { path: String, defect: &'static str },
    /// A wanted path is taken by something that is not ours.
    #[error("nothing written: {}{}", .paths.join(", "), if .paths.len() == 1 { " is in the way" } else { " are in the way" })]
    Blocked { paths: Vec<String> },
    /// The file system refuses.
    #[error("cannot {action} `{}`: {source}{help}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
        help: &'static str,
    },
}

#[cfg(feature = "migrate")]
fn of_queries(count: usize) -> String {
    match count {
        1 => "one query or view does not fit".to_owned(),
        count => format!("{count} queries or views do not fit"),
    }
}

fn exists_on(files: &[String], base: &str) -> String {
    let verb = if files.len() == 1 { "exists" } else { "exist" };
    let files = files.join(", ");
    match base {
        "HEAD" => format!("{files} {verb} in the last commit, and no base branch is found"),
        base => format!("{files} {verb} on `{base}`"),
    }
}

impl GenSqlError {
    /// For `map_err`: what was being done, and with what.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            help: match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    "; give your user the right to write there, nothing was changed"
                }
                io::ErrorKind::StorageFull => "; make room and run again, nothing was changed",
                _ => "",
            },
            path,
            source,
        }
    }
}
