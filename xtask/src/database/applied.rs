//! Which of a folder's migrations a database has run.

use std::path::Path;

use eventcore_migrate::{MigrateError, Migrator, State, read_folder};

use super::{Database, DatabaseError, runtime};

/// The names of the files that were run there, or begun.
pub(crate) fn applied(
    url: &str,
    namespace: &str,
    folder: &Path,
) -> Result<Vec<String>, DatabaseError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let Database { config, tls } = Database::of(url)?;
    let migrations = read_folder(folder).map_err(MigrateError::from)?;
    let migrator = Migrator::new(migrations).namespace(namespace);
    let status = runtime()?.block_on(migrator.status(&config, tls))?;
    Ok(status
        .rows
        .into_iter()
        .filter(|row| row.state != State::Pending)
        .map(|row| format!("{:03}_{}.sql", row.version, row.name))
        .collect())
}
