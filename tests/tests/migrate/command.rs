//! `cargo xtask migrate` as a process: its arguments, its words, its exit codes.

use std::process::Command;

use eventcore_tests::TestDatabase;

use crate::fixture::Files;

/// What a run says on both streams, with `TIME` for each time.
#[track_caller]
fn check(files: &Files, db: &TestDatabase<'_>, arguments: &[&str], code: i32, expected: &str) {
    let output = files.command(db, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let said = text(output.stdout) + &text(output.stderr);
    let said: String = said
        .lines()
        .map(
            |line| match line.rfind(" in ").filter(|_| line.ends_with('s')) {
                Some(at) => format!("{} in TIME\n", &line[..at]),
                None => format!("{line}\n"),
            },
        )
        .collect();
    assert_eq!(said, expected, "{arguments:?}");
    assert_eq!(output.status.code(), Some(code), "{said}");
}

#[tokio::test]
async fn from_a_dry_run_to_nothing_left() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_a.sql", "CREATE TABLE a (n int);\n"),
        ("002_vacuum.sql", "-- no-transaction\nVACUUM\n  a;\n"),
    ]);
    check(
        &files,
        &db,
        &["--dry-run", "--store", "shop"],
        0,
        "-- 001_a.sql: one transaction\nCREATE TABLE a (n int);\n\n\
         -- 002_vacuum.sql: one statement outside of a transaction\nVACUUM\n  a;\n    \
         Finished dry run: 2 migrations would be applied\n",
    );
    check(
        &files,
        &db,
        &["status"],
        4,
        "001  a       pending  -\n002  vacuum  pending  -\n\
         catalog: not compared, since no run has ended since the newest migration began\n",
    );
    check(
        &files,
        &db,
        &["--layout", "shop", "--wait", "1", "--lock-attempts", "2"],
        0,
        "    Applying 001_a.sql\n     Applied 001_a.sql in TIME\n    \
         Applying 002_vacuum.sql outside of a transaction\n     \
         Running VACUUM a\n     Applied 002_vacuum.sql in TIME\n    \
         Finished 2 migrations applied, 0 before, in TIME\n",
    );
    check(
        &files,
        &db,
        &[],
        0,
        "       Fresh nothing to apply, 2 migrations before\n",
    );
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_remedy() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[("001_a.sql", "CREATE TABLE a (n int);\nSELECT x;\n")]);
    check(
        &files,
        &db,
        &[],
        1,
        "    Applying 001_a.sql\n\
         error: `001_a.sql`, line 2: column \"x\" does not exist (42703)\n  \
         state: nothing of it is left in the database\n  help: the migration names an object that does not exist: if psql or another runner has applied the migration, \
         record that with `--baseline`, which compares it first; if the object was dropped by hand, restore it and run again; if a text of \
         the definition has an old name, correct it and run `cargo xtask gen-sql --amend`\n",
    );
    check(
        &files,
        &db,
        &["--store", "shed"],
        1,
        "error: the project has no store `shed`\n  help: it has `shop`\n",
    );
    check(
        &files,
        &db,
        &["--database-url", "postgres://host:port"],
        1,
        "error: the database's URL cannot be read: invalid value for option `port`\n  \
         help: it is like `postgres://user:password@host:5432/database`\n",
    );
    let unset = files
        .command(&db, &[])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(unset.stderr).unwrap(),
        "error: no database is named\n  help: give `--database-url URL`, or set DATABASE_URL\n"
    );
    std::fs::remove_dir_all(files.folder()).unwrap();
    let output = files.command(&db, &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("help: run `cargo xtask gen-sql`"), "{said}");
}

#[tokio::test]
async fn a_baseline_and_the_rest() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_a.sql", "CREATE TABLE a (n int);\n"),
        ("002_b.sql", "CREATE TABLE b (n int);\n"),
    ]);
    db.psql_file(files.folder().join("001_a.sql"), true)
        .succeeds();
    check(
        &files,
        &db,
        &["--baseline", "1", "--dry-run"],
        0,
        "-- 001_a.sql: recorded as applied, not run\n    \
         Finished dry run: 1 migration would be recorded as applied\n",
    );
    check(
        &files,
        &db,
        &["--baseline", "1"],
        0,
        "    Recorded 001_a.sql\n    Finished 1 migration recorded, 1 pending\n  \
         help: run again without `--baseline` or `--skip` to apply them\n",
    );
    check(
        &files,
        &db,
        &[],
        0,
        "    Applying 002_b.sql\n     Applied 002_b.sql in TIME\n    \
         Finished 1 migration applied, 1 before, in TIME\n",
    );
}

#[tokio::test]
async fn a_long_statement_is_shown_by_its_beginning() {
    let db = TestDatabase::create().await;
    let long = format!("-- no-transaction\nSELECT 1,\n  '{}';\n", "x".repeat(200));
    let files = Files::new(&[("001_a.sql", &long)]);
    let shown = format!("SELECT 1, '{} ...", "x".repeat(89));
    check(
        &files,
        &db,
        &[],
        0,
        &format!(
            "    Applying 001_a.sql outside of a transaction\n     Running {shown}\n     Applied 001_a.sql in TIME\n    \
             Finished 1 migration applied, 0 before, in TIME\n"
        ),
    );
}

#[tokio::test]
async fn what_is_skipped_is_recorded() {
    let db = TestDatabase::create().await;
    let files = Files::new(&[
        ("001_a.sql", "CREATE TABLE a (n int);\n"),
        ("002_b.sql", "SELECT 1 / 0;\n"),
        ("003_c.sql", "SELECT 1 / 0;\n"),
    ]);
    check(
        &files,
        &db,
        &[],
        1,
        "    Applying 001_a.sql\n     Applied 001_a.sql in TIME\n    Applying 002_b.sql\n\
         error: `002_b.sql`: division by zero (22012)\n  state: nothing of it is left in the database\n  \
         help: rows that are there do not fit: mend them and run again; where they are to stay as they are, `--skip 002` \
         records it as applied without running it, and the next migration takes back what it was for\n",
    );
    check(
        &files,
        &db,
        &["--skip", "002", "--skip", "3", "--dry-run"],
        0,
        "-- 002_b.sql: recorded as applied, not run\n-- 003_c.sql: recorded as applied, not run\n    \
         Finished dry run: 2 migrations would be recorded as applied\n",
    );
    check(
        &files,
        &db,
        &["--skip", "2"],
        0,
        "    Recorded 002_b.sql\n    Finished 1 migration recorded, 1 pending\n  \
         help: run again without `--baseline` or `--skip` to apply them\n",
    );
    check(
        &files,
        &db,
        &["--skip", "2"],
        1,
        "error: cannot skip 2: what comes next is `003_c.sql`\n  \
         help: only what a run would start with can be skipped, each after the one before it\n",
    );
}

/// A driver would make everybody wait who only generates.
#[test]
fn generating_does_without_a_driver() {
    let packages = |features: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--offline",
                "--package",
                "eventcore-xtask",
                "--edges",
                "normal",
                "--prefix",
                "none",
            ])
            .args(features)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let with = packages(&["--features", "migrate"]);
    let without = packages(&[]);
    for package in ["tokio ", "tokio-postgres ", "rustls ", "eventcore-migrate "] {
        assert!(with.contains(package), "no {package}in:\n{with}");
        assert!(!without.contains(package), "{package}in:\n{without}");
    }
}
