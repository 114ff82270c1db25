//! What a person reads of a run: cargo's verbs on standard error, one line that moves on a terminal, and on standard
//! output what --dry-run and status were asked for.

use std::io::IsTerminal as _;
use std::time::Duration;

use eventcore_migrate::{Blocker, DryRun, Event, Kind, Observer, Progress, Report, Status};

use crate::shell::{Color, ColorChoice, Shell};

/// Characters of a statement that are shown: a back-fill is a program, and its file says what it does.
const STATEMENT_CHARS: usize = 100;

pub(super) struct Human {
    color: ColorChoice,
    shell: Shell,
    terminal: bool,
    /// Who was said to block, so that it is said once.
    blockers: Vec<i32>,
}

impl Human {
    pub(super) fn new(color: ColorChoice) -> Self {
        Self {
            color,
            shell: Shell::stderr(color),
            terminal: std::io::stderr().is_terminal(),
            blockers: Vec::new(),
        }
    }

    pub(super) fn status(&mut self, status: &Status) {
        let mut stdout = Shell::stdout(self.color);
        for line in status.to_string().lines() {
            stdout.line(line);
        }
    }

    pub(super) fn status_json(&mut self, text: &str) {
        Shell::stdout(self.color).line(text);
    }

    pub(super) fn dry_run(&mut self, run: &DryRun) {
        let mut stdout = Shell::stdout(self.color);
        for line in run.to_string().lines() {
            stdout.line(line);
        }
        drop(stdout);
        let what = match (run.recorded.len(), run.pending.len()) {
            (0, 0) => "nothing to apply".to_owned(),
            (0, pending) => format!("{} would be applied", migrations(pending)),
            (recorded, _) => format!("{} would be recorded as applied", migrations(recorded)),
        };
        self.shell
            .status("Finished", Color::Green, format_args!("dry run: {what}"));
    }

    pub(super) fn report(&mut self, report: &Report, duration: Duration) {
        let seconds = duration.as_secs_f32();
        let Report {
            applied,
            recorded,
            before,
            pending,
        } = report;
        if !recorded.is_empty() || *pending > 0 {
            let what = format!("{} recorded, {pending} pending", migrations(recorded.len()));
            self.shell.status("Finished", Color::Green, what);
            if *pending > 0 {
                self.shell
                    .line("  help: run again without `--baseline` or `--skip` to apply them");
            }
        } else if applied.is_empty() {
            let what = format!("nothing to apply, {} before", migrations(*before));
            self.shell.status("Fresh", Color::Green, what);
        } else {
            let what = format!(
                "{} applied, {before} before, in {seconds:.2}s",
                migrations(applied.len())
            );
            self.shell.status("Finished", Color::Green, what);
        }
    }

    fn waiting(&mut self, holder: &str, at_most: Option<Duration>) {
        let at_most = at_most.map_or(String::new(), |time| {
            format!(", for {} s at most", time.as_secs())
        });
        let what = format!("for another run, {holder}{at_most}");
        self.shell.status("Waiting", Color::Cyan, what);
    }

    fn progress(&mut self, file: &str, progress: &Progress) {
        let pids: Vec<_> = progress
            .blockers
            .iter()
            .map(|blocker| blocker.pid)
            .collect();
        if self.blockers != pids && !pids.is_empty() {
            let names: Vec<_> = progress.blockers.iter().map(Blocker::to_string).collect();
            self.shell.status(
                "Blocked",
                Color::Yellow,
                format_args!("{file} waits for {}", names.join(", ")),
            );
        }
        self.blockers = pids;
        if let Some(relation) = &progress.relation
            && self.terminal
        {
            let Progress {
                phase,
                unit,
                done,
                total,
                ..
            } = progress;
            let share = match total {
                0 => String::new(),
                total => format!(", {}% of {total} {unit}", done * 100 / total),
            };
            self.shell.passing(
                "Working",
                Color::Cyan,
                format_args!("{relation}: {phase}{share}"),
            );
        }
    }
}

impl Observer for Human {
    fn observe(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { holder, at_most } => self.waiting(holder, *at_most),
            Event::Drifted { object } => self.shell.status(
                "Drifted",
                Color::Yellow,
                format_args!(
                    "{object} is not as the last run left it: `migrate status` says how, and `migrate --accept-drift` takes it as it is"
                ),
            ),
            Event::OtherOwner { role, owner } => self.shell.status(
                "Warning",
                Color::Yellow,
                format_args!(
                    "this run is by `{role}`, and the store belongs to `{owner}`: new objects belong to `{role}`, and the next migration by \
                     `{owner}` may not change them; connect as `{owner}`"
                ),
            ),
            Event::NotCompared { reason } => self.shell.status(
                "Warning",
                Color::Yellow,
                format_args!(
                    "the last run was on another version of PostgreSQL, and the objects are not compared with a database in which the \
                     migrations run: {reason}; connect as a role with CREATEDB, or take them as they are: `migrate --accept-drift`"
                ),
            ),
            Event::Moved { was, file } => self.shell.status(
                "Moved",
                Color::Green,
                format_args!("{was}: already applied; its record follows its file, {file}"),
            ),
            Event::Skipped { file } => self.shell.status(
                "Skipped",
                Color::Yellow,
                format_args!("{file}: it rests on a migration that was skipped"),
            ),
            Event::Recorded {
                file,
                changes_rows: false,
            } => self.shell.status("Recorded", Color::Green, file),
            Event::Recorded { file, .. } => self.shell.status(
                "Recorded",
                Color::Yellow,
                format_args!("{file}: it changes rows, which are not compared; see whether that was done"),
            ),
            Event::Started {
                file,
                kind,
                resumed,
            } => {
                let verb = if *resumed { "Resuming" } else { "Applying" };
                let how = match kind {
                    Kind::Transaction => "",
                    Kind::Outside | Kind::Expanded => " outside of a transaction",
                };
                self.shell
                    .status(verb, Color::Cyan, format_args!("{file}{how}"));
            }
            Event::FoundDone { file } => self.shell.status(
                "Found",
                Color::Green,
                format_args!("{file} done; only its record was missing"),
            ),
            Event::Clearing { statement, .. } => {
                self.shell
                    .status("Clearing", Color::Yellow, start(statement));
            }
            Event::Statement { statement, .. } => {
                self.shell.status("Running", Color::Cyan, start(statement));
            }
            Event::Progress { file, progress } => self.progress(file, progress),
            Event::Retrying {
                file,
                failed,
                attempts,
                delay,
                reason,
            } => self.shell.status(
                "Retrying",
                Color::Yellow,
                format_args!(
                    "{file} in {:.1} s, attempt {} of {attempts}: {}",
                    delay.as_secs_f32(),
                    failed + 1,
                    line(reason)
                ),
            ),
            Event::ExpandingAgain { file, missing } => {
                let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
                let what = format!("{file}: not yet {}", missing.join(", "));
                self.shell.status("Repeating", Color::Cyan, what);
            }
            Event::Applied { file, duration, .. } => self.shell.status(
                "Applied",
                Color::Green,
                format_args!("{file} in {:.2}s", duration.as_secs_f32()),
            ),
            _ => {}
        }
    }
}

/// As much of a statement as fits on a line.
fn start(statement: &str) -> String {
    let line = line(statement);
    match line.char_indices().nth(STATEMENT_CHARS) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

/// A text's lines as one.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn migrations(count: usize) -> String {
    format!("{count} migration{}", if count == 1 { "" } else { "s" })
}
