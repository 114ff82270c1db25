//! The command with its driver: from the command line to a run of the library, and back to what is said of it.

use std::time::{Duration, Instant};

use eventcore_migrate::{Migrator, read_folder};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use super::error::MigrateCommandError;
use super::human::Human;
use super::{MigrateCommand, Show, Target};

pub(super) fn run(
    command: &MigrateCommand,
    target: &Target<'_>,
) -> Result<(), MigrateCommandError> {
    let config = config(&target.url)?;
    let migrations =
        read_folder(&target.migrations).map_err(eventcore_migrate::MigrateError::from)?;
    let mut migrator = Migrator::new(migrations)
        .namespace(target.store.schema.namespace.as_str())
        .wait(Some(Duration::from_secs(command.wait)))
        .lock_attempts(command.lock_attempts);
    if let Some(version) = command.baseline {
        migrator = migrator.baseline(version);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(MigrateCommandError::Runtime)?;
    let mut human = Human::new(command.color);
    runtime.block_on(async {
        if let Some(Show::Status) = command.show {
            human.status(&migrator.status(&config, NoTls).await?);
        } else if command.dry_run {
            human.dry_run(&migrator.dry_run(&config, NoTls).await?);
        } else {
            let started = Instant::now();
            let report = migrator.run(&config, NoTls, &mut human).await?;
            human.report(&report, started.elapsed());
        }
        Ok(())
    })
}

fn config(url: &str) -> Result<Config, MigrateCommandError> {
    let config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        let cause = std::error::Error::source(&error);
        MigrateCommandError::Url {
            reason: cause.map_or_else(|| error.to_string(), ToString::to_string),
        }
    })?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(MigrateCommandError::Tls);
    }
    Ok(config)
}
