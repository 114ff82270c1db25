//! A migration whose statement failed: what the server said, what is left, and what to do.

use std::fmt;

use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::error::list;
use crate::server::words;
use crate::watcher::Blocker;

/// A migration whose statement failed.
#[derive(Debug, Error)]
pub struct Failure {
    /// The file.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The statement, when the migration runs statement by statement.
    pub statement: Option<String>,
    /// What the server said.
    pub error: tokio_postgres::Error,
    /// How many attempts were made.
    pub attempts: u32,
    /// What the last attempt waited for, when that was seen.
    pub blockers: Vec<Blocker>,
    /// What is left of the migration.
    pub left: Left,
    /// Whether the history was empty.
    pub first: bool,
    /// Whether the migration only creates objects: rows are not the cause.
    pub only_creates: bool,
    /// Whether the migration only adds columns: no stored value can be the cause, though a row without one can.
    pub only_adds_columns: bool,
}

/// What a failed migration left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// What the next run clears away or goes on from.
    Unfinished,
    /// That is not known: the connection is gone.
    Unknown,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line}")?;
        }
        write!(formatter, ": {}", words(&self.error))?;
        if let Some(statement) = &self.statement {
            write!(formatter, "\n  statement: {statement}")?;
        }
        if self.attempts > 1 {
            write!(formatter, "\n  after {} attempts", self.attempts)?;
        }
        if !self.blockers.is_empty() {
            write!(formatter, "\n  it waited for {}", list(&self.blockers))?;
        }
        let left = match self.left {
            Left::Nothing => "nothing of it is left in the database",
            Left::Unfinished => {
                "it is recorded as started; the next run clears away what it left and runs it again"
            }
            Left::Unknown => {
                "the connection is gone; the next run finds out what is left and takes it up there"
            }
        };
        write!(formatter, "\n  state: {left}\n  help: {}", self.help())
    }
}

