//! `cargo xtask rebase`: two branches add a migration, and the later one comes after the earlier, whatever git is in the
//! middle of.

use std::fs;

use super::project::Project;
use super::repository::{commit, founded, git, try_git};

const FOUNDING: &str = "store shop\ntable orders\n";
const MERGED: &str = "store shop\ntable orders\ntable theirs\ntable ours\n";

/// A repository in which `main` added a table, and the branch `work`, which is checked out, another.
fn two_branches(theirs: &str, ours: &str) -> Project {
    let project = founded(FOUNDING);
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    project.define(&format!("{FOUNDING}{ours}"));
    project.run(&["--name", "add_ours"]).expect(0);
    commit(&project, "ours");
    git(&project, &["checkout", "--quiet", "main"]);
    project.define(&format!("{FOUNDING}{theirs}"));
    project.run(&["--name", "add_theirs"]).expect(0);
    commit(&project, "theirs");
    git(&project, &["checkout", "--quiet", "work"]);
    project
}

/// What `main` has stays, this branch's comes after it, and all is fresh.
fn is_rebased(project: &Project) {
    project.run(&["--check"]).expect(0);
    let names = project.migrations("shop");
    assert_eq!(names[..2], ["001_create_orders.sql", "002_add_theirs.sql"]);
    assert!(
        names.len() == 3 && names[2].starts_with("003_add_ours"),
        "{names:?}"
    );
    let path = "generated/shop/migrations/002_add_theirs.sql";
    let theirs = git(project, &["show", &format!("main:{path}")]);
    let found = fs::read_to_string(project.root().join(path)).unwrap();
    assert_eq!(found, theirs);
    let ours = fs::read_to_string(project.path(&format!("shop/migrations/{}", names[2]))).unwrap();
    assert!(
        ours.contains("public.ours") && !ours.contains("public.theirs"),
        "{ours}"
    );
}

#[test]
fn in_the_middle_of_a_merge() {
    let project = two_branches("table theirs\n", "table ours\n");
    let (done, said) = try_git(&project, &["merge", "main"]);
    assert!(!done && said.contains("migrations.sum"), "{said}");
    project.define(MERGED);
    project
        .run(&[])
        .expect(1)
        .says("conflict markers")
        .says("cargo xtask rebase");
    project
        .run(&["--check"])
        .expect(4)
        .says("cargo xtask rebase");
    let before = project.contents();
    let machine = ["--dry-run", "--format", "json"];
    let shown = project.run_command("rebase", &machine).expect(0);
    shown
        .says("002_add_ours.sql")
        .says(r#""mode":"dry-run""#)
        .says(r#""command":"cargo xtask rebase""#);
    assert_eq!(project.contents(), before);
    project.run_command("rebase", &[]).expect(0);
    is_rebased(&project);
    commit(&project, "merge");
    project.run_command("rebase", &[]).expect(0);
    is_rebased(&project);
}

#[test]
fn in_the_middle_of_a_git_rebase() {
    let project = two_branches("table theirs\n", "table ours\n");
    let (done, said) = try_git(&project, &["rebase", "main"]);
    assert!(!done, "{said}");
    project.define(MERGED);
    project.run_command("rebase", &[]).expect(0);
    is_rebased(&project);
    git(&project, &["add", "--all"]);
    git(&project, &["rebase", "--continue"]);
    is_rebased(&project);
}

#[test]
fn when_the_merge_was_committed_with_its_conflicts() {
    let project = two_branches("table theirs\n", "table ours\n");
    try_git(&project, &["merge", "main"]);
    project.define(MERGED);
    commit(&project, "merge, conflicts and all");
    project
        .run_command("rebase", &["--name", "add_ours_later"])
        .expect(0);
    is_rebased(&project);
    assert!(project.migrations("shop")[2].contains("later"));
}

#[test]
fn a_branch_that_is_merged_into_main_comes_after_it() {
    let project = two_branches("table theirs\n", "table ours\n");
    git(&project, &["checkout", "--quiet", "main"]);
    try_git(&project, &["merge", "work"]);
    project.define(MERGED);
    project.run_command("rebase", &[]).expect(0);
    is_rebased(&project);
}

#[test]
fn what_both_changed_is_named_and_refused() {
    let project = two_branches("column a\ntable theirs\n", "column b\ntable ours\n");
    try_git(&project, &["merge", "main"]);
    project.define("store shop\ntable orders\ncolumn a\ncolumn b\ntable theirs\ntable ours\n");
    let before = project.contents();
    let refused = project.run_command("rebase", &[]).expect(1);
    refused
        .says("both changed tables `orders` of shop")
        .says("--theirs-first");
    assert_eq!(project.contents(), before);
    project.run_command("rebase", &["--theirs-first"]).expect(0);
    project.run(&["--check"]).expect(0);
}

#[test]
fn a_text_that_names_what_the_base_dropped_is_refused() {
    let project = founded("store shop\ntable orders\ncolumn note\n");
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    let view = "view noted SELECT id FROM orders WHERE note = ''\n";
    project.define(&format!("store shop\ntable orders\ncolumn note\n{view}"));
    project.run(&["--name", "add_noted"]).expect(0);
    commit(&project, "ours");
    git(&project, &["checkout", "--quiet", "main"]);
    project.define("store shop\ntable orders\ndrop note\n");
    project.run(&["--name", "drop_note"]).expect(0);
    commit(&project, "theirs");
    git(&project, &["checkout", "--quiet", "work"]);
    try_git(&project, &["merge", "main"]);
    project.define(&format!("store shop\ntable orders\ndrop note\n{view}"));
    let before = project.contents();
    project
        .run_command("rebase", &[])
        .expect(1)
        .says("SM135")
        .says("`note` of `orders` is dropped");
    assert_eq!(project.contents(), before);
    project.define("store shop\ntable orders\ndrop note\nview noted SELECT id FROM orders\n");
    project.run_command("rebase", &[]).expect(0);
    project.run(&["--check"]).expect(0);
}

#[test]
fn a_base_that_is_not_merged_is_refused() {
    let project = two_branches("table theirs\n", "table ours\n");
    let before = project.contents();
    let refused = project.run_command("rebase", &[]).expect(1);
    refused.says("`main` is not merged").says("git merge main");
    project
        .run_command("rebase", &["--base", "nowhere"])
        .expect(1)
        .says("no commit `nowhere`");
    assert_eq!(project.contents(), before);
    let bare = Project::new(FOUNDING);
    bare.run_command("rebase", &[])
        .expect(1)
        .says("no git checkout");
    bare.define(&format!("unreleased\n{FOUNDING}"));
    bare.run_command("rebase", &[])
        .expect(1)
        .says("unreleased()");
}

#[test]
fn a_rebase_that_was_killed_is_finished_by_the_next() {
    let project = two_branches("table theirs\n", "table ours\n");
    try_git(&project, &["merge", "main"]);
    project.define(MERGED);
    project.run_command("rebase", &[]).expect(0);
    // Killed before it deleted what it had replaced.
    let old = git(
        &project,
        &["show", "work:generated/shop/migrations/002_add_ours.sql"],
    );
    fs::write(project.path("shop/migrations/002_add_ours.sql"), old).unwrap();
    project.run(&["--check"]).expect(4).says("Orphaned");
    project.run(&[]).expect(0);
    is_rebased(&project);
}
