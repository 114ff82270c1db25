//! Running `psql` as a user would, and what it said.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use eventcore_xtask::postgres::ServerAddress;

use crate::server::{or_panic, psql_program};

/// What a run of `psql` gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsqlOutput {
    /// Whether everything ran without an error.
    pub success: bool,
    /// Results.
    pub stdout: String,
    /// Errors and notices.
    pub stderr: String,
}

impl PsqlOutput {
    /// The results of a run that must succeed.
    ///
    /// # Panics
    /// With the errors, when it did not.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert!(self.success, "psql failed:\n{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The errors of a run that must fail.
    ///
    /// # Panics
    /// When it did not fail.
    #[track_caller]
    pub fn fails(self) -> String {
        assert!(
            !self.success,
            "psql did not fail:\n{}{}",
            self.stdout, self.stderr
        );
        self.stderr
    }
}

pub(crate) fn run<Argument: AsRef<OsStr>>(
    address: &ServerAddress,
    database: &str,
    arguments: impl IntoIterator<Item = Argument>,
) -> PsqlOutput {
    let mut command = Command::new(psql_program());
    // The caller's own PGOPTIONS and the like are meant for other servers.
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["--no-psqlrc", "--no-password", "--set=ON_ERROR_STOP=1"])
        .args(arguments)
        .env("PGHOST", &address.host)
        .env("PGPORT", address.port.to_string())
        .env("PGUSER", &address.user)
        .env("PGPASSWORD", &address.password)
        .env("PGDATABASE", database)
        .env("PGCLIENTENCODING", "UTF8")
        .stdin(Stdio::null())
        .output();
    let output = or_panic(output);
    PsqlOutput {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
