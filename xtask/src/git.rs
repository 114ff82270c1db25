//! What git knows of a checkout: commits, the files in them, and which branch is the base of the one that is checked
//! out. Asks; changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use thiserror::Error;

/// A checkout.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    root: PathBuf,
}

/// A commit, and the name that it was found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) name: String,
    pub(crate) id: String,
}

/// Why git gave no answer.
#[derive(Debug, Error)]
pub(crate) enum GitError {
    #[error("cannot run `git` ({0}); install it, or put it into the PATH")]
    Run(#[from] io::Error),
    #[error("git names no commit `{0}`; name a branch, a tag or a commit that this clone has")]
    NoCommit(String),
    #[error("`git {arguments}` fails: {message}")]
    Failed { arguments: String, message: String },
}

/// Branches that are the base of others, by the names that people give them.
const BASES: [&str; 2] = ["main", "master"];

impl Git {
    /// The checkout that a folder is part of, if it is part of one.
    pub(crate) fn at(root: &Path) -> Result<Option<Self>, GitError> {
        let git = Self {
            root: root.to_owned(),
        };
        let arguments = ["rev-parse", "--is-inside-work-tree"];
        let output = git.run(&arguments)?;
        let message = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(Some(git))
        } else if message.contains("not a git repository") {
            Ok(None)
        } else {
            Err(failed(&arguments, &output))
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, GitError> {
        let mut command = Command::new("git");
        // Its words are read, so they are to be English.
        command.arg("-C").arg(&self.root).env("LC_ALL", "C");
        Ok(command.args(arguments).output()?)
    }

    /// What git says; nothing when it exits with 1, or with 128 where `missing` is what it complains of.
    fn ask(&self, arguments: &[&str]) -> Result<Option<String>, GitError> {
        let output = self.run(arguments)?;
        match output.status.code() {
            Some(0) => {
                let text = String::from_utf8_lossy(&output.stdout);
                Ok(Some(text.trim_end_matches('\n').to_owned()))
            }
            Some(1) => Ok(None),
            _ => Err(failed(arguments, &output)),
        }
    }

    /// The commit of a name.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Commit>, GitError> {
        let wanted = format!("{name}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ];
        let id = self.ask(&arguments)?;
        Ok(id.map(|id| Commit {
            name: name.to_owned(),
            // `--end-of-options` is repeated by some versions.
            id: id.lines().last().unwrap_or_default().to_owned(),
        }))
    }

    /// The commit of a name that a user gave.
    pub(crate) fn named(&self, name: &str) -> Result<Commit, GitError> {
        let found = self.find(name)?;
        found.ok_or_else(|| GitError::NoCommit(name.to_owned()))
    }

    /// The branch that is checked out, if one is.
    fn branch(&self) -> Result<Option<String>, GitError> {
        self.ask(&["symbolic-ref", "--short", "--quiet", "HEAD"])
    }

    /// Whether the branch that is checked out is one that others are based on.
    pub(crate) fn is_on_base(&self) -> Result<bool, GitError> {
        let branch = self.branch()?;
        Ok(branch.is_some_and(|branch| BASES.contains(&branch.as_str())))
    }

    /// The branch that migrations are released by: the remote's main branch, else the upstream of the one that is
    /// checked out if that is `main` or `master`, else a local one of these names that is not checked out.
    pub(crate) fn base(&self) -> Result<Option<Commit>, GitError> {
        let mut names: Vec<_> = ["HEAD", "main", "master"]
            .map(|name| format!("origin/{name}"))
            .into();
        let branch = self.branch()?;
        if self.is_on_base()? {
            names.push("@{upstream}".to_owned());
        }
        let local = BASES
            .iter()
            .filter(|name| branch.as_deref() != Some(**name));
        names.extend(local.map(|name| (*name).to_owned()));
        for name in names {
            let full = match name.split_once('/') {
                Some(_) => format!("refs/remotes/{name}"),
                None if name.starts_with('@') => name.clone(),
                None => format!("refs/heads/{name}"),
            };
            if let Some(found) = self.find(&full)? {
                return Ok(Some(Commit { name, ..found }));
            }
        }
        Ok(None)
    }

    /// The commits that a merge commit puts together; fewer than two where it is none.
    pub(crate) fn parents(&self, commit: &Commit) -> Result<Vec<Commit>, GitError> {
        let mut parents = Vec::new();
        for number in 1.. {
            match self.find(&format!("{}^{number}", commit.id))? {
                Some(parent) => parents.push(parent),
                None => break,
            }
        }
        Ok(parents)
    }

    /// Whether all of `commit` is in `other`.
    pub(crate) fn is_within(&self, commit: &Commit, other: &Commit) -> Result<bool, GitError> {
        let found = self.ask(&["merge-base", "--is-ancestor", &commit.id, &other.id])?;
        Ok(found.is_some())
    }

    /// The last commit that two have in common.
    pub(crate) fn merge_base(
        &self,
        one: &Commit,
        other: &Commit,
    ) -> Result<Option<Commit>, GitError> {
        match self.ask(&["merge-base", &one.id, &other.id])? {
            Some(id) => self.find(&id),
            None => Ok(None),
        }
    }

    /// The names of the files in a folder of a commit, given below the root.
    pub(crate) fn list(&self, commit: &Commit, folder: &str) -> Result<Vec<String>, GitError> {
        let path = format!("{folder}/");
        let arguments = ["ls-tree", "-z", "--name-only", &commit.id, &path];
        let output = self.run(&arguments)?;
        if !output.status.success() {
            return Err(failed(&arguments, &output));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let paths = text.split('\0').filter(|path| !path.is_empty());
        let names = paths.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
        Ok(names.collect())
    }

    /// The paths of a commit's files, from the top of the checkout.
    pub(crate) fn files(&self, commit: &Commit) -> Result<Vec<String>, GitError> {
        let arguments = [
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--full-tree",
            &commit.id,
        ];
        let output = self.run(&arguments)?;
        if !output.status.success() {
            return Err(failed(&arguments, &output));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.split('\0').map(str::to_owned).collect())
    }

    /// A file of a commit, by its path below the root.
    pub(crate) fn show(&self, commit: &Commit, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        if !self.list(commit, folder)?.iter().any(|known| known == name) {
            return Ok(None);
        }
        let object = format!("{}:./{path}", commit.id);
        let arguments = ["cat-file", "blob", &object];
        let output = self.run(&arguments)?;
        if output.status.success() {
            Ok(Some(output.stdout))
        } else {
            Err(failed(&arguments, &output))
        }
    }
}

fn failed(arguments: &[&str], output: &Output) -> GitError {
    GitError::Failed {
        arguments: arguments.join(" "),
        message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    }
}
