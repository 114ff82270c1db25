//! Recorded migrations: they stay as they are, later ones follow them, and whatever else became of them is told by name.

use std::fs;

use super::project::Project;
use super::repository::{commit, founded, git};

const FOUNDING: &str = "store shop\ntable orders\n";
const GROWN: &str = "store shop\ntable orders\ntable lines\n";
const SUM: &str = "shop/migrations/migrations.sum";
const LOCK: &str = "shop/schema.lock.json";
const FIRST: &str = "shop/migrations/001_create_orders.sql";
const SECOND: &str = "shop/migrations/002_add_lines.sql";

/// A store with a founding migration and a later one.
fn grown() -> Project {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    project.define(GROWN);
    project.run(&["--name", "add_lines"]).expect(0);
    project.run(&["--check"]).expect(0);
    project
}

#[test]
fn a_changed_definition_adds_a_migration_and_changes_none() {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    let first = fs::read(project.path(FIRST)).unwrap();
    project.define(GROWN);
    project
        .run(&["--check"])
        .expect(4)
        .says("Missing generated/shop/migrations/002_");
    project.run(&["--name", "add_lines"]).expect(0);
    assert_eq!(fs::read(project.path(FIRST)).unwrap(), first);
    let text = fs::read_to_string(project.path(SECOND)).unwrap();
    assert!(
        text.contains("CREATE TABLE public.lines") && !text.contains("orders"),
        "{text}"
    );
    let data = fs::read_to_string(project.path("src/migrations.rs")).unwrap();
    for path in [FIRST, SECOND] {
        assert!(data.contains(&format!("../{path}")), "{data}");
    }
    let whole = fs::read_to_string(project.path("shop/schema.sql")).unwrap();
    assert!(
        whole.contains("public.orders") && whole.contains("public.lines"),
        "{whole}"
    );
    let before = project.times();
    project.run(&[]).expect(0);
    assert_eq!(project.times(), before, "nothing is left to do");
    project
        .run(&["--name", "again"])
        .expect(1)
        .says("nothing written: `--name again` names no migration")
        .says("leave `--name` out");
}

/// An edit must be refused by a run, reported by a check, and named with its remedy by both; nothing is written.
fn refused(edit: impl FnOnce(&Project), path: &str, defect: &str, remedy: &str) {
    let project = grown();
    edit(&project);
    let before = project.contents();
    for (arguments, code) in [(&["--check"][..], 4), (&["--dry-run"], 1), (&[], 1)] {
        let ran = project.run(arguments).expect(code);
        ran.says(&format!("`generated/{path}`: {defect}"))
            .says(remedy);
        assert_eq!(project.contents(), before, "something was written");
    }
    let ran = project.run(&["--check", "--format", "json"]).expect(4);
    ran.says("\"reason\":\"history\"").says(path);
}

#[test]
fn an_edited_migration_is_refused_and_what_changed_is_told() {
    let restore = "`git checkout -- generated/shop/migrations/001_create_orders.sql`";
    let edit = |from: &'static str, to: &'static str| {
        move |project: &Project| project.edit(FIRST, |text| text.replace(from, to))
    };
    refused(
        edit("bigint", "integer"),
        FIRST,
        "its statements changed",
        restore,
    );
    refused(
        edit("CREATE TABLE", "CREATE  TABLE"),
        FIRST,
        "its comments, white",
        restore,
    );
    refused(
        edit("--\n-- Runs", "-- note\n-- Runs"),
        FIRST,
        "its comments, white",
        restore,
    );
}

#[test]
fn a_deleted_renamed_or_inserted_migration_is_refused() {
    refused(
        |project| fs::remove_file(project.path(FIRST)).unwrap(),
        FIRST,
        "it is recorded, and was deleted",
        "`git checkout -- generated/shop/migrations/001_create_orders.sql`",
    );
    refused(
        |project| {
            let to = project.path("shop/migrations/001_found.sql");
            fs::rename(project.path(FIRST), to).unwrap();
        },
        FIRST,
        "it is recorded, and was renamed to `001_found.sql`",
        "git mv generated/shop/migrations/001_found.sql generated/shop/migrations/001_create_orders.sql",
    );
    let inserted = "shop/migrations/002_a.sql";
    refused(
        |project| fs::write(project.path(inserted), "SELECT 1;").unwrap(),
        inserted,
        "it is not recorded, and stands before `002_add_lines.sql`",
        "give it a number above",
    );
}

