//! `cargo xtask migrate`: applies a store's migrations to a database.

#[cfg(feature = "migrate")]
mod apply;
mod error;
#[cfg(feature = "migrate")]
mod human;
#[cfg(feature = "migrate")]
mod machine;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use self::error::MigrateCommandError;
use crate::database::URL_VARIABLE;
use crate::project::{Project, StoreDefinition};
use crate::shell::{Color, ColorChoice, Shell};

/// Applies the migrations of a store to a database, in order: each wholly or, where it runs outside of a transaction,
/// to be resumed by the next run. Waits for another run, and refuses a database that tells another story than the files.
///
/// Exit code: 0 when all is applied, 1 when something was refused or failed, 2 for a wrong command line, 4 when `status`
/// finds a migration that is pending, changed or unknown, an object that is not as the last run left it, or one that a
/// skipped migration was to create.
#[derive(Debug, Args)]
pub(crate) struct MigrateCommand {
    /// Show what is applied and what is not, and do nothing
    #[arg(value_enum, conflicts_with_all = ["dry_run", "baseline", "skip"])]
    show: Option<Show>,
    /// The database, such as `postgres://user:password@host/database`; without it, the variable `DATABASE_URL`
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// The store: its folder in the output folder. May be left out where there is one
    #[arg(long, alias = "layout", value_name = "FOLDER")]
    store: Option<String>,
    /// Change nothing; show the statements that would run on this very database
    #[arg(long)]
    dry_run: bool,
    /// Run nothing; record everything up to this version as applied, because psql or another runner did it. Verified in
    /// a throw-away database on the same server, which takes the right CREATEDB
    #[arg(long, value_name = "VERSION")]
    baseline: Option<u32>,
    /// Record a baseline without verifying that its objects exist
    #[arg(long, requires = "baseline")]
    unverified: bool,
    /// Run nothing; record this migration, which comes next, as applied, because the rows of this database will never fit
    /// it. Once for each
    #[arg(long, value_name = "VERSION", conflicts_with = "baseline")]
    skip: Vec<u32>,
    /// Take the objects of the store as they are for what the last run left, whoever changed them; what is pending is applied too
    #[arg(long, conflicts_with_all = ["dry_run", "show"])]
    accept_drift: bool,
    /// How long to wait for another run
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    wait: u64,
    /// How many attempts to make when a lock cannot be had in time
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    lock_attempts: u32,
    /// For people, or for machines: `status` as one JSON object on standard output
    #[arg(long, value_enum, default_value_t, requires = "show")]
    format: Format,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: ColorChoice,
}

/// For whom `status` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// People.
    #[default]
    Human,
    /// Machines.
    Json,
}

/// What to show instead of doing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Show {
    /// What is applied and what is not.
    Status,
}

/// Where a run reads and writes.
#[cfg_attr(
    not(feature = "migrate"),
    expect(
        dead_code,
        reason = "found out all the same, so that what is wrong is said before a build"
    )
)]
struct Target<'a> {
    store: &'a StoreDefinition,
    migrations: PathBuf,
    url: String,
}

impl MigrateCommand {
    pub(crate) fn run(&self, project: &Project) -> ExitCode {
        self.target(project)
            .and_then(|target| self.run_on(&target))
            .unwrap_or_else(|error| {
                Shell::stderr(self.color).message("error", Color::Red, error);
                ExitCode::FAILURE
            })
    }

    #[cfg(feature = "migrate")]
    fn run_on(&self, target: &Target<'_>) -> Result<ExitCode, MigrateCommandError> {
        apply::run(self, target)
    }

    #[cfg(not(feature = "migrate"))]
    fn run_on(&self, _target: &Target<'_>) -> Result<ExitCode, MigrateCommandError> {
        Ok(crate::database::run_with_driver(&mut Shell::stderr(
            self.color,
        ))?)
    }

    fn target<'a>(&self, project: &'a Project) -> Result<Target<'a>, MigrateCommandError> {
        let store = project.find_store(self.store.as_deref())?;
        let given = self.database_url.clone();
        let url = given
            .or_else(|| std::env::var(URL_VARIABLE).ok())
            .filter(|url| !url.is_empty())
            .ok_or(MigrateCommandError::NoUrl)?;
        let migrations = project
            .output_folder()
            .join(&store.folder)
            .join("migrations");
        if !migrations.is_dir() {
            return Err(MigrateCommandError::NoMigrations { folder: migrations });
        }
        Ok(Target {
            store,
            migrations,
            url,
        })
    }
}
