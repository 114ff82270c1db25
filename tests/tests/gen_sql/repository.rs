//! A project in a git repository of its own.

use std::process::Command;

use super::project::Project;

/// Runs git, whatever comes of it; what it says is for messages.
pub(crate) fn try_git(project: &Project, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada");
        command.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
    }
    let output = command
        .arg("-C")
        .arg(project.root())
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

pub(crate) fn git(project: &Project, arguments: &[&str]) -> String {
    let (done, said) = try_git(project, arguments);
    assert!(done, "git {arguments:?}: {said}");
    said
}

/// Commits all that is there.
pub(crate) fn commit(project: &Project, message: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", message]);
}

/// A project whose first migrations are committed on `main`.
pub(crate) fn founded(definition: &str) -> Project {
    let project = Project::new(definition);
    project.run(&[]).expect(0);
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    commit(&project, "found the store");
    project
}