#[test]
fn an_edited_list_or_snapshot_is_refused() {
    let restore = "git checkout -- generated/shop/migrations/migrations.sum";
    let edit_sum =
        |change: fn(String) -> String| move |project: &Project| project.edit(SUM, change);
    refused(
        edit_sum(|text| text.replace("001_create", "001_made")),
        SUM,
        "the line of `001_made_orders.sql` does not continue the chain",
        restore,
    );
    refused(
        edit_sum(|text| {
            let last = text.lines().last().unwrap().len() + 1;
            text[..text.len() - last].to_owned()
        }),
        SUM,
        "it was edited by hand",
        restore,
    );
    refused(
        edit_sum(|text| format!("{text}<<<<<<< HEAD\n=======\n>>>>>>> theirs\n")),
        SUM,
        "it holds the conflict markers of a merge",
        "cargo xtask rebase",
    );
    refused(
        edit_sum(|text| text.replace("format 2", "format 3")),
        SUM,
        "it has format 3",
        "the version of EventCore Schema that wrote it",
    );
    refused(
        |project| project.edit(LOCK, |text| text.replace("lines", "lanes")),
        LOCK,
        "it was edited by hand",
        "git checkout -- generated/shop/schema.lock.json",
    );
    refused(
        |project| project.edit(LOCK, |text| text.replace("\"format\": 1", "\"format\": 9")),
        LOCK,
        "the schema snapshot has format 9",
        "git checkout",
    );
    refused(
        |project| fs::remove_file(project.path(LOCK)).unwrap(),
        LOCK,
        "it is missing",
        "git checkout -- generated/shop/schema.lock.json",
    );
}

#[test]
fn a_list_and_a_snapshot_of_different_runs_are_refused() {
    let other = Project::new(GROWN);
    other.run(&[]).expect(0);
    refused(
        |project| {
            fs::copy(other.path(LOCK), project.path(LOCK)).unwrap();
        },
        LOCK,
        "it is not the schema snapshot of the migrations",
        "git checkout -- generated/shop/schema.lock.json generated/shop/migrations/migrations.sum",
    );
}

#[test]
fn a_lost_list_is_made_again_from_what_it_listed() {
    let project = grown();
    let before = project.contents();
    fs::remove_file(project.path(SUM)).unwrap();
    project
        .run(&["--check"])
        .expect(4)
        .says("Missing generated/shop/migrations/migrations.sum");
    project.run(&[]).expect(0);
    assert_eq!(project.contents(), before);
}

#[test]
fn converted_line_ends_of_a_migration_are_taken_back() {
    let project = grown();
    let before = project.contents();
    project.edit(FIRST, |text| text.replace('\n', "\r\n"));
    project.run(&["--check"]).expect(4).says(".gitattributes");
    project.run(&[]).expect(0);
    assert_eq!(project.contents(), before);
}

