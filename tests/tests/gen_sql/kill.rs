//! Runs that are killed at any moment: each file is wholly old or wholly new, each history too, and the next run finishes.

use std::time::{Duration, Instant};

use super::project::Project;

/// How often a run is killed.
const ROUNDS: u32 = 40;

/// The stores whose histories grow.
const STORES: u32 = 4;

/// A definition of some stores, with these tables in each.
fn stores(tables: &[String]) -> String {
    let tables: String = tables
        .iter()
        .flat_map(|name| ["table ", name, "\n"])
        .collect();
    let store = |number| format!("store s{number}\ntable orders\n{tables}");
    (0..STORES).map(store).collect()
}

/// Kills a run: after a part of `whole_run`, soon after it began to write, or just when a file went into its place that
/// others tell of.
fn kill(project: &Project, arguments: &[&str], round: u32, whole_run: Duration) {
    let mut child = project.spawn(arguments);
    match round % 4 {
        0 => std::thread::sleep(whole_run * round / ROUNDS),
        1 => {
            project.wait_for(&mut child, "s0/migrations/.migrations.sum.gen-sql-tmp");
            std::thread::sleep(Duration::from_micros(u64::from(round) * 400));
        }
        2 => project.wait_until_gone(&mut child, "s0/.schema.lock.json.gen-sql-tmp"),
        _ => project.wait_until_gone(&mut child, "s0/migrations/.migrations.sum.gen-sql-tmp"),
    }
    // It may have ended already.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn a_run_killed_at_any_moment_is_finished_by_the_next() {
    let many = |column: &str| -> String {
        let store = |number| format!("store s{number}\ntable orders\ncolumn {column}\n");
        let stores = (0..6).map(store).collect::<Vec<_>>().concat();
        format!("unreleased\n{stores}")
    };
    let project = Project::new(&many("note"));
    project.run(&[]).expect(0);
    project.define(&many("other"));
    let started = Instant::now();
    project.run(&[]).expect(0);
    let whole_run = started.elapsed();

    // Half of the deaths are spread over the whole run, half over the moments in which it writes.
    let (mut died, mut halfway) = (0, 0);
    for round in 0..ROUNDS {
        project.define(&many(&format!("column_{round}")));
        let before = project.contents();
        let mut child = project.spawn(&[]);
        if round % 2 == 0 {
            std::thread::sleep(whole_run * round / ROUNDS);
        } else {
            project.wait_for(&mut child, "s0/.SCHEMA.md.gen-sql-tmp");
            std::thread::sleep(Duration::from_micros(u64::from(round) * 250));
        }
        // It may have ended already.
        let _ = child.kill();
        died += u32::from(child.wait().unwrap().code().is_none());

        let after = project.contents();
        halfway += u32::from(after != before && project.run(&["--check"]).code == 4);
        project.run(&[]).expect(0);
        project.run(&["--check"]).expect(0);
        let finished = project.contents();
        for (path, text) in &after {
            let is_whole = [&before, &finished]
                .iter()
                .any(|all| all.get(path) == Some(text));
            let is_temporary = path.ends_with(".gen-sql-tmp");
            assert!(is_whole || is_temporary, "half a file: {path}\n{text}");
        }
    }
    assert!(died > 15, "only {died} runs were killed before they ended");
    assert!(
        halfway > 5,
        "only {halfway} runs were killed while they wrote"
    );
}

#[test]
fn a_migration_that_a_killed_run_began_is_added_once() {
    let mut tables = Vec::new();
    let project = Project::new(&stores(&tables));
    let started = Instant::now();
    project.run(&[]).expect(0);
    let whole_run = started.elapsed();
    let mut halfway = 0;
    for round in 0..ROUNDS {
        tables.push(format!("t{round}"));
        project.define(&stores(&tables));
        let before = project.contents();
        let name = format!("round_{round}");
        let arguments: &[&str] = if round % 8 < 4 {
            &["--name", &name]
        } else {
            &[]
        };
        kill(&project, arguments, round, whole_run);
        let after = project.contents();
        if after != before && project.run(&["--check"]).code == 4 {
            halfway += 1;
        }
        project.run(&[]).expect(0);
        project.run(&["--check"]).expect(0);
        let finished = project.contents();
        for (path, text) in &after {
            if path.contains("/migrations/") && path.strip_suffix(".sql").is_some() {
                assert_eq!(finished.get(path), Some(text), "{path} changed or went");
            }
        }
        for store in 0..STORES {
            let names = project.migrations(&format!("s{store}"));
            assert_eq!(names.len(), tables.len() + 1, "round {round}: {names:?}");
        }
    }
    assert!(
        halfway > 5,
        "only {halfway} runs were killed while they wrote"
    );
}

#[test]
fn a_migration_that_a_killed_run_amended_is_there_once() {
    let table = |round: u32| vec![format!("t{round}")];
    let project = Project::new(&stores(&[]));
    project.run(&[]).expect(0);
    project.define(&stores(&table(0)));
    let started = Instant::now();
    project.run(&["--name", "newest"]).expect(0);
    let whole_run = started.elapsed();
    let mut halfway = 0;
    for round in 1..ROUNDS {
        project.define(&stores(&table(round)));
        let before = project.contents();
        let name = format!("round_{round}");
        let arguments: &[&str] = match round % 8 {
            0..4 => &["--amend", "--name", &name],
            _ => &["--amend"],
        };
        kill(&project, arguments, round, whole_run);
        // Where the way back is not yet taken, the table of the last round is gone without a word.
        let checked = project.run(&["--check"]);
        if checked.code == 1 {
            checked.says("SM071").says("--amend");
        } else {
            assert!([0, 4].contains(&checked.code), "{}", checked.stderr);
        }
        halfway += u32::from(project.contents() != before && checked.code != 0);
        project.run(&["--amend"]).expect(0);
        project.run(&["--check"]).expect(0);
        for store in 0..STORES {
            let store = format!("s{store}");
            let names = project.migrations(&store);
            assert_eq!(names.len(), 2, "round {round}: {names:?}");
            let newest = project.path(&store).join("migrations").join(&names[1]);
            let text = std::fs::read_to_string(newest).unwrap();
            assert!(text.contains(&format!("t{round}")), "round {round}: {text}");
        }
    }
    assert!(
        halfway > 5,
        "only {halfway} runs were killed while they wrote"
    );
}
