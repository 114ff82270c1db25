//! The whole run, as a function: valid schemas in, files out.

use eventcore_schema_model::snapshot::{self, SnapshotError};
use thiserror::Error;

use crate::history::{self, Migrations};
use crate::output::{OutputFile, Syntax, WriteOrder, migrations_sum};
use crate::plan::{EvolutionError, PlanError};
use crate::rust::{EmitError, MigrationFile, StoreFiles};
use crate::{Store, docs, query_files, rust, sql};

/// What a run is told beside the schemas.
#[derive(Clone, Copy, Debug)]
pub struct GenerateOptions<'a> {
    /// The project's name, for the headers.
    pub project: &'a str,
    /// The slug of the migrations that this run plans; without it one that is made up.
    pub name: Option<&'a str>,
}

/// Why nothing was generated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The migrations cannot be planned.
    #[error("store `{store}`: {source}")]
    Evolution {
        /// The store's folder.
        store: String,
        /// Why.
        source: EvolutionError,
    },
    /// A name was given, and no store has a migration for it.
    #[error(transparent)]
    Name(PlanError),
    /// A migration written by hand has the number of a generated one.
    #[error(
        "store `{store}`: `{first}` and `{second}` have the same number; give the one written by hand another"
    )]
    SameNumber {
        /// The store's folder.
        store: String,
        /// The first.
        first: String,
        /// The second.
        second: String,
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
    let remembered: Vec<_> = stores
        .iter()
        .map(|store| store.recorded.remembered(store.schema, store.planning))
        .collect();
    let stores = stores.iter().zip(&remembered);
    let stores: Vec<Store<'_>> = stores
        .map(|(store, schema)| Store { schema, ..*store })
        .collect();
    let mut plans = Vec::new();
    for store in &stores {
        plans.push(history::plan(store, options)?);
    }
    if let Some(name) = options.name
        && !plans.iter().any(|plan| plan.named)
    {
        let name = name.to_owned();
        return Err(GenerateError::Name(PlanError::NothingToName { name }));
    }
    let migrations: Vec<Vec<MigrationFile>> = plans.iter().map(names).collect();
    let with_migrations: Vec<StoreFiles<'_>> = stores
        .iter()
        .zip(&migrations)
        .map(|(store, migrations)| StoreFiles { store, migrations })
        .collect();
    // Neither side needs the other, and with many tables each takes long enough for a thread of its own.
    let (sql, rust) = std::thread::scope(|scope| {
        let sql = scope.spawn(|| sql_files(&stores, &plans, options.project));
        let rust = rust::emit(&with_migrations);
        (sql.join(), rust)
    });
    let mut files = sql.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    files.extend(rust?);
    Ok(files)
}

/// What the migrations as data say of a store's migrations.
fn names(migrations: &Migrations) -> Vec<MigrationFile> {
    let files = migrations.files.iter();
    files
        .map(|file| MigrationFile {
            version: file.version,
            slug: file.slug().to_owned(),
            transactional: file.transactional(),
        })
        .collect()
}

/// Everything that is not Rust.
fn sql_files(
    stores: &[Store<'_>],
    plans: &[Migrations],
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
    migrations: &Migrations,
    project: &str,
    files: &mut Vec<OutputFile>,
) -> Result<(), GenerateError> {
    let Store { schema, folder, .. } = *store;
    let source = source(project);
    for file in &migrations.files {
        let path = format!("{folder}/migrations/{}", file.line.name);
        let contents = file.contents.clone();
        files.extend(
            file.order
                .map(|order| OutputFile::recorded(path, contents).written(order)),
        );
    }
    files.push(migrations_sum(
        format!("{folder}/migrations/migrations.sum"),
        &source,
        &migrations.lines(),
    ));
    files.push(OutputFile::lockstep(
        format!("{folder}/schema.sql"),
        Syntax::Sql,
        &source,
        format!(
            "-- The whole store, as its migrations leave it.\n\n{}",
            sql::whole_schema(schema, &migrations.founding)?
        ),
    ));
    let lock = snapshot::to_text(schema, &migrations.chain(), &migrations.newest);
    let lock = lock.map_err(|source| GenerateError::Snapshot {
        store: folder.to_owned(),
        source,
    })?;
    files.push(
        OutputFile::lockstep(
            format!("{folder}/schema.lock.json"),
            Syntax::Json,
            &source,
            lock,
        )
        .written(WriteOrder::Lock),
    );
    files.push(docs::schema_md(schema, folder));
    Ok(())
}
