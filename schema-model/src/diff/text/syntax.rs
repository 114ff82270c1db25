//! Words that the syntax takes for something else than a column, whatever columns are called: types, units, names of arguments.

use super::Text;

use crate::pieces::Piece;

impl Text<'_> {
    pub(super) fn piece(&self, at: usize) -> Option<&Piece<'_>> {
        self.pieces.get(at).map(|(_, piece)| piece)
    }

    /// Whether a word can be no column by where it stands.
    pub(super) fn is_syntax(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.piece(at));
        let earlier = at.checked_sub(2).and_then(|at| self.piece(at));
        let next = self.piece(at + 1);
        let symbol = |it: Option<&Piece<'_>>, symbols: &[&str]| {
            it.is_some_and(|it| symbols.iter().any(|symbol| it.is_symbol(symbol)))
        };
        let keyword = |it: Option<&Piece<'_>>, words: &[&str]| {
            it.is_some_and(|it| words.iter().any(|word| it.is_keyword(word)))
        };
        let is_constant = |it: Option<&Piece<'_>>| it.is_some_and(|it| it.as_constant().is_some());
        let here = |words: &[&str]| keyword(self.piece(at), words);
        if symbol(before, &["."]) {
            return false;
        }
        let is_label = symbol(before, &["<<"]) && symbol(next, &[">>"]);
        // The name of an argument, a variable, or what qualifies another name.
        symbol(next, &["=>", ":=", "."])
            || symbol(before, &["::"])
            || is_label
            || self.is_declared_type(at)
            || self.is_of_new_table(at)
            || self.is_parameter_of_cursor(at, at)
            // `date '2026-01-01'`, `interval '1' day`
            || is_constant(next)
            || is_constant(before) && here(&["year", "month", "day", "hour", "minute", "second"])
            || here(&["first", "last"]) && keyword(before, &["nulls"])
            || keyword(before, &["fetch", "move"])
            || here(&["at"]) && keyword(next, &["time"])
            || here(&["time"]) && keyword(next, &["zone"])
            || here(&["zone"]) && keyword(before, &["time"])
            || here(&["row", "rows"]) && keyword(next, &["only", "with", "between", "unbounded", "current"])
            || here(&["source", "target"]) && keyword(before, &["by"]) && keyword(earlier, &["matched"])
            || keyword(next, &["from"]) && symbol(before, &["("]) && keyword(earlier, &["extract"])
    }

    /// Whether a word is part of a variable's type.
    fn is_declared_type(&self, at: usize) -> bool {
        let Some(name) = at.checked_sub(1).filter(|_| self.is_declared(at)) else {
            return false;
        };
        let is_constant = self.pieces[name].1.is_keyword("constant");
        let name = name.saturating_sub(usize::from(is_constant));
        let before = name.checked_sub(1).and_then(|at| self.piece(at));
        self.pieces[name].1.as_word().is_some()
            && before.is_some_and(|it| it.is_symbol(";") || it.is_keyword("declare"))
    }

    /// Whether a word is in the brackets behind `CREATE TABLE t`, or behind `COLUMNS` of a table that is made from JSON.
    fn is_of_new_table(&self, at: usize) -> bool {
        let Some(open) = self.bracket_around(at).filter(|open| *open > 1) else {
            return false;
        };
        if self.pieces[open - 1].1.is_keyword("columns") {
            return true;
        }
        let before = self.piece(open - 2);
        let words = ["table", "exists", "on"];
        let mut statement = (0..at)
            .rev()
            .take_while(|at| !self.pieces[*at].1.is_symbol(";"));
        before.is_some_and(|it| words.iter().any(|word| it.is_keyword(word)))
            && self
                .piece(open - 1)
                .is_some_and(|it| it.as_word().is_some())
            && statement.any(|at| self.pieces[at].1.is_keyword("create"))
    }

    /// The bracket that a place stands in, or that it closes.
    pub(super) fn bracket_around(&self, at: usize) -> Option<usize> {
        let mut depth = 0;
        self.pieces[..at].iter().rposition(|(_, it)| {
            if it.is_symbol(")") {
                depth += 1;
            } else if it.is_symbol("(") {
                depth -= 1;
            }
            depth < 0
        })
    }

    /// The bracket that closes one.
    pub(super) fn close_of(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        let behind = self.pieces[open..].iter().position(|(_, it)| {
            if it.is_symbol("(") {
                depth += 1;
            } else if it.is_symbol(")") {
                depth -= 1;
            }
            depth == 0
        });
        behind.map(|behind| open + behind)
    }
}
