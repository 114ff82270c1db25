//! The command with its driver: from the command line to a run of the library, and back to what is said of it.

use std::time::{Duration, Instant};

use eventcore_codegen::plan::catalog_names;
use eventcore_migrate::{MigrateError, Migrator, read_folder};

use super::error::MigrateCommandError;
use super::human::Human;
use super::{MigrateCommand, Show, Target};
use crate::database::{Database, DatabaseError, runtime};

pub(super) fn run(
    command: &MigrateCommand,
    target: &Target<'_>,
) -> Result<(), MigrateCommandError> {
    let Database { config, tls } = Database::of(&target.url)?;
    let migrations = read_folder(&target.migrations)
        .map_err(|error| DatabaseError::from(MigrateError::from(error)))?;
    let schema = &target.store.schema;
    let mut migrator = Migrator::new(migrations)
        .namespace(schema.namespace.as_str())
        .makes_namespace(schema.find_namespace(&schema.namespace).is_some())
        .objects(catalog_names(schema))
        .wait(Some(Duration::from_secs(command.wait)))
        .lock_attempts(command.lock_attempts);
    if let Some(version) = command.baseline {
        migrator = migrator.baseline(version);
    }
    let runtime = runtime()?;
    let mut human = Human::new(command.color);
    let done: Result<(), DatabaseError> = runtime.block_on(async {
        if let Some(Show::Status) = command.show {
            human.status(&migrator.status(&config, tls).await?);
        } else if command.dry_run {
            human.dry_run(&migrator.dry_run(&config, tls).await?);
        } else {
            let started = Instant::now();
            let report = migrator.run(&config, tls, &mut human).await?;
            human.report(&report, started.elapsed());
        }
        Ok(())
    });
    Ok(done?)
}
