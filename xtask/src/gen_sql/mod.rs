//! `cargo xtask gen-sql`: generates what the definition wants, or tells how the disk differs from that.
//! Needs no database. What files hold is codegen's business.

mod amend;
mod ask;
mod compare;
mod diff;
mod disk;
mod error;
mod history;
mod human;
mod machine;
mod rebase;
mod released;
mod render;
mod write;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use eventcore_codegen::history::{HistoryDefect, Planning, Recorded};
use eventcore_codegen::output::{COMMAND, OutputFile};
use eventcore_codegen::{GenerateOptions, Store};
use eventcore_schema_model::diff::{changed_defaults, events_ahead_of_readers, unread_members};
use eventcore_schema_model::validate::ValidSchema;

use self::amend::Released;
use self::compare::{Action, Difference, State, compare};
use self::disk::{Disk, Lock};
pub(crate) use self::error::GenSqlError;
pub(crate) use self::rebase::RebaseCommand;
use self::render::Finding;
pub(crate) use self::write::write;
use crate::database::URL_VARIABLE;
use crate::git::{Git, GitError};
use crate::project::Project;
use crate::shell::ColorChoice;
#[cfg(not(feature = "migrate"))]
use crate::shell::Shell;

/// The exit code of a check that found a difference; 1 is a run that failed, 2 a wrong command line.
const NOT_FRESH: u8 = 4;

/// Generates SQL, Rust and documentation from the definition. Needs no database.
///
/// Exit code: 0 when all is fresh or written, 4 when --check finds a difference, 1 when the run failed, 2 for a
/// wrong command line.
#[derive(Debug, Args)]
pub(crate) struct GenSqlCommand {
    /// Write nothing; list every file that is not fresh, with a diff, and exit with 4 if there is one
    #[arg(long)]
    check: bool,
    /// Write nothing; show what a run would write
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    /// Name the migrations that this run plans: `NNN_SLUG.sql`
    #[arg(long, value_name = "SLUG")]
    name: Option<String>,
    /// Plan the migrations that the last run added anew, as long as the base branch does not have them
    #[arg(long, conflicts_with = "check")]
    amend: bool,
    /// The base branch, for --amend; without it the remote's main branch, or the local one
    #[arg(long, value_name = "REF", requires = "amend")]
    base: Option<String>,
    /// A database. Each query is checked in a throw-away database beside it, each new `.retire(...)` against its log; with --amend,
    /// what it has run is not planned anew
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// The store that the database is of: its folder in the output folder. May be left out where there is one
    #[arg(long, value_name = "FOLDER", requires = "database_url")]
    store: Option<String>,
    /// For people, or for machines: one JSON object a line on standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: ColorChoice,
}

/// For whom the output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// People.
    #[default]
    Human,
    /// Machines.
    Json,
}

/// What a run is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Write,
    Check,
    DryRun,
}

impl Format {
    fn reporter(self, color: ColorChoice) -> Box<dyn Reporter> {
        match self {
            Self::Human => Box::new(human::Human::new(color)),
            Self::Json => Box::new(machine::Machine),
        }
    }
}

impl Mode {
    /// What the two words of a command line ask for.
    fn of(check: bool, dry_run: bool) -> Self {
        match (check, dry_run) {
            (true, _) => Self::Check,
            (_, true) => Self::DryRun,
            _ => Self::Write,
        }
    }
}

/// What a run found and did.
struct Outcome<'a> {
    mode: Mode,
    /// What writes what a check found.
    command: &'static str,
    project: &'a Project,
    wanted: BTreeMap<String, OutputFile>,
    fresh: usize,
    differences: Vec<Difference>,
    duration: Duration,
}

/// Tells a reader what happens; one for people, one for machines.
trait Reporter {
    fn violation(&mut self, finding: &Finding);
    fn lint(&mut self, finding: &Finding);
    fn defect(&mut self, path: &str, defect: &HistoryDefect, remedy: &str);
    fn note(&mut self, text: &str);
    fn waiting(&mut self);
    fn outcome(&mut self, outcome: &Outcome<'_>);
    fn error(&mut self, error: &GenSqlError);
}

impl GenSqlCommand {
    pub(crate) fn run(&self, project: &Project) -> ExitCode {
        #[cfg(not(feature = "migrate"))]
        if self.database_url.is_some() {
            return crate::database::run_with_driver(&mut Shell::stderr(self.color))
                .unwrap_or_else(|error| {
                    self.format.reporter(self.color).error(&error.into());
                    ExitCode::FAILURE
                });
        }
        let mut reporter = self.format.reporter(self.color);
        match self.try_run(project, reporter.as_mut()) {
            Ok(outcome) => {
                reporter.outcome(&outcome);
                outcome.exit_code().into()
            }
            Err(error) => {
                reporter.error(&error);
                match error {
                    GenSqlError::History { check: true, .. } => NOT_FRESH.into(),
                    _ => ExitCode::FAILURE,
                }
            }
        }
    }

