//! Files that follow the definition: each state is reported with its remedy, a run mends what is ours and never touches
//! what is not.

use std::fs;
use std::time::Duration;

use super::project::{Project, Ran};

const SCHEMA_MD: &str = "shop/SCHEMA.md";
const SCHEMA_SQL: &str = "shop/schema.sql";
const DEFINITION: &str = "unreleased\nstore shop\ntable orders\ncolumn note\n";

fn fresh() -> Project {
    let project = Project::new(DEFINITION);
    project.run(&[]).expect(0);
    project.run(&["--check"]).expect(0).says("Fresh");
    project
}

/// A check must report `path` in `state`; a run must then make the folder fresh, if `mended`.
fn check(project: &Project, path: &str, state: &str, mended: bool) -> Ran {
    let before = project.contents();
    let checked = project.run(&["--check"]).expect(4);
    assert_eq!(project.contents(), before, "--check wrote something");
    checked.says(&format!("{state:>12} generated/{path}"));
    project
        .run(&["--dry-run"])
        .expect(0)
        .says(&format!("{state:>12} generated/{path}"));
    assert_eq!(project.contents(), before, "--dry-run wrote something");
    if mended {
        checked.says("help: run `cargo xtask gen-sql`");
        project.run(&[]).expect(0);
        project.run(&["--check"]).expect(0);
    }
    checked
}

#[test]
fn an_edited_file_is_altered() {
    let project = fresh();
    project.edit(SCHEMA_MD, |text| text.replace("orders", "odours"));
    let checked = check(&project, SCHEMA_MD, "Altered", true);
    checked.says("by hand");
    assert!(
        checked
            .stdout
            .lines()
            .any(|line| line.starts_with('-') && line.contains("odours"))
    );
    assert!(
        checked
            .stdout
            .lines()
            .any(|line| line.starts_with('+') && line.contains("orders"))
    );
}

#[test]
fn a_deleted_file_is_missing() {
    let project = fresh();
    fs::remove_file(project.path(SCHEMA_SQL)).unwrap();
    check(&project, SCHEMA_SQL, "Missing", true).says("--- /dev/null");
    fs::remove_dir_all(project.path("")).unwrap();
    check(&project, SCHEMA_MD, "Missing", true);
}

#[test]
fn a_changed_definition_makes_files_stale() {
    let project = fresh();
    project.define(&format!("{DEFINITION}column tenant\n"));
    let checked = check(&project, SCHEMA_MD, "Stale", true);
    checked.says(&format!("{:>12} generated/{SCHEMA_SQL}", "Stale"));
    assert!(
        checked
            .stdout
            .lines()
            .any(|line| line.starts_with('+') && line.contains("tenant"))
    );
}

#[test]
fn a_stray_file_is_reported_and_never_deleted() {
    let project = fresh();
    fs::write(project.path("shop/notes.txt"), "mine").unwrap();
    check(&project, "shop/notes.txt", "Stray", false);
    project
        .run(&[])
        .expect(0)
        .says("warning: `generated/shop/notes.txt`");
    assert_eq!(fs::read(project.path("shop/notes.txt")).unwrap(), b"mine");
    project.run(&["--check"]).expect(4);
}

#[test]
fn what_is_written_by_hand_or_hidden_is_no_stray() {
    let project = fresh();
    fs::create_dir_all(project.path("src")).unwrap();
    fs::create_dir_all(project.path("target/debug")).unwrap();
    for path in [
        "Cargo.toml",
        "src/lib.rs",
        ".gitattributes",
        "target/debug/x",
    ] {
        fs::write(project.path(path), "mine").unwrap();
    }
    project.run(&["--check"]).expect(0);
}

#[test]
fn an_orphan_is_deleted_with_its_folder() {
    let project =
        Project::new("store shop\ntable orders\nstore depot\ntable shelves\nunreleased\n");
    project.run(&[]).expect(0);
    project.define("store shop\ntable orders\nunreleased\n");
    check(&project, "depot/SCHEMA.md", "Orphaned", true);
    assert!(!project.path("depot").exists());
}

#[test]
fn a_recorded_history_is_never_deleted() {
    let project = Project::new("store shop\ntable orders\n");
    project.run(&[]).expect(0);
    let before = project.contents();
    project.define("store depot\ntable orders\n");
    check(&project, "shop/schema.lock.json", "Blocked", false);
    let refused = project.run(&[]).expect(1);
    refused
        .says("a store that the project no longer names")
        .says("`git mv`");
    assert_eq!(project.contents(), before, "a refused run wrote something");
    fs::rename(project.path("shop"), project.path("depot")).unwrap();
    project.run(&[]).expect(0);
    project.run(&["--check"]).expect(0);
}

