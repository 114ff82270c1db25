//! Names that a text brings itself: results, aliases, common table expressions, variables.

use super::Text;
use crate::pieces::Piece;

/// Words that stand between brackets and are no aliases.
const CLAUSES: &[&str] = &[
    "all",
    "and",
    "any",
    "between",
    "by",
    "exists",
    "filter",
    "group",
    "having",
    "in",
    "like",
    "not",
    "on",
    "or",
    "over",
    "returning",
    "select",
    "some",
    "then",
    "using",
    "values",
    "when",
    "where",
    "within",
];

impl Text<'_> {
    /// Whether a word is no name that the text brings itself; those of arguments and variables may not count.
    pub(super) fn is_not_brought(&self, at: usize, variables_count: bool) -> bool {
        self.pieces[at].1.as_word().is_some_and(|word| {
            let is_own = || self.own.contains(&word) || self.is_variable(word);
            !(variables_count && is_own()) && (!self.is_named(word) || self.feeds_alias(at))
        })
    }

    /// Whether the text itself gives the name to a result, a relation or a window.
    fn is_named(&self, word: &str) -> bool {
        (0..self.pieces.len()).any(|at| {
            let piece = |at: Option<usize>| at.and_then(|at| self.pieces.get(at)).map(|it| &it.1);
            let is = |piece: Option<&Piece<'_>>, words: &[&str]| {
                piece.is_some_and(|it| {
                    words
                        .iter()
                        .any(|word| it.is_word(word) || it.is_symbol(word))
                })
            };
            let (before, after) = (piece(at.checked_sub(1)), piece(Some(at + 1)));
            let is_alias = || matches!(before, Some(Piece::Placeholder { column: None, .. }));
            self.pieces[at].1.is_word(word)
                && (is(before, &["as", "with", "recursive", "window"])
                    || self.is_in_alias(at)
                    || self.is_bare_alias(at)
                    || is_alias() && !is(after, &["."])
                    // A further common table expression; an output column has no parenthesis behind its name.
                    || is(before, &[",", ")"])
                        && is(after, &["as"])
                        && is(piece(Some(at + 2)), &["(", "materialized", "not"]))
        })
    }

    /// Whether a place stands between `DECLARE` and the `BEGIN` behind it.
    pub(super) fn is_declared(&self, at: usize) -> bool {
        let before = self.pieces[..at].iter().rev().map(|(_, piece)| piece);
        let mut ends = before.filter(|it| it.is_word("declare") || it.is_word("begin"));
        ends.next().is_some_and(|it| it.is_word("declare"))
    }

    /// Whether a word is a column's name in an alias: `AS t (a, b)`, `WITH t (a, b) AS`.
    pub(super) fn is_in_alias(&self, at: usize) -> bool {
        let piece = |at: Option<usize>| at.and_then(|at| self.pieces.get(at)).map(|it| &it.1);
        let Some(open) = self.bracket_of(at) else {
            return false;
        };
        let name = piece(open.checked_sub(1)).and_then(Piece::as_word);
        if name.is_none_or(|it| CLAUSES.contains(&it)) {
            return false;
        }
        let close = self.pieces[at..]
            .iter()
            .position(|(_, it)| it.is_symbol(")"));
        let close = close.map_or(self.pieces.len(), |close| at + close);
        let is_names = self.pieces[open + 1..close].iter().all(|(_, it)| {
            it.is_symbol(",")
                || it
                    .as_word()
                    .is_some_and(|it| !it.starts_with(|it: char| it.is_ascii_digit()))
        });
        let is_expression = piece(Some(close + 1)).is_some_and(|it| it.is_keyword("as"))
            && piece(Some(close + 2)).is_some_and(|it| {
                it.is_symbol("(") || it.is_keyword("materialized") || it.is_keyword("not")
            });
        let before = piece(open.checked_sub(2));
        let is_cte = ["with", "recursive"];
        before.is_some_and(|it| {
            let begins = is_cte.iter().any(|word| it.is_keyword(word)) || it.is_symbol(",");
            let is_of_relation = || matches!(it, Piece::Placeholder { column: None, .. });
            it.is_keyword("as")
                || (it.is_symbol(")") || is_of_relation()) && is_names
                || begins && is_expression
        })
    }

    /// Whether a word is the alias of a result without `AS`: `t.a b`.
    fn is_bare_alias(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        match &self.pieces[before].1 {
            Piece::Placeholder { column, .. } => column.is_some(),
            it => it.as_word().is_some() && self.follows(before, "."),
        }
    }

    /// Whether a variable of a word's name is declared before it.
    pub(super) fn is_declared_before(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        (1..at).any(|place| {
            let before = &self.pieces[place - 1].1;
            self.pieces[place].1.as_word() == word
                && (before.is_keyword("declare")
                    || before.is_symbol(";") && self.is_declared(place))
        })
    }

    /// Whether a word before it is the variable of a loop over numbers, and has the same name.
    pub(super) fn is_counter(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let is = |at: usize, keyword: &str| self.pieces[at].1.is_keyword(keyword);
        (1..at).any(|place| {
            let range = self.pieces[place + 1..at]
                .iter()
                .map(|(_, piece)| match piece {
                    Piece::Word(text) | Piece::Name(text) | Piece::Symbol(text) => text.as_str(),
                    Piece::Placeholder { .. } => " ",
                });
            self.pieces[place].1.as_word() == word
                && is(place - 1, "for")
                && is(place + 1, "in")
                && { range }
                    .take_while(|it| *it != "loop")
                    .collect::<String>()
                    .contains("..")
        })
    }

    /// Whether the text declares a variable of this name.
    pub(super) fn is_variable(&self, word: &str) -> bool {
        (0..self.pieces.len()).any(|at| {
            let before = at.checked_sub(1).map(|before| &self.pieces[before].1);
            self.pieces[at].1.is_word(word)
                && before.is_some_and(|it| {
                    it.is_keyword("declare")
                        || it.is_keyword("for")
                        || it.is_symbol(";") && self.is_declared(at)
                })
        })
    }

    /// Whether a word is part of what the text gives that same name, as in `sum(qty) AS qty`.
    pub(super) fn feeds_alias(&self, at: usize) -> bool {
        let Some(word) = self.pieces[at].1.as_word() else {
            return false;
        };
        let (mut depth, mut least, mut is_next) = (0, 0, false);
        let mut behind = self.pieces[at + 1..]
            .iter()
            .map(|(_, piece)| piece)
            .peekable();
        while let Some(piece) = behind.next() {
            if piece.is_symbol("(") {
                depth += 1;
            } else if piece.is_symbol(")") {
                depth -= 1;
            } else if piece.is_symbol(",") && depth == least {
                is_next = true;
            } else if piece.is_word("from") || piece.is_word("select") || piece.is_symbol(";") {
                return false;
            } else if piece.is_word("as") && behind.peek().is_some_and(|it| it.is_word(word)) {
                return depth == least && !is_next;
            }
            if depth < least {
                (least, is_next) = (depth, false);
            }
        }
        false
    }
}
