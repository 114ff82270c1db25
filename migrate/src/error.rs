//! Why a run ends before all is applied: each with what it was, where, and how to mend it.

use std::fmt;
use std::time::Duration;

use eventcore_codegen::plan::Condition;
use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::catalog::Drift;
use crate::failure::Failure;
use crate::folder::FolderError;
use crate::header::HeaderError;
use crate::script::ScriptError;
use crate::server::words;

/// Why a run ended early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// A folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Two migrations of one number.
    #[error(
        "`{first}` and `{second}` have one number\n  help: give one of them the next free number"
    )]
    SameVersion {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A header cannot be read.
    #[error("`{file}`, {source}\n  help: correct the line, or take it away")]
    Header {
        /// The file.
        file: String,
        /// What is wrong.
        source: HeaderError,
    },
    /// A text cannot be cut into statements.
    #[error("`{file}`, {source}")]
    Script {
        /// The file.
        file: String,
        /// What is wrong.
        source: ScriptError,
    },
    /// `\gexec` in a transaction.
    #[error(
        "`{file}` has `\\gexec`, whose statements run outside of a transaction\n  help: make `-- no-transaction` its \
         first line"
    )]
    Unmarked {
        /// The file.
        file: String,
    },
    /// Not one statement outside of a transaction.
    #[error(
        "`{file}` is marked `-- no-transaction` and has {count} statements\n  help: give each statement a file of its \
         own: what was interrupted between two of them could not be resumed"
    )]
    NotOneStatement {
        /// The file.
        file: String,
        /// How many it has.
        count: usize,
    },
    /// A transaction inside the migration's own.
    #[error(
        "`{file}`, line {line}: `{statement}` would end the transaction that the migration runs in\n  help: take it \
         away; the file and its record are one transaction"
    )]
    TransactionControl {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The statement.
        statement: String,
    },
    /// No connection.
    #[error("cannot connect to {to}: {}", words(error))]
    Connect {
        /// Host, port, database and user.
        to: String,
        /// Why not.
        error: tokio_postgres::Error,
    },
    /// A server that is older than the ones that the migrations were planned for.
    #[error(
        "`{file}` is for PostgreSQL {needed} or newer, and the server is PostgreSQL {major}: nothing is applied\n  help: \
         upgrade the server, or, where the migration is not released yet, lower `.minimum_server(...)` of the definition and \
         plan it anew"
    )]
    ServerOlderThanPlan {
        /// The first such file.
        file: String,
        /// The oldest major version that it is for.
        needed: i32,
        /// The server's.
        major: i32,
    },
    /// A server without an extension that is needed.
    #[error(
        "`{file}` needs what this server does not have: {}: nothing is applied\n  help: install the extension's package \
         on the server, or take the extension out of the definition",
        list(missing)
    )]
    NoExtension {
        /// The first such file.
        file: String,
        /// What is not available.
        missing: Vec<Condition>,
    },
    /// A server that is too old.
    #[error(
        "the server is PostgreSQL {version}; migrations need {oldest} or newer\n  help: upgrade the server"
    )]
    OldServer {
        /// Its version.
        version: String,
        /// The oldest that will do.
        oldest: i32,
    },
    /// A server that only follows another.
    #[error(
        "the server is a standby, which cannot be written to\n  help: give the URL of its primary"
    )]
    Standby,
    /// The store's namespace is not there.
    #[error(
        "the database `{database}` has no schema `{namespace}`, which the migrations create their objects in\n  help: \
         make it first: `CREATE SCHEMA {}`",
        eventcore_codegen::sql::quote_ident(namespace)
    )]
    NoNamespace {
        /// The namespace.
        namespace: String,
        /// The database.
        database: String,
    },
    /// Another run has been at it for longer than this one waits.
    #[error(
        "another run is at it: {holder}; waited {} s\n  help: run again when it has ended, or wait longer; if nobody \
         wants it, end its session: `SELECT pg_terminate_backend(pid)`", waited.as_secs()
    )]
    Busy {
        /// Who.
        holder: String,
        /// How long this one waited.
        waited: Duration,
    },
    /// The history cannot be made.
    #[error(
        "cannot create `{table}`, the table of applied migrations: {}\n  help: {}",
        words(error),
        create_history_help(error)
    )]
    CreateHistory {
        /// The table.
        table: String,
        /// Why not.
        error: tokio_postgres::Error,
    },
    /// A question or a record that failed.
    #[error("cannot {doing}: {}", words(error))]
    Server {
        /// What was being done.
        doing: String,
        /// Why not.
        error: tokio_postgres::Error,
    },
    /// The database is ahead of the files.
    #[error(
        "the database has `{file}`, which the files do not\n  help: if the database is ahead of these files, run with \
         the files of the release that applied it, or of a newer one; if `cargo xtask rebase` or `gen-sql --amend` took it out \
         of the files, begin with a new database, or take back by hand what it did and `DELETE` its row from the history; if \
         the database is of another store or layout, name that store's folder with `--store`"
    )]
    Unknown {
        /// The migration.
        file: String,
    },
    /// The database waits for a migration that the files do not have.
    #[error(
        "`{file}` was started on {started} and not finished, and the files do not have it\n  help: run with the files \
         of the release that started it, which finish it"
    )]
    UnknownUnfinished {
        /// The migration.
        file: String,
        /// When it was started.
        started: String,
    },
    /// One number, two names.
    #[error(
        "the database has applied `{applied}`, and the files have `{file}` in its place, with other statements\n  help: \
         if `cargo xtask rebase` or `gen-sql --amend` took `{applied}` out of the files after this database had run it, begin \
         with a new database, or take back by hand what it did and `DELETE` its row from the history; if `{file}` is new, \
         `cargo xtask rebase` gives it the next free number; if the database is of another store or layout, name that \
         store's folder with `--store`"
    )]
    Renamed {
        /// What was applied.
        applied: String,
        /// The file.
        file: String,
    },
    /// A file is not what was applied.
    #[error(
        "`{file}` was changed after it was applied on {applied}\n  help: restore its bytes (line ends are bytes too); \
         what is to change is a new migration; if `gen-sql --amend` changed it after this database had run it, begin with a new \
         database"
    )]
    Changed {
        /// The file.
        file: String,
        /// When it was applied.
        applied: String,
    },
    /// A file is not what was started.
    #[error(
        "`{file}` was changed after it was started on {started}, and before it was finished\n  help: restore its bytes \
         and run again; or take back by hand what it did, then `DELETE FROM {table} WHERE version = {version}`"
    )]
    ChangedUnfinished {
        /// The file.
        file: String,
        /// When it was started.
        started: String,
        /// The history.
        table: String,
        /// Its number.
        version: i64,
    },
    /// A file before one that was applied.
    #[error(
        "`{file}` is not applied, and `{newest}`, which comes after it, is\n  help: it was inserted: give it the next \
         free number"
    )]
    Inserted {
        /// The file.
        file: String,
        /// The newest that was applied.
        newest: String,
    },
    /// A transaction pooler is between the run and the server.
    #[error(
        "this is a transaction pooler: a run's lock would stay with a connection that others get next\n  help: give the \
         server's own address, or a port of the pooler in session mode"
    )]
    Pooler,
    /// A database that is not as a baseline says.
    #[error(
        "the database is not as the migrations up to `{file}` leave one:\n{}  help: where nothing of them exists, run \
         without `--baseline`, which applies them; where some exist, give the newest version that is there as a whole; \
         where the objects are of another store or layout, name its folder with `--store`; `--unverified` records \
         them all the same",
        differences.iter().map(ToString::to_string).collect::<String>()
    )]
    BaselineDiffers {
        /// The newest file of the baseline.
        file: String,
        /// What the database lacks (`-`) and has instead (`+`).
        differences: Vec<Drift>,
    },
    /// A baseline that cannot be compared.
    #[error(
        "cannot verify that the database is as the migrations up to `{file}` leave one: {reason}\n  help: a baseline is \
         verified in a throw-away database on the same server: connect as a role with CREATEDB; if you know that every \
         object exists and matches, `--unverified` records them without looking"
    )]
    BaselineUnverified {
        /// The newest file of the baseline.
        file: String,
        /// Why not.
        reason: String,
    },
    /// `baseline` names no migration.
    #[error(
        "there is no migration {version} to take as the baseline; the files have {}",
        list(files)
    )]
    NoBaseline {
        /// The version.
        version: u32,
        /// What there is.
        files: Vec<String>,
    },
    /// `skip` names what does not come next.
    #[error(
        "cannot skip {version}: {}\n  help: only what a run would start with can be skipped, each after the one before it",
        match next {
            Some(file) => format!("what comes next is `{file}`"),
            None => "nothing is pending there".to_owned(),
        }
    )]
    NotNext {
        /// The version.
        version: u32,
        /// What comes next in its place.
        next: Option<String>,
    },
    /// Something that must hold before does not.
    #[error(
        "`{file}` cannot start; this does not hold: {}\n  help: the database is not as the migrations before it left \
         it; make it so, or find who changed it, and run again; if another tool has run this file, `--baseline` with its number \
         records it; if a migration that was skipped would have done that, `--skip` \
         this one too, and do by hand what else is in it",
        list(missing)
    )]
    Needs {
        /// The file.
        file: String,
        /// What does not hold.
        missing: Vec<Condition>,
    },
    /// Everything ran, and yet something is missing.
    #[error(
        "`{file}` ran, and yet this does not hold: {}\n  {}", list(missing),
        if *rolled_back {
            "help: it was rolled back; its text does not do what its header says"
        } else {
            "help: it is recorded as started; run again, which clears away what it left and runs it once more"
        }
    )]
    NotDone {
        /// The file.
        file: String,
        /// What does not hold.
        missing: Vec<Condition>,
        /// Whether nothing of it is left.
        rolled_back: bool,
    },
    /// A statement failed.
    #[error(transparent)]
    Failed(#[from] Box<Failure>),
}

impl MigrateError {
    /// For `map_err`: what was being asked.
    pub(crate) fn asking(what: &str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        Self::doing(format!("ask {what}"))
    }

    /// For `map_err`: what was being done.
    pub(crate) fn doing(doing: impl Into<String>) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let doing = doing.into();
        move |error| Self::Server { doing, error }
    }
}

fn create_history_help(error: &tokio_postgres::Error) -> &'static str {
    match error.code() {
        Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "the owner of the store applies migrations; connect as a user that may create tables there"
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            "the session's statement_timeout is too short, or somebody cancelled the statement; run again, with a longer \
             one (`ALTER ROLE ... SET statement_timeout`)"
        }
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
            "another transaction holds a lock on that name; end it, and run again"
        }
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            "the session is read-only; set `default_transaction_read_only` to off for this role and database, or connect \
             to the primary"
        }
        Some(_) => "correct the cause that the server names, and run again",
        None => "run again when the server can be reached",
    }
}

pub(crate) fn list<T: fmt::Display>(items: &[T]) -> String {
    let texts: Vec<_> = items.iter().map(T::to_string).collect();
    texts.join(", ")
}