#[test]
fn an_orphan_that_was_edited_is_left_to_its_author() {
    let project = fresh();
    let copy = fs::read_to_string(project.path(SCHEMA_MD)).unwrap() + "my own words\n";
    fs::write(project.path("shop/MINE.md"), &copy).unwrap();
    check(&project, "shop/MINE.md", "Orphaned", false).says("yours to delete");
    project.run(&[]).expect(0).says("warning");
    assert_eq!(
        fs::read_to_string(project.path("shop/MINE.md")).unwrap(),
        copy
    );
}

#[test]
fn a_file_of_someone_else_is_never_overwritten() {
    let project = fresh();
    fs::write(project.path(SCHEMA_SQL), "SELECT 1;").unwrap();
    project.define(&format!("{DEFINITION}column tenant\n"));
    check(&project, SCHEMA_SQL, "Blocked", false);
    let before = project.contents();
    project
        .run(&[])
        .expect(1)
        .says("`generated/shop/schema.sql` (not generated");
    assert_eq!(project.contents(), before, "a refused run wrote something");
}

#[test]
fn folders_and_links_in_the_way_are_refused() {
    let in_the_way: [fn(&Project); 3] = [
        |project| fs::create_dir_all(project.path("shop/SCHEMA.md/x")).unwrap(),
        |project| std::os::unix::fs::symlink("/dev/null", project.path(SCHEMA_MD)).unwrap(),
        |project| {
            fs::remove_dir_all(project.path("shop")).unwrap();
            fs::write(project.path("shop"), "mine").unwrap();
        },
    ];
    for put in in_the_way {
        let project = fresh();
        fs::remove_file(project.path(SCHEMA_MD)).unwrap();
        put(&project);
        let before = project.contents();
        project.run(&[]).expect(1).says("in the way");
        project.run(&["--check"]).expect(4).says("Blocked");
        assert_eq!(project.contents(), before);
    }
}

#[test]
fn converted_line_ends_are_named_as_such() {
    let project = fresh();
    project.edit(SCHEMA_MD, |text| text.replace('\n', "\r\n"));
    let checked = check(&project, SCHEMA_MD, "Altered", true);
    checked.says(".gitattributes");
    assert!(!checked.stdout.contains("@@"), "{}", checked.stdout);
}

#[test]
fn a_run_without_changes_touches_nothing() {
    let project = fresh();
    let before = project.times();
    std::thread::sleep(Duration::from_millis(20));
    let ran = project.run(&[]).expect(0);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert_eq!(project.times(), before);
}

#[test]
fn a_folder_that_cannot_be_written_leaves_all_as_it_was() {
    let project = fresh();
    project.define(&format!(
        "{DEFINITION}column tenant\nstore depot\ntable shelves\n"
    ));
    project.hand_over_to_nobody();
    project.set_mode("shop", 0o555);
    let before = project.contents();
    let ran = project.run_as_nobody(&[]).expect(1);
    ran.says("cannot write")
        .says("generated/shop/")
        .says("nothing was changed");
    assert_eq!(project.contents(), before);
    project.set_mode("shop", 0o755);
    project.run_as_nobody(&[]).expect(0);
    project.run_as_nobody(&["--check"]).expect(0);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let project = fresh();
    project.hand_over_to_nobody();
    project.set_mode(SCHEMA_MD, 0o000);
    project
        .run_as_nobody(&["--check"])
        .expect(1)
        .says("cannot read")
        .says("SCHEMA.md");
}

#[test]
fn what_a_killed_run_left_behind_is_reported_and_removed() {
    let project = fresh();
    for path in ["shop/.SCHEMA.md.gen-sql-tmp", "shop/.gone.sql.gen-sql-tmp"] {
        fs::write(project.path(path), "hal").unwrap();
    }
    project.edit(SCHEMA_MD, |text| text.replace("orders", "odours"));
    check(&project, "shop/.SCHEMA.md.gen-sql-tmp", "Leftover", true);
    assert!(!project.path("shop/.gone.sql.gen-sql-tmp").exists());
}

#[test]
fn runs_at_the_same_time_agree() {
    let project = Project::new(DEFINITION);
    for round in 0..10 {
        project.define(&format!("{DEFINITION}column column_{round}\n"));
        let runs: Vec<_> = (0..4).map(|_| project.spawn(&[])).collect();
        for mut run in runs {
            assert!(run.wait().unwrap().success());
        }
        project.run(&["--check"]).expect(0);
    }
}

