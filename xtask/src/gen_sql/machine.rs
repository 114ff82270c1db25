//! What a machine reads: one JSON object a line on standard output, told apart by `reason`.
//!
//! | reason | members |
//! |---|---|
//! | `violation`, `lint` | `code`, `message`, `stores` |
//! | `history` | `path`, `message`, `help` |
//! | `note` | `message` |
//! | `file` | `path`, `state`, `action` (`write`, `delete`, `report`, `refuse`), `note`, `diff` (whole, or null) |
//! | `error` | `message` |
//! | `finished` | `project`, `mode` (`write`, `check`, `dry-run`), `fresh`, `differences`, `exit_code`, `command` |

use std::io::Write as _;

use eventcore_codegen::history::HistoryDefect;
use serde::Serialize;

use super::compare::Action;
use super::diff::unified;
use super::error::GenSqlError;
use super::render::Finding;
use super::{Mode, Outcome, Reporter};

pub(super) struct Machine;

#[derive(Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum Message<'a> {
    Violation {
        code: &'a str,
        message: &'a str,
        stores: &'a [String],
    },
    Lint {
        code: &'a str,
        message: &'a str,
        stores: &'a [String],
    },
    History {
        path: &'a str,
        message: String,
        help: &'a str,
    },
    Note {
        message: &'a str,
    },
    File {
        path: String,
        state: &'a str,
        action: &'a str,
        note: Option<&'a str>,
        diff: Option<String>,
    },
    Error {
        message: String,
    },
    Finished {
        project: &'a str,
        mode: &'a str,
        fresh: usize,
        differences: usize,
        exit_code: u8,
        /// What mends it.
        command: &'a str,
    },
}

impl Reporter for Machine {
    fn violation(&mut self, finding: &Finding) {
        say(&Message::Violation {
            code: &finding.code,
            message: &finding.text,
            stores: &finding.stores,
        });
    }

    fn lint(&mut self, finding: &Finding) {
        say(&Message::Lint {
            code: &finding.code,
            message: &finding.text,
            stores: &finding.stores,
        });
    }

    fn defect(&mut self, path: &str, defect: &HistoryDefect, remedy: &str) {
        say(&Message::History {
            path,
            message: defect.fault.to_string(),
            help: remedy,
        });
    }

    fn note(&mut self, text: &str) {
        say(&Message::Note { message: text });
    }

    fn waiting(&mut self) {}

    fn outcome(&mut self, outcome: &Outcome<'_>) {
        for difference in &outcome.differences {
            let action = difference.state.action();
            let path = outcome.shown(&difference.path);
            let new = outcome
                .wanted
                .get(&difference.path)
                .filter(|_| action == Action::Write && outcome.mode != Mode::Write);
            let diff = new.map(|file| {
                let old = difference.found.as_deref();
                let mut text = unified(&path, old, Some(&file.contents), usize::MAX)
                    .lines
                    .join("\n");
                text.push('\n');
                text
            });
            say(&Message::File {
                path,
                state: difference.state.word(),
                action: match action {
                    Action::Write => "write",
                    Action::Delete => "delete",
                    Action::Report => "report",
                    Action::Refuse => "refuse",
                },
                note: difference.state.note(),
                diff,
            });
        }
        say(&Message::Finished {
            project: &outcome.project.name,
            mode: match outcome.mode {
                Mode::Write => "write",
                Mode::Check => "check",
                Mode::DryRun => "dry-run",
            },
            fresh: outcome.fresh,
            differences: outcome.differences.len(),
            exit_code: outcome.exit_code(),
            command: outcome.command,
        });
    }

    fn error(&mut self, error: &GenSqlError) {
        say(&Message::Error {
            message: error.to_string(),
        });
    }
}

fn say(message: &Message<'_>) {
    let Ok(mut line) = serde_json::to_vec(message) else {
        return;
    };
    line.push(b'\n');
    // A reader who went away needs no more.
    let _ = std::io::stdout().write_all(&line);
}