    fn try_run<'a>(
        &self,
        project: &'a Project,
        reporter: &mut dyn Reporter,
    ) -> Result<Outcome<'a>, GenSqlError> {
        let started = Instant::now();
        let mode = Mode::of(self.check, self.dry_run);
        let schemas = prepare(project, self.name.as_deref(), reporter)?;
        let _lock = Lock::take(&project.root, mode == Mode::Write, || reporter.waiting())?;
        let recorded = history::read_all(project, &schemas, self.amend)?;
        let mut recorded = recorded.map_err(|defects| refuse(project, &defects, mode, reporter))?;
        let base = released::find_base(project, self.base.as_deref())?;
        let forgotten =
            released::forget_unreleased_events(project, &base, &schemas, &mut recorded, reporter)?;
        self.ask_database(project, &schemas, &recorded, &forgotten, reporter)?;
        if !project.unreleased {
            released::refuse_moved(project, &base, &schemas, &recorded, self.amend)?;
            released::refuse_forgotten(project, &base, &schemas, &recorded, reporter)?;
        }
        if !self.amend && !project.unreleased {
            amend::refuse_absorbed(project, &base, &schemas, &recorded, reporter)?;
        }
        let plannings = if self.amend {
            if self.database_url.is_none()
                && std::env::var_os(URL_VARIABLE).is_some_and(|url| !url.is_empty())
            {
                reporter.note(
                    "the database of DATABASE_URL was not asked what it has run; to refuse what it has, add \
                     `--database-url \"$DATABASE_URL\"`",
                );
            }
            let released = Released {
                base: &base,
                database: self.applied(project)?,
            };
            amend::plannings(project, &schemas, &recorded, &released, reporter)?
        } else {
            vec![Planning::default(); schemas.len()]
        };
        if !project.unreleased {
            amend::refuse_lost_and_back(project, &base, &schemas, &recorded, &plannings)?;
        }
        let stores = schemas.iter().zip(&recorded).zip(plannings);
        let stores: Vec<_> = stores
            .map(|(((folder, schema), recorded), planning)| Store {
                schema,
                folder,
                recorded,
                planning,
            })
            .collect();
        let mut outcome = finish(project, &stores, self.name.as_deref(), mode, reporter)?;
        tell_changed_events(&schemas, &recorded, reporter);
        outcome.duration = started.elapsed();
        Ok(outcome)
    }
}

/// Says which members of stored events are not read from now on: if one was renamed, its values would be lost. And which new events
/// stop programs of the previous release.
fn tell_changed_events(
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    reporter: &mut dyn Reporter,
) {
    for ((folder, schema), recorded) in schemas.iter().zip(recorded) {
        let Some(before) = recorded.schema() else {
            continue;
        };
        for (event, member) in unread_members(before, schema) {
            reporter.note(&format!(
                "store `{folder}`: the member `{member}` of event type `{event}` is not read any more, and its stored values stay in the \
                 log; if it was renamed, add `#[serde(alias = ...)]` with its old name to the new member"
            ));
        }
        for (event, member, [was, is]) in changed_defaults(before, schema) {
            reporter.note(&format!(
                "store `{folder}`: stored events of type `{event}` without the member `{member}` are read with {is} there, and were read \
                 with {was}"
            ));
        }
        let mut ahead: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (event, why) in events_ahead_of_readers(before, schema) {
            ahead.entry(why).or_default().push(format!("`{event}`"));
        }
        for (why, events) in ahead {
            reporter.note(&format!(
                "store `{folder}`: programs of the previous release stop at new events of type {}: {why}; deploy those that read \
                 such events before those that write them",
                events.join(", ")
            ));
        }
    }
}

