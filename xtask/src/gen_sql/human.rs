//! What a person reads: cargo's right-aligned verbs, diffs in colour. Progress and errors go to standard error,
//! what --check and --dry-run were asked for to standard output.

use eventcore_codegen::history::HistoryDefect;
use eventcore_codegen::output::COMMAND;

use super::compare::{Action, Difference, State};
use super::diff::unified;
use super::error::GenSqlError;
use super::render::Finding;
use super::{Mode, Outcome, Reporter};
use crate::shell::{Color, ColorChoice, Shell};

/// Lines of one file's diff.
const DIFF_LINES: usize = 60;

pub(super) struct Human {
    color: ColorChoice,
}

impl Human {
    pub(super) fn new(color: ColorChoice) -> Self {
        Self { color }
    }

    fn stderr(&self) -> Shell {
        Shell::stderr(self.color)
    }

    fn finding(&self, level: &str, color: Color, finding: &Finding) {
        let mut shell = self.stderr();
        let level = format!("{level}[{}]", finding.code);
        let text = finding.text.strip_prefix(&format!("{level}: "));
        shell.message(&level, color, text.unwrap_or(&finding.text));
        shell.line(format_args!("  in: {}\n", finding.stores.join(", ")));
    }
}

impl Reporter for Human {
    fn violation(&mut self, finding: &Finding) {
        self.finding("error", Color::Red, finding);
    }

    fn lint(&mut self, finding: &Finding) {
        self.finding("warning", Color::Yellow, finding);
    }

    fn defect(&mut self, path: &str, defect: &HistoryDefect, remedy: &str) {
        let mut shell = self.stderr();
        let text = format!("`{path}`: {}", defect.fault);
        shell.message("error", Color::Red, text);
        shell.line(format_args!("  help: {remedy}\n"));
    }

    fn note(&mut self, text: &str) {
        self.stderr().message("note", Color::Cyan, text);
    }

    fn waiting(&mut self) {
        self.stderr().status(
            "Blocking",
            Color::Cyan,
            format_args!("waiting for another `{COMMAND}`"),
        );
    }

    fn outcome(&mut self, outcome: &Outcome<'_>) {
        match outcome.mode {
            Mode::Write => written(&mut self.stderr(), outcome),
            Mode::Check | Mode::DryRun => {
                let mut stdout = Shell::stdout(self.color);
                for difference in &outcome.differences {
                    show(&mut stdout, outcome, difference);
                }
                drop(stdout);
                summarise(&mut self.stderr(), outcome);
            }
        }
    }

    fn error(&mut self, error: &GenSqlError) {
        self.stderr().message("error", Color::Red, error);
    }
}

/// After a run that wrote.
fn written(shell: &mut Shell, outcome: &Outcome<'_>) {
    let mut counts = (0, 0);
    for difference in &outcome.differences {
        let path = outcome.shown(&difference.path);
        let note = difference
            .state
            .note()
            .map_or(String::new(), |note| format!(" ({note})"));
        match difference.state.action() {
            Action::Write => {
                counts.0 += 1;
                shell.status("Written", Color::Green, format_args!("{path}{note}"));
            }
            Action::Delete => {
                counts.1 += 1;
                shell.status("Deleted", Color::Green, format_args!("{path}{note}"));
            }
            Action::Report | Action::Refuse => {
                shell.message(
                    "warning",
                    Color::Yellow,
                    format_args!("`{path}`: {}", note.trim()),
                );
            }
        }
    }
    let seconds = outcome.duration.as_secs_f32();
    if counts == (0, 0) {
        fresh(shell, outcome);
        return;
    }
    shell.status(
        "Finished",
        Color::Green,
        format_args!(
            "{} written, {} deleted, {} fresh in {seconds:.2}s",
            counts.0, counts.1, outcome.fresh
        ),
    );
}

fn fresh(shell: &mut Shell, outcome: &Outcome<'_>) {
    shell.status(
        "Fresh",
        Color::Green,
        format_args!(
            "{} in {:.2}s",
            files(outcome.fresh),
            outcome.duration.as_secs_f32()
        ),
    );
}

/// One file that is not fresh, with its diff.
fn show(shell: &mut Shell, outcome: &Outcome<'_>, difference: &Difference) {
    let Difference { path, state, found } = difference;
    let color = match state.action() {
        Action::Write | Action::Delete => Color::Yellow,
        Action::Report | Action::Refuse => Color::Red,
    };
    let mut word = state.word().to_owned();
    word[..1].make_ascii_uppercase();
    let shown = outcome.shown(path);
    match state.note() {
        Some(note) => shell.status(&word, color, format_args!("{shown}: {note}")),
        None => shell.status(&word, color, &shown),
    }
    let new = match outcome.wanted.get(path) {
        // A converted line end is in every line: the note says it all.
        Some(file) if state.action() == Action::Write && *state != State::LineEnds => file,
        _ => return,
    };
    // Line ends are no difference to show line by line.
    let found = found.as_ref().map(|text| text.replace("\r\n", "\n"));
    let diff = unified(&shown, found.as_deref(), Some(&new.contents), DIFF_LINES);
    for line in &diff.lines {
        match line.as_bytes().first() {
            Some(b'+') => shell.colored(Color::Green, line),
            Some(b'-') => shell.colored(Color::Red, line),
            Some(b'@') => shell.colored(Color::Cyan, line),
            _ => shell.line(line),
        }
    }
    if diff.cut > 0 {
        shell.colored(Color::Cyan, format_args!("... {} more lines", diff.cut));
    }
}

/// The end of a run that only looked.
fn summarise(shell: &mut Shell, outcome: &Outcome<'_>) {
    let total = outcome.differences.len();
    if total == 0 {
        fresh(shell, outcome);
        return;
    }
    let ours = total - outcome.with(Action::Report).count() - outcome.with(Action::Refuse).count();
    if outcome.mode == Mode::DryRun {
        shell.status(
            "Finished",
            Color::Green,
            format_args!(
                "dry run: {} would change, {} fresh",
                files(ours),
                outcome.fresh
            ),
        );
        return;
    }
    shell.message(
        "error",
        Color::Red,
        format_args!(
            "{} not as the definition wants, {} fresh",
            files(total),
            outcome.fresh
        ),
    );
    if ours > 0 {
        shell.line(format_args!("  help: run `{}`", outcome.command));
    }
    if ours < total {
        shell.line(
            "  help: see to the files in red yourself; none of them is ever overwritten or deleted",
        );
    }
}

fn files(count: usize) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}
