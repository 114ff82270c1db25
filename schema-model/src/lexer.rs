//! A text of SQL as the server splits it: words, constants, quoted names, comments. The only place that knows where a
//! quote or a comment ends; it knows no grammar, and gives back every byte that it was given.

/// A piece of a text of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text, quotes included.
    pub text: &'a str,
}

/// What a piece of a text of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Blanks and line ends.
    Space,
    /// `-- to the end of its line`, which is no part of it.
    LineComment,
    /// `/* */`; such comments nest.
    BlockComment,
    /// `'...'`, `E'...'`, or a text in dollar quotes.
    Constant,
    /// `"..."`
    QuotedName,
    /// A name, keyword or number, or a parameter such as `$1`.
    Word,
    /// `\gexec` and the like: a command of psql, to the end of its line.
    Command,
    /// Anything else: a run of an operator's characters, or one other character.
    Symbol,
    /// A quote or block comment without its end, to the end of the text.
    Unclosed,
}

impl TokenKind {
    /// Whether the server passes over it.
    pub fn is_space(self) -> bool {
        matches!(self, Self::Space | Self::LineComment | Self::BlockComment)
    }
}

/// The pieces of `sql`, in order; together they are the text.
pub fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (kind, length) = next(rest, first);
        let (text, behind) = rest.split_at(length);
        rest = behind;
        Some(Token { kind, text })
    })
}

/// Whether what follows `sql` stands in a comment that the next line end ends.
pub fn ends_in_line_comment(sql: &str) -> bool {
    tokens(sql)
        .last()
        .is_some_and(|token| token.kind == TokenKind::LineComment)
}

