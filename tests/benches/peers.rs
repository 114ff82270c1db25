//! The same 50 changes of 500 tables of 20 columns and 3 indexes, planned by this project, by drizzle-kit and by migra, in
//! turn: each as a whole process that reads what was, finds what changed, and gives the SQL.
//!
//! drizzle-kit compares files, as we do; migra compares two databases, which are there before the clock starts. Both are
//! installed, in these versions, below `target/`, by npm and by Python's venv and pip; who is not there is left out, and
//! it is said.
//!
//! `cargo xtask test --pg 18 -- --release --bench peers`; `ROUNDS` (5).
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]
#![expect(clippy::disallowed_methods, reason = "throw-away files of a benchmark")]

mod report;
mod synthetic;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use eventcore_codegen::plan::plan_founding;
use eventcore_codegen::sql::whole_schema;
use eventcore_schema_model::prelude::*;
use eventcore_tests::TestDatabase;
use eventcore_xtask::Project;
use eventcore_xtask::postgres::Workspace;
use report::{Samples, setting};

const DRIZZLE: [&str; 2] = ["drizzle-kit@0.31.11", "drizzle-orm@0.45.4"];
/// Of the packages that it stands on, the newest that it works with.
const MIGRA: [&str; 4] = [
    "migra==3.0.1663481299",
    "sqlalchemy==1.4.54",
    "psycopg2-binary==2.9.13",
    "setuptools<81",
];

/// In the child: whether to generate the changed schema, and where.
const CHANGED: &str = "BENCH_CHANGED";
const FOLDER: &str = "BENCH_FOLDER";

/// One who plans, ready to be timed.
struct Planner<'a> {
    name: &'static str,
    plan: Box<dyn Fn() -> Command + 'a>,
    /// What its output or folder must hold when it has found the changes.
    sign: Box<dyn Fn(&str) -> bool + 'a>,
}

fn definition(changed: bool) -> Schema {
    if changed {
        synthetic::changed(synthetic::tables())
    } else {
        synthetic::tables()
    }
}

fn main() -> ExitCode {
    if let (Ok(changed), Ok(folder)) = (std::env::var(CHANGED), std::env::var(FOLDER)) {
        let schema = definition(changed == "true");
        return eventcore_xtask::run(
            Project::new("bench")
                .root(folder)
                .store("synthetic", schema),
        );
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (from, to) = runtime.block_on(async { (database(false).await, database(true).await) });
    let own = tempfile::tempdir().expect("a folder");
    let mut planners = vec![ours(own.path())];
    match drizzle() {
        Ok(folder) => planners.push(drizzle_planner(folder)),
        Err(reason) => println!("drizzle-kit is left out: {reason}"),
    }
    match migra() {
        Ok(program) => planners.push(migra_planner(program, from.url(), to.url())),
        Err(reason) => println!("migra is left out: {reason}"),
    }
    let mut samples = vec![Samples::default(); planners.len()];
    for _ in 0..setting("ROUNDS", 5) {
        for (planner, samples) in planners.iter().zip(&mut samples) {
            let mut command = (planner.plan)();
            let started = Instant::now();
            let output = command.output().expect("it starts");
            samples.0.push(started.elapsed().as_secs_f64() * 1e3);
            let said = String::from_utf8_lossy(&output.stdout);
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(
                (planner.sign)(&said),
                "{}:\n{said}\n{complaint}",
                planner.name
            );
        }
    }
    println!("50 changes of 500 tables planned, whole process, milliseconds, median (range)\n");
    println!("| planner | time | times ours |\n|---|---|---|");
    for (planner, own) in planners.iter().zip(&samples) {
        let ratio = own.ratio_to(&samples[0]);
        println!("| {} | {} | {} |", planner.name, own.show(0), ratio.show(1));
    }
    ExitCode::SUCCESS
}

fn ours(folder: &Path) -> Planner<'_> {
    let command = move |changed: bool| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .arg("gen-sql")
            .env(CHANGED, changed.to_string())
            .env(FOLDER, folder);
        command
    };
    fs::create_dir_all(folder.join("generated/src")).expect("a folder");
    succeed(&mut command(false)).expect("the first migration is written");
    Planner {
        name: "gen-sql --dry-run",
        plan: Box::new(move || {
            let mut command = command(true);
            command.arg("--dry-run");
            command
        }),
        sign: Box::new(|said| said.contains("ADD COLUMN added text")),
    }
}

