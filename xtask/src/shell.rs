//! Lines like cargo's own: right-aligned verbs, colour where a person reads. Knows nothing of what they say.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write};

use clap::ValueEnum;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A colour of the sixteen that each terminal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Color {
    Green,
    Yellow,
    Red,
    Cyan,
}

/// A stream that people read.
pub(crate) struct Shell {
    stream: Box<dyn Write + Send>,
    color: bool,
    /// Whether the last line is one that the next one takes the place of.
    passing: bool,
}

impl Shell {
    /// Where results go.
    pub(crate) fn stdout(choice: ColorChoice) -> Self {
        let stream = std::io::stdout();
        let color = choice.applies(stream.is_terminal());
        Self {
            stream: Box::new(std::io::BufWriter::new(stream)),
            color,
            passing: false,
        }
    }

    /// Where progress, warnings and errors go.
    pub(crate) fn stderr(choice: ColorChoice) -> Self {
        let stream = std::io::stderr();
        let color = choice.applies(stream.is_terminal());
        Self {
            stream: Box::new(stream),
            color,
            passing: false,
        }
    }

    /// A line with a right-aligned verb.
    pub(crate) fn status(&mut self, verb: &str, color: Color, what: impl Display) {
        let verb = self.paint(color, true, format_args!("{verb:>12}"));
        self.line(format_args!("{verb} {what}"));
    }

    /// A message that starts with its level, such as `error` or `warning[LT001]`.
    pub(crate) fn message(&mut self, level: &str, color: Color, text: impl Display) {
        let level = self.paint(color, true, level);
        self.line(format_args!("{level}: {text}"));
    }

    /// A line as it stands.
    pub(crate) fn line(&mut self, text: impl Display) {
        if std::mem::take(&mut self.passing) {
            let _ = write!(self.stream, "\r\x1b[K");
        }
        // A reader who went away needs no more.
        let _ = writeln!(self.stream, "{text}");
    }

    /// A line with a verb that the next one takes the place of, for a terminal; no longer than fits on one.
    #[cfg(feature = "migrate")]
    pub(crate) fn passing(&mut self, verb: &str, color: Color, what: impl Display) {
        let what: String = what.to_string().chars().take(66).collect();
        let verb = self.paint(color, true, format_args!("{verb:>12}"));
        let _ = write!(self.stream, "\r\x1b[K{verb} {what}");
        let _ = self.stream.flush();
        self.passing = true;
    }

    /// A line in one colour.
    pub(crate) fn colored(&mut self, color: Color, text: impl Display) {
        let text = self.paint(color, false, text);
        self.line(text);
    }

    fn paint(&self, color: Color, bold: bool, text: impl Display) -> String {
        if !self.color {
            return text.to_string();
        }
        let number = match color {
            Color::Red => 31,
            Color::Green => 32,
            Color::Yellow => 33,
            Color::Cyan => 36,
        };
        let weight = if bold { "1;" } else { "" };
        format!("\x1b[{weight}{number}m{text}\x1b[0m")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.stream.flush();
    }
}

impl ColorChoice {
    fn applies(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}