/// The kind and the length of what a text begins with.
fn next(text: &str, first: char) -> (TokenKind, usize) {
    let behind = &text[first.len_utf8()..];
    let closed = |kind, end: Option<usize>| match end {
        Some(end) => (kind, end),
        None => (TokenKind::Unclosed, text.len()),
    };
    let run = |is_part: fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    match first {
        '-' if behind.starts_with('-') => (TokenKind::LineComment, line(text)),
        '/' if behind.starts_with('*') => closed(TokenKind::BlockComment, block_comment(text)),
        '"' => closed(TokenKind::QuotedName, quoted_name(behind)),
        '\'' => closed(TokenKind::Constant, string(text, false)),
        // Only as a word of its own does the letter belong to the constant behind it.
        'e' | 'E' if behind.starts_with('\'') => {
            closed(TokenKind::Constant, string(behind, true).map(|end| end + 1))
        }
        '$' => match dollar_tag(text) {
            Some(tag) => {
                let end = text[tag.len()..].find(tag);
                closed(TokenKind::Constant, end.map(|end| end + 2 * tag.len()))
            }
            None => (
                TokenKind::Word,
                1 + behind.find(|c| !is_of_word(c)).unwrap_or(behind.len()),
            ),
        },
        '\\' => (TokenKind::Command, line(text)),
        _ if first.is_ascii_digit() => (TokenKind::Word, run(|c| is_of_word(c) || c == '.')),
        _ if is_of_word(first) => (TokenKind::Word, run(is_of_word)),
        _ if first.is_ascii_whitespace() => (TokenKind::Space, run(|c| c.is_ascii_whitespace())),
        _ if is_of_operator(first) => (TokenKind::Symbol, operator(text)),
        _ => (TokenKind::Symbol, first.len_utf8()),
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$') || !letter.is_ascii()
}

fn is_of_operator(letter: char) -> bool {
    matches!(
        letter,
        '+' | '-'
            | '*'
            | '/'
            | '<'
            | '>'
            | '='
            | '~'
            | '!'
            | '@'
            | '#'
            | '%'
            | '^'
            | '&'
            | '|'
            | '`'
            | '?'
    )
}

/// The length of the text's first line, without its end.
fn line(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// The length of the operator at the start of a text: a comment ends it.
fn operator(text: &str) -> usize {
    let end = text.find(|c| !is_of_operator(c)).unwrap_or(text.len());
    let comments = ["--", "/*"].into_iter();
    comments
        .filter_map(|start| text[..end].find(start))
        .min()
        .unwrap_or(end)
}

/// The length of the comment at the start of a text; such comments nest.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest.chars().next()?.len_utf8();
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of a quoted name, from what is behind its first quote; a quote in it is doubled.
fn quoted_name(behind: &str) -> Option<usize> {
    let mut end = 0;
    loop {
        end += behind[end..].find('"')? + 1;
        if !behind[end..].starts_with('"') {
            return Some(end + 1);
        }
        end += 1;
    }
}

/// The length of the constant at the start of a text. A doubled quote does not end it.
fn string(text: &str, backslash_escapes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if backslash_escapes => {
                letters.next();
            }
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_none() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The dollar quote at the start of a text, such as `$body$`; nothing where the dollar sign is no quote.
fn dollar_tag(text: &str) -> Option<&str> {
    let tag = &text[..text[1..].find('$')? + 2];
    let name = &tag[1..tag.len() - 1];
    let is_name =
        !name.starts_with(|first: char| first.is_ascii_digit()) && name.chars().all(is_of_word);
    is_name.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, ends_in_line_comment, tokens};

    #[test]
    fn a_comment_is_open_to_the_end_of_its_line() {
        for open in [
            "-- ",
            "SELECT 1 -- a 'b \"c $x$ /* ",
            "SELECT '--''\n', \"--\"\"\" -- ",
            "SELECT E'\\'' -- ",
            "SELECT '\\' -- ",
            "SELECT $a$ $b$ -- $a$ -- ",
            "SELECT $1, a$b$ -- ",
            "/* /* */ */-- ",
            "SELECT name'--' -- ",
            "größe -- ",
            "SELECT 1 +-- ",
        ] {
            assert!(ends_in_line_comment(open), "{open}");
        }
        for closed in [
            "",
            "SELECT - ",
            "-- a\n",
            "-- a\r",
            "SELECT '-- ",
            "SELECT '''-- ",
            "SELECT E'\\' -- ",
            "SELECT \"-- ",
            "/* /* */ -- ",
            "SELECT $a$ -- $b$ -- ",
            "SELECT $$ -- ",
        ] {
            assert!(!ends_in_line_comment(closed), "{closed}");
        }
    }

    #[test]
    fn a_text_is_split_as_the_server_splits_it() {
        let check = |sql: &str, expected: &[&str]| {
            let all: Vec<_> = tokens(sql).collect();
            assert_eq!(all.iter().map(|token| token.text).collect::<String>(), sql);
            let seen = all.iter().filter(|token| !token.kind.is_space());
            assert_eq!(seen.map(|token| token.text).collect::<Vec<_>>(), expected);
        };
        check("a<=b /* x */+1.5e3;", &["a", "<=", "b", "+", "1.5e3", ";"]);
        check(
            "f($1,$2::text)",
            &["f", "(", "$1", ",", "$2", ":", ":", "text", ")"],
        );
        check(
            "E'\\'' 'a''b' $x$ ' $x$",
            &["E'\\''", "'a''b'", "$x$ ' $x$"],
        );
        check("name'x'", &["name", "'x'"]);
        check(
            "SELECT 'x' \\gexec\nSELECT 1",
            &["SELECT", "'x'", "\\gexec", "SELECT", "1"],
        );
        check("a--b\n-c", &["a", "-", "c"]);
        check("\u{a0}", &["\u{a0}"]);
    }

    #[test]
    fn what_is_never_closed_is_told() {
        for sql in ["'a", "E'\\'", "\"a", "/* /* */", "$a$ $b$"] {
            let last = tokens(sql).last().unwrap();
            assert_eq!((last.kind, last.text), (TokenKind::Unclosed, sql));
        }
    }
}
