//! `gen-sql --amend`: the newest migrations are planned anew from the schema before them, as long as they are nobody
//! else's.

use std::fs;

use eventcore_tests::TestDatabase;

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
fn what_is_taken_back_is_amended_away_though_something_else_changed() {
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    let before = project.migrations("shop");
    let query = "query find SELECT 1::bigint AS id\n";
    project.define(&format!("{}{query}", with(&["a"])));
    project.run(&[]).expect(0);
    // The query stays, and no migration is about it.
    project.define(&format!("{FOUNDING}{query}"));
    project.run(&["--amend"]).expect(0);
    project.run(&["--check"]).expect(0);
    assert_eq!(project.migrations("shop"), before);
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

#[tokio::test]
async fn what_a_database_has_run_is_not_amended() {
    let db = TestDatabase::create().await;
    let url = db.url();
    let project = Project::new(FOUNDING);
    project.run(&[]).expect(0);
    project
        .run_command("migrate", &["--database-url", &url])
        .expect(0);
    add(&project, &["a"], "add_a");
    // Not run yet: it may change, as often as anyone likes.
    project.define(&with(&["b"]));
    project
        .run(&["--amend", "--name", "add_b", "--database-url", &url])
        .expect(0);
    let newest = project.migrations("shop").pop().unwrap();
    assert!(newest.ends_with("_add_b.sql"), "{newest}");
    project
        .run_command("migrate", &["--database-url", &url])
        .expect(0);
    project.define(&with(&["c"]));
    let before = project.contents();
    let said = project
        .run(&["--amend", "--database-url", &url])
        .expect(1)
        .stderr;
    assert_eq!(
        said.lines().last().unwrap(),
        format!(
            "error: nothing written: the database has run `generated/shop/migrations/{newest}`, so it never changes; \
             leave `--amend` away to add a migration after it"
        )
    );
    assert_eq!(project.contents(), before);
    // A migration that was begun counts too.
    db.connect()
        .await
        .batch_execute("UPDATE eventcore_migrations SET finished_at = NULL")
        .await
        .unwrap();
    let machine = ["--amend", "--database-url", &url, "--format", "json"];
    project.run(&machine).expect(1).says("the database has run");
    // Another store's history says nothing of this one.
    project.define(&format!("{}store depot\ntable shelves\n", with(&["b"])));
    project.run(&[]).expect(0);
    project.define(&format!("{}store depot\ntable racks\n", with(&["b"])));
    let depot = ["--amend", "--database-url", &url];
    project.run(&depot).expect(1).says("`--store depot`");
    let nowhere = "postgres://127.0.0.1:1/nowhere";
    project
        .run(&["--amend", "--database-url", nowhere, "--store", "shop"])
        .expect(1)
        .says("nothing written: cannot connect to database `nowhere` at 127.0.0.1:1");
}

#[test]
fn an_edited_or_deleted_migration_that_is_not_committed_is_planned_again() {
    let project = founded(FOUNDING);
    add(&project, &["a", "b"], "newest");
    let planned = project.contents();
    let newest: Vec<String> = project.migrations("shop");
    let newest = project.path("shop/migrations").join(newest.last().unwrap());
    let edits: [&dyn Fn(); 3] = [
        &|| {
            let text = fs::read_to_string(&newest).unwrap();
            fs::write(&newest, text.replace("bigint", "integer")).unwrap();
        },
        &|| {
            let text = fs::read_to_string(&newest).unwrap();
            fs::write(&newest, format!("{text}-- reviewed\n")).unwrap();
        },
        &|| fs::remove_file(&newest).unwrap(),
    ];
    for edit in edits {
        edit();
        let refused = project.run(&[]).expect(1);
        refused.says("`cargo xtask gen-sql --amend` writes it again");
        project.run(&["--amend"]).expect(0);
        assert_eq!(project.contents(), planned);
        project.run(&["--check"]).expect(0);
    }
    // What neither git has nor the newest run wrote is planned from the base again.
    add(&project, &["a", "b", "c"], "later");
    let text = fs::read_to_string(&newest).unwrap();
    fs::write(&newest, format!("{text}-- reviewed\n")).unwrap();
    let refused = project.run(&[]).expect(1);
    refused.says("take the edit back; or `cargo xtask rebase`");
    fs::write(&newest, text).unwrap();
    project.run(&["--check"]).expect(0);
    // What git has comes back from there.
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    commit(&project, "add tables");
    fs::remove_file(&newest).unwrap();
    let refused = project.run(&[]).expect(1);
    refused.says("`git checkout -- generated/shop/migrations/");
    git(&project, &["checkout", "--quiet", "--", "."]);
    project.run(&["--check"]).expect(0);
}

#[test]
fn a_changed_back_fill_of_an_unreleased_migration_is_not_absorbed() {
    let project = founded(FOUNDING);
    let filled = |value: &str| format!("{FOUNDING}filled currency {value}\n");
    project.define(&filled("EUR"));
    project.run(&["--name", "add_currency"]).expect(0);
    let before = project.contents();
    project.define(&filled("USD"));
    for arguments in [&[][..], &["--check"], &["--dry-run"]] {
        let refused = project.run(arguments).expect(1);
        refused.says("an annotation of column `currency` of `orders` (`.backfill(...)`, `.rewrite_using(...)`, `.with_no_data()` or a permission to drop) changed");
        refused.says("`cargo xtask gen-sql --amend`");
    }
    // So is a change beside another one.
    project.define(&format!("{}table lines\n", filled("USD")));
    project
        .run(&[])
        .expect(1)
        .says("column `currency` of `orders`");
    assert_eq!(project.contents(), before);
    project.define(&filled("USD"));
    project.run(&["--amend"]).expect(0);
    project.run(&["--check"]).expect(0);
    let fills = |value: &str| {
        let mut all = files(&project).into_iter();
        all.any(|(path, text)| {
            path.contains("/migrations/") && text.contains(&format!("'{value}'"))
        })
    };
    assert!(fills("USD") && !fills("EUR"));
    // Once it is released, what it did is done.
    commit(&project, "add currency");
    project.define(&format!("{FOUNDING}column currency\n"));
    project.run(&[]).expect(0);
    assert!(fills("USD"));
}

#[test]
fn a_database_that_the_environment_names_is_not_asked_and_that_is_told() {
    let project = founded(FOUNDING);
    add(&project, &["a"], "newest");
    let url = "postgres://nobody@127.0.0.1:1/none";
    let told = "the database of DATABASE_URL was not asked what it has run";
    let ran = project
        .run_with("DATABASE_URL", url, &["--amend"])
        .expect(0);
    ran.says(told).says("--database-url");
    let ran = project.run_with("DATABASE_URL", "", &["--amend"]).expect(0);
    assert!(!ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_column_that_a_planned_migration_drops_does_not_come_back_empty() {
    let project = founded("store shop\ntable orders\ncolumn note\n");
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    project.define("store shop\ntable orders\ndrop note\n");
    project.run(&["--name", "drop_note"]).expect(0);
    commit(&project, "drop the note");
    project.define("store shop\ntable orders\ncolumn note\n");
    let before = project.contents();
    project
        .run(&[])
        .expect(1)
        .says("column `note` of `orders`")
        .says("--amend");
    assert_eq!(project.contents(), before);
    project.run(&["--amend"]).expect(0);
    assert_eq!(project.migrations("shop"), ["001_create_orders.sql"]);
}

#[test]
fn what_an_earlier_migration_of_the_branch_loses_does_not_come_back_empty() {
    let project = founded("store shop\ntable orders\ncolumn note\n");
    let founding = project.migrations("shop");
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    let plan = |definition: &str, name: &str| {
        project.define(definition);
        project.run(&["--name", name]).expect(0);
        commit(&project, name);
    };
    plan("store shop\ntable orders\ndrop note\n", "drop_note");
    plan(
        "store shop\ntable orders\ndrop note\ntable other\n",
        "other",
    );
    project.define("store shop\ntable orders\ncolumn note\ntable other\n");
    for arguments in [&[][..], &["--amend"]] {
        let refused = project.run(arguments).expect(1);
        refused.says("drops data that the definition has again: column `note` of `orders`");
        refused.says("cargo xtask rebase");
    }
    project.run_command("rebase", &[]).expect(0);
    project.run(&["--check"]).expect(0);
    let names = project.migrations("shop");
    assert_eq!(names[..founding.len()], founding);
    assert_eq!(names.len(), founding.len() + 1, "{names:?}");
    // Once it is on the base branch, it is gone there too.
    plan(
        "store shop\ntable orders\ndrop note\ntable other\n",
        "drop_note",
    );
    git(&project, &["checkout", "--quiet", "main"]);
    git(&project, &["merge", "--quiet", "work"]);
    project.define("store shop\ntable orders\ncolumn note\ntable other\n");
    project.run(&[]).expect(0);
}

#[test]
fn columns_change_names_by_a_third_on_one_branch() {
    let project = founded("store shop\ntable orders\ncolumn a\ncolumn b\n");
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    for (definition, name) in [
        ("renamed c a\ncolumn b\n", "out_of_the_way"),
        ("renamed c a\nrenamed a b\n", "first"),
        ("renamed b c\nrenamed a b\n", "second"),
    ] {
        project.define(&format!("store shop\ntable orders\n{definition}"));
        let ran = project.run(&["--name", name]).expect(0);
        assert!(!ran.stderr.contains("does not reach"), "{}", ran.stderr);
        commit(&project, name);
    }
}

#[test]
fn a_store_that_the_base_branch_has_elsewhere_is_not_changed() {
    let project = founded(FOUNDING);
    let recorded = project.contents();
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    git(&project, &["checkout", "--quiet", "main"]);
    git(&project, &["mv", "generated", "elsewhere"]);
    commit(&project, "move");
    git(&project, &["checkout", "--quiet", "work"]);
    project.run(&[]).expect(0);
    project.define(&format!("{FOUNDING}table lines\n"));
    for arguments in [&[][..], &["--amend"]] {
        let refused = project.run(arguments).expect(1);
        refused.says("the store of `generated/shop` is in `elsewhere/shop` on `main`");
    }
    assert_eq!(project.contents(), recorded);
}
