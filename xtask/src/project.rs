//! What an xtask works on: a name, folders, and the schemas of the stores. Plain data; the commands read it.

use std::path::{Path, PathBuf};

use eventcore_schema_model::schema::Schema;
use thiserror::Error;

/// What an xtask works on.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use eventcore_schema_model::schema::Schema;
/// use eventcore_xtask::Project;
///
/// fn main() -> ExitCode {
///     eventcore_xtask::run(Project::new("shop").store("shop", Schema::new("shop")))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// What it is called, for messages.
    pub name: String,
    /// The workspace's folder.
    pub root: PathBuf,
    /// The folder of all generated files, below `root`, with `/` between folders.
    pub output: String,
    /// The stores.
    pub stores: Vec<StoreDefinition>,
    /// Files in the output folder that are written by hand: paths below it.
    pub hand_written: Vec<String>,
    /// Whether no migration was ever released, so that each run renders all of them anew.
    pub unreleased: bool,
}

/// A store: a schema and the folder of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreDefinition {
    /// Below the output folder: one name of `[a-z0-9_]`.
    pub folder: String,
    /// What it is to be.
    pub schema: Schema,
}

/// The workspace's folder, found when the process runs: worktrees that share a target folder share the binary. Without a
/// workspace, as where only the binary and the generated files are, it is the current folder.
fn workspace() -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    let start =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| current.clone(), PathBuf::from);
    let is_workspace = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"));
        manifest.is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
    };
    start
        .ancestors()
        .find(is_workspace)
        .map_or(current, Path::to_owned)
}

/// No store is meant, as far as can be told.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// Several stores, and none named.
    #[error("the project has {} stores\n  help: name one: `--store {}`", folders.len(), folders.join("` or `--store "))]
    Which { folders: Vec<String> },
    /// No such store.
    #[error("the project has no store `{folder}`\n  help: it has `{}`", folders.join("`, `"))]
    Unknown {
        folder: String,
        folders: Vec<String>,
    },
}

impl Project {
    /// A project without stores, whose output folder is the package `generated`: its `Cargo.toml` and
    /// `src/lib.rs` are written by hand. Its root is the workspace that this process runs for: the package that
    /// `cargo run` names, or the current folder, is in it.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            root: workspace(),
            output: "generated".to_owned(),
            stores: Vec::new(),
            hand_written: vec!["Cargo.toml".to_owned(), "src/lib.rs".to_owned()],
            unreleased: false,
        }
    }

    /// Adds a store.
    pub fn store(mut self, folder: impl Into<String>, schema: Schema) -> Self {
        self.stores.push(StoreDefinition {
            folder: folder.into(),
            schema,
        });
        self
    }

    /// Sets the workspace's folder, as `--root` does on the command line.
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root = folder.into();
        self
    }

    /// Sets the output folder, below the root.
    pub fn output(mut self, folder: impl Into<String>) -> Self {
        self.output = folder.into();
        self
    }

    /// Names a further file of the output folder that is written by hand. A migration among them, such as
    /// `shop/migrations/008_add_note.sql`, is recorded by the first run that sees it, and never changes from then on.
    pub fn hand_written(mut self, path: impl Into<String>) -> Self {
        self.hand_written.push(path.into());
        self
    }

    /// Says that no database has run a migration of this project that must live on: each run of `gen-sql` renders all
    /// migrations anew, as those that build a store from nothing. Without this word recorded migrations never change,
    /// and a changed definition adds new ones. Take it away before the first release.
    pub fn unreleased(mut self) -> Self {
        self.unreleased = true;
        self
    }

    /// The store of a folder; without one, the only store.
    pub(crate) fn find_store(&self, folder: Option<&str>) -> Result<&StoreDefinition, StoreError> {
        let folders = || {
            self.stores
                .iter()
                .map(|store| store.folder.clone())
                .collect()
        };
        match (folder, self.stores.as_slice()) {
            (None, [store]) => Ok(store),
            (None, _) => Err(StoreError::Which { folders: folders() }),
            (Some(folder), stores) => stores
                .iter()
                .find(|store| store.folder == folder)
                .ok_or_else(|| StoreError::Unknown {
                    folder: folder.to_owned(),
                    folders: folders(),
                }),
        }
    }

    /// Where the output folder is.
    pub(crate) fn output_folder(&self) -> PathBuf {
        self.root.join(&self.output)
    }
}
