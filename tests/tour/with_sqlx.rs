//! Applies the migrations with sqlx, which reads the folder as it is.

use std::path::Path;

use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};

pub async fn migrate(connection: &mut PgConnection, folder: &Path) -> Result<(), MigrateError> {
    Migrator::new(folder).await?.run(connection).await
}
