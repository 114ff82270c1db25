//! Finding the PostgreSQL installations of a machine. Starts nothing and fetches nothing; every place it looks at is
//! data in [`Search`], so that a test can look at places of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Attempt, PostgresError};
use super::fetch::is_pinned;
use super::home::Home;
use super::os_user::ServerUser;
use super::version::{MajorVersion, ServerVersion};

/// The variable that names folders of PostgreSQL programs, separated as in `PATH`.
pub const PG_BIN_VARIABLE: &str = "EVENTCORE_PG_BIN";

/// The programs without which a folder is not an installation.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where the usual packages put their programs; a `*` stands for part of one folder's name. Folders that hold only
/// clients are here too, for `psql`'s sake.
const USUAL_FOLDERS: [&str; 12] = [
    // Debian, Ubuntu
    "/usr/lib/postgresql/*/bin",
    // built from source
    "/usr/local/pgsql/bin",
    // the PostgreSQL project's own packages for Fedora, RHEL, SUSE
    "/usr/pgsql-*/bin",
    // Alpine
    "/usr/libexec/postgresql*",
    "/usr/lib/postgresql*/bin",
    // Homebrew: Apple silicon, Intel, Linux
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/opt/homebrew/opt/libpq/bin",
    "/usr/local/opt/libpq/bin",
    // Postgres.app
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    // EDB's installer for macOS
    "/Library/PostgreSQL/*/bin",
];

/// How an installation was found; the earlier ones win where two have the same major version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `--pg-bin`.
    Argument,
    /// `EVENTCORE_PG_BIN`.
    Variable,
    /// `PATH`.
    Path,
    /// `pg_config --bindir`.
    PgConfig,
    /// Where the usual packages put their programs.
    UsualFolder,
    /// Fetched by us, now or earlier.
    Fetched,
}

impl Source {
    /// Whether the caller named it, so that it must be right.
    pub fn is_explicit(self) -> bool {
        self.named_by().is_some()
    }

    fn named_by(self) -> Option<&'static str> {
        match self {
            Self::Argument => Some("--pg-bin"),
            Self::Variable => Some(PG_BIN_VARIABLE),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argument => "--pg-bin",
            Self::Variable => PG_BIN_VARIABLE,
            Self::Path => "PATH",
            Self::PgConfig => "pg_config",
            Self::UsualFolder => "usual folder",
            Self::Fetched => "fetched",
        })
    }
}

/// The server programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder with initdb, `pg_ctl` and postgres.
    pub bin_dir: PathBuf,
    /// What `postgres --version` says.
    pub version: ServerVersion,
    /// How it was found.
    pub source: Source,
}

