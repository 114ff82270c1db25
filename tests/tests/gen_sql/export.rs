//! `export`: files for dbmate, run by the real one where it can be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eventcore_tests::guide::scratch;
use eventcore_tests::{TestDatabase, not_run};

use super::project::Project;

const VERSION: &str = "2.36.0";

/// `DBMATE`, or the package of npm; none, said on standard error, where neither is to be had.
fn dbmate() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("DBMATE") {
        return Some(program.into());
    }
    let folder = scratch("dbmate");
    let program = folder.join("package/bin/dbmate");
    let machine = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let package = format!("@dbmate/{system}-{machine}@{VERSION}");
    let fetch = format!(
        "set -e; cd {}; [ -x package/bin/dbmate ] || {{ file=$(npm pack --silent {package}); tar xzf \"$file\"; chmod +x package/bin/dbmate; }}",
        folder.display()
    );
    fs::create_dir_all(&folder).unwrap();
    let fetched = Command::new("sh").args(["-c", &fetch]).status();
    if fetched.is_ok_and(|status| status.success()) {
        return Some(program);
    }
    not_run(&format!(
        "export: npm does not give {package}; name the program in DBMATE"
    ));
    None
}

fn exported(project: &Project) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("db").display().to_string();
    project
        .run_command("export", &["dbmate", "--into", &into])
        .expect(0)
        .says("written");
    (folder, into)
}

#[tokio::test]
async fn dbmate_runs_what_is_exported() {
    let project = Project::new("store shop\ntable orders\n");
    project.run(&[]).expect(0);
    project.define("store shop\ntable orders\ncolumn note\ntable items\n");
    project.run(&[]).expect(0);
    let (_folder, into) = exported(&project);
    let Some(program) = dbmate() else {
        return;
    };
    let db = TestDatabase::create().await;
    let url = format!("{}?sslmode=disable", db.url());
    let run = |command: &str| {
        let mut dbmate = Command::new(&program);
        dbmate.args(["--url", &url, "--migrations-dir", &into, "--no-dump-schema"]);
        let output = dbmate.arg(command).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (done, said) = run("up");
    assert!(done, "{said}");
    let tables = "SELECT to_regclass('orders') IS NOT NULL AND to_regclass('items') IS NOT NULL";
    let client = db.connect().await;
    let found: bool = client.query_one(tables, &[]).await.unwrap().get(0);
    assert!(found);
    // Nothing is undone.
    let (done, said) = run("down");
    assert!(
        !done && said.contains("migrations are not undone"),
        "{said}"
    );
    let found: bool = client.query_one(tables, &[]).await.unwrap().get(0);
    assert!(found);
}

#[test]
fn an_export_writes_what_is_not_there_and_touches_no_stranger() {
    let project = Project::new("store shop\ntable orders\n");
    let none = tempfile::tempdir().unwrap();
    let into = none.path().display().to_string();
    let arguments = ["dbmate", "--into", into.as_str()];
    project
        .run_command("export", &arguments)
        .expect(1)
        .says("run `cargo xtask gen-sql`");
    project.run(&[]).expect(0);
    let (_folder, into) = exported(&project);
    let arguments = ["dbmate", "--into", into.as_str()];
    let name = project.migrations("shop")[0].clone();
    let file = Path::new(&into).join(&name);
    let text = fs::read_to_string(&file).unwrap();
    let own = fs::read_to_string(project.path(&format!("shop/migrations/{name}"))).unwrap();
    assert!(
        text.starts_with("-- migrate:up\n\n") && text.contains(&own),
        "{text}"
    );
    project
        .run_command("export", &arguments)
        .expect(0)
        .says("0 written");
    fs::write(&file, "-- migrate:up\n").unwrap();
    project
        .run_command("export", &arguments)
        .expect(0)
        .says("1 written");
    fs::write(&file, "CREATE TABLE mine ();\n").unwrap();
    project
        .run_command("export", &arguments)
        .expect(1)
        .says("is not a file that an export wrote");
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "CREATE TABLE mine ();\n"
    );
}

#[test]
fn a_folder_below_one_that_is_not_there_is_made() {
    let project = Project::new("store shop\ntable orders\n");
    project.run(&[]).expect(0);
    let into = ["dbmate", "--into", "db/migrations"];
    project.run_command("export", &into).expect(0);
    let file = project.root().join("db/migrations/001_create_orders.sql");
    assert!(file.exists());
}
