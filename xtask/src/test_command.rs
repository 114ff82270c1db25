//! `cargo xtask test`: every test of the workspace on one PostgreSQL version, and the tests that need a server on each
//! other version. Knows how cargo is called; servers are the business of `postgres`.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::Args;

use crate::postgres::{
    Fetchers, FoundVersions, Home, Installation, MajorVersion, PSQL_VARIABLE, PostgresError,
    SERVER_VARIABLE, Search, ServerOptions, ServerUser, Workspace, cargo, fetched_versions, obtain,
    obtain_psql,
};

/// Without options, the tests run on every supported version that this machine has; if it has none, on the newest one,
/// which is fetched. The first run is the whole workspace on the newest of the versions; on the others only the packages
/// run whose tests need a server.
#[derive(Debug, Args)]
pub(crate) struct TestCommand {
    /// PostgreSQL versions to test on, fetched where missing: `15,18`, or `all` that are installed or can be fetched
    #[arg(long, value_name = "VERSIONS")]
    pg: Option<Versions>,
    /// A folder of PostgreSQL programs (repeatable; also `EVENTCORE_PG_BIN`)
    #[arg(long, value_name = "DIR")]
    pg_bin: Vec<PathBuf>,
    /// Arguments for `cargo test`, such as `--package`, `--test`, or after another `--` those of the test binaries
    #[arg(last = true, value_name = "CARGO TEST ARGUMENTS")]
    cargo_arguments: Vec<OsString>,
}

/// The value of `--pg`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Versions {
    /// Every supported version that this machine has or that can be fetched.
    All,
    /// These major versions, oldest first.
    These(Vec<MajorVersion>),
}