impl Installation {
    /// Looks at one folder.
    ///
    /// # Errors
    /// Says, as text, why the folder is not an installation that `user` can run.
    pub(super) fn at(bin_dir: &Path, source: Source, user: &ServerUser) -> Result<Self, String> {
        // Said this way, Debian's wrappers in /usr/bin are no installation, and a folder of clients is none either.
        if let Some(missing) = PROGRAMS
            .iter()
            .find(|program| !bin_dir.join(program).is_file())
        {
            return Err(if bin_dir.is_dir() {
                format!("no {missing} in it")
            } else {
                "no such folder".to_owned()
            });
        }
        // As the user who will run it: this finds closed folders and missing libraries before they hurt.
        let output = user
            .command(&bin_dir.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("user {} cannot run postgres there: {error}", user.name()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = ServerVersion::from_program_output(&text).ok_or_else(|| {
            let error = String::from_utf8_lossy(&output.stderr);
            format!("`postgres --version` gave no version: {text}{error}")
        })?;
        Ok(Self {
            bin_dir: bin_dir.to_owned(),
            version,
            source,
        })
    }
}

/// The best installation of each major version, and what gave nothing.
#[derive(Debug, Clone, Default)]
pub struct FoundVersions {
    /// By major version, unsupported ones included.
    pub installations: BTreeMap<MajorVersion, Installation>,
    /// The places that gave nothing, in the order of the search.
    pub attempts: Vec<Attempt>,
}

impl FoundVersions {
    /// The installations of versions that this project supports, oldest first.
    pub fn supported(&self) -> impl DoubleEndedIterator<Item = &Installation> {
        self.installations
            .values()
            .filter(|installation| installation.version.is_supported())
    }
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// From `--pg-bin`: must be right.
    pub arguments: Vec<PathBuf>,
    /// From `EVENTCORE_PG_BIN`: must be right.
    pub variable: Vec<PathBuf>,
    /// From `PATH`.
    pub path: Vec<PathBuf>,
    /// Where the usual packages put their programs; a `*` stands for part of one folder's name.
    pub usual_folders: Vec<String>,
    /// What was fetched earlier.
    pub home: Option<Home>,
}

impl Search {
    /// Everything that is to be searched on this machine.
    pub fn of_this_machine(arguments: Vec<PathBuf>, home: &Home) -> Self {
        let folders = |variable| {
            std::env::var_os(variable)
                .map(|value| std::env::split_paths(&value).collect())
                .unwrap_or_default()
        };
        Self {
            arguments,
            variable: folders(PG_BIN_VARIABLE),
            path: folders("PATH"),
            usual_folders: USUAL_FOLDERS.map(str::to_owned).to_vec(),
            home: Some(home.clone()),
        }
    }

    /// Looks everywhere.
    ///
    /// # Errors
    /// When a folder that was named explicitly is not an installation.
    pub fn find(&self, user: &ServerUser) -> Result<FoundVersions, PostgresError> {
        let mut found = FoundVersions::default();
        let mut seen = Vec::new();
        for (source, dir) in self.candidates(&mut found.attempts) {
            let dir = linked_folder(&dir).unwrap_or(dir);
            let canonical = dir.canonicalize().unwrap_or_else(|_| dir.clone());
            if seen.contains(&canonical) {
                continue;
            }
            seen.push(canonical);
            match (Installation::at(&dir, source, user), source.named_by()) {
                (Ok(installation), _) => {
                    found
                        .installations
                        .entry(installation.version.major)
                        .or_insert(installation);
                }
                (Err(reason), Some(named_by)) => {
                    return Err(PostgresError::UnusableBinDir {
                        named_by,
                        dir,
                        reason,
                    });
                }
                // Most folders of PATH have nothing to do with PostgreSQL.
                (Err(_), None) if source == Source::Path && !dir.join("postgres").exists() => {}
                (Err(reason), None) => {
                    found
                        .attempts
                        .push(Attempt::new(dir.display().to_string(), reason));
                }
            }
        }
        Ok(found)
    }

    /// The folders to look at, the preferred ones first; notes the sources that name none.
    fn candidates(&self, attempts: &mut Vec<Attempt>) -> Vec<(Source, PathBuf)> {
        let mut candidates = Vec::new();
        let mut add = |source, dirs: Vec<PathBuf>| {
            candidates.extend(dirs.into_iter().map(|dir| (source, dir)));
        };
        if self.arguments.is_empty() {
            attempts.push(Attempt::new("--pg-bin", "not given"));
        }
        add(Source::Argument, self.arguments.clone());
        if self.variable.is_empty() {
            attempts.push(Attempt::new(PG_BIN_VARIABLE, "not set"));
        }
        add(Source::Variable, self.variable.clone());
        if !self.path.iter().any(|dir| dir.join("postgres").exists()) {
            attempts.push(Attempt::new("PATH", "no postgres on it"));
        }
        add(Source::Path, self.path.clone());
        match self.pg_config_bin_dir() {
            Ok(dir) => add(Source::PgConfig, vec![dir]),
            Err(reason) => attempts.push(Attempt::new("pg_config --bindir", reason)),
        }
        for pattern in &self.usual_folders {
            let dirs = expand(pattern);
            if dirs.is_empty() {
                attempts.push(Attempt::new(pattern, "no such folder"));
            }
            add(Source::UsualFolder, dirs);
        }
        if let Some(home) = &self.home {
            let mut dirs = home.installed();
            dirs.retain(|dir| {
                dir.file_name()
                    .and_then(OsStr::to_str)
                    .is_some_and(is_pinned)
            });
            if dirs.is_empty() {
                attempts.push(Attempt::new(
                    home.dir().display().to_string(),
                    "nothing was fetched earlier",
                ));
            }
            let programs = |dir: PathBuf| dir.join("bin");
            add(Source::Fetched, dirs.into_iter().map(programs).collect());
        }
        candidates
    }

    fn pg_config_bin_dir(&self) -> Result<PathBuf, String> {
        let program = self.program_on_path("pg_config").ok_or("not on PATH")?;
        let output = Command::new(&program)
            .arg("--bindir")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let dir = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !dir.is_empty() {
            Ok(PathBuf::from(dir))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// The first `program` on the searched `PATH`.
    pub(super) fn program_on_path(&self, program: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|dir| dir.join(program))
            .find(|file| file.is_file())
    }

    /// The usual folders that exist.
    pub(super) fn existing_usual_folders(&self) -> Vec<PathBuf> {
        self.usual_folders
            .iter()
            .flat_map(|pattern| expand(pattern))
            .collect()
    }
}

/// The folder that a folder's programs are links into: it has all of them, and this one perhaps few.
fn linked_folder(dir: &Path) -> Option<PathBuf> {
    let postgres = dir.join("postgres").canonicalize().ok()?;
    let folder = postgres.parent()?;
    let has_all = PROGRAMS
        .iter()
        .all(|program| folder.join(program).is_file());
    (has_all && dir.canonicalize().ok()? != folder).then(|| folder.to_owned())
}

/// The existing folders that match a pattern with at most one `*` a component, in the order of their names.
fn expand(pattern: &str) -> Vec<PathBuf> {
    pattern
        .split('/')
        .filter(|component| !component.is_empty())
        .fold(vec![PathBuf::from("/")], |dirs, component| {
            dirs.iter()
                .flat_map(|dir| matching_folders(dir, component))
                .collect()
        })
}

fn matching_folders(dir: &Path, component: &str) -> Vec<PathBuf> {
    let Some((start, end)) = component.split_once('*') else {
        let exact = dir.join(component);
        return exact.is_dir().then_some(exact).into_iter().collect();
    };
    let mut names: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        })
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| dir.join(name))
        .filter(|path| path.is_dir())
        .collect()
}
