//! Emits the Rust side of a schema: rows, query functions, layouts, columns, migrations as data, and the
//! support files that do not depend on the schema. Knows the model and the rendered query text, no driver.

mod columns;
mod distinct;
mod layout;
mod merge;
mod migrations;
mod names;
mod parallel;
mod queries;
mod rows;
mod source;
mod support;
mod types;

use thiserror::Error;

use crate::Store;
use crate::output::OutputFile;
use crate::sql::RenderError;
use merge::Merged;
use parallel::Job;

/// A migration file of a store, as the plan numbered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationFile {
    /// Its number.
    pub version: u32,
    /// The words of its file name.
    pub slug: String,
    /// Whether it runs in a transaction.
    pub transactional: bool,
}

/// A store and its migration files.
#[derive(Clone, Copy)]
pub struct StoreFiles<'a> {
    /// The store.
    pub store: &'a Store<'a>,
    /// Its migrations, in order.
    pub migrations: &'a [MigrationFile],
}

/// Why the definitions cannot share one Rust crate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EmitError {
    /// No store to emit for.
    #[error("there is no store; give at least one definition")]
    NoStore,
    /// Two names that become one Rust name.
    #[error("`{first}` ({kind}) and `{second}` both become `{rust}` in Rust; rename one")]
    SameRustName {
        /// What is named so.
        kind: &'static str,
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// The Rust name of both.
        rust: String,
    },
    /// Names of a relation's columns that Rust cannot keep apart or cannot have.
    #[error("relation `{relation}`: {error}")]
    Relation {
        /// The relation, with its PostgreSQL schema.
        relation: String,
        /// What is wrong there.
        error: Box<EmitError>,
    },
    /// A name without a letter or digit that Rust could use.
    #[error("{kind} `{name}` cannot be a Rust name; use letters, digits and `_`, a letter first")]
    NoRustName {
        /// What is named so.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A query module named as one of the files that every crate has.
    #[error(
        "query `{query}` is in module `{module}`, which the generated crate has already; choose another name"
    )]
    ReservedModule {
        /// The query.
        query: String,
        /// The module.
        module: String,
    },
    /// A row or query named as a type that every crate has.
    #[error(
        "{kind} `{name}` is named as a type that the generated crate has already; choose another name"
    )]
    ReservedType {
        /// What is named so.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Rows of one name with different columns.
    #[error(
        "row `{row}` has other columns in query `{second}` than in query `{first}`; give one of them another row name"
    )]
    RowConflict {
        /// The row.
        row: String,
        /// The first query.
        first: String,
        /// The second query.
        second: String,
    },
    /// Queries of one name whose parameters, rows or cardinality differ between stores.
    #[error(
        "query `{query}` has another {what} in store `{second}` than in store `{first}`; make them the same, or give it another name in one of them"
    )]
    QueryConflict {
        /// The query.
        query: String,
        /// What differs.
        what: &'static str,
        /// The first store.
        first: String,
        /// The second store.
        second: String,
    },
    /// Stores whose events are appended by other functions.
    #[error(
        "stores `{first}` and `{second}` are two event stores, and a generated crate has one: stores of one project are layouts of the same \
         store, in one PostgreSQL schema; give the other a project and an output folder of its own"
    )]
    OtherStore {
        /// The first store.
        first: String,
        /// The second store.
        second: String,
    },
    /// A column whose type differs between stores.
    #[error("column `{column}` is {first}, and {second}; make them the same")]
    ColumnConflict {
        /// The column, after its table or view.
        column: String,
        /// Its type in the first store.
        first: String,
        /// Its type in the second store.
        second: String,
    },
    /// A query that returns rows without saying which.
    #[error("query `{query}` returns rows but names none; give it a row")]
    NoRow {
        /// The query.
        query: String,
    },
    /// A utility command with parameters.
    #[error(
        "query `{query}` runs outside a transaction, so it is a utility command, and PostgreSQL takes no parameters there; remove them"
    )]
    UtilityParams {
        /// The query.
        query: String,
    },
    /// The text of a query cannot be rendered.
    #[error(transparent)]
    QueryText(#[from] RenderError),
    /// Emitted tokens that are no Rust: a defect of the emitter, reported instead of a panic.
    #[error(
        "the emitted file `{path}` is not Rust ({reason}); this is a defect of the emitter, please report it"
    )]
    NotRust {
        /// The file.
        path: String,
        /// What the parser says.
        reason: String,
    },
}

/// The files below `generated/` that hold Rust, in path order.
///
/// # Errors
/// When the definitions cannot share one crate; the error says how to mend them.
pub fn emit(stores: &[StoreFiles<'_>]) -> Result<Vec<OutputFile>, EmitError> {
    let merged = Merged::of(stores)?;
    let merged = &merged;
    let columns = columns::emit(merged)?;
    let mut jobs: Vec<Job<'_, Result<OutputFile, EmitError>>> = vec![
        Box::new(|| layout::emit(merged)),
        Box::new(|| migrations::emit(merged, stores)),
        Box::new(|| rows::emit(merged)),
    ];
    for module in merged.modules() {
        jobs.push(Box::new(move || queries::emit(merged, module)));
    }
    let files = parallel::all(jobs).into_iter();
    let mut files = files.collect::<Result<Vec<_>, _>>()?;
    files.push(columns);
    files.extend(support::files(merged));
    files.push(queries::emit_modules(merged, &files)?);
    files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(files)
}
