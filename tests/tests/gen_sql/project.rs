//! A project in a temporary folder, and `gen-sql` run on it as a process.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use tempfile::TempDir;

/// The user and group `nobody`, whom file permissions bind even where the tests run as root.
const NOBODY: u32 = 65534;

/// A project in a temporary folder.
pub(crate) struct Project {
    root: TempDir,
}

/// A run that has ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Demands an exit code.
    pub(crate) fn expect(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, code, "stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }

    /// Demands a text on either stream.
    pub(crate) fn says(&self, text: &str) -> &Self {
        let Self { stdout, stderr, .. } = self;
        let said = stdout.contains(text) || stderr.contains(text);
        assert!(said, "no `{text}` in stdout:\n{stdout}\nstderr:\n{stderr}");
        self
    }
}

impl Project {
    pub(crate) fn new(definition: &str) -> Self {
        let project = Self {
            root: TempDir::new().unwrap(),
        };
        project.define(definition);
        project
    }

    pub(crate) fn define(&self, definition: &str) {
        fs::write(self.root.path().join("definition.txt"), definition).unwrap();
    }

    /// A path below the output folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join("generated").join(path)
    }

    pub(crate) fn edit(&self, path: &str, change: impl FnOnce(String) -> String) {
        let before = fs::read_to_string(self.path(path)).unwrap();
        let after = change(before.clone());
        assert_ne!(after, before, "the test edits nothing");
        fs::write(self.path(path), after).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// Runs with a variable of the environment.
    pub(crate) fn run_with(&self, variable: &str, value: &str, arguments: &[&str]) -> Ran {
        finish(self.command(arguments).env(variable, value))
    }

    /// Runs another command than `gen-sql`.
    pub(crate) fn run_command(&self, command: &str, arguments: &[&str]) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_gen_sql_project"));
        finish(&mut self.command_of(program, command, arguments))
    }

    /// The workspace's folder.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The names of a store's migrations, in order.
    pub(crate) fn migrations(&self, store: &str) -> Vec<String> {
        let folder = self.path(store).join("migrations");
        let entries = fs::read_dir(folder).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names
            .filter(|name| name.strip_suffix(".sql").is_some())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits until a file is there or the run has ended.
    pub(crate) fn wait_for(&self, child: &mut Child, path: &str) {
        let path = self.path(path);
        while !path.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
    }

    /// Waits until a file that was there is gone, or the run has ended.
    pub(crate) fn wait_until_gone(&self, child: &mut Child, path: &str) {
        self.wait_for(child, path);
        let path = self.path(path);
        while path.exists() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
    }

    /// Makes everything `nobody`'s.
    pub(crate) fn hand_over_to_nobody(&self) {
        if is_root() {
            walk(self.root.path(), &mut |path| {
                chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            });
            // A build folder may be closed to others.
            let program = self.root.path().join("xtask");
            // By another process: one that this one starts meanwhile would keep a file open that is written here, and no open
            // file is run.
            let copied = Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_gen_sql_project"))
                .arg(program)
                .status();
            assert!(copied.unwrap().success());
        }
    }

    pub(crate) fn run_as_nobody(&self, arguments: &[&str]) -> Ran {
        if !is_root() {
            return self.run(arguments);
        }
        let program = self.root.path().join("xtask");
        let mut command = self.command_of(&program, "gen-sql", arguments);
        finish(command.uid(NOBODY).gid(NOBODY))
    }

    pub(crate) fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Every file of the output folder, with what it holds.
    pub(crate) fn contents(&self) -> BTreeMap<String, String> {
        self.files(|path| fs::read_to_string(path).unwrap_or_default())
    }

    /// Every file of the output folder, with the time of its last change.
    pub(crate) fn times(&self) -> BTreeMap<String, SystemTime> {
        self.files(|path| fs::metadata(path).unwrap().modified().unwrap())
    }

    fn files<T>(&self, what: impl Fn(&Path) -> T) -> BTreeMap<String, T> {
        let mut files = BTreeMap::new();
        walk(&self.path(""), &mut |path| {
            files.insert(path.display().to_string(), what(path));
        });
        files
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_gen_sql_project"));
        self.command_of(program, "gen-sql", arguments)
    }

    fn command_of(&self, program: &Path, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .arg(name)
            .args(arguments)
            .env("PROJECT_ROOT", self.root.path())
            .current_dir(self.root.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn finish(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = TempDir::new().unwrap();
    fs::metadata(own.path()).unwrap().uid() == 0
}

fn walk(path: &Path, visit: &mut impl FnMut(&Path)) {
    visit(path);
    let Ok(entries) = fs::read_dir(path) else {
        return;
    };
    for entry in entries {
        walk(&entry.unwrap().path(), visit);
    }
}
