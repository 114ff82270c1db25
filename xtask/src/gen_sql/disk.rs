//! What is in the output folder now, and the lock that keeps two runs apart. Reads; never writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::Path;

use eventcore_codegen::output::FileState;

use super::error::GenSqlError;

/// The end of the name of a file that is being written. Nothing else is called so, and such names begin
/// with a dot.
pub(super) const TEMPORARY: &str = ".gen-sql-tmp";

/// How much of an unwanted file is read to see whether it is ours.
const HEADER_BYTES: u64 = 4096;

/// Something on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A wanted file, whole.
    Wanted(Vec<u8>),
    /// A file that nothing wants.
    Unwanted(FileState),
    /// Neither a file nor a folder, in words.
    Other(&'static str),
}

/// The output folder as it is, by paths with `/`.
#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) folders: BTreeSet<String>,
    /// What a killed run left behind.
    pub(super) leftovers: Vec<String>,
}

impl Disk {
    /// Reads the output folder; one that is not there is empty.
    pub(super) fn read(
        output: &Path,
        is_wanted: &impl Fn(&str) -> bool,
    ) -> Result<Self, GenSqlError> {
        let mut disk = Self::default();
        match fs::metadata(output) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(disk),
            Err(error) => return Err(GenSqlError::io("read", output)(error)),
            Ok(_) => {}
        }
        disk.read_folder(output, "", is_wanted)?;
        Ok(disk)
    }

    fn read_folder(
        &mut self,
        folder: &Path,
        prefix: &str,
        is_wanted: &impl Fn(&str) -> bool,
    ) -> Result<(), GenSqlError> {
        let failed = |error| GenSqlError::io("read the folder", folder)(error);
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(failed)?;
            if name.starts_with('.') && name.ends_with(TEMPORARY) && kind.is_file() {
                self.leftovers.push(path);
            } else if is_wanted(&path) || !is_ignored(&path, &name) {
                self.read_entry(&entry.path(), path, kind, is_wanted)?;
            }
        }
        Ok(())
    }

    fn read_entry(
        &mut self,
        at: &Path,
        path: String,
        kind: fs::FileType,
        is_wanted: &impl Fn(&str) -> bool,
    ) -> Result<(), GenSqlError> {
        if kind.is_dir() {
            self.read_folder(at, &format!("{path}/"), is_wanted)?;
            self.folders.insert(path);
            return Ok(());
        }
        let entry = if kind.is_symlink() {
            Entry::Other("a symbolic link")
        } else if !kind.is_file() {
            Entry::Other("neither a file nor a folder")
        } else if is_wanted(&path) {
            Entry::Wanted(fs::read(at).map_err(GenSqlError::io("read", at))?)
        } else {
            Entry::Unwanted(unwanted(at).map_err(GenSqlError::io("read", at))?)
        };
        self.entries.insert(path, entry);
        Ok(())
    }
}

/// Build products and the dot files of editors, desktops and git.
fn is_ignored(path: &str, name: &str) -> bool {
    name.starts_with('.') || path == "target" || path == "Cargo.lock"
}

/// A stranger's file may be of any size: only one that begins like ours is read whole.
fn unwanted(at: &Path) -> io::Result<FileState> {
    let mut bytes = Vec::new();
    let mut file = File::open(at)?;
    file.by_ref().take(HEADER_BYTES).read_to_end(&mut bytes)?;
    if FileState::of_unwanted(&bytes) == FileState::Foreign {
        return Ok(FileState::Foreign);
    }
    file.read_to_end(&mut bytes)?;
    Ok(FileState::of_unwanted(&bytes))
}

/// Keeps other runs out until it is dropped; the operating system drops it with the process.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held open for the lock")] Option<File>);

impl Lock {
    /// Waits for runs that write; with `alone` also for those that read.
    ///
    /// On Unix the workspace's folder itself is locked, so that a run that only reads makes no file. Elsewhere
    /// a folder cannot be locked, and runs rely on each file being replaced as a whole.
    pub(super) fn take(
        root: &Path,
        alone: bool,
        waiting: impl FnOnce(),
    ) -> Result<Self, GenSqlError> {
        if !cfg!(unix) {
            return Ok(Self(None));
        }
        let folder = File::open(root).map_err(GenSqlError::io("open the folder", root))?;
        let tried = if alone {
            folder.try_lock()
        } else {
            folder.try_lock_shared()
        };
        let locked = match tried {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                waiting();
                if alone {
                    folder.lock()
                } else {
                    folder.lock_shared()
                }
            }
            Err(TryLockError::Error(error)) => Err(error),
        };
        match locked {
            Ok(()) => Ok(Self(Some(folder))),
            // Some network file systems know no locks; each file is still replaced as a whole.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Self(None)),
            Err(error) => Err(GenSqlError::io("lock", root)(error)),
        }
    }
}
