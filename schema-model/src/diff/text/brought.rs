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
        let mut places = 0..self.pieces.len();
        places.any(|at| self.pieces[at].1.is_word(word) && self.gives_name(at))
    }

    /// Whether a word is the name that the text gives to something there.
    fn gives_name(&self, at: usize) -> bool {
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
        is(before, &["as", "with", "recursive", "window"])
            || self.is_in_alias(at)
            || self.is_bare_alias(at)
            || is_alias() && !is(after, &["."])
            // A further common table expression; an output column has no parenthesis behind its name.
            || is(before, &[",", ")"])
                && is(after, &["as"])
                && is(piece(Some(at + 2)), &["(", "materialized", "not"])
    }

    /// Whether a bare word in a query that reads a column of its name is another name there: one that is given, a variable that the
    /// place sees, what the query reads, or a result where these come first.
    pub(super) fn is_other_name(&self, at: usize) -> bool {
        let Some(word) = self.pieces[at].1.as_word() else {
            return false;
        };
        let before = |by: usize| at.checked_sub(by).map(|at| &self.pieces[at].1);
        let is_window = before(1).is_some_and(|it| it.is_keyword("over"))
            || before(1).is_some_and(|it| it.is_symbol("("))
                && before(2).is_some_and(|it| it.is_keyword("over"));
        let is_relation = || {
            let words = ["into", "only", "table", "update"];
            before(1).is_some_and(|it| words.iter().any(|word| it.is_keyword(word)))
                || self.is_read(at)
        };
        let is_variable =
            || !self.prefers_columns && (self.own.contains(&word) || self.sees_variable(at));
        self.gives_name(at)
            || is_window
            || is_relation()
            || is_variable()
            || self.is_result(at, "group")
            || self.sees_alias(at)
    }

    /// Whether a query around a word reads something under the word's name.
    fn sees_alias(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        self.levels.outwards(at).any(|level| {
            let is_alias = |place: usize| {
                let is_as = self.pieces[place - 1].1.is_keyword("as");
                let of = place.checked_sub(1 + usize::from(is_as));
                self.pieces[place].1.as_word() == word
                    && of.is_some_and(|of| self.relation_read_at(of).is_some())
            };
            let mut places = (1..self.pieces.len()).filter(|it| self.levels.level(*it) == level);
            let derived = self.derived(level);
            let mut derived = derived.iter();
            places.any(is_alias) || derived.any(|it| it.alias.as_deref() == word)
        })
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
    pub(super) fn is_bare_alias(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        match &self.pieces[before].1 {
            Piece::Placeholder { column, .. } => column.is_some(),
            it => it.as_word().is_some() && self.follows(before, "."),
        }
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
