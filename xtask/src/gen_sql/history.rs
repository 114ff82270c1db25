//! The recorded history of each store, from the disk or from a commit. Reads; what it means is codegen's business.

use std::fs;
use std::io;
use std::path::Path;

use eventcore_codegen::history::{History, HistoryDefect, Recorded};
use eventcore_schema_model::snapshot::{self, Snapshot};
use eventcore_schema_model::validate::ValidSchema;

use super::error::GenSqlError;
use crate::git::{Commit, Git};
use crate::project::Project;

/// What tells of a store's migrations, below its folder.
pub(super) const SUM: &str = "migrations/migrations.sum";
pub(super) const LOCK: &str = "schema.lock.json";
pub(super) const MIGRATIONS: &str = "migrations";

/// What every store has recorded, in their order.
///
/// # Errors
/// When files cannot be read, or, inside, when they are not as they were recorded.
pub(super) fn read_all(
    project: &Project,
    schemas: &[(&str, ValidSchema)],
    is_amended: bool,
) -> Result<Result<Vec<Recorded>, Vec<HistoryDefect>>, GenSqlError> {
    let mut recorded = Vec::new();
    let mut defects = Vec::new();
    for (folder, _) in schemas {
        let mut history = on_disk(project, folder)?;
        history.is_amended = is_amended;
        let read = if project.unreleased {
            history.unreleased(folder)
        } else {
            history.read(folder, &project.name)
        };
        match read {
            Ok(read) => recorded.push(read),
            Err(found) => defects.extend(found),
        }
    }
    Ok(if defects.is_empty() {
        Ok(recorded)
    } else {
        Err(defects)
    })
}

/// A store's history as it is on disk.
pub(super) fn on_disk(project: &Project, folder: &str) -> Result<History, GenSqlError> {
    let store = project.output_folder().join(folder);
    let mut history = History {
        sum: text(&store.join(SUM))?,
        lock: text(&store.join(LOCK))?,
        hand_written: hand_written(project, folder),
        ..History::default()
    };
    let migrations = store.join(MIGRATIONS);
    let entries = match fs::read_dir(&migrations) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(history),
        Err(error) => return Err(GenSqlError::io("read the folder", &migrations)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(GenSqlError::io("read the folder", &migrations))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_migration(&name)
            && let Some(bytes) = bytes(&entry.path())?
        {
            history.files.insert(name, bytes);
        }
    }
    Ok(history)
}

/// A store's history as a commit has it.
pub(super) fn in_commit(
    project: &Project,
    folder: &str,
    git: &Git,
    commit: &Commit,
) -> Result<History, GenSqlError> {
    let store = format!("{}/{folder}", project.output);
    let text = |path: &str| {
        let bytes = git.show(commit, &format!("{store}/{path}"))?;
        Ok::<_, GenSqlError>(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let mut history = History {
        sum: text(SUM)?,
        lock: text(LOCK)?,
        hand_written: hand_written(project, folder),
        ..History::default()
    };
    let migrations = format!("{store}/{MIGRATIONS}");
    for name in git.list(commit, &migrations)? {
        if is_migration(&name)
            && let Some(bytes) = git.show(commit, &format!("{migrations}/{name}"))?
        {
            history.files.insert(name, bytes);
        }
    }
    Ok(history)
}

/// The lock file of a store, as a commit has it.
pub(super) fn lock_in_commit(
    project: &Project,
    folder: &str,
    git: &Git,
    commit: &Commit,
) -> Result<Option<Snapshot>, GenSqlError> {
    let path = format!("{}/{folder}/{LOCK}", project.output);
    let Some(bytes) = git.show(commit, &path)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&bytes);
    match snapshot::from_text(&text) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(error) => Err(GenSqlError::OldLock {
            path,
            commit: commit.name.clone(),
            reason: error.to_string(),
        }),
    }
}

fn is_migration(name: &str) -> bool {
    name.strip_suffix(".sql").is_some() && !name.starts_with('.')
}

/// The names of a store's migrations that are written by hand.
fn hand_written(project: &Project, folder: &str) -> Vec<String> {
    let prefix = format!("{folder}/{MIGRATIONS}/");
    let paths = project.hand_written.iter();
    let names = paths.filter_map(|path| path.strip_prefix(&prefix));
    names.map(str::to_owned).collect()
}

fn text(path: &Path) -> Result<Option<String>, GenSqlError> {
    let bytes = bytes(path)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// What is no file is compared later, and refused there.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, GenSqlError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(GenSqlError::io("read", path)(error)),
    }
    fs::read(path)
        .map(Some)
        .map_err(GenSqlError::io("read", path))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
