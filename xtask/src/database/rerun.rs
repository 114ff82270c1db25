//! The command without its driver: has cargo build the running package once more, with the feature, and run the same
//! command. Knows no database.

use std::path::Path;
use std::process::{Command, ExitCode};

use serde::Deserialize;

use super::error::DatabaseError;
use crate::shell::{Color, Shell};

/// What `cargo metadata` says that matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    features: serde_json::Map<String, serde_json::Value>,
}

/// Runs the same command with the feature.
pub(crate) fn run(shell: &mut Shell) -> Result<ExitCode, DatabaseError> {
    // `cargo run` tells the program which package it is of.
    let variable = |name| std::env::var(name).map_err(|_| DatabaseError::NotByCargo);
    let folder = variable("CARGO_MANIFEST_DIR")?;
    let package = variable("CARGO_PKG_NAME")?;
    let cargo = variable("CARGO")?;
    let manifest = Path::new(&folder).join("Cargo.toml");
    let program =
        std::env::current_exe().map_err(|error| cargo_error("find this program", error))?;
    let bin = program.file_stem().ok_or(DatabaseError::NotByCargo)?;
    if !has_feature(&cargo, &manifest, &package)? {
        return Err(DatabaseError::NoFeature { package, manifest });
    }
    shell.status(
        "Building",
        Color::Cyan,
        format_args!("`{package}` with the database driver"),
    );
    let mut command = Command::new(&cargo);
    command
        .args(["run", "--quiet", "--manifest-path"])
        .arg(&manifest)
        .arg("--bin")
        .arg(bin)
        .args(["--features", "migrate"]);
    if program
        .components()
        .any(|part| part.as_os_str() == "release")
    {
        command.arg("--release");
    }
    command.arg("--").args(std::env::args_os().skip(1));
    become_it(command).map_err(|error| cargo_error("run cargo", error))
}

/// In the place of this process, as cargo does it too: who stops the one that was started stops the one that works.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    let code = command.status()?.code();
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn has_feature(cargo: &str, manifest: &Path, package: &str) -> Result<bool, DatabaseError> {
    let doing = "ask cargo for the package's features";
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(manifest)
        .output()
        .map_err(|error| cargo_error(doing, error))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(DatabaseError::Cargo { doing, reason });
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| cargo_error(doing, error))?;
    Ok(metadata
        .packages
        .iter()
        .any(|one| one.name == package && one.features.contains_key("migrate")))
}

fn cargo_error(doing: &'static str, error: impl ToString) -> DatabaseError {
    DatabaseError::Cargo {
        doing,
        reason: error.to_string(),
    }
}
