//! What a text of SQL is made of, as far as it decides where a statement ends: constants, quoted names, comments,
//! and the rest. No parser: the server reads the statement itself, in the tests.

use std::fmt;

use crate::template::Segment;

/// What is wrong with a text that is to be one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// A quote, a dollar quote or a comment without its end.
    Unclosed(&'static str),
    /// `;` with something behind it: the text is more than one statement.
    Semicolon,
    /// `$1` and the like.
    NumberedParameter(String),
    /// A placeholder inside a constant, a quoted name or a comment.
    Quoted(String),
    /// A placeholder that a letter or digit follows at once.
    Glued(String),
}

impl Defect {
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Unclosed(_) => "close it",
            Self::Semicolon => "make each statement a definition of its own",
            Self::NumberedParameter(_) => {
                "write `{name}`: parameters are numbered when they are rendered"
            }
            Self::Quoted(_) => {
                "join it with `||`, or take the quotes away: a parameter is a value, not text"
            }
            Self::Glued(_) => "put a blank between them",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed(what) => write!(formatter, "what `{what}` opens is never closed"),
            Self::Semicolon => formatter.write_str("the text is more than one statement"),
            Self::NumberedParameter(number) => {
                write!(formatter, "`{number}` is no parameter of its own")
            }
            Self::Quoted(key) => {
                write!(
                    formatter,
                    "`{{{key}}}` stands inside quotes or a comment, where it is no parameter"
                )
            }
            Self::Glued(key) => {
                write!(
                    formatter,
                    "a letter, a digit or `_` follows `{{{key}}}` at once"
                )
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
enum State {
    Plain,
    /// `'...'`; whether backslashes escape.
    Constant(bool),
    Name,
    Dollar(String),
    Line,
    /// `/* */`, which nest.
    Block(u32),
}

/// The defects of a text that is to be one statement, in the order in which they stand there. `is_bound` tells the
/// placeholders whose text is at home in constants and comments from parameters, which are not.
pub(super) fn defects(segments: &[Segment<'_>], is_bound: impl Fn(&str) -> bool) -> Vec<Defect> {
    let mut found = Vec::new();
    let mut state = State::Plain;
    let mut glued = None;
    let mut ended = false;
    for segment in segments {
        match segment {
            Segment::Placeholder { key, .. } => {
                if state != State::Plain && !is_bound(key) {
                    found.push(Defect::Quoted((*key).to_owned()));
                }
                glued = (state == State::Plain).then_some(*key);
                if std::mem::take(&mut ended) {
                    found.push(Defect::Semicolon);
                }
            }
            Segment::Text(text) => {
                if let Some(key) = glued.take()
                    && text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                {
                    found.push(Defect::Glued(key.to_owned()));
                }
                state = scan(text, state, &mut ended, &mut found);
            }
        }
    }
    match state {
        State::Plain | State::Line => {}
        State::Constant(_) => found.push(Defect::Unclosed("'")),
        State::Name => found.push(Defect::Unclosed("\"")),
        State::Dollar(_) => found.push(Defect::Unclosed("$")),
        State::Block(_) => found.push(Defect::Unclosed("/*")),
    }
    found
}

/// Whether a raw expression has a comment, which would swallow what is rendered behind it.
pub(super) fn has_comment(text: &str) -> bool {
    let mut state = State::Plain;
    let mut rest = text;
    while !rest.is_empty() {
        let (next, length) = step_after(rest, &state, ' ');
        if matches!(next, State::Line | State::Block(_)) {
            return true;
        }
        state = next;
        rest = &rest[length..];
    }
    false
}

/// The state after `text`. `ended` says whether a `;` is the last that was seen, apart from blanks and comments.
fn scan(text: &str, mut state: State, ended: &mut bool, found: &mut Vec<Defect>) -> State {
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let is_comment = rest.starts_with("--") || rest.starts_with("/*");
        if state == State::Plain && !is_comment && !first.is_whitespace() {
            if std::mem::replace(ended, first == ';') {
                found.push(Defect::Semicolon);
            }
            let digits: String = rest
                .chars()
                .skip(1)
                .take_while(char::is_ascii_digit)
                .collect();
            if first == '$' && !digits.is_empty() && !is_word(before) {
                found.push(Defect::NumberedParameter(format!("${digits}")));
            }
        }
        let (next, length) = step_after(rest, &state, before);
        before = rest[..length].chars().next_back().unwrap_or(' ');
        state = next;
        rest = &rest[length..];
    }
    state
}

/// The state after the next piece of `rest`, which is not empty, and the piece's length in bytes.
fn step_after(rest: &str, state: &State, before: char) -> (State, usize) {
    let one = rest.chars().next().map_or(1, char::len_utf8);
    let stay = (state.clone(), one);
    match state {
        State::Plain => {
            if rest.starts_with("--") {
                (State::Line, 2)
            } else if rest.starts_with("/*") {
                (State::Block(1), 2)
            } else if rest.starts_with('\'') {
                (State::Constant(matches!(before, 'e' | 'E')), 1)
            } else if rest.starts_with('"') {
                (State::Name, 1)
            } else if let Some(tag) = dollar_tag(rest).filter(|_| !is_word(before)) {
                (State::Dollar(tag.to_owned()), tag.len())
            } else {
                stay
            }
        }
        State::Constant(escapes) => {
            if *escapes && rest.starts_with('\\') {
                let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                (state.clone(), 1 + next)
            } else if rest.starts_with("''") {
                (state.clone(), 2)
            } else if rest.starts_with('\'') {
                (State::Plain, 1)
            } else {
                stay
            }
        }
        State::Name => {
            if rest.starts_with("\"\"") {
                (State::Name, 2)
            } else if rest.starts_with('"') {
                (State::Plain, 1)
            } else {
                stay
            }
        }
        State::Dollar(tag) => {
            if rest.starts_with(tag.as_str()) {
                (State::Plain, tag.len())
            } else {
                stay
            }
        }
        State::Line => {
            if rest.starts_with(['\n', '\r']) {
                (State::Plain, 1)
            } else {
                stay
            }
        }
        State::Block(depth) => {
            if rest.starts_with("*/") {
                let next = if *depth == 1 {
                    State::Plain
                } else {
                    State::Block(depth - 1)
                };
                (next, 2)
            } else if rest.starts_with("/*") {
                (State::Block(depth + 1), 2)
            } else {
                stay
            }
        }
    }
}

/// `$$` or `$tag$` at the start of a text.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('$')?;
    let end = inner.find('$')?;
    let tag = &inner[..end];
    let fits = tag.chars().all(is_word) && !tag.starts_with(|c: char| c.is_ascii_digit());
    fits.then(|| &rest[..end + 2])
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::{Defect, defects, has_comment};
    use crate::template::Template;

    #[track_caller]
    fn check(text: &str, expected: &[Defect]) {
        let template = Template::new(text);
        let segments = template
            .segments()
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(defects(&segments, |key| key == "bound"), expected, "{text}");
    }

    #[test]
    fn quotes_and_comments_hide_what_is_in_them() {
        for good in [
            "SELECT ';', 'it''s $1;', \"a;\"\"b$1\", $$;$1$$, $t$;'$$$t$, {id} -- ;'\n, {id}",
            "SELECT 1 /* ; /* ' */ ; */ -- the end;",
            "SELECT E'\\';' || e'\\\\', a$1, '{bound}', \"{bound}\" /* {bound} */",
            "SELECT '\\'",
            "SELECT 1; -- done\n",
        ] {
            check(good, &[]);
        }
    }

    #[test]
    fn what_is_not_one_statement_is_found() {
        check("SELECT 1; DROP TABLE t", &[Defect::Semicolon]);
        check("SELECT 1;{id}", &[Defect::Semicolon]);
        check(
            "SELECT $1, $12",
            &[
                Defect::NumberedParameter("$1".to_owned()),
                Defect::NumberedParameter("$12".to_owned()),
            ],
        );
        check("SELECT 'x{id}y'", &[Defect::Quoted("id".to_owned())]);
        check("SELECT {id}1", &[Defect::Glued("id".to_owned())]);
        check("SELECT 'a", &[Defect::Unclosed("'")]);
        check("SELECT \"a", &[Defect::Unclosed("\"")]);
        check("SELECT $x$ a", &[Defect::Unclosed("$")]);
        check("SELECT 1 /* /* */", &[Defect::Unclosed("/*")]);
    }

    #[test]
    fn a_comment_is_one_outside_of_quotes() {
        assert!(has_comment("a > 0 -- hi"));
        assert!(has_comment("a /* hi */ > 0"));
        assert!(!has_comment("a > '--' and b > '/*' and c - -1 > 0"));
    }
}
