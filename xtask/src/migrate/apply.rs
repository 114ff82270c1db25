//! The command with its driver: from the command line to a run of the library, and back to what is said of it.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use eventcore_codegen::plan::catalog_names;
use eventcore_migrate::{MigrateError, Migrator, read_folder};

use super::error::MigrateCommandError;
use super::human::Human;
use super::{Format, MigrateCommand, Show, Target, machine};
use crate::database::{Database, DatabaseError, runtime};

/// The exit code of a status that finds a database that is not as the files say; that of stale files, for the same reason.
const NOT_CURRENT: u8 = 4;

pub(super) fn run(
    command: &MigrateCommand,
    target: &Target<'_>,
) -> Result<ExitCode, MigrateCommandError> {
    let Database { config, tls } = Database::of(&target.url)?;
    let migrations = read_folder(&target.migrations)
        .map_err(|error| DatabaseError::from(MigrateError::from(error)))?;
    let schema = &target.store.schema;
    let mut migrator = Migrator::new(migrations)
        .namespace(schema.namespace.as_str())
        .makes_namespace(schema.find_namespace(&schema.namespace).is_some())
        .objects(catalog_names(schema))
        .accept_drift(command.accept_drift)
        .wait(Some(Duration::from_secs(command.wait)))
        .lock_attempts(command.lock_attempts);
    if let Some(version) = command.baseline {
        migrator = migrator.baseline(version).unverified(command.unverified);
    }
    if !command.skip.is_empty() {
        migrator = migrator.skip(command.skip.iter().copied());
    }
    let runtime = runtime()?;
    let mut human = Human::new(command.color);
    let done: Result<ExitCode, DatabaseError> = runtime.block_on(async {
        if let Some(Show::Status) = command.show {
            let status = migrator.status(&config, tls).await?;
            match command.format {
                Format::Human => human.status(&status),
                Format::Json => human.status_json(&machine::text(&status)),
            }
            if !status.is_current() {
                return Ok(ExitCode::from(NOT_CURRENT));
            }
        } else if command.dry_run {
            human.dry_run(&migrator.dry_run(&config, tls).await?);
        } else {
            let started = Instant::now();
            let report = migrator.run(&config, tls, &mut human).await?;
            human.report(&report, started.elapsed());
        }
        Ok(ExitCode::SUCCESS)
    });
    Ok(done?)
}
