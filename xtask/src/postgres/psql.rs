//! Finding `psql`, which need not come from the folder of a server: the fetched ones have none.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::error::Attempt;
use super::find::{FoundVersions, Search};
use super::version::ServerVersion;

/// The newest `psql` among the named folders; else the newest of all other places.
///
/// # Errors
/// What was tried.
pub fn find_psql(search: &Search, found: &FoundVersions) -> Result<PathBuf, Vec<Attempt>> {
    let explicit = [search.arguments.clone(), search.variable.clone()].concat();
    let mut others = search.path.clone();
    others.extend(search.existing_usual_folders());
    others.extend(found.installations.values().map(|it| it.bin_dir.clone()));

    let mut attempts = Vec::new();
    for dirs in [explicit, others] {
        let mut best: Option<(ServerVersion, PathBuf)> = None;
        for program in dirs
            .iter()
            .map(|dir| dir.join("psql"))
            .filter(|p| p.is_file())
        {
            match version(&program) {
                // The first of the newest ones: PATH before other folders.
                Ok(version) if best.as_ref().is_none_or(|(known, _)| version > *known) => {
                    best = Some((version, program));
                }
                Ok(_) => {}
                Err(reason) => attempts.push(Attempt::new(program.display().to_string(), reason)),
            }
        }
        if let Some((_, program)) = best {
            return Ok(program);
        }
    }
    attempts.push(Attempt::new(
        "--pg-bin, EVENTCORE_PG_BIN, PATH, the usual folders, and the folders of the servers found",
        "no psql in any of them",
    ));
    Err(attempts)
}

fn version(psql: &PathBuf) -> Result<ServerVersion, String> {
    let output = Command::new(psql)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    ServerVersion::from_program_output(&text)
        .ok_or_else(|| format!("`psql --version` gave no version: {text}"))
}
