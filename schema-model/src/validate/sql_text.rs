//! What keeps a text of SQL from being one statement, as far as its quotes and comments say. No parser: the server reads
//! the statement itself, in the tests.

use std::fmt::{self, Write as _};

use crate::lexer::{Token, TokenKind, tokens};
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

/// The defects of a text that is to be one statement, in the order in which they stand there. `is_bound` tells the
/// placeholders whose text is at home in constants and comments from parameters, which are not.
pub(super) fn defects(segments: &[Segment<'_>], is_bound: impl Fn(&str) -> bool) -> Vec<Defect> {
    let mut text = String::new();
    let mut placeholders = Vec::new();
    for segment in segments {
        match segment {
            Segment::Text(part) => text.push_str(part),
            Segment::Placeholder { key, .. } => {
                let start = text.len();
                let _ = write!(text, "{{{key}}}");
                placeholders.push((start, text.len(), *key));
            }
        }
    }
    let mut found = Vec::new();
    let mut placeholders = placeholders.into_iter().peekable();
    let mut at = 0;
    let mut ended = false;
    for token in tokens(&text) {
        let (start, end) = (at, at + token.text.len());
        at = end;
        if !token.kind.is_space() && std::mem::replace(&mut ended, token.text == ";") {
            found.push(Defect::Semicolon);
        }
        found.extend(of_token(token));
        while let Some((first, behind, key)) = placeholders.next_if(|(first, ..)| *first < end) {
            if first > start {
                found.extend((!is_bound(key)).then(|| Defect::Quoted(key.to_owned())));
            } else if text[behind..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                found.push(Defect::Glued(key.to_owned()));
            }
        }
    }
    found
}

fn of_token(token: Token<'_>) -> Option<Defect> {
    match token.kind {
        TokenKind::Word => {
            let behind = token.text.strip_prefix('$')?;
            let end = behind.find(|c: char| !c.is_ascii_digit());
            let digits = &behind[..end.unwrap_or(behind.len())];
            (!digits.is_empty()).then(|| Defect::NumberedParameter(format!("${digits}")))
        }
        TokenKind::Unclosed => Some(Defect::Unclosed(match token.text.as_bytes() {
            [b'"', ..] => "\"",
            [b'$', ..] => "$",
            [b'/', ..] => "/*",
            _ => "'",
        })),
        _ => None,
    }
}

/// Whether a raw expression has a comment, which would swallow what is rendered behind it.
pub(super) fn has_comment(text: &str) -> bool {
    tokens(text).any(|token| match token.kind {
        TokenKind::LineComment | TokenKind::BlockComment => true,
        kind => kind == TokenKind::Unclosed && token.text.starts_with("/*"),
    })
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
