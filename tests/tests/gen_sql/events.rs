//! Event types that change under stored events: refused with the place, nothing is written, and an annotation allows it.

use super::project::Project;

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