#[test]
fn machines_read_one_object_a_line() {
    let project = fresh();
    project.edit(SCHEMA_MD, |text| text.replace("orders", "odours"));
    let ran = project.run(&["--check", "--format", "json"]).expect(4);
    assert_eq!(ran.stderr, "");
    let lines: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [file, finished] = &lines[..] else {
        panic!("{}", ran.stdout)
    };
    assert_eq!(file["reason"], "file");
    assert_eq!(file["path"], "generated/shop/SCHEMA.md");
    assert_eq!(file["state"], "altered");
    assert_eq!(file["action"], "write");
    assert!(
        file["diff"]
            .as_str()
            .unwrap()
            .contains("+++ b/generated/shop/SCHEMA.md")
    );
    assert_eq!(finished["reason"], "finished");
    assert_eq!(finished["exit_code"], 4);
    assert_eq!(finished["command"], "cargo xtask gen-sql");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let project = fresh();
    project.edit(SCHEMA_MD, |text| text.replace("orders", "odours"));
    let plain = project.run(&["--check"]);
    assert!(!(plain.stdout + &plain.stderr).contains('\x1b'));
    assert!(
        project
            .run(&["--check", "--color", "always"])
            .stdout
            .contains("\x1b[32m+")
    );
}

#[test]
fn violations_of_all_stores_are_reported_at_once_and_nothing_is_written() {
    let long = "x".repeat(64);
    let project = fresh();
    let before = project.contents();
    project.define(&format!(
        "store shop\ntable orders\ncolumn {long}\nstore depot\ntable {long}\n"
    ));
    let ran = project.run(&[]).expect(1);
    ran.says("error[SM")
        .says("in: shop\n")
        .says("in: depot\n")
        .says("violations");
    assert_eq!(project.contents(), before);
    let ran = project.run(&["--check", "--format", "json"]).expect(1);
    assert!(
        ran.stdout
            .lines()
            .next()
            .unwrap()
            .contains("\"reason\":\"violation\"")
    );
}

#[test]
fn a_name_given_once_stays() {
    let project = fresh();
    let migrations = |project: &Project| -> Vec<String> {
        let paths = project.contents().into_keys();
        paths
            .filter(|path| path.contains("/migrations/") && path.ends_with("_add_tenant.sql"))
            .collect()
    };
    assert_eq!(migrations(&project), Vec::<String>::new());
    project.run(&["--name", "add_tenant"]).expect(0);
    let named = migrations(&project);
    assert_eq!(named.len(), 1);
    project.run(&["--check"]).expect(0);
    project.run(&[]).expect(0);
    assert_eq!(migrations(&project), named);
    // Also when the file itself is gone.
    std::fs::remove_file(project.path(&named[0])).unwrap();
    project.run(&["--check"]).expect(4).says("_add_tenant.sql");
    project.run(&[]).expect(0);
    assert_eq!(migrations(&project), named);
}

#[test]
fn a_planted_link_is_not_followed() {
    let project = fresh();
    let outside = tempfile::NamedTempFile::new().unwrap();
    let folder = project.path(SCHEMA_MD);
    let (folder, file) = (folder.parent().unwrap(), folder.file_name().unwrap());
    let temporary = format!(".{}.gen-sql-tmp", file.to_str().unwrap());
    std::fs::remove_file(project.path(SCHEMA_MD)).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.join(temporary)).unwrap();
    project.run(&[]).expect(0);
    assert_eq!(std::fs::read(outside.path()).unwrap(), b"");
    assert!(
        project
            .path(SCHEMA_MD)
            .symlink_metadata()
            .unwrap()
            .is_file()
    );
    project.run(&["--check"]).expect(0);
}

#[test]
fn a_wrong_command_line_says_what_is_right() {
    let project = fresh();
    project
        .run(&["--name", "Add Tenant"])
        .expect(1)
        .says("a slug is");
    project.run(&["--check", "--dry-run"]).expect(2);
    project.define("store src\n");
    project.run(&[]).expect(1).says("choose another name");
}

/// Two worktrees with one target folder run one binary.
#[test]
fn the_command_line_has_the_last_word_on_the_workspace() {
    let (here, there) = (Project::new("store shop\n"), Project::new("store shop\n"));
    let elsewhere = there.root().to_str().unwrap();
    here.run(&["--root", elsewhere]).expect(0);
    assert!(!here.path("shop").exists());
    there.run(&["--check"]).expect(0);
    here.run(&["--root", elsewhere, "--check"]).expect(0);
    here.run(&["--check"]).expect(4);
}
