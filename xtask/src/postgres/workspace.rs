//! What cargo knows of the workspace we stand in: its target folder, and which packages' tests need a server.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use super::error::PostgresError;

/// The workspace around the current folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Where cargo builds.
    pub target_directory: PathBuf,
    /// The test targets that are run on each version: those of packages with `[package.metadata.eventcore] server-tests =
    /// true`, but for those that `on-one-version` names: these learn nothing new from a second one.
    pub server_tests: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
    metadata: Option<PackageMetadata>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct PackageMetadata {
    eventcore: Option<EventcoreMetadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct EventcoreMetadata {
    server_tests: bool,
    #[serde(default)]
    on_one_version: Vec<String>,
}

/// The cargo that runs us, or the one on `PATH`.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
}

impl Workspace {
    /// Asks cargo, without touching the network or `Cargo.lock`.
    ///
    /// # Errors
    /// When the current folder is in no workspace, or cargo's answer cannot be read.
    pub fn here() -> Result<Self, PostgresError> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(PostgresError::io("run `cargo metadata`"))?;
        let unreadable = |reason: String| PostgresError::Unreadable {
            what: "the answer of `cargo metadata`".to_owned(),
            reason,
        };
        if !output.status.success() {
            return Err(unreadable(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| unreadable(error.to_string()))?;
        Ok(Self {
            target_directory: metadata.target_directory,
            server_tests: metadata
                .packages
                .into_iter()
                .flat_map(server_tests)
                .collect(),
        })
    }
}

fn server_tests(package: Package) -> Vec<String> {
    let Some(eventcore) = package.metadata.and_then(|metadata| metadata.eventcore) else {
        return Vec::new();
    };
    package
        .targets
        .into_iter()
        .filter(|target| target.kind.iter().any(|kind| kind == "test"))
        .map(|target| target.name)
        .filter(|name| eventcore.server_tests && !eventcore.on_one_version.contains(name))
        .collect()
}
