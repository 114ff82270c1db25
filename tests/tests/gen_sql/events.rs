//! Event types that change under stored events: refused with the place, nothing is written, and an annotation allows it.

use super::project::Project;
use super::repository::{commit, founded, git, try_git};

const BEFORE: &str = "store shop\ntable orders\nevent order.placed\nmember total\n";

#[test]
fn a_new_required_member_of_a_recorded_event_is_refused() {
    let project = Project::new(BEFORE);
    project.run(&[]).expect(0);
    let before = project.contents();
    let after = format!("{BEFORE}member tax\n");
    project.define(&after);
    for arguments in [&[][..], &["--check"], &["--dry-run"]] {
        let ran = project.run(arguments).expect(1);
        ran.says("error[SM123]: event type `order.placed`");
        ran.says("they lack the required member `tax`");
        ran.says("add `#[serde(default)]` to `tax`");
        ran.says("gen_sql_project.rs:");
    }
    assert_eq!(project.contents(), before, "a refused run wrote something");
    project.define(&format!("{after}retire order.placed\n"));
    project.run(&[]).expect(0);
    project.run(&["--check"]).expect(0);
    // The applied annotation may be removed.
    project.define(&after);
    project.run(&[]).expect(0);
    project.run(&["--check"]).expect(0);
}

#[test]
fn a_recorded_event_is_not_removed_silently() {
    let project = Project::new(BEFORE);
    project.run(&[]).expect(0);
    project.define("store shop\ntable orders\n");
    project.run(&[]).expect(1).says("error[SM121]");
    project.define("store shop\ntable orders\nretire order.placed\n");
    project.run(&[]).expect(0);
}

#[test]
fn a_shape_that_the_base_branch_lacks_may_change() {
    // What the branch records first, what it changes that into, and whether both branches' shapes are read then.
    let renamed = "event order.placed\nmember amount\nretire order.placed\n";
    let other = "event order.placed\nmember price\n";
    let new = "event order.sent\nmember at\n";
    let newer = "event order.sent\nmember on\n";
    let total = "event order.placed\nmember total\n";
    let cases = [
        // A type that the branch added: changed, and removed.
        (format!("{total}{new}"), format!("{total}{newer}"), true),
        (format!("{total}{new}"), total.to_owned(), true),
        // One that the base branch has, with a change that the branch allowed itself: back, and elsewhere.
        (renamed.to_owned(), total.to_owned(), true),
        (renamed.to_owned(), other.to_owned(), false),
        // Removed together with one of the branch: the base branch's is missed.
        (format!("{total}{new}"), String::new(), false),
    ];
    for (recorded, changed, accepted) in cases {
        let project = founded(BEFORE);
        git(&project, &["checkout", "--quiet", "-b", "work"]);
        let define = |events: &str| project.define(&format!("store shop\ntable orders\n{events}"));
        define(&recorded);
        project.run(&[]).expect(0);
        commit(&project, "change an event type");
        define(&changed);
        let ran = project.run(&[]);
        if accepted {
            ran.expect(0)
                .says("that a program of this branch has stored cannot be read any more")
                .says("`main` does not have their shape");
            project.run(&["--check"]).expect(0);
            // Merged, it is released.
            commit(&project, "change it again");
            git(&project, &["checkout", "--quiet", "main"]);
            git(&project, &["merge", "--quiet", "work"]);
            define("");
            project.run(&[]).expect(1).says("error[SM121]");
        } else {
            ran.expect(1).says("event type `order.placed`");
        }
    }
}

#[test]
fn a_shape_that_is_not_committed_may_change_before_there_is_a_base_branch() {
    let project = Project::new(BEFORE);
    project.run(&[]).expect(0);
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    let define = |member: &str| {
        let events = format!("event order.placed\nmember {member}\n");
        project.define(&format!("store shop\ntable orders\n{events}"));
    };
    define("amount");
    project.run(&[]).expect(0).says("`HEAD` does not have");
    commit(&project, "found the store");
    define("price");
    project.run(&[]).expect(1).says("error[SM123]");
}