impl FromStr for Versions {
    type Err = PostgresError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        let mut versions = text
            .split(',')
            .map(|version| {
                version.trim().parse().map_err(|_| PostgresError::Version {
                    text: version.to_owned(),
                    help: "name major versions, such as `15,18`, or `all`",
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        versions.sort_unstable();
        versions.dedup();
        Ok(Self::These(versions))
    }
}

impl Versions {
    fn majors(self, found: &FoundVersions) -> Vec<MajorVersion> {
        match self {
            Self::All => {
                let installed = found.supported().map(|it| it.version.major);
                let all: BTreeSet<_> = installed.chain(fetched_versions()).collect();
                all.into_iter().collect()
            }
            Self::These(majors) => majors,
        }
    }
}

/// One call of `cargo test`.
struct Run {
    version: MajorVersion,
    arguments: Vec<OsString>,
    /// What it covers, for the person who waits.
    covers: &'static str,
}

impl TestCommand {
    pub(crate) fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let user = ServerUser::choose()?;
        let workspace = Workspace::here()?;
        let home = Home::below(&workspace.target_directory, &user)?;
        let search = Search::of_this_machine(self.pg_bin, &home);
        let installations = installations(&search, &home, &user, self.pg)?;
        let psql = obtain_psql(&Fetchers::of(&search), &search, &home, &user)?;
        say("Found", format_args!("psql ({})", psql.display()));

        let started = Instant::now();
        let mut failed = Vec::new();
        let mut first = true;
        // The newest version first: it gets the whole workspace.
        for installation in installations.iter().rev() {
            let run = run(&workspace, installation, &self.cargo_arguments, first);
            if !execute(&run, installation, &user, &psql)? {
                failed.push(run);
            }
            first = false;
        }
        Ok(summarise(&installations, &failed, started.elapsed()))
    }
}

/// What to test on, oldest first.
fn installations(
    search: &Search,
    home: &Home,
    user: &ServerUser,
    wanted: Option<Versions>,
) -> Result<Vec<Installation>, PostgresError> {
    let found = search.find(user)?;
    let explicit = !search.arguments.is_empty() || !search.variable.is_empty();
    let installations: Vec<_> = match wanted {
        Some(versions) => versions
            .majors(&found)
            .into_iter()
            .map(|major| {
                if !found.installations.contains_key(&major) {
                    say("Fetching", format_args!("PostgreSQL {major}"));
                }
                obtain(search, home, user, Some(major))
            })
            .collect::<Result<_, _>>()?,
        // Who names folders wants these and no others.
        None if explicit => found
            .installations
            .into_values()
            .filter(|installation| installation.source.is_explicit())
            .collect(),
        None => found.supported().cloned().collect(),
    };
    if installations.is_empty() {
        say("Fetching", "PostgreSQL");
        return Ok(vec![obtain(search, home, user, None)?]);
    }
    for installation in &installations {
        let Installation {
            bin_dir,
            version,
            source,
        } = installation;
        say(
            "Found",
            format_args!("PostgreSQL {version} ({}, {source})", bin_dir.display()),
        );
    }
    Ok(installations)
}

/// The call of `cargo test` for one version. Arguments that choose packages or targets overrule our own choice.
fn run(workspace: &Workspace, installation: &Installation, extra: &[OsString], first: bool) -> Run {
    let (ours, covers) = if extra.iter().any(chooses_packages) {
        (Vec::new(), "the chosen packages")
    } else if extra.iter().any(chooses_targets) {
        (vec!["--workspace"], "the chosen targets")
    } else if first || workspace.server_tests.is_empty() {
        (vec!["--workspace"], "the whole workspace")
    } else {
        // Of the whole workspace too: features of a package alone may be fewer, and all would be built a second time.
        let mut arguments = vec!["--workspace", "--lib"];
        arguments.extend(
            workspace
                .server_tests
                .iter()
                .flat_map(|name| ["--test", name]),
        );
        (arguments, "what needs a server")
    };
    Run {
        version: installation.version.major,
        // A failure says more when the other results stand beside it.
        arguments: ["test", "--no-fail-fast"]
            .into_iter()
            .chain(ours)
            .map(OsString::from)
            .chain(extra.iter().cloned())
            .collect(),
        covers,
    }
}

fn chooses_packages(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    text == "-p"
        || ["--package", "--workspace", "--all", "--manifest-path"]
            .iter()
            .any(|option| is_option(&text, option))
}

fn chooses_targets(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    [
        "--lib",
        "--test",
        "--tests",
        "--doc",
        "--bin",
        "--bins",
        "--bench",
        "--benches",
        "--example",
        "--examples",
        "--all-targets",
    ]
    .iter()
    .any(|option| is_option(&text, option))
}

fn is_option(text: &str, option: &str) -> bool {
    text.strip_prefix(option)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

fn execute(
    run: &Run,
    installation: &Installation,
    user: &ServerUser,
    psql: &Path,
) -> Result<bool, Box<dyn Error>> {
    // Its guardian stops it whatever happens to us; a signal that kills us therefore needs no handling here.
    let server = ServerOptions::default().start(installation, user)?;
    let address = server.address();
    say(
        "Testing",
        format_args!(
            "{} on PostgreSQL {} ({}:{})",
            run.covers, address.version, address.host, address.port
        ),
    );
    let status = Command::new(cargo())
        .args(&run.arguments)
        .env(SERVER_VARIABLE, address.to_json()?)
        .env(PSQL_VARIABLE, psql)
        .status()?;
    Ok(status.success())
}

fn summarise(installations: &[Installation], failed: &[Run], duration: Duration) -> ExitCode {
    let versions = installations
        .iter()
        .map(|installation| installation.version.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let seconds = duration.as_secs_f32();
    if failed.is_empty() {
        say(
            "Passed",
            format_args!("on PostgreSQL {versions} in {seconds:.0} s"),
        );
        return ExitCode::SUCCESS;
    }
    for run in failed {
        say(
            "Failed",
            format_args!("{} on PostgreSQL {}", run.covers, run.version),
        );
    }
    say(
        "Finished",
        format_args!("with failures, of PostgreSQL {versions}, in {seconds:.0} s"),
    );
    ExitCode::FAILURE
}

/// A line like cargo's own, with a right-aligned verb.
fn say(verb: &str, what: impl fmt::Display) {
    let (start, end) = match std::io::stderr().is_terminal() {
        false => ("", ""),
        true if verb == "Failed" => ("\x1b[1;31m", "\x1b[0m"),
        true => ("\x1b[1;32m", "\x1b[0m"),
    };
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(std::io::stderr(), "{start}{verb:>12}{end} {what}");
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Versions, run};
    use crate::postgres::{FoundVersions, Installation, Source, Workspace};

    #[test]
    fn versions_are_read() {
        let check = |text: &str, expected: &[u16]| {
            let versions: Versions = text.parse().unwrap();
            assert_eq!(
                versions.majors(&FoundVersions::default()),
                expected,
                "{text}"
            );
        };
        check("all", &[15, 16, 17, 18]);
        check("18", &[18]);
        check("18, 15,18", &[15, 18]);
        let error = "15,newest".parse::<Versions>().unwrap_err().to_string();
        assert!(
            error.starts_with("`newest` is not a PostgreSQL version"),
            "{error}"
        );
    }

    fn check_run(extra: &[&str], first: bool, expected: &str) {
        let workspace = Workspace {
            target_directory: "/target".into(),
            server_tests: vec!["append".to_owned(), "feed".to_owned()],
        };
        let installation = Installation {
            bin_dir: "/bin".into(),
            version: "15.18".parse().unwrap(),
            source: Source::Path,
        };
        let extra: Vec<_> = extra.iter().map(OsString::from).collect();
        let run = run(&workspace, &installation, &extra, first);
        assert_eq!(run.arguments.join(" ".as_ref()), expected);
    }

    #[test]
    fn the_first_version_gets_everything_and_the_others_what_needs_a_server() {
        check_run(&[], true, "test --no-fail-fast --workspace");
        check_run(
            &[],
            false,
            "test --no-fail-fast --workspace --lib --test append --test feed",
        );
    }

    #[test]
    fn the_callers_choice_overrules_ours() {
        for first in [true, false] {
            check_run(
                &["--test=feed"],
                first,
                "test --no-fail-fast --workspace --test=feed",
            );
            check_run(&["-p", "other"], first, "test --no-fail-fast -p other");
        }
        check_run(
            &["name_of_a_test"],
            false,
            "test --no-fail-fast --workspace --lib --test append --test feed name_of_a_test",
        );
    }
}
