//! Databases and folders that tell two stories: each is refused with the file's name and the remedy, and nothing is
//! changed.

use eventcore_migrate::{MigrateError, Migration, read_folder};
use eventcore_tests::TestDatabase;

use crate::fixture::{Files, described, failure, history, run_sql};

const A: &str = "CREATE TABLE a ();\n";
const B: &str = "CREATE TABLE b ();\n";
const D: &str = "CREATE TABLE d ();\n";

/// 1, 2 and 4 are applied; then the files change, and the next run says this.
async fn check(change: impl FnOnce(&Files), expected: &str) {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_a.sql", A), ("002_b.sql", B), ("004_d.sql", D)]);
    files.applies(&db).await;
    let client = db.connect().await;
    let before = (described(&client).await, history(&client).await);
    files.put("005_e.sql", "CREATE TABLE e ();\n");
    change(&files);
    let error = files.refuses(&db).await;
    let error = without_time(&error);
    assert_eq!(error, expected);
    assert_eq!((described(&client).await, history(&client).await), before);
}

/// `2026-01-31 12:30:59 UTC` as `TIME`.
fn without_time(text: &str) -> String {
    match text.find(" UTC").filter(|end| *end >= 19) {
        Some(end) => format!("{}TIME{}", &text[..end - 19], &text[end + 4..]),
        None => text.to_owned(),
    }
}

#[tokio::test]
async fn an_extension_that_the_server_does_not_have_is_named_before_anything_is_done() {
    let db = TestDatabase::create().await;
    let need =
        "--\n-- Needs: extension no_such_thing is available\nCREATE EXTENSION no_such_thing;\n";
    let files = Files::new(&[("001_a.sql", A), ("002_b.sql", need)]);
    let error = files.refuses(&db).await;
    assert_eq!(
        error,
        "`002_b.sql` needs what this server does not have: extension no_such_thing is available: nothing is applied\n  \
         help: install the extension's package on the server, or take the extension out of the definition"
    );
    assert!(
        !described(&db.connect().await)
            .await
            .contains("relation public.a ")
    );
}

#[tokio::test]
async fn a_file_that_changed_after_it_was_applied() {
    check(
        |files| files.put("002_b.sql", "CREATE TABLE b (a int);\n"),
        "`002_b.sql` was changed after it was applied on TIME\n  help: restore its bytes (line ends are bytes too); \
         what is to change is a new migration; if `gen-sql --amend` changed it after this database had run it, begin with a new \
         database",
    )
    .await;
}

#[tokio::test]
async fn a_file_that_is_gone() {
    check(
        |files| files.remove("004_d.sql"),
        "the database has `004_d.sql`, which the files do not\n  help: if the database is ahead of these files, run with \
         the files of the release that applied it, or of a newer one; if `cargo xtask rebase` or `gen-sql --amend` took it out \
         of the files, begin with a new database, or take back by hand what it did and `DELETE` its row from the history; if \
         the database is of another store or layout, name that store's folder with `--store`",
    )
    .await;
}

#[tokio::test]
async fn a_file_that_another_one_replaced() {
    check(
        |files| {
            files.remove("002_b.sql");
            files.put("002_bee.sql", "CREATE TABLE bee ();\n");
        },
        "the database has applied `002_b.sql`, and the files have `002_bee.sql` in its place, with other statements\n  \
         help: if `cargo xtask rebase` or `gen-sql --amend` took `002_b.sql` out of the files after this database had run \
         it, begin with a new database, or take back by hand what it did and `DELETE` its row from the history; if \
         `002_bee.sql` is new, `cargo xtask rebase` gives it the next free number; if the database is of another store or \
         layout, name that store's folder with `--store`",
    )
    .await;
}

#[tokio::test]
async fn a_file_that_was_inserted() {
    check(
        |files| files.put("003_c.sql", "CREATE TABLE c ();\n"),
        "`003_c.sql` is not applied, and `004_d.sql`, which comes after it, is\n  help: it was inserted: give it the \
         next free number",
    )
    .await;
}

#[tokio::test]
async fn an_unfinished_migration_that_is_gone_or_changed() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_a.sql", A),
        ("002_b.sql", "-- no-transaction\nVACUUM a;\n"),
    ]);
    files.applies(&db).await;
    let client = db.connect().await;
    run_sql(
        &client,
        "UPDATE eventcore_migrations SET finished_at = NULL WHERE version = 2",
    )
    .await;
    files.put("002_b.sql", "-- no-transaction\nANALYZE a;\n");
    let error = files.refuses(&db).await;
    assert!(
        error.starts_with("`002_b.sql` was changed after it was started on "),
        "{error}"
    );
    assert!(
        error.contains("`DELETE FROM public.eventcore_migrations WHERE version = 2`"),
        "{error}"
    );
    files.remove("002_b.sql");
    let error = files.refuses(&db).await;
    assert!(
        error.contains("and not finished, and the files do not have it"),
        "{error}"
    );
    run_sql(
        &client,
        "DELETE FROM eventcore_migrations WHERE version = 2",
    )
    .await;
    assert_eq!(files.applies(&db).await.0.before, 1);
}

