//! By hand, with psql: file by file, each in one transaction, from one session, and once more.

use std::path::Path;

use eventcore_tests::{TestDatabase, catalog};
use tempfile::TempDir;

use super::{STORES, Store, append, stored};

/// The ways in which people apply the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `psql -f 001… && psql -f 002…`
    File,
    /// `psql -1 -f …`
    SingleTransaction,
    /// `\i` of each, from one session.
    OneSession,
}

fn apply(db: &TestDatabase, store: &Store, way: Way) {
    if way == Way::OneSession {
        let folder = TempDir::new().unwrap();
        let script = folder.path().join("all.sql");
        let lines = store
            .migrations()
            .map(|path| format!("\\i {}\n", path.display()));
        write(&script, &lines.collect::<String>());
        db.psql_file(&script, false).succeeds();
        return;
    }
    for path in store.migrations() {
        db.psql_file(path, way == Way::SingleTransaction).succeeds();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a script for psql, in a temporary folder"
)]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Number of the line on which the statement that creates a file's first object ends.
fn end_of_first_statement(text: &str) -> usize {
    let mut in_body = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("--") && !in_body {
            continue;
        }
        if line.matches("$function$").count() % 2 == 1 {
            in_body = !in_body;
        }
        let sets = line.starts_with("SET ") || line.starts_with("SELECT pg_catalog.set_config(");
        if line.ends_with(';') && !in_body && !sets {
            return number + 1;
        }
    }
    panic!("no statement in:\n{text}");
}

async fn runs(way: Way) {
    for store in &STORES {
        let db = TestDatabase::create().await;
        apply(&db, store, way);
        let client = db.connect().await;
        append(&client, "public", "jsonb", "order-1", 0).await;
        append(&client, "public", "jsonb", "order-1", 1).await;
        let (catalog, events) = (
            catalog::describe(&client, &[]).await,
            stored(&client, "public").await,
        );
        assert_eq!(events.len(), 2);

        for path in store.migrations() {
            let text = std::fs::read_to_string(&path).unwrap();
            let errors = db.psql_file(&path, way == Way::SingleTransaction).fails();
            let errors: Vec<&str> = errors
                .lines()
                .filter(|line| line.contains("ERROR:"))
                .collect();
            let place = format!(
                "{}:{}: ERROR:",
                path.file_name().unwrap().to_str().unwrap(),
                end_of_first_statement(&text)
            );
            assert!(
                errors.len() == 1
                    && errors[0].contains(&place)
                    && errors[0].contains("already exists"),
                "expected the first statement to fail at {place}, got {errors:?}"
            );
            // Who lets psql go on after errors changes nothing either.
            let mut arguments = vec!["--set=ON_ERROR_STOP=0", "-f", path.to_str().unwrap()];
            if way == Way::SingleTransaction {
                arguments.push("-1");
            }
            let output = db.psql(arguments);
            assert!(output.stderr.contains(&place), "{}", output.stderr);

            catalog::assert_same(&catalog, &catalog::describe(&client, &[]).await);
            assert_eq!(stored(&client, "public").await, events);
        }
        append(&client, "public", "jsonb", "order-1", 2).await;
    }
}

#[tokio::test]
async fn each_file_runs_once_by_psql_and_changes_nothing_twice() {
    runs(Way::File).await;
}

#[tokio::test]
async fn each_file_runs_once_in_one_transaction_and_changes_nothing_twice() {
    runs(Way::SingleTransaction).await;
}

#[tokio::test]
async fn all_files_run_once_from_one_session_and_change_nothing_twice() {
    runs(Way::OneSession).await;
}

/// A table of that name that is not ours stops the run, and is left as it was.
#[tokio::test]
async fn a_strangers_table_is_not_taken_for_ours() {
    for store in &STORES {
        let db = TestDatabase::create().await;
        let client = db.connect().await;
        super::run(
            &client,
            "CREATE TABLE event_streams (theirs text); INSERT INTO event_streams VALUES ('kept')",
        )
        .await;
        let before = catalog::describe(&client, &[]).await;
        let errors = db
            .psql_file(store.migrations().next().unwrap(), true)
            .fails();
        assert!(
            errors.contains("relation \"event_streams\" already exists"),
            "{errors}"
        );
        catalog::assert_same(&before, &catalog::describe(&client, &[]).await);
        let row = client
            .query_one("SELECT theirs FROM event_streams", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), "kept");
    }
}