/// Checks what a user wrote: the command line, the project, the definition.
fn prepare<'a>(
    project: &'a Project,
    name: Option<&str>,
    reporter: &mut dyn Reporter,
) -> Result<Vec<(&'a str, ValidSchema)>, GenSqlError> {
    if let Some(name) = name {
        render::check_slug(name)?;
    }
    render::check_folders(project)?;
    let schemas =
        render::validate_all(project).map_err(|found| report_violations(&found, reporter))?;
    for lint in &render::lint_all(&schemas) {
        reporter.lint(lint);
    }
    Ok(schemas)
}

fn report_violations(violations: &[Finding], reporter: &mut dyn Reporter) -> GenSqlError {
    for violation in violations {
        reporter.violation(violation);
    }
    GenSqlError::Violations {
        count: violations.len(),
    }
}

fn refuse(
    project: &Project,
    defects: &[HistoryDefect],
    mode: Mode,
    reporter: &mut dyn Reporter,
) -> GenSqlError {
    for defect in defects {
        let path = format!("{}/{}", project.output, defect.path);
        let remedy = defect.remedy(&project.output, is_committed(project, &path));
        reporter.defect(&path, defect, &remedy);
    }
    GenSqlError::History {
        count: defects.len(),
        check: mode == Mode::Check,
    }
}

/// Whether the last commit has a file, or one that is being merged; nothing without a git checkout.
fn is_committed(project: &Project, path: &str) -> Option<bool> {
    let find = || -> Result<Option<bool>, GitError> {
        let Some(git) = Git::at(&project.root)? else {
            return Ok(None);
        };
        let Some(head) = git.find("HEAD")? else {
            return Ok(None);
        };
        let merged = git.find("MERGE_HEAD")?;
        for commit in std::iter::once(&head).chain(&merged) {
            if git.show(commit, path)?.is_some() {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    };
    find().unwrap_or_default()
}

/// Renders, compares, and writes if that is wanted. The lock is the caller's.
fn finish<'a>(
    project: &'a Project,
    stores: &[Store<'_>],
    name: Option<&str>,
    mode: Mode,
    reporter: &mut dyn Reporter,
) -> Result<Outcome<'a>, GenSqlError> {
    let options = GenerateOptions {
        project: &project.name,
        name,
    };
    let wanted = render::render(stores, options).map_err(|error| match &error {
        GenSqlError::Generate(cause) => match render::violations_of(cause) {
            violations if violations.is_empty() => error,
            violations => {
                report_violations(&violations, reporter);
                GenSqlError::Changes {
                    count: violations.len(),
                    of_events: violations.iter().all(|it| it.code.starts_with("SM12")),
                }
            }
        },
        _ => error,
    })?;
    let disk = Disk::read(&project.output_folder(), &|path| wanted.contains_key(path))?;
    let (fresh, differences) = compare(&wanted, disk, project);
    let outcome = Outcome {
        mode,
        command: COMMAND,
        project,
        wanted,
        fresh,
        differences,
        duration: Duration::ZERO,
    };
    if mode == Mode::Write {
        outcome.write()?;
    }
    Ok(outcome)
}

impl Outcome<'_> {
    fn write(&self) -> Result<(), GenSqlError> {
        let paths: Vec<_> = self
            .with(Action::Refuse)
            .map(|found| {
                let path = self.shown(&found.path);
                match found.state.note() {
                    Some(note) => format!("`{path}` ({note})"),
                    None => format!("`{path}`"),
                }
            })
            .collect();
        if !paths.is_empty() {
            return Err(GenSqlError::Blocked { paths });
        }
        let writes: Vec<_> = self
            .with(Action::Write)
            .filter_map(|found| self.wanted.get(&found.path))
            .collect();
        let deletes: Vec<_> = self
            .with(Action::Delete)
            .filter(|found| !is_overwritten(found, &writes))
            .map(|found| found.path.as_str())
            .collect();
        write(&self.project.output_folder(), &writes, &deletes)
    }

    fn with(&self, action: Action) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(move |found| found.state.action() == action)
    }

    /// A path as the user sees it, from the workspace's folder.
    fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.project.output)
    }

    fn exit_code(&self) -> u8 {
        if self.mode == Mode::Check && !self.differences.is_empty() {
            NOT_FRESH
        } else {
            0
        }
    }
}

/// Whether a leftover is the temporary file of one that this run writes, and so is gone already.
fn is_overwritten(found: &Difference, writes: &[&OutputFile]) -> bool {
    found.state == State::Leftover
        && writes
            .iter()
            .any(|file| write::temporary_of(&file.path) == found.path)
}