impl Failure {
    fn help(&self) -> String {
        let Some(code) = self.error.code().filter(|_| self.left != Left::Unknown) else {
            return "run again when the server can be reached".to_owned();
        };
        let already = [
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_FUNCTION,
            SqlState::DUPLICATE_OBJECT,
        ];
        let help = match code {
            _ if self.first && already.contains(code) => {
                "the history is empty: if psql or another runner made these objects, record what it applied: \
                 `--baseline VERSION`, the newest of these migrations; a stranger's object has to go elsewhere"
            }
            _ if *code == SqlState::QUERY_CANCELED => {
                "its statement_timeout is over, or somebody cancelled it; run again at a quieter time. A header sets it \
                 with `-- Timeouts:`; without that the server's setting stands (`ALTER ROLE ... SET statement_timeout`)"
            }
            _ if *code == SqlState::LOCK_NOT_AVAILABLE => {
                "other transactions hold the lock for too long; end them, or run again at a quieter time or with more \
                 attempts"
            }
            _ if *code == SqlState::T_R_DEADLOCK_DETECTED
                || *code == SqlState::T_R_SERIALIZATION_FAILURE =>
            {
                "other transactions get in the way each time; run again at a quieter time or with more attempts"
            }
            _ if *code == SqlState::ACTIVE_SQL_TRANSACTION => {
                "the statement cannot run in a transaction; make `-- no-transaction` the first line, and it the only \
                 statement"
            }
            _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                "migrations are applied by the owner of the store's objects; connect as that user"
            }
            _ if *code == SqlState::UNTRANSLATABLE_CHARACTER => {
                "the encoding of the database lacks a character of the migration: create the database with \
                 `ENCODING 'UTF8'`, or take the character out of the definition and run `cargo xtask gen-sql --amend`"
            }
            _ if self.is_of_sequence(code) => {
                "the sequence has gone past its new limits: choose limits that hold its last value, and run `cargo xtask \
                 gen-sql --amend`"
            }
            // The server points at a value in the text; it points nowhere where a row is the cause.
            _ if is_of_rows(code)
                && (self.only_creates
                    || self.first
                    || [
                        SqlState::INVALID_PARAMETER_VALUE,
                        SqlState::INVALID_REGULAR_EXPRESSION,
                    ]
                    .contains(code)
                    || self.only_adds_columns && code.code().starts_with("22")
                    || self
                        .error
                        .as_db_error()
                        .is_some_and(|error| error.position().is_some())) =>
            {
                "a value in the migration itself is not valid, whatever the rows are: correct it in the definition, and \
                 plan the migration again with `cargo xtask gen-sql --amend`"
            }
            _ if is_of_rows(code) => return self.rows_do_not_fit(),
            _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
                "the session is read-only; set `default_transaction_read_only` to off for this role and database, or \
                 connect to the primary"
            }
            _ if *code == SqlState::UNDEFINED_FUNCTION => {
                "a text of the definition calls a function, or uses an operator, that does not exist for these types: correct \
                 the text where a column has another type now, or name the PostgreSQL schema of the function, and run `cargo \
                 xtask gen-sql --amend`"
            }
            _ if *code == SqlState::UNDEFINED_OBJECT => {
                "the migration names an object that does not exist: create roles, collations and tablespaces first, \
                 migrations do not; restore an object of the store that was dropped by hand; correct a name that is wrong in \
                 the definition, and run `cargo xtask gen-sql --amend`"
            }
            _ if [SqlState::UNDEFINED_COLUMN, SqlState::UNDEFINED_TABLE].contains(code) => {
                "the migration names an object that does not exist: if psql or another runner has applied the migration, record that with \
                 `--baseline`, which compares it first; if the object was dropped by hand, restore it and run again; if a text of the \
                 definition has an old name, correct it and run `cargo xtask gen-sql --amend`"
            }
            _ if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST => {
                "the server names what rests on it: drop it first if the definition does not have it; otherwise give it up in \
                 the definition, run `cargo xtask gen-sql --amend`, and add it again in the next migration"
            }
            _ if already.contains(code) => {
                "an object has this name that these migrations did not create: rename it, and run again; if it is the very object, made by \
                 hand or by another runner, record it with `--baseline`, which compares it first"
            }
            _ if *code == SqlState::OUT_OF_MEMORY => {
                "raise `max_locks_per_transaction` of the server if its log says so, and run again"
            }
            _ if *code == SqlState::DISK_FULL => "make room on the server's disk, and run again",
            _ if code.code().starts_with("42") => {
                "the server does not accept the statement: correct the text in the definition, and run `cargo xtask gen-sql \
                 --amend`"
            }
            _ => "correct the cause that the server names, and run again",
        };
        help.to_owned()
    }

    /// Whether limits of a sequence do not go together.
    fn is_of_sequence(&self, code: &SqlState) -> bool {
        let error = self.error.as_db_error();
        // Limits of a definition, by what checks them in the server, and of a value that is set, by the name of the function.
        error.is_some_and(|it| {
            let of_definition = it.routine() == Some("init_params");
            let of_value = it.message().starts_with("setval");
            *code == SqlState::INVALID_PARAMETER_VALUE && of_definition
                || *code == SqlState::NUMERIC_VALUE_OUT_OF_RANGE && of_value
        })
    }

    fn rows_do_not_fit(&self) -> String {
        let number = self.file.split('_').next().unwrap_or_default();
        format!(
            "rows that are there do not fit: mend them and run again; where they are to stay as they are, `--skip {number}` \
             records it as applied without running it, and the next migration takes back what it was for"
        )
    }
}

/// Whether an error is about rows: an integrity constraint, a value that cannot be converted, or one that is too long for an
/// index.
fn is_of_rows(code: &SqlState) -> bool {
    *code == SqlState::PROGRAM_LIMIT_EXCEEDED
        || ["22", "23"]
            .iter()
            .any(|class| code.code().starts_with(class))
}
