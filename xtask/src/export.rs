//! `cargo xtask export`: a store's migrations as a runner wants them that cannot run the files as they are. Changes no statement.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use eventcore_codegen::output::OutputFile;
use thiserror::Error;

use crate::gen_sql::{GenSqlError, write};
use crate::project::{Project, StoreError};
use crate::shell::{Color, ColorChoice, Shell};

/// Writes a store's migrations for a runner with a format of its own. Needs no database.
///
/// Exit code: 0 when all is written or was in place, 1 when the run failed, 2 for a wrong command line.
#[derive(Debug, Args)]
pub(crate) struct ExportCommand {
    /// The runner
    #[arg(value_enum)]
    runner: Runner,
    /// The folder to write to
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// The store: its folder in the output folder. May be left out where there is one
    #[arg(long, value_name = "FOLDER")]
    store: Option<String>,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: ColorChoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Runner {
    /// dbmate, which wants a block for each direction
    Dbmate,
}

/// An export that failed, with nothing written.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot read `{}`: {source}\n  help: run `cargo xtask gen-sql`, which writes the migrations", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// What only psql and our own runner can do.
    #[error(
        "nothing written: {} the catalog for statements (psql's `\\gexec`), which dbmate cannot\n  help: apply {} with psql or \
         `cargo xtask migrate`",
        asking(files), if files.len() == 1 { "it" } else { "them" }
    )]
    Asks { files: Vec<String> },
    #[error(
        "nothing written: `{}` is not a file that an export wrote\n  help: move it away, or name another folder with `--into`", path.display()
    )]
    Stranger { path: PathBuf },
    #[error(transparent)]
    Write(#[from] GenSqlError),
}

/// What a file of an export begins with.
const UP: &str = "-- migrate:up";

/// Nothing is undone by itself: what a release changed, the next one changes back.
const DOWN: &str = "\n-- migrate:down\n\nDO $down$ BEGIN RAISE EXCEPTION 'migrations are not undone: change the definition back, and apply \
                    the migration that this gives'; END $down$;\n";

impl ExportCommand {
    pub(crate) fn run(&self, project: &Project) -> ExitCode {
        let mut shell = Shell::stderr(self.color);
        match self.try_run(project) {
            Ok((written, fresh)) => {
                let into = self.into.display();
                let text = format!("{written} written to {into}, {fresh} fresh");
                shell.status("Finished", Color::Green, text);
                ExitCode::SUCCESS
            }
            Err(error) => {
                shell.message("error", Color::Red, error);
                ExitCode::FAILURE
            }
        }
    }

    /// How many files were written, and how many were in place.
    fn try_run(&self, project: &Project) -> Result<(usize, usize), ExportError> {
        let store = project.find_store(self.store.as_deref())?;
        let folder = project.output_folder().join(&store.folder);
        let Runner::Dbmate = self.runner;
        let files = migrations(&folder.join("migrations"))?;
        let asks = |text: &str| text.lines().any(|line| line.trim() == "\\gexec");
        let asking: Vec<_> = files
            .iter()
            .filter(|(_, text)| asks(text))
            .map(|(name, _)| name.clone())
            .collect();
        if !asking.is_empty() {
            return Err(ExportError::Asks { files: asking });
        }
        let files = files.into_iter();
        let files: Vec<_> = files
            .map(|(name, text)| OutputFile::recorded(name, for_dbmate(&text)))
            .collect();
        let mut stale = Vec::new();
        for file in &files {
            let path = self.into.join(&file.path);
            match fs::read_to_string(&path) {
                Ok(known) if known == file.contents => {}
                Ok(known) if !known.starts_with(UP) => return Err(ExportError::Stranger { path }),
                _ => stale.push(file),
            }
        }
        write(&self.into, &stale, &[])?;
        Ok((stale.len(), files.len() - stale.len()))
    }
}

/// The migrations of a folder, by name, in order.
fn migrations(folder: &Path) -> Result<Vec<(String, String)>, ExportError> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::Read { path, source }
    };
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(read(folder))? {
        let path = entry.map_err(read(folder))?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(name) =
            name.filter(|name| name.strip_suffix(".sql").is_some() && !name.starts_with('.'))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).map_err(read(&path))?;
        all.push((name, text));
    }
    all.sort();
    Ok(all)
}

fn for_dbmate(text: &str) -> String {
    let transaction = if text.lines().next() == Some("-- no-transaction") {
        " transaction:false"
    } else {
        ""
    };
    format!("{UP}{transaction}\n\n{text}{DOWN}")
}

fn asking(files: &[String]) -> String {
    let names = files.join("`, `");
    let verb = if files.len() == 1 { "asks" } else { "ask" };
    format!("`{names}` {verb}")
}
