//! Variables of a text, and where they can be seen.

use super::Text;
use super::scope::opens;
use crate::pieces::Piece;

impl Text<'_> {
    /// Whether a place stands between `DECLARE` and the `BEGIN` behind it.
    pub(super) fn is_declared(&self, at: usize) -> bool {
        let before = self.pieces[..at].iter().rev().map(|(_, piece)| piece);
        let mut ends = before.filter(|it| it.is_word("declare") || it.is_word("begin"));
        ends.next().is_some_and(|it| it.is_word("declare"))
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

    /// Whether a bare word can be a variable of its name: one of a block or loop around it, or a parameter of its cursor.
    pub(super) fn sees_variable(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let is = |at: usize, keyword: &str| self.pieces[at].1.is_keyword(keyword);
        (1..at).any(|place| {
            if self.pieces[place].1.as_word() != word {
                return false;
            }
            let is_declared = is(place - 1, "declare")
                || self.pieces[place - 1].1.is_symbol(";") && self.is_declared(place);
            let opening = if is_declared {
                "begin"
            } else if is(place - 1, "for") && self.is_counter(place) {
                "loop"
            } else {
                return self.is_parameter_of_cursor(place, at);
            };
            let mut behind = place + 1..self.pieces.len();
            let open = behind.find(|at| is(*at, opening) && opens(&self.pieces, *at));
            open.is_none_or(|open| at < self.end_of(open))
        })
    }

    /// Whether the variable of a loop runs over numbers.
    fn is_counter(&self, at: usize) -> bool {
        let behind = self.pieces[at + 1..].iter().map(|(_, piece)| match piece {
            Piece::Word(text) | Piece::Name(text) | Piece::Symbol(text) => text.as_str(),
            Piece::Placeholder { .. } => " ",
        });
        let range: String = behind.take_while(|it| *it != "loop").collect();
        range.starts_with("in") && range.contains("..")
    }

    /// Whether a place names a parameter of the cursor that another place is part of: `c CURSOR (a integer) FOR ...`.
    pub(super) fn is_parameter_of_cursor(&self, place: usize, at: usize) -> bool {
        let open = self.bracket_around(place).filter(|open| *open > 0);
        let ends = |it: &(usize, Piece<'_>)| it.1.is_symbol(";");
        open.is_some_and(|open| {
            self.pieces[open - 1].1.is_keyword("cursor") && !self.pieces[open..at].iter().any(ends)
        })
    }

    /// Where the block or loop that begins at a place ends.
    fn end_of(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for at in open..self.pieces.len() {
            let piece = &self.pieces[at].1;
            let follows = |words: &[&str]| {
                let before = at.checked_sub(1).map(|at| &self.pieces[at].1);
                before.is_some_and(|it| {
                    words
                        .iter()
                        .any(|word| it.is_keyword(word) || it.is_symbol(word))
                })
            };
            let begins = match piece.as_word() {
                Some("begin" | "loop") => !follows(&["end"]) && opens(&self.pieces, at),
                Some("case") => !follows(&["end"]),
                Some("if") => follows(&[";", "begin", "then", "else", "loop", ">>"]),
                _ => false,
            };
            if begins {
                depth += 1;
            } else if piece.is_keyword("end") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
        }
        self.pieces.len()
    }
}
