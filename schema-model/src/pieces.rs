//! The text of a template, split into words, symbols and placeholders. No parser.

use std::fmt::Write as _;

use crate::lexer::{TokenKind, tokens};
use crate::template::{Binding, Segment, Template};

/// Stands before the number of a placeholder while the text is split. No name may hold it.
const MARK: char = '\u{e000}';

/// A word, symbol or placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A keyword or a name, in lower case.
    Word(String),
    /// A name in quotes, without them: never a keyword.
    Name(String),
    Symbol(String),
    Placeholder {
        key: &'a str,
        column: Option<&'a str>,
    },
}

impl Piece<'_> {
    /// Whether it is this keyword or name.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.as_word() == Some(word)
    }

    pub(crate) fn is_keyword(&self, word: &str) -> bool {
        matches!(self, Self::Word(known) if known == word)
    }

    /// The keyword or name that it is.
    pub(crate) fn as_word(&self) -> Option<&str> {
        match self {
            Self::Word(word) | Self::Name(word) => Some(word),
            Self::Symbol(_) | Self::Placeholder { .. } => None,
        }
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self, Self::Symbol(known) if known == symbol)
    }

    /// The text of the constant that it is, whatever its quotes are.
    pub(crate) fn as_constant(&self) -> Option<String> {
        let Self::Symbol(symbol) = self else {
            return None;
        };
        let quoted = symbol.strip_prefix(['e', 'E']).unwrap_or(symbol);
        if let Some(inner) = quoted
            .strip_prefix('\'')
            .and_then(|it| it.strip_suffix('\''))
        {
            return Some(inner.replace("''", "'"));
        }
        let tag = symbol.strip_prefix('$')?.split_once('$')?.0;
        let tag = format!("${tag}$");
        let inner = symbol.strip_prefix(&tag)?.strip_suffix(&tag)?;
        Some(inner.to_owned())
    }

    /// The column that it names in a list of columns.
    pub(crate) fn as_column(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            Self::Placeholder { column, .. } => *column,
            Self::Symbol(_) => None,
        }
    }
}

/// A text, split as the server splits it.
pub(crate) fn pieces(template: &Template) -> Vec<Piece<'_>> {
    let located = located(template).into_iter();
    located.map(|(_, piece)| piece).collect()
}

/// A text, split as the server splits it, with the line of each piece, from 1.
pub(crate) fn located(template: &Template) -> Vec<(usize, Piece<'_>)> {
    let mut text = String::new();
    let mut placeholders = Vec::new();
    for segment in template.segments().unwrap_or_default() {
        match segment {
            Segment::Text(plain) => text.push_str(plain),
            Segment::Placeholder {
                key,
                column,
                literal,
            } => match template.bindings.get(key) {
                Some(Binding::Text(bound)) if !literal => text.push_str(bound),
                _ => {
                    let _ = write!(text, " {MARK}{} ", placeholders.len());
                    placeholders.push(Piece::Placeholder { key, column });
                }
            },
        }
    }
    let mut pieces: Vec<(usize, Piece<'_>)> = Vec::new();
    let mut line = 1;
    let mut follows_colon = false;
    for token in tokens(&text) {
        let at = line;
        line += token.text.matches('\n').count();
        let is_behind_colon = std::mem::replace(&mut follows_colon, token.text == ":");
        if token.kind.is_space() {
            continue;
        }
        // `::` and `:=`, which tokens have as two: the second may begin an operator.
        let mut text = token.text;
        if is_behind_colon
            && let Some(second) = text.chars().next().filter(|it| matches!(it, ':' | '='))
            && let Some((_, Piece::Symbol(colon))) = pieces.last_mut()
        {
            colon.push(second);
            text = &text[1..];
            follows_colon = false;
            if text.is_empty() {
                continue;
            }
        }
        let number = token.text.strip_prefix(MARK);
        let placeholder = number.and_then(|number| placeholders.get(number.parse::<usize>().ok()?));
        let piece = match (placeholder, token.kind) {
            (Some(placeholder), _) => placeholder.clone(),
            (None, TokenKind::Word) => Piece::Word(token.text.to_lowercase()),
            (None, TokenKind::QuotedName) => {
                let inner = token
                    .text
                    .strip_prefix('"')
                    .and_then(|it| it.strip_suffix('"'));
                let inner = inner.unwrap_or(token.text);
                Piece::Name(inner.replace("\"\"", "\""))
            }
            (None, _) => Piece::Symbol(text.to_owned()),
        };
        pieces.push((at, piece));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};
    use crate::template::Template;

    #[test]
    fn casts_and_assignments_are_one_symbol() {
        let template = Template::new("a::b :=-1 [1:2]");
        let symbols: Vec<String> = pieces(&template)
            .into_iter()
            .filter_map(|it| match it {
                Piece::Symbol(symbol) => Some(symbol),
                _ => None,
            })
            .collect();
        assert_eq!(symbols, ["::", ":=", "-", "[", ":", "]"]);
    }

    #[test]
    fn a_quoted_name_is_one_word() {
        let template = Template::new("a.\"b\"\"c D\"");
        let found = pieces(&template);
        assert_eq!(
            found,
            [
                Piece::Word("a".to_owned()),
                Piece::Symbol(".".to_owned()),
                Piece::Name("b\"c D".to_owned())
            ]
        );
    }
}
