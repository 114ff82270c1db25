//! `gen-sql --amend`: the newest migrations are planned anew from the schema before them, as long as they are nobody
//! else's.

use std::fs;

use super::project::Project;
use super::repository::{commit, founded, git};

const FOUNDING: &str = "store shop\ntable orders\n";

fn with(tables: &[&str]) -> String {
    let tables: String = tables
        .iter()
        .flat_map(|name| ["table ", name, "\n"])
        .collect();
    format!("{FOUNDING}{tables}")
}

fn add(project: &Project, tables: &[&str], name: &str) {
    project.define(&with(tables));
    project.run(&["--name", name]).expect(0);
}

/// Files below the output folder, and what they hold.
fn files(project: &Project) -> Vec<(String, String)> {
    let root = project.path("").display().to_string();
    let contents = project.contents().into_iter();
    contents
        .map(|(path, text)| (path.trim_start_matches(&root).to_owned(), text))
        .collect()
}

#[test]
fn what_is_amended_is_as_if_it_had_been_planned_at_once() {
    for start in [&["a"][..], &["a", "b", "c"], &["x"]] {
        let amended = Project::new(FOUNDING);
        amended.run(&[]).expect(0);
        add(&amended, start, "newest");
        amended.define(&with(&["a", "b"]));
        amended.run(&["--amend"]).expect(0).says("no git checkout");
        amended.run(&["--check"]).expect(0);

        let at_once = Project::new(FOUNDING);
        at_once.run(&[]).expect(0);
        add(&at_once, &["a", "b"], "newest");
        let without_lock = |project: &Project| -> Vec<_> {
            let files = files(project).into_iter();
            files
                .filter(|(path, _)| !path.ends_with(".lock.json"))
                .collect()
        };
        assert_eq!(
            without_lock(&amended),
            without_lock(&at_once),
            "from {start:?}"
        );
    }
}

#[test]
fn only_the_newest_is_amended_and_its_name_may_change() {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    add(&project, &["a"], "add_a");
    let kept: Vec<_> = project.migrations("shop");
    add(&project, &["a", "b"], "add_b");
    project.run(&["--amend", "--name", "add_bee"]).expect(0);
    project.run(&["--check"]).expect(0);
    let names = project.migrations("shop");
    assert_eq!(names[..kept.len()], kept);
    assert!(names[kept.len()].contains("_add_bee"), "{names:?}");
    assert!(
        !names.iter().any(|name| name.ends_with("_add_b.sql")),
        "{names:?}"
    );
}

#[test]
fn a_group_with_nothing_left_to_do_disappears() {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    let before = project.migrations("shop");
    add(&project, &["a", "b"], "newest");
    project.define(FOUNDING);
    project.run(&["--amend"]).expect(0);
    project.run(&["--check"]).expect(0);
    assert_eq!(project.migrations("shop"), before);
    project
        .run(&["--amend"])
        .expect(1)
        .says("no migration that can be planned anew");
    add(&project, &["c"], "add_c");
    project.run(&["--check"]).expect(0);
}

#[test]
fn the_founding_migrations_can_be_amended_too() {
    let project = Project::new(FOUNDING);
    project.run(&["--name", "found"]).expect(0);
    project.define(&with(&["a"]));
    project.run(&["--amend"]).expect(0);
    project.run(&["--check"]).expect(0);
    assert_eq!(project.migrations("shop"), ["001_found.sql"]);
    let text = fs::read_to_string(project.path("shop/migrations/001_found.sql")).unwrap();
    assert!(text.contains("public.a "), "{text}");
}

#[test]
fn what_is_on_the_base_branch_is_released() {
    let project = founded(FOUNDING);
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    project.define(&with(&["a"]));
    let refused = project.run(&["--amend"]).expect(1);
    refused.says("`generated/shop/migrations/001_create_orders.sql` exists on `main`");
    add(&project, &["a"], "newest");
    commit(&project, "add a");
    project.define(&with(&["a", "b"]));
    project.run(&["--amend"]).expect(0);
    project.run(&["--check"]).expect(0);
    commit(&project, "add b too");
    // On the base branch itself, and told so.
    git(&project, &["checkout", "--quiet", "main"]);
    git(&project, &["merge", "--quiet", "work"]);
    project.define(&with(&["a", "b", "c"]));
    project
        .run(&["--amend"])
        .expect(1)
        .says("in the last commit");
    let missing = project.run(&["--amend", "--base", "nowhere"]).expect(1);
    missing.says("no commit `nowhere`");
    project.run(&["--amend", "--base", "main~1"]).expect(1);
    add(&project, &["a", "b", "c"], "add_c");
    project.define(&with(&["a", "b", "d"]));
    project.run(&["--amend"]).expect(0);
}

#[test]
fn a_remotes_main_branch_is_the_base() {
    let project = founded(FOUNDING);
    add(&project, &["a"], "newest");
    git(
        &project,
        &["update-ref", "refs/remotes/origin/main", "HEAD"],
    );
    commit(&project, "add a, not pushed yet");
    project.define(&with(&["a", "b"]));
    project.run(&["--amend"]).expect(0);
    commit(&project, "add b too");
    git(
        &project,
        &["update-ref", "refs/remotes/origin/main", "HEAD"],
    );
    project.define(&with(&["a", "b", "c"]));
    project.run(&["--amend"]).expect(1).says("on `origin/main`");
}

#[test]
fn what_came_after_ends_what_can_be_amended() {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    add(&project, &["a"], "newest");
    let count = project.migrations("shop").len();
    let path = format!("shop/migrations/{:03}_fill.sql", count + 1);
    fs::write(project.path(&path), "SELECT 1;\n").unwrap();
    project.define(&format!("hand {path}\n{}", with(&["a"])));
    project.run(&[]).expect(0);
    project.run(&["--amend"]).expect(1).says("written by hand");
}

#[test]
fn amending_has_its_place() {
    let project = Project::new(FOUNDING);
    project.run(&["--amend", "--check"]).expect(2);
    project.run(&["--base", "main"]).expect(2);
    project.run(&["--amend"]).expect(1).says("none is recorded");
    project.define(&format!("unreleased\n{FOUNDING}"));
    project.run(&["--amend"]).expect(1).says("unreleased()");
}