#[test]
fn a_migration_written_by_hand_is_recorded_in_order() {
    let project = grown();
    let by_hand = "shop/migrations/003_fill.sql";
    fs::write(project.path(by_hand), "-- no-transaction\nVACUUM;\n").unwrap();
    project
        .run(&["--check"])
        .expect(4)
        .says(&format!("Stray generated/{by_hand}"));
    project.define(&format!("hand {by_hand}\n{GROWN}table notes\n"));
    project.run(&["--name", "add_notes"]).expect(0);
    project.run(&["--check"]).expect(0);
    let names = project.migrations("shop");
    assert_eq!(names[2], "003_fill.sql");
    assert!(names[3].starts_with("004_add_notes"), "{names:?}");
    let sum = fs::read_to_string(project.path(SUM)).unwrap();
    let listed: Vec<_> = sum
        .lines()
        .filter_map(|line| line.split_once(".sql "))
        .collect();
    assert_eq!(listed[2].0, "003_fill");
    let data = fs::read_to_string(project.path("src/migrations.rs")).unwrap();
    let entry = data
        .split("Migration {")
        .find(|entry| entry.contains("003_fill.sql"));
    assert!(entry.unwrap().contains("transactional: false"), "{data}");

    project.edit(by_hand, |text| text.replace("VACUUM", "ANALYZE"));
    project
        .run(&[])
        .expect(1)
        .says("its statements changed")
        .says("003_fill.sql");
}

#[test]
fn a_migration_written_by_hand_needs_a_name_and_a_number_of_its_own() {
    let check = |name: &str, said: &str| {
        let project = grown();
        let path = format!("shop/migrations/{name}");
        fs::write(project.path(&path), "SELECT 1;\n").unwrap();
        project.define(&format!("hand {path}\n{GROWN}"));
        let before = project.contents();
        project.run(&[]).expect(1).says(said).says(name);
        assert_eq!(project.contents(), before);
    };
    check("002_fill.sql", "stands before");
    check("3-fill.sql", "NNN_slug.sql");
}

#[test]
fn what_a_killed_run_wrote_is_taken_up_or_removed() {
    let project = grown();
    let before = project.contents();
    let text = fs::read_to_string(project.path(SECOND)).unwrap();
    let leftover = "shop/migrations/003_begun.sql";
    fs::write(project.path(leftover), text).unwrap();
    project
        .run(&["--check"])
        .expect(4)
        .says(&format!("Orphaned generated/{leftover}"));
    project.run(&[]).expect(0);
    assert_eq!(project.contents(), before);

    fs::write(
        project.path(leftover),
        &before[&project.path(SECOND).display().to_string()],
    )
    .unwrap();
    project.define(&format!("{GROWN}table notes\n"));
    project.run(&[]).expect(0);
    assert!(
        project.migrations("shop")[2].starts_with("003_begun"),
        "its name is taken up"
    );
}

#[test]
fn a_name_is_for_the_stores_that_need_a_migration() {
    let project = Project::new(&format!("{FOUNDING}store depot\ntable shelves\n"));
    project.run(&[]).expect(0);
    project.define(&format!("{GROWN}store depot\ntable shelves\n"));
    project.run(&["--name", "add_lines"]).expect(0);
    assert_eq!(project.migrations("depot"), ["001_create_shelves.sql"]);
    assert_eq!(project.migrations("shop").len(), 2);
}

#[test]
fn an_unreleased_project_has_its_migrations_in_place() {
    let project = Project::new(&format!("unreleased\n{FOUNDING}"));
    project.run(&[]).expect(0);
    project.define(&format!("unreleased\n{GROWN}"));
    project.run(&[]).expect(0);
    assert_eq!(project.migrations("shop"), ["001_create_orders.sql"]);
    // From here on they are recorded.
    project.define(GROWN);
    project.run(&["--check"]).expect(0);
    project.define(&format!("{GROWN}table notes\n"));
    project.run(&["--name", "add_notes"]).expect(0);
    assert_eq!(project.migrations("shop").len(), 2);
}

#[test]
fn a_history_that_git_has_does_not_begin_anew() {
    let project = founded("store shop\ntable orders\n");
    fs::remove_dir_all(project.path("shop")).unwrap();
    for arguments in [&[][..], &["--check"]] {
        let refused = project.run(arguments).expect(1);
        refused.says("`generated/shop` has no recorded history, and the last commit has one");
    }
    assert!(!project.path("shop").exists());
    git(&project, &["checkout", "HEAD", "--", "generated/shop"]);
    project.run(&["--check"]).expect(0);
    fs::remove_dir_all(project.path("shop")).unwrap();
    commit(&project, "begin anew");
    project.run(&[]).expect(0);
}