#[test]
fn a_removed_member_does_not_come_back_as_another() {
    let project = Project::new("store shop\nevent order.placed\nmember total\nmember at\n");
    project.run(&[]).expect(0);
    project.define("store shop\nevent order.placed\nmember at\n");
    let said = "the member `total` of event type `order.placed` is not read any more";
    project.run(&[]).expect(0).says(said);
    let said_once = project.run(&["--check"]).expect(0);
    assert!(!said_once.stderr.contains(said), "{}", said_once.stderr);
    // Another change in between.
    project.define("store shop\ntable orders\nevent order.placed\nmember at\n");
    project.run(&[]).expect(0);
    project.define("store shop\ntable orders\nevent order.placed\nmember at\noptional total\n");
    let before = project.contents();
    project
        .run(&[])
        .expect(1)
        .says("the member `total` was written as");
    assert_eq!(project.contents(), before, "a refused run wrote something");
    project.define("store shop\ntable orders\nevent order.placed\nmember at\nmember total\n");
    project
        .run(&[])
        .expect(1)
        .says("they lack the required member `total`");
}

#[test]
fn new_events_that_stop_programs_of_the_previous_release_are_named() {
    let project = Project::new(BEFORE);
    project.run(&[]).expect(0);
    let said = "programs of the previous release stop at new events of type `order.placed`";
    project.define(&format!("{BEFORE}optional note\n"));
    let ran = project.run(&[]).expect(0);
    assert!(!ran.stderr.contains(said), "{}", ran.stderr);
    project.define(&format!("{BEFORE}optional note\nversion 2\n"));
    project
        .run(&[])
        .expect(0)
        .says(said)
        .says("its version is 2 now");
    // The member that they need is gone.
    project.define("store shop\ntable orders\nevent order.placed\noptional note\nversion 2\n");
    project
        .run(&[])
        .expect(0)
        .says(said)
        .says("to them, they lack the required member `total`");
    // Types that they do not know stop them too; said once for all of them.
    let new = "event order.paid\nmember at\nevent order.sent\nmember at\n";
    project.define(&format!("{BEFORE}retire order.placed\nversion 2\n{new}"));
    let ran = project.run(&[]).expect(0);
    ran.says("at new events of type `order.paid`, `order.sent`: they do not know it");
}

#[test]
fn what_the_base_branch_stores_is_read_whatever_the_branch_recorded() {
    let total = "event order.placed\nmember total\n";
    let other = "event order.placed\nmember amount\n";
    let project = founded(&format!("store shop\ntable orders\n{total}"));
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    let define = |events: &str| project.define(&format!("store shop\ntable orders\n{events}"));
    define(&format!("{other}retire order.placed\n"));
    project.run(&[]).expect(0);
    commit(&project, "another shape");
    project.run(&["--check"]).expect(0);
    // The word goes before the base branch has it.
    define(other);
    for arguments in [&[][..], &["--check"]] {
        project
            .run(arguments)
            .expect(1)
            .says("error[SM123]: event type `order.placed`");
    }
    define(&format!("{other}retire order.placed\n"));
    project.run(&["--check"]).expect(0);
    git(&project, &["checkout", "--quiet", "main"]);
    git(&project, &["merge", "--quiet", "work"]);
    define(other);
    project.run(&[]).expect(0);
}

#[test]
fn a_merge_that_forgets_a_shape_is_refused() {
    let project = founded("store shop\ntable orders\n");
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    let define = |events: &str| project.define(&format!("store shop\ntable orders\n{events}"));
    let ours = "event order.placed\nmember amount\n";
    define(ours);
    project.run(&[]).expect(0);
    commit(&project, "ours");
    git(&project, &["checkout", "--quiet", "main"]);
    define("event order.placed\nmember total\n");
    project.run(&[]).expect(0);
    commit(&project, "theirs");
    git(&project, &["checkout", "--quiet", "work"]);
    let (merged, _) = try_git(&project, &["merge", "main"]);
    assert!(!merged);
    git(&project, &["checkout", "--ours", "--", "."]);
    define(ours);
    project
        .run(&[])
        .expect(1)
        .says("they lack the required member `amount`");
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "merge"]);
    project.run(&["--check"]).expect(1).says("error[SM123]");
}
