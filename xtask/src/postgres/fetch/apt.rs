//! Programs from Debian's and Ubuntu's own packages, where we are root and may use apt.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::error::Attempt;
use super::super::os_user::ServerUser;
use super::super::version::MajorVersion;

/// Debian makes and starts a cluster when a server package comes; this file, there only during the installation,
/// keeps it from doing so.
const NO_CLUSTER_DIR: &str = "/etc/postgresql-common/createcluster.d";
const NO_CLUSTER_FILE: &str = "eventcore-tests.conf";

/// Installs `postgresql-N` and gives the folder of its programs.
pub(super) fn fetch_server(
    apt_get: Option<&Path>,
    user: &ServerUser,
    major: MajorVersion,
) -> Result<PathBuf, Attempt> {
    let package = format!("postgresql-{major}");
    let what = format!("apt-get install {package}");
    let apt_get = allowed(apt_get, user).map_err(|reason| Attempt::new(&what, reason))?;
    without_cluster(|| install(apt_get, &package)).map_err(|reason| Attempt::new(&what, reason))?;
    Ok(PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")))
}

/// Installs `postgresql-client`, for `psql`.
pub(super) fn fetch_client(apt_get: Option<&Path>, user: &ServerUser) -> Result<(), Attempt> {
    let package = "postgresql-client";
    allowed(apt_get, user)
        .and_then(|apt_get| install(apt_get, package))
        .map_err(|reason| Attempt::new(format!("apt-get install {package}"), reason))
}

fn allowed<'a>(apt_get: Option<&'a Path>, user: &ServerUser) -> Result<&'a Path, String> {
    let apt_get = apt_get.ok_or("no apt-get on PATH")?;
    if user.we_are_root() {
        Ok(apt_get)
    } else {
        Err("only root may use it".to_owned())
    }
}

fn install(apt_get: &Path, package: &str) -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        super::run(
            Command::new(apt_get)
                // Another installation may be under way.
                .args(["-qq", "-o", "DPkg::Lock::Timeout=120"])
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", package])
}

fn without_cluster(install: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let file = Path::new(NO_CLUSTER_DIR).join(NO_CLUSTER_FILE);
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    fs::create_dir_all(NO_CLUSTER_DIR).map_err(failed)?;
    fs::File::create(&file)
        .and_then(|mut file| file.write_all(b"create_main_cluster = false\n"))
        .map_err(failed)?;
    let installed = install();
    fs::remove_file(&file).map_err(failed)?;
    installed
}
