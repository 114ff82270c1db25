//! Why a run of `gen-sql` fails. What is merely not fresh is no error.

use std::io;
use std::path::{Path, PathBuf};

use eventcore_codegen::GenerateError;
use thiserror::Error;

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
    /// The definition is valid, and yet cannot be rendered.
    #[error("nothing written: the definition cannot be rendered: {0}")]
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
