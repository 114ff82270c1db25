//! A text of SQL as tokens, as far as psql tells them apart to find where a statement ends. Knows no statement.

/// What kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// White space and comments.
    Blank,
    /// A keyword, a name without quotes, or a number.
    Word,
    /// A constant or a quoted name.
    Quoted,
    /// `;`
    Semicolon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `\` and the rest of its line: a command of psql.
    Command,
    /// Any other character.
    Other,
    /// What opens and never ends.
    Unclosed,
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// Its kind.
    pub(crate) kind: TokenKind,
    /// Its text.
    pub(crate) text: &'a str,
    /// Its first byte.
    pub(crate) at: usize,
}

/// All tokens of a text, without a gap between them.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let (kind, length) = next(rest)?;
        let token = Token {
            kind,
            text: &rest[..length],
            at,
        };
        at += length;
        Some(token)
    })
}

fn next(rest: &str) -> Option<(TokenKind, usize)> {
    let first = rest.chars().next()?;
    let closed = |kind, end: Option<usize>| match end {
        Some(end) => (kind, end),
        None => (TokenKind::Unclosed, rest.len()),
    };
    let line = || rest.find(['\n', '\r']).unwrap_or(rest.len());
    Some(match first {
        _ if first.is_whitespace() => (
            TokenKind::Blank,
            rest.find(|c: char| !c.is_whitespace())
                .unwrap_or(rest.len()),
        ),
        '-' if rest.starts_with("--") => (TokenKind::Blank, line()),
        '/' if rest.starts_with("/*") => closed(TokenKind::Blank, block_comment(rest)),
        '\'' => closed(TokenKind::Quoted, constant(rest, false)),
        'e' | 'E' if rest[1..].starts_with('\'') => closed(
            TokenKind::Quoted,
            constant(&rest[1..], true).map(|end| end + 1),
        ),
        '"' => closed(TokenKind::Quoted, rest[1..].find('"').map(|end| end + 2)),
        '$' => match dollar_tag(rest) {
            Some(tag) => {
                let end = rest[tag.len()..].find(tag);
                closed(TokenKind::Quoted, end.map(|end| end + 2 * tag.len()))
            }
            None => (TokenKind::Other, 1),
        },
        ';' => (TokenKind::Semicolon, 1),
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        '\\' => (TokenKind::Command, line()),
        _ if is_word(first) => (
            TokenKind::Word,
            rest.find(|c: char| !is_word(c) && c != '$')
                .unwrap_or(rest.len()),
        ),
        _ => (TokenKind::Other, first.len_utf8()),
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
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

/// The length of the constant at the start of a text. A doubled quote reads as two constants, which is the same here.
fn constant(text: &str, escapes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if escapes => {
                letters.next();
            }
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_none() => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `$$` or `$tag$` at the start of a text.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('$')?;
    let tag = &inner[..inner.find('$')?];
    let fits = tag.chars().all(is_word) && !tag.starts_with(|c: char| c.is_ascii_digit());
    fits.then(|| &rest[..tag.len() + 2])
}
