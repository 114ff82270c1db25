//! `gen-sql` as a whole process: time and peak memory, on the EventCore schema and on a large synthetic one
//! (500 tables of 20 columns and 3 indexes; 1,500 queries).
//!
//! `cargo bench -p eventcore-tests --bench gen_sql`; `ROUNDS` (9).
#![expect(clippy::print_stdout, reason = "printing is what a benchmark is for")]

mod report;
mod synthetic;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use eventcore_schema_model::eventcore;
use eventcore_schema_model::prelude::*;
use eventcore_xtask::Project;
use report::{Samples, setting};
use synthetic::{changed, queries, tables};

/// In the child: which project to generate, and where.
const PROJECT: &str = "BENCH_PROJECT";
const FOLDER: &str = "BENCH_FOLDER";

fn eventcore_project(folder: &str) -> Project {
    Project::new("EventCore")
        .root(folder)
        .store("simple", eventcore::simple())
        .store("partitioned", eventcore::partitioned())
}

/// Generates as the command does, and says its peak memory.
fn child(project: &str, folder: &str) -> ExitCode {
    let project = match project {
        "eventcore" => eventcore_project(folder),
        "eventcore changed" => {
            let note = Column::new("note", DataType::Text).nullable();
            let edited =
                |schema: Schema| schema.edit_table("event_streams", |it| it.column(note.clone()));
            Project::new("EventCore")
                .root(folder)
                .store("simple", edited(eventcore::simple()))
                .store("partitioned", edited(eventcore::partitioned()))
        }
        "tables" => Project::new("bench")
            .root(folder)
            .store("synthetic", tables()),
        "tables changed" => Project::new("bench")
            .root(folder)
            .store("synthetic", changed(tables())),
        "tables and queries changed" => Project::new("bench")
            .root(folder)
            .store("synthetic", changed(queries(tables()))),
        _ => Project::new("bench")
            .root(folder)
            .store("synthetic", queries(tables())),
    };
    let code = eventcore_xtask::run(project);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or("unknown");
    println!("peak{peak}");
    code
}

/// Seconds and peak MiB of one process.
fn once(project: &str, folder: &Path, flags: &[&str]) -> (f64, f64) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command
        .arg("gen-sql")
        .args(flags)
        .env(PROJECT, project)
        .env(FOLDER, folder);
    let started = Instant::now();
    let output = command.output().expect("the child starts");
    let seconds = started.elapsed().as_secs_f64();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let peak = text.lines().find_map(|line| line.strip_prefix("peak"));
    let kib: f64 = peak
        .and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(f64::NAN);
    (seconds, kib / 1024.0)
}

fn main() -> ExitCode {
    if let (Ok(project), Ok(folder)) = (std::env::var(PROJECT), std::env::var(FOLDER)) {
        return child(&project, &folder);
    }
    let rounds = setting("ROUNDS", 9);
    let cases = ["eventcore", "tables", "tables and queries"];
    let folders: Vec<_> = cases
        .iter()
        .map(|_| tempfile::tempdir().expect("a folder"))
        .collect();
    println!("gen-sql as a whole process, milliseconds, median (range), and peak memory\n");
    println!(
        "| schema | first run, all written | nothing to write | --check | changes planned (1; 50; 50), --dry-run | peak MiB |\n|---|---|---|---|---|---|"
    );
    let mut samples = vec![vec![Samples::default(); 5]; cases.len()];
    for _ in 0..rounds {
        for (case, (project, folder)) in cases.iter().zip(&folders).enumerate() {
            std::fs::remove_dir_all(folder.path()).expect("the folder can be emptied");
            std::fs::create_dir_all(folder.path().join("generated/src")).expect("a folder");
            let (first, peak) = once(project, folder.path(), &[]);
            let (again, _) = once(project, folder.path(), &[]);
            let (check, _) = once(project, folder.path(), &["--check"]);
            let changed = format!("{project} changed");
            let (changed, _) = once(&changed, folder.path(), &["--dry-run"]);
            for (column, value) in [first, again, check, changed, peak / 1e3]
                .into_iter()
                .enumerate()
            {
                samples[case][column].0.push(value * 1e3);
            }
        }
    }
    for (case, own) in cases.iter().zip(&samples) {
        println!(
            "| {case} | {} | {} | {} | {} | {} |",
            own[0].show(0),
            own[1].show(0),
            own[2].show(0),
            own[3].show(0),
            own[4].show(0)
        );
    }
    ExitCode::SUCCESS
}
