//! Runs the lines of a `sh` block as a reader would type them. Knows no line's meaning, but for `cd` and the exit code
//! that a comment promises.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::TestDatabase;
use crate::guide::copy::scratch;
use crate::server::psql_program;

/// A shell that stands in a folder.
#[derive(Debug)]
pub struct Commands {
    folder: PathBuf,
    target: PathBuf,
    url: String,
}

impl Commands {
    /// In a folder, with cargo building into `target`, and `DATABASE_URL` naming the database.
    pub fn new(folder: &Path, target: &Path, database: &TestDatabase<'_>) -> Self {
        Self {
            folder: folder.to_owned(),
            target: target.to_owned(),
            url: database.url(),
        }
    }

    /// Runs a block; what it wrote to standard output. A line that says `# ... exits with 4` must do that, any other
    /// must exit with 0.
    ///
    /// # Panics
    /// When a line exits otherwise.
    pub fn run(&mut self, block: &str) -> String {
        lines(block).iter().map(|line| self.line(line)).collect()
    }

    /// Runs one line; what it wrote to standard output.
    ///
    /// # Panics
    /// As [`Commands::run`].
    pub fn line(&mut self, line: &str) -> String {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder = self.folder.join(folder.trim());
            assert!(self.folder.is_dir(), "no folder {}", self.folder.display());
            return String::new();
        }
        let promised = line.rsplit_once("exits with ").map_or(0, |(_, code)| {
            code.trim().parse().expect("a line promises an exit code")
        });
        let mut path = psql_program()
            .parent()
            .map(Path::to_owned)
            .into_iter()
            .collect::<Vec<_>>();
        path.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", line])
            .current_dir(&self.folder)
            .env(
                "PATH",
                std::env::join_paths(path).expect("the parts of PATH join again"),
            )
            .env("DATABASE_URL", &self.url)
            .env("CARGO_TARGET_DIR", &self.target)
            // What these tests were built from need not be built again.
            .env("CARGO_BUILD_BUILD_DIR", scratch(""))
            .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
            // What a lock file names was fetched for these tests already.
            .env("CARGO_NET_OFFLINE", "true")
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(promised),
            "`{line}` exits otherwise:\n{stdout}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        stdout
    }
}

/// Commands of a block: lines, or several that a backslash or an indent joins; without comments of their own.
pub fn lines(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    let mut lines: Vec<String> = Vec::new();
    for line in joined
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let continues = line.starts_with(' ') || line == "done";
        match lines.last_mut() {
            Some(last) if continues => {
                last.push('\n');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}