fn drizzle_planner(folder: PathBuf) -> Planner<'static> {
    let sql = folder.join("out/0001_changed.sql");
    Planner {
        name: "drizzle-kit generate",
        plan: Box::new(move || {
            // What the last round wrote is taken back.
            fs::remove_dir_all(folder.join("out")).expect("the folder was there");
            copy(&folder.join("first"), &folder.join("out"));
            drizzle_command(&folder, "changed")
        }),
        sign: Box::new(move |_| {
            fs::read_to_string(&sql).is_ok_and(|text| text.matches(';').count() == 50)
        }),
    }
}

fn migra_planner(program: PathBuf, from: String, to: String) -> Planner<'static> {
    // Its SQLAlchemy knows no other name of the scheme.
    let [from, to] = [from, to].map(|url| url.replacen("postgres:", "postgresql:", 1));
    Planner {
        name: "migra",
        plan: Box::new(move || {
            let mut command = Command::new(&program);
            command.arg("--unsafe").args([&from, &to]);
            command
        }),
        sign: Box::new(|said| said.matches(';').count() == 50),
    }
}

/// A database that has the schema.
async fn database(changed: bool) -> TestDatabase<'static> {
    let schema = validate(definition(changed)).expect("the schema keeps every rule");
    let planned = plan_founding(&schema, None, "").expect("a plan");
    let text = whole_schema(&schema, &planned).expect("its text");
    let database = TestDatabase::create().await;
    let client = database.connect().await;
    client
        .batch_execute(&text)
        .await
        .expect("the schema is created");
    database
}

/// drizzle-kit in a folder of its own, with both schemas, the first one planned already.
fn drizzle() -> Result<PathBuf, String> {
    let folder = home("drizzle")?;
    fs::write(folder.join("package.json"), "{\"private\": true}\n").map_err(text)?;
    let mut install = Command::new("npm");
    let words = ["install", "--no-audit", "--no-fund"];
    succeed(install.args(words).args(DRIZZLE).current_dir(&folder))?;
    for (name, changed) in [("first", false), ("changed", true)] {
        let file = folder.join(format!("{name}.ts"));
        fs::write(file, typescript(&definition(changed))).map_err(text)?;
    }
    for old in ["out", "first"] {
        let _ = fs::remove_dir_all(folder.join(old));
    }
    succeed(&mut drizzle_command(&folder, "first"))?;
    copy(&folder.join("out"), &folder.join("first"));
    Ok(folder)
}

fn drizzle_command(folder: &Path, schema: &str) -> Command {
    let mut command = Command::new(folder.join("node_modules/.bin/drizzle-kit"));
    command
        .current_dir(folder)
        .args(["generate", "--dialect", "postgresql", "--out", "out"]);
    command.args(["--name", schema, "--schema", &format!("{schema}.ts")]);
    command
}

/// The schema as drizzle's own language says it.
fn typescript(schema: &Schema) -> String {
    let mut out =
        "import { bigint, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';\n"
            .to_owned();
    for table in &schema.tables {
        let name = &table.name.name;
        let _ = writeln!(out, "export const {name} = pgTable('{name}', {{");
        for column in &table.columns {
            let ty = match column.ty {
                DataType::BigInt => "bigint({ mode: 'number' })",
                DataType::Text => "text()",
                _ => "timestamp({ withTimezone: true })",
            };
            let key = if column.name == "id" {
                ".primaryKey()"
            } else {
                ""
            };
            let _ = writeln!(out, "  {}: {ty}{key},", column.name);
        }
        out.push_str("}, (t) => [\n");
        for own in &table.indexes {
            for part in &own.parts {
                if let Expr::Column(column) = &part.value {
                    let _ = writeln!(out, "  index('{}').on(t.{column}),", own.name);
                }
            }
        }
        out.push_str("]);\n");
    }
    out
}

/// migra in an environment of its own.
fn migra() -> Result<PathBuf, String> {
    let folder = home("migra")?;
    let program = folder.join("bin/migra");
    if !program.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut install = Command::new(folder.join("bin/pip"));
        succeed(install.args(["install", "--quiet"]).args(MIGRA))?;
    }
    Ok(program)
}

/// A folder below `target/` for what is installed.
fn home(name: &str) -> Result<PathBuf, String> {
    let target = Workspace::here().map_err(text)?.target_directory;
    let folder = target.join("peers").join(name);
    fs::create_dir_all(&folder).map_err(text)?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).expect("the file can be copied");
        }
    }
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let words = [output.stdout, output.stderr].concat();
    Err(format!("{name}: {}", String::from_utf8_lossy(&words)))
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