#[tokio::test]
async fn what_must_hold_before_and_does_not() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_a.sql", A),
        (
            "002_b.sql",
            "-- Needs: table public.a is there\n-- Needs: table public.nowhere is there\n\nCREATE TABLE b ();\n",
        ),
    ]);
    let error = files.refuses(&db).await;
    assert_eq!(
        error,
        "`002_b.sql` cannot start; this does not hold: table public.nowhere is there\n  help: the database is not as \
         the migrations before it left it; make it so, or find who changed it, and run again; if another tool has run this file, `--baseline` with its \
         number records it; if a migration that was skipped \
         would have done that, `--skip` this one too, and do by hand what else is in it"
    );
    let client = db.connect().await;
    assert_eq!(history(&client).await, ["1 a applied 1"]);
}

#[tokio::test]
async fn nothing_runs_when_a_later_file_cannot_be_read() {
    let db = TestDatabase::create().await;
    for (text, expected) in [
        (
            "-- no-transaction\nSELECT 1; SELECT 2;\n",
            "has 2 statements",
        ),
        ("SELECT 'x;\n", "line 1: what opens with"),
        ("-- Needs: coffee\n", "line 1: `coffee` is no condition"),
        (
            "SELECT 'VACUUM' \\gexec\n",
            "`-- no-transaction` its first line",
        ),
        ("COMMIT;\n", "would end the transaction"),
    ] {
        let files = Files::new(&[("001_a.sql", A), ("002_b.sql", text)]);
        let error = files.refuses(&db).await;
        assert!(
            error.contains("`002_b.sql`") && error.contains(expected),
            "{error}"
        );
    }
    assert_eq!(
        described(&db.connect().await).await,
        described(&TestDatabase::create().await.connect().await).await
    );
}

#[test]
fn folders_that_cannot_be_used() {
    let hash = |text: &'static str| Migration::new(1, "x", text).checksum();
    let files = Files::new(&[("001_a.sql", A), ("002_b.sql", B)]);
    let check = |expected: Option<&str>| {
        let error = read_folder(&files.folder())
            .err()
            .map(|error| error.to_string());
        let said = error
            .as_deref()
            .map(|error| error.split('\n').next().unwrap());
        assert_eq!(said, expected);
    };
    let sum = |lines: &[String]| {
        files.put(
            "migrations.sum",
            &format!("# @generated\n\n# format 1\n{}\n", lines.join("\n")),
        );
    };
    let a = format!("001_a.sql {} token chained", hash(A));
    let b = format!("002_b.sql {} chained", hash(B));
    check(None);
    sum(&[a.clone(), b.clone()]);
    check(None);
    files.put("002_b.sql", "DROP TABLE b;\n");
    check(Some(
        "`002_b.sql` was changed after it was recorded in `migrations.sum`",
    ));
    files.put("002_b.sql", &B.replace('\n', "\r\n"));
    check(Some(
        "`002_b.sql` was changed after it was recorded in `migrations.sum`: its line ends were converted",
    ));
    files.put("002_b.sql", B);
    sum(std::slice::from_ref(&a));
    check(Some("`002_b.sql` is not recorded in `migrations.sum`"));
    sum(&[a.clone(), b.clone(), format!("003_c.sql {}", hash(""))]);
    check(Some(
        "`003_c.sql` is recorded in `migrations.sum` and not there",
    ));
    sum(&[a, "<<<<<<< HEAD".to_owned(), b]);
    check(Some(
        "`migrations.sum`, line 5: `<<<<<<< HEAD` is no file with its checksum",
    ));
    files.remove("migrations.sum");
    files.put("002_c.sql", B);
    check(Some("`002_b.sql` and `002_c.sql` have one number"));
    files.remove("002_c.sql");
    files.put("7-more.sql", B);
    let folder = files.folder();
    check(Some(&format!(
        "`7-more.sql` in `{}` is no name of a migration",
        folder.display()
    )));
    std::fs::remove_dir_all(&folder).unwrap();
    check(Some(&format!(
        "cannot read the folder `{}`: No such file or directory (os error 2)",
        folder.display()
    )));
}

#[tokio::test]
async fn one_number_twice_among_embedded_migrations() {
    let db = TestDatabase::create().await;
    let migration = |name: &'static str| Migration::new(7, name, "");
    let migrator = eventcore_migrate::Migrator::new([migration("x"), migration("y")]);
    let error = failure(migrator, &db).await;
    assert!(matches!(error, MigrateError::SameVersion { .. }), "{error}");
}
