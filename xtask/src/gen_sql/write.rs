//! The one writer: each file is wholly old or wholly new, and nothing changes before everything is ready.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use eventcore_codegen::output::{OutputFile, WriteOrder};

use super::disk::TEMPORARY;
use super::error::GenSqlError;

/// A file that stands ready beside its place.
struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    order: WriteOrder,
}

/// Everything that stands ready. Dropped before it is done, it leaves the folder as it was.
#[derive(Default)]
struct Stage {
    files: Vec<Staged>,
    folders: Vec<PathBuf>,
}

/// Writes and deletes below `output`, by paths with `/`, in the order that the files ask for. A folder that this
/// empties goes too.
///
/// # Errors
/// When a file cannot be made ready; nothing has changed then. When a file that is ready cannot be put in
/// its place, those before it are new already, and the next run finishes.
pub(crate) fn write(
    output: &Path,
    writes: &[&OutputFile],
    deletes: &[&str],
) -> Result<(), GenSqlError> {
    let mut stage = Stage::default();
    for file in writes {
        stage.add(output, file)?;
    }
    stage.commit()?;
    for path in deletes {
        let target = output.join(path);
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(GenSqlError::io("delete", &target)(error));
            }
            _ => remove_empty(output, &target),
        }
    }
    Ok(())
}

/// Where the file of a path is made ready: in the same folder, so that a rename puts it in its place.
pub(super) fn temporary_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let separator = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{separator}.{name}{TEMPORARY}")
}

impl Stage {
    fn add(&mut self, output: &Path, wanted: &OutputFile) -> Result<(), GenSqlError> {
        let target = &output.join(&wanted.path);
        let Some(folder) = target.parent() else {
            return Ok(());
        };
        self.make_folder(folder)?;
        let temporary = output.join(temporary_of(&wanted.path));
        // Recorded first, so that a file half made is removed as well.
        self.files.push(Staged {
            temporary: temporary.clone(),
            target: target.to_owned(),
            order: wanted.order,
        });
        let make = || {
            // What a killed run left goes first: the new file follows no link.
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = File::create_new(&temporary)?;
            file.write_all(wanted.contents.as_bytes())?;
            // Before the name changes: otherwise a power cut could leave an empty file in its place.
            file.sync_all()
        };
        make().map_err(GenSqlError::io("write", &temporary))
    }

    fn make_folder(&mut self, folder: &Path) -> Result<(), GenSqlError> {
        let missing: Vec<_> = folder
            .ancestors()
            // The last of a relative path's is empty.
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .collect();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => self.folders.push(path.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(GenSqlError::io("make the folder", path)(error)),
            }
        }
        Ok(())
    }

    fn commit(mut self) -> Result<(), GenSqlError> {
        let mut changed = BTreeSet::new();
        self.files.reverse();
        self.files.sort_by_key(|file| Reverse(file.order));
        let mut order = self.files.last().map(|file| file.order);
        while let Some(file) = self.files.last() {
            if order != Some(file.order) {
                // What comes later tells of what came before: a power cut must not leave the one without the other.
                order = Some(file.order);
                sync_folders(&mut changed);
            }
            fs::rename(&file.temporary, &file.target)
                .map_err(GenSqlError::io("replace", &file.target))?;
            changed.extend(file.target.parent().map(Path::to_owned));
            self.files.pop();
        }
        self.folders.clear();
        sync_folders(&mut changed);
        Ok(())
    }
}

/// Makes new names last through a power cut, where a folder can be synchronised.
fn sync_folders(changed: &mut BTreeSet<PathBuf>) {
    while let Some(folder) = changed.pop_first() {
        if cfg!(unix) {
            // At worst the next run writes the file again.
            let _ = File::open(folder).and_then(|handle| handle.sync_all());
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What cannot be removed is a leftover, which the next run reports and removes.
        for file in &self.files {
            let _ = fs::remove_file(&file.temporary);
        }
        for folder in self.folders.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn remove_empty(output: &Path, deleted: &Path) {
    let folders = deleted.ancestors().skip(1);
    for folder in folders.take_while(|folder| *folder != output) {
        // Fails where something is left in it, which ends the walk.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
