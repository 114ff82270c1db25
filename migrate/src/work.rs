//! A migration made ready to run: its header read, its statements found, its kind known. Everything that can be refused
//! without a server is refused here.

use crate::error::MigrateError;
use crate::header::{self, Header};
use crate::migration::Migration;
use crate::script::{Part, all_words, first_words, split};

/// How a migration is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In one transaction.
    Transaction,
    /// One statement, outside of any transaction.
    Outside,
    /// Statements that queries over the catalog return, each outside of any transaction.
    Expanded,
}

/// A migration made ready to run.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) file: String,
    pub(crate) checksum: String,
    /// The hash of its statements, without comments and white space.
    pub(crate) content: String,
    pub(crate) kind: Kind,
    pub(crate) header: Header,
    pub(crate) parts: Vec<Part>,
}

impl<'a> Work<'a> {
    /// Reads a migration.
    pub(crate) fn read(migration: &'a Migration) -> Result<Self, MigrateError> {
        let file = migration.file_name();
        let text = migration.sql.as_ref();
        let header = header::parse(text).map_err(|source| MigrateError::Header {
            file: file.clone(),
            source,
        })?;
        let parts = split(text).map_err(|source| MigrateError::Script {
            file: file.clone(),
            source,
        })?;
        let expands = parts.iter().any(|part| part.expand);
        let kind = match (header.no_transaction, expands) {
            (false, false) => Kind::Transaction,
            (true, false) => Kind::Outside,
            (true, true) => Kind::Expanded,
            (false, true) => return Err(MigrateError::Unmarked { file }),
        };
        if kind == Kind::Outside && parts.len() != 1 {
            return Err(MigrateError::NotOneStatement {
                file,
                count: parts.len(),
            });
        }
        if kind == Kind::Transaction
            && let Some(part) = parts.iter().find(|part| ends_transaction(&part.sql))
        {
            return Err(MigrateError::TransactionControl {
                file,
                line: part.line,
                statement: first_line(&part.sql),
            });
        }
        Ok(Self {
            checksum: migration.checksum(),
            content: eventcore_codegen::output::tokens_hash(text),
            migration,
            file,
            kind,
            header,
            parts,
        })
    }

    /// Whether it only creates objects, so that no row of a table can be the cause of a failure.
    pub(crate) fn only_creates(&self) -> bool {
        self.parts.iter().all(|part| {
            let words = first_words(&part.sql, 4);
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            part.only_sets()
                || match words.as_slice() {
                    ["create", "materialized" | "unique" | "index", ..] => false,
                    ["create", "table", rest @ ..] => !rest.contains(&"as"),
                    ["create" | "comment" | "grant" | "revoke", ..] => true,
                    _ => false,
                }
        })
    }

    /// Whether it only adds columns, whose defaults the server computes from no row.
    pub(crate) fn only_adds_columns(&self) -> bool {
        const OTHERS: [&str; 6] = [
            "alter",
            "constraint",
            "generated",
            "using",
            "validate",
            "attach",
        ];
        self.parts.iter().all(|part| {
            let words = all_words(&part.sql);
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            part.only_sets()
                || match words.as_slice() {
                    ["alter", "table", rest @ ..] => {
                        rest.contains(&"column") && !OTHERS.iter().any(|it| rest.contains(it))
                    }
                    ["comment", ..] => true,
                    _ => false,
                }
        })
    }

    /// Its number as the history has it.
    pub(crate) fn version(&self) -> i64 {
        i64::from(self.migration.version)
    }
}

/// Whether a statement begins or ends a transaction. Savepoints do not.
fn ends_transaction(sql: &str) -> bool {
    let words = first_words(sql, 3);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["rollback", "to", ..] | ["rollback", "work" | "transaction", "to", ..] => false,
        ["begin" | "commit" | "end" | "abort" | "rollback", ..]
        | ["start" | "prepare", "transaction", ..] => true,
        _ => false,
    }
}

/// A statement's first line, and whether there is more.
pub(crate) fn first_line(sql: &str) -> String {
    match sql.trim().split_once('\n') {
        Some((first, _)) => format!("{} ...", first.trim_end()),
        None => sql.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Work};
    use crate::migration::Migration;

    #[track_caller]
    fn check(sql: &'static str, expected: Result<Kind, &str>) {
        let migration = Migration::new(7, "x", sql);
        let found = Work::read(&migration).map(|work| work.kind);
        assert_eq!(
            found.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned),
            "{sql}"
        );
    }

    #[test]
    fn three_kinds_of_migrations() {
        check(
            "CREATE TABLE t (a int); CREATE INDEX i ON t (a);",
            Ok(Kind::Transaction),
        );
        check(
            "SAVEPOINT a; ROLLBACK TO a; PREPARE q AS SELECT 1;",
            Ok(Kind::Transaction),
        );
        check("-- no-transaction\nVACUUM t;\n", Ok(Kind::Outside));
        check(
            "-- no-transaction\nSELECT 1;\nSELECT 'VACUUM' \\gexec\n",
            Ok(Kind::Expanded),
        );
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        check(
            "SELECT 'VACUUM'\n\\gexec\n",
            Err(
                "`007_x.sql` has `\\gexec`, whose statements run outside of a transaction\n  help: make \
                 `-- no-transaction` its first line",
            ),
        );
        check(
            "-- no-transaction\nSELECT 1; SELECT 2;",
            Err(
                "`007_x.sql` is marked `-- no-transaction` and has 2 statements\n  help: give each statement a file \
                 of its own: what was interrupted between two of them could not be resumed",
            ),
        );
        check(
            "CREATE TABLE t ();\nCOMMIT;",
            Err(
                "`007_x.sql`, line 2: `COMMIT` would end the transaction that the migration runs in\n  help: take it \
                 away; the file and its record are one transaction",
            ),
        );
    }
}
