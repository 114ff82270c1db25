//! What a migration's header asks of its runner: how it is run, how long it waits, what must hold before and after,
//! and what clears away an interrupted run. The rest of the header is for people.

use std::fmt;

use eventcore_codegen::plan::Condition;
use thiserror::Error;

/// What a header asks for. A file without one asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// Not in a transaction.
    pub(crate) no_transaction: bool,
    /// The oldest major version of the server that runs it.
    pub(crate) server: Option<i32>,
    /// `lock_timeout`
    pub(crate) lock_timeout: Option<Timeout>,
    /// `statement_timeout`
    pub(crate) statement_timeout: Option<Timeout>,
    /// What must hold before.
    pub(crate) needs: Vec<Condition>,
    /// What holds when it is done.
    pub(crate) done_when: Vec<Condition>,
    /// Statements that clear away what an interrupted run left.
    pub(crate) if_interrupted: Vec<String>,
}

/// A time-out that a header sets; without one, the server's own stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout {
    /// Milliseconds; 0 is no limit.
    pub millis: u64,
}

/// A line of a header that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {defect}")]
pub struct HeaderError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub defect: String,
}

/// Reads the comments at the start of a text.
pub(crate) fn parse(text: &str) -> Result<Header, HeaderError> {
    let mut header = Header::default();
    for (index, line) in text.lines().enumerate() {
        let Some(comment) = line.strip_prefix("--") else {
            break;
        };
        let comment = comment.trim();
        if index == 0 && comment == "no-transaction" {
            header.no_transaction = true;
        }
        header.take(comment).map_err(|defect| HeaderError {
            line: index + 1,
            defect,
        })?;
    }
    Ok(header)
}

impl Header {
    fn take(&mut self, comment: &str) -> Result<(), String> {
        let condition = |text: &str| {
            text.trim()
                .parse::<Condition>()
                .map_err(|error| error.to_string())
        };
        if let Some(text) = comment.strip_prefix("Timeouts:") {
            self.timeouts(text)
        } else if let Some(text) = comment.strip_prefix("Server:") {
            let major = text.trim().strip_prefix("PostgreSQL ");
            let major = major.and_then(|text| text.strip_suffix(" or newer."));
            let major = major.and_then(|text| text.parse().ok());
            let unclear = || {
                format!(
                    "`{}` is no server such as `PostgreSQL 18 or newer.`",
                    text.trim()
                )
            };
            self.server = Some(major.ok_or_else(unclear)?);
            Ok(())
        } else if let Some(text) = comment.strip_prefix("Needs:") {
            self.needs.push(condition(text)?);
            Ok(())
        } else if let Some(text) = comment.strip_prefix("Done when:") {
            self.done_when.push(condition(text)?);
            Ok(())
        } else if let Some(text) = comment.strip_prefix("If interrupted:") {
            let statement = text.trim().trim_end_matches(';').trim_end();
            self.if_interrupted.push(statement.to_owned());
            Ok(())
        } else {
            Ok(())
        }
    }

    /// `lock 3 s, statement none.`
    fn timeouts(&mut self, text: &str) -> Result<(), String> {
        for entry in text.trim().trim_end_matches('.').split(',') {
            let unclear = || {
                format!(
                    "`{}` is no time-out such as `lock 3 s` or `statement none`",
                    entry.trim()
                )
            };
            let (what, time) = entry.trim().split_once(' ').ok_or_else(unclear)?;
            let timeout = Timeout::parse(time).ok_or_else(unclear)?;
            match what {
                "lock" => self.lock_timeout = Some(timeout),
                "statement" => self.statement_timeout = Some(timeout),
                _ => return Err(unclear()),
            }
        }
        Ok(())
    }

    /// `SET` for each time-out; empty without any.
    pub(crate) fn set_timeouts(&self, set: &str) -> String {
        let mut statements = Vec::new();
        for (name, timeout) in [
            ("lock_timeout", self.lock_timeout),
            ("statement_timeout", self.statement_timeout),
        ] {
            statements.extend(timeout.map(|timeout| format!("{set} {name} = {};", timeout.millis)));
        }
        statements.concat()
    }
}

impl Timeout {
    fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self { millis: 0 });
        }
        let (number, unit) = text.trim().split_once(' ')?;
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        let millis = number.parse::<u64>().ok()?.checked_mul(factor)?;
        // The server keeps it in 32 bits; 0 would be no limit.
        (1..=2_147_483_647)
            .contains(&millis)
            .then_some(Self { millis })
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.millis {
            0 => formatter.write_str("none"),
            millis if millis % 1_000 == 0 => write!(formatter, "{} s", millis / 1_000),
            millis => write!(formatter, "{millis} ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, parse};

    #[test]
    fn a_header_is_read_to_its_end() {
        let header = parse(
            "-- no-transaction\n\
             -- @generated by x\n\
             --\n\
             -- 007_add: Builds the index a.\n\
             -- Locks: SHARE on public.orders; writes wait.\n\
             -- Timeouts: lock 3 s, statement none.\n\
             -- Needs: table public.orders is there\n\
             -- Needs: column a of public.orders is not null\n\
             -- Done when: index public.a is valid\n\
             -- If interrupted: DROP INDEX CONCURRENTLY IF EXISTS public.a;\n\
             \n\
             -- Needs: nothing, this is no header any more\n\
             CREATE INDEX CONCURRENTLY a ON public.orders (a);\n",
        )
        .unwrap();
        assert!(header.no_transaction);
        assert_eq!(
            header.set_timeouts("SET"),
            "SET lock_timeout = 3000;SET statement_timeout = 0;"
        );
        assert_eq!(header.needs.len(), 2);
        assert_eq!(header.done_when[0].to_string(), "index public.a is valid");
        assert_eq!(
            header.if_interrupted,
            ["DROP INDEX CONCURRENTLY IF EXISTS public.a"]
        );
        assert_eq!(parse("SELECT 1;\n"), Ok(Header::default()));
    }

    #[test]
    fn what_cannot_be_read_is_an_error_with_its_line() {
        for (text, expected) in [
            (
                "--\n-- Needs: coffee",
                "line 2: `coffee` is no condition such as `index public.orders_idx is valid`",
            ),
            (
                "-- Timeouts: lock 3",
                "line 1: `lock 3` is no time-out such as `lock 3 s` or `statement none`",
            ),
            (
                "-- Timeouts: nap 3 s.",
                "line 1: `nap 3 s` is no time-out such as `lock 3 s` or `statement none`",
            ),
            (
                "-- Timeouts: lock 0 s.",
                "line 1: `lock 0 s` is no time-out such as `lock 3 s` or `statement none`",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expected);
        }
    }
}
