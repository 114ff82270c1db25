//! The command line: which commands there are, and what becomes of their errors.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::export::ExportCommand;
use crate::gen_sql::{GenSqlCommand, RebaseCommand};
use crate::migrate::MigrateCommand;
use crate::project::Project;
#[cfg(unix)]
use crate::test_command::TestCommand;

/// The commands of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// The workspace's folder; without it, the workspace of the package that cargo runs, or of the current folder
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate SQL, Rust and documentation from the definition
    GenSql(GenSqlCommand),
    /// Apply the migrations to a database
    Migrate(MigrateCommand),
    /// Write the migrations for a runner with a format of its own
    Export(ExportCommand),
    /// Put this branch's migrations after the base branch's, by planning them anew
    Rebase(RebaseCommand),
    /// Run every test, on throw-away PostgreSQL servers that are found or fetched
    #[cfg(unix)]
    Test(TestCommand),
}

/// Runs the command that the process was called with, on this project.
pub fn run(project: Project) -> ExitCode {
    let cli = Cli::parse();
    let project = match cli.root {
        Some(folder) => project.root(folder),
        None => project,
    };
    let result = match cli.command {
        Command::GenSql(command) => return command.run(&project),
        Command::Migrate(command) => return command.run(&project),
        Command::Export(command) => return command.run(&project),
        Command::Rebase(command) => return command.run(&project),
        #[cfg(unix)]
        Command::Test(command) => command.run(),
    };
    result.unwrap_or_else(|error| {
        report(error.as_ref());
        ExitCode::FAILURE
    })
}

fn report(error: &dyn Error) {
    let mut stderr = std::io::stderr();
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(stderr, "error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = writeln!(stderr, "caused by: {cause}");
        source = cause.source();
    }
}
