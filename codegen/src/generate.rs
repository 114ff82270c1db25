//! The whole run, as a function: valid schemas in, files out.

use eventcore_schema_model::snapshot::{self, SnapshotError};
use thiserror::Error;

use crate::output::{OutputFile, Syntax, migrations_sum};
use crate::plan::{PlanError, plan_founding};
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
    let mut files = Vec::new();
    let mut migrations = Vec::new();
    for store in stores {
        migrations.push(store_files(store, options, &mut files)?);
    }
    files.extend(query_files::emit(options.project, stores)?);
    let with_migrations: Vec<StoreFiles<'_>> = stores
        .iter()
        .zip(&migrations)
        .map(|(store, migrations)| StoreFiles { store, migrations })
        .collect();
    files.extend(rust::emit(&with_migrations)?);
    Ok(files)
}

/// What a store's files say that they come from.
pub(crate) fn source(project: &str) -> String {
    format!("the definition of `{project}`")
}

fn store_files(
    store: &Store<'_>,
    options: GenerateOptions<'_>,
    files: &mut Vec<OutputFile>,
) -> Result<Vec<MigrationFile>, GenerateError> {
    let Store {
        schema,
        folder,
        recorded,
    } = *store;
    let source = source(options.project);
    let planned =
        plan_founding(schema, options.name, recorded).map_err(|source| GenerateError::Plan {
            store: folder.to_owned(),
            source,
        })?;
    let mut migrations = Vec::new();
    for migration in &planned {
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
            sql::whole_schema(schema, &planned)?
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
    Ok(planned
        .into_iter()
        .map(|migration| MigrationFile {
            version: migration.version,
            transactional: migration.transactional(),
            slug: migration.slug,
        })
        .collect())
}
