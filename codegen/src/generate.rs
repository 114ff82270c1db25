//! The whole run, as a function: valid schemas in, files out.

use eventcore_schema_model::snapshot::{self, SnapshotError};
use thiserror::Error;

use crate::output::{OutputFile, Syntax, migrations_sum};
use crate::plan::{PlanError, PlannedMigration, plan_founding};
use crate::rust::{EmitError, MigrationFile, StoreFiles};
use crate::{Store, docs, query_files, rust, sql};

/// What a run is told beside the schemas.
#[derive(Clone, Copy, Debug)]
pub struct GenerateOptions<'a> {
    /// The project's name, for the headers.
    pub project: &'a str,
    /// The slug of the migration that creates what no listed migration creates; without it the recorded one, or one
    /// that is made up.
    pub name: Option<&'a str>,
}

/// Why nothing was generated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The migrations cannot be planned.
    #[error("store `{store}`: {source}")]
    Plan {
        /// The store's folder.
        store: String,
        /// Why.
        source: PlanError,
    },
    /// The schema snapshot cannot be written.
    #[error("store `{store}`: {source}")]
    Snapshot {
        /// The store's folder.
        store: String,
        /// Why.
        source: SnapshotError,
    },
    /// A template cannot be rendered.
    #[error(transparent)]
    Render(#[from] sql::RenderError),
    /// The schemas cannot share one Rust crate.
    #[error(transparent)]
    Rust(#[from] EmitError),
}

/// All generated files, with paths below the output folder.
///
/// # Errors
/// When the schemas do not fit together; the error says how to mend them. No file is given then.
pub fn generate(
    stores: &[Store<'_>],
    options: GenerateOptions<'_>,
) -> Result<Vec<OutputFile>, GenerateError> {
    let mut plans = Vec::new();
    for store in stores {
        let planned = plan_founding(store.schema, options.name, store.recorded);
        plans.push(planned.map_err(|source| GenerateError::Plan {
            store: store.folder.to_owned(),
            source,
        })?);
    }
    let migrations: Vec<Vec<MigrationFile>> = plans.iter().map(|plan| names(plan)).collect();
    let with_migrations: Vec<StoreFiles<'_>> = stores
        .iter()
        .zip(&migrations)
        .map(|(store, migrations)| StoreFiles { store, migrations })
        .collect();
    // Neither side needs the other, and with many tables each takes long enough for a thread of its own.
    let (sql, rust) = std::thread::scope(|scope| {
        let sql = scope.spawn(|| sql_files(stores, &plans, options.project));
        let rust = rust::emit(&with_migrations);
        (sql.join(), rust)
    });
    let mut files = sql.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    files.extend(rust?);
    Ok(files)
}

/// The files' names of a plan.
fn names(plan: &[PlannedMigration]) -> Vec<MigrationFile> {
    plan.iter()
        .map(|migration| MigrationFile {
            version: migration.version,
            slug: migration.slug.clone(),
            transactional: migration.transactional(),
        })
        .collect()
}

/// Everything that is not Rust.
fn sql_files(
    stores: &[Store<'_>],
    plans: &[Vec<PlannedMigration>],
    project: &str,
) -> Result<Vec<OutputFile>, GenerateError> {
    let mut files = Vec::new();
    for (store, plan) in stores.iter().zip(plans) {
        store_files(store, plan, project, &mut files)?;
    }
    files.extend(query_files::emit(project, stores)?);
    Ok(files)
}

/// What a store's files say that they come from.
pub(crate) fn source(project: &str) -> String {
    format!("the definition of `{project}`")
}

fn store_files(
    store: &Store<'_>,
    planned: &[PlannedMigration],
    project: &str,
    files: &mut Vec<OutputFile>,
) -> Result<(), GenerateError> {
    let Store { schema, folder, .. } = *store;
    let source = source(project);
    let mut migrations = Vec::new();
    for migration in planned {
        migrations.push(OutputFile::frozen(
            format!("{folder}/migrations/{}.sql", migration.file_stem()),
            &source,
            sql::migration(schema, migration)?,
        ));
    }
    files.push(migrations_sum(
        &format!("{folder}/migrations"),
        &source,
        &migrations,
    ));
    files.extend(migrations);
    files.push(OutputFile::lockstep(
        format!("{folder}/schema.sql"),
        Syntax::Sql,
        &source,
        format!(
            "-- The whole store, as its migrations leave it.\n\n{}",
            sql::whole_schema(schema, planned)?
        ),
    ));
    let lock = snapshot::to_text(schema).map_err(|source| GenerateError::Snapshot {
        store: folder.to_owned(),
        source,
    })?;
    files.push(OutputFile::lockstep(
        format!("{folder}/schema.lock.json"),
        Syntax::Json,
        &source,
        lock,
    ));
    files.push(docs::schema_md(schema, folder));
    Ok(())
}
