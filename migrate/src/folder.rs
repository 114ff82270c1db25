//! Migrations from a folder of files `NNN_slug.sql`, held against the `migrations.sum` beside them. Knows no server.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use eventcore_codegen::output::is_slug;
use thiserror::Error;

use crate::migration::{Migration, sha256};

const SUM: &str = "migrations.sum";

/// Why a folder's migrations cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The file system refuses.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file of SQL whose name gives it no place.
    #[error(
        "`{file}` in `{}` is no name of a migration\n  help: name it `NNN_slug.sql`: three digits or more, then \
         `a-z`, `0-9` and `_`; or move it elsewhere", folder.display()
    )]
    Name {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
    },
    /// Two files of one number.
    #[error(
        "`{first}` and `{second}` have one number\n  help: two branches added a migration each: merge them in git, \
         and `cargo xtask rebase` gives this branch's the next free number, on top of the other"
    )]
    SameVersion {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A file is not what `migrations.sum` has.
    #[error(
        "`{file}` was changed after it was recorded in `migrations.sum`{}\n  help: restore it with `git checkout`, or, if it \
         is not committed yet, as `cargo xtask gen-sql` says; change the definition for a new migration", if *line_ends { ": its line ends were converted" } else { "" }
    )]
    Edited {
        /// The file.
        file: String,
        /// Whether only the line ends differ.
        line_ends: bool,
    },
    /// `migrations.sum` has a file that is not there.
    #[error(
        "`{file}` is recorded in `migrations.sum` and not there\n  help: restore it with `git checkout`, or, if it is not \
         committed yet, with `cargo xtask gen-sql --amend`"
    )]
    Missing {
        /// The file.
        file: String,
    },
    /// A file is not in `migrations.sum`.
    #[error(
        "`{file}` is not recorded in `migrations.sum`\n  help: if you wrote it by hand, name it in `.hand_written(...)` of the \
         schema; then run `cargo xtask gen-sql`, which records it; or take \
         the file away, if it was left over"
    )]
    Unlisted {
        /// The file.
        file: String,
    },
    /// A line of `migrations.sum` that cannot be read.
    #[error(
        "`migrations.sum`, line {line}: `{text}` is no file with its checksum\n  help: run `cargo xtask gen-sql`, \
         which writes it; a conflict of git in it means two branches added a migration"
    )]
    Sum {
        /// Its line, from 1.
        line: usize,
        /// The line.
        text: String,
    },
}

/// The migrations of a folder, in order.
///
/// # Errors
/// When it cannot be read, a file's name gives it no place, two have one number, or a file is not what the
/// `migrations.sum` beside them has, if there is one.
pub fn read_folder(folder: &Path) -> Result<Vec<Migration>, FolderError> {
    let mut migrations: BTreeMap<u32, Migration> = BTreeMap::new();
    for file in names(folder)? {
        let Some((version, name)) = parts(&file) else {
            return Err(FolderError::Name {
                folder: folder.to_owned(),
                file,
            });
        };
        let path = folder.join(&file);
        let sql = fs::read_to_string(&path).map_err(io("read", &path))?;
        let migration = Migration::new(version, name.to_owned(), sql);
        if let Some(first) = migrations.insert(version, migration) {
            return Err(FolderError::SameVersion {
                first: first.file_name(),
                second: file,
            });
        }
    }
    let migrations: Vec<_> = migrations.into_values().collect();
    let path = folder.join(SUM);
    match fs::read_to_string(&path) {
        Ok(sum) => verify(&sum, &migrations)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io("read", &path)(error)),
    }
    Ok(migrations)
}

/// The files of SQL, in order of their names.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io("read the folder", folder))? {
        let entry = entry.map_err(io("read the folder", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_suffix(".sql").is_some() && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The number and the words of a file name; only as it would be written again.
fn parts(file: &str) -> Option<(u32, &str)> {
    let (number, name) = file.strip_suffix(".sql")?.split_once('_')?;
    let version: u32 = number.parse().ok()?;
    (version > 0 && is_slug(name) && number == format!("{version:03}")).then_some((version, name))
}

/// Only the first two words of a line are read: more hashes may follow.
fn verify(sum: &str, migrations: &[Migration]) -> Result<(), FolderError> {
    let mut listed = BTreeMap::new();
    for (index, line) in sum.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(file), Some(hash)) = (words.next(), words.next()) else {
            return Err(unreadable(index, line));
        };
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if parts(file).is_none() || !is_hash {
            return Err(unreadable(index, line));
        }
        listed.insert(file, hash);
    }
    for migration in migrations {
        let file = migration.file_name();
        let Some(recorded) = listed.remove(file.as_str()) else {
            return Err(FolderError::Unlisted { file });
        };
        if migration.checksum() != recorded {
            let unix = migration.sql.replace("\r\n", "\n");
            let line_ends = sha256(unix.as_bytes()) == recorded;
            return Err(FolderError::Edited { file, line_ends });
        }
    }
    match listed.into_keys().next() {
        Some(file) => Err(FolderError::Missing {
            file: file.to_owned(),
        }),
        None => Ok(()),
    }
}

fn unreadable(index: usize, line: &str) -> FolderError {
    FolderError::Sum {
        line: index + 1,
        text: line.to_owned(),
    }
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io {
        action,
        path,
        source,
    }
}
