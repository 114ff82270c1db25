//! What a text means by a name that a column has from now on.

use super::Text;
use super::scope::Owner;
use crate::name::{Ident, QualifiedName};
use crate::pieces::Piece;
use crate::template::Binding;

impl Text<'_> {
    /// The line on which the server takes a new column for something else that the text calls so, or cannot choose, and what that is.
    pub(in crate::diff) fn capture(
        &self,
        table: &QualifiedName,
        column: &Ident,
        is_as_before: bool,
    ) -> Option<(usize, &'static str)> {
        let mut relations = self.relations.iter();
        let reads = relations.any(|it| self.schema.same_name(it, table));
        if !reads || self.template.mentions.contains_key(column.as_str()) {
            return None;
        }
        let places = 0..self.pieces.len();
        let mut bare =
            places.filter(|at| self.pieces[*at].1.is_word(column.as_str()) && self.is_bare(*at));
        bare.find_map(|at| {
            let what = match self.owner(at, table) {
                // The result is meant first.
                _ if self.is_result(at, "order") => return None,
                Owner::Several if !self.is_joined_by(at) => {
                    "a column of another relation in the same query"
                }
                // A text that is new or changed, and in which the column comes first, means it.
                Owner::Relation
                    if self.own.contains(&column.as_str())
                        && (is_as_before || !self.prefers_columns) =>
                {
                    "an argument or a result column"
                }
                Owner::Relation if self.sees_variable(at) => "a variable",
                Owner::Relation if self.is_result(at, "group") => "a result column",
                Owner::Relation if is_as_before && self.is_outer_column(at, table) => {
                    "a column of an outer query"
                }
                Owner::Relation if is_as_before && self.is_result_elsewhere(at) => {
                    "a result column of a subquery"
                }
                _ => return None,
            };
            Some((self.pieces[at].0, what))
        })
    }

    /// Whether a query of the text has a bare column of a table that, once it is gone, is a column of a query around it.
    pub(in crate::diff) fn falls_outwards(&self, table: &QualifiedName, column: &Ident) -> bool {
        let mut places = 0..self.pieces.len();
        places.any(|at| {
            self.pieces[at].1.is_word(column.as_str())
                && self.is_bare(at)
                && !self.is_other_name(at)
                && self.owner(at, table) == Owner::Relation
                && self.is_outer_column(at, table)
        })
    }

    /// A name of a routine's own that its text compares with itself where a relation has a column of this name, and the line: in SQL the
    /// column is meant on both sides, and PL/pgSQL refuses each call.
    pub(in crate::diff) fn conflict(&self) -> Option<(usize, &str)> {
        let is_column = |at: usize| {
            let mut relations = self.relations.iter();
            relations.any(|it| self.has_column(it, at) && self.owner(at, it) == Owner::Relation)
        };
        let mut places = 0..self.pieces.len();
        let at = places.find(|&at| {
            let word = self.pieces[at].1.as_word();
            let word = word.filter(|it| !self.template.mentions.contains_key(*it));
            word.is_some_and(|word| {
                (self.own.contains(&word) || self.sees_variable(at))
                    && self.is_bare(at)
                    && self.is_compared_with_itself(at)
                    && is_column(at)
            })
        })?;
        Some((self.pieces[at].0, self.pieces[at].1.as_word()?))
    }

    /// Whether a word by itself is compared with the same word, by itself or qualified: `a = a`, `t.a = a`, `a = t.a`.
    fn is_compared_with_itself(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let piece = |at: Option<usize>| at.and_then(|at| self.pieces.get(at)).map(|(_, it)| it);
        let is_symbol =
            |at: Option<usize>, symbol: &str| piece(at).is_some_and(|it| it.is_symbol(symbol));
        let is_word = |at: Option<usize>| piece(at).is_some_and(|it| it.as_word() == word);
        let ends = |at: usize| !is_symbol(Some(at), ".") && !is_symbol(Some(at), "(");
        let behind = is_symbol(Some(at + 1), "=")
            && (is_word(Some(at + 2)) && ends(at + 3)
                || is_symbol(Some(at + 3), ".")
                    && is_word(Some(at + 4))
                    && self.qualifier(at + 4).is_some());
        let before = is_symbol(at.checked_sub(1), "=")
            && is_word(at.checked_sub(2))
            && at
                .checked_sub(2)
                .is_some_and(|other| self.qualifier(other).is_some());
        behind || before
    }

    /// The line on which the text uses a column of a table, be it in a row that its trigger fires for.
    pub(in crate::diff) fn use_of(
        &self,
        table: &QualifiedName,
        column: &Ident,
        is_fired: bool,
    ) -> Option<usize> {
        if self.template.mentions.contains_key(column.as_str()) {
            return None;
        }
        let is_of_row = |at: usize| {
            let row = at.checked_sub(2).map(|row| &self.pieces[row].1);
            is_fired
                && self.follows(at, ".")
                && row.is_some_and(|it| it.is_keyword("new") || it.is_keyword("old"))
        };
        let is_use = |at: usize| match &self.pieces[at].1 {
            Piece::Placeholder {
                key,
                column: Some(it),
            } => {
                let bound = self.template.bindings.get(*key);
                *column == **it
                    && matches!(bound, Some(Binding::Relation(name)) if self.schema.same_name(name, table))
            }
            piece => {
                piece.is_word(column.as_str())
                    && !self.is_called(at)
                    && (is_of_row(at) || self.is_column_of(at, table))
            }
        };
        let mut places = 0..self.pieces.len();
        places.find(|at| is_use(*at)).map(|at| self.pieces[at].0)
    }

    /// Whether a word is a name by itself that an expression reads.
    fn is_bare(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| &self.pieces[before].1);
        let names = ["as", "open", "close", "fetch", "of", "from", "join"];
        let is_named = before
            .is_some_and(|it| it.is_symbol(".") || names.iter().any(|word| it.is_keyword(word)));
        let next = self.pieces.get(at + 1).map(|(_, piece)| piece);
        let is_other = next.is_some_and(|it| {
            let symbols = [".", ":=", "=>", "("];
            symbols.iter().any(|symbol| it.is_symbol(symbol)) || it.is_keyword("loop")
        });
        let is_written = self.is_listed_after(at, &["into", "strict", "for"])
            || self.is_listed(at)
            || self.is_set(at)
            || self.is_in_alias(at)
            || self.is_declared(at);
        !is_named && !is_other && !is_written
    }

    /// Whether another query of the text gives a result the name of a word.
    fn is_result_elsewhere(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let here = self.levels.level(at);
        let mut places = 1..self.pieces.len();
        places.any(|place| {
            self.pieces[place].1.as_word() == word
                && self.levels.level(place) != here
                && (self.pieces[place - 1].1.is_keyword("as")
                    || self.follows(place, ".")
                    || self.is_bare(place))
        })
    }

    /// Whether a word is in the list of `GROUP BY`, `ORDER BY` or, as for the latter, `DISTINCT ON`, and a result has its name.
    pub(super) fn is_result(&self, at: usize, clause: &str) -> bool {
        let start = self.start_of_grouping(at);
        let before = self.pieces[..start].iter().rev().map(|(_, piece)| piece);
        let list = before
            .skip_while(|it| it.is_symbol(",") || it.as_word().is_some() && !it.is_keyword("by"));
        let mut list = list.take(3);
        let mut next = |word: &str| {
            list.next()
                .is_some_and(|it| it.is_keyword(word) || it.is_symbol(word))
        };
        let is_list = if next("by") {
            next(clause)
        } else {
            clause == "order" && self.is_distinct_on(at)
        };
        let word = self.pieces[at].1.as_word();
        let mut places = 1..self.pieces.len();
        is_list
            && (places.any(|place| {
                self.pieces[place].1.as_word() == word
                    && (self.pieces[place - 1].1.is_keyword("as") || self.is_bare_alias(place))
            }) || clause == "order" && self.is_result_of_union(at))
    }

    /// The outermost bracket of `GROUPING SETS ((a), (b))`, `ROLLUP (a)` or `CUBE (a)` around a word; the word itself elsewhere.
    fn start_of_grouping(&self, at: usize) -> usize {
        let mut outer = at;
        let mut open = self.bracket_around(at);
        while let Some(place) = open.filter(|open| *open > 0) {
            let before = &self.pieces[place - 1].1;
            if ["sets", "rollup", "cube"]
                .iter()
                .any(|word| before.is_keyword(word))
            {
                outer = place - 1;
            } else if !before.is_symbol("(") && !before.is_symbol(",") {
                break;
            }
            open = self.bracket_around(place);
        }
        outer
    }

    fn is_distinct_on(&self, at: usize) -> bool {
        let open = self.bracket_of(at).filter(|open| *open > 1);
        open.is_some_and(|open| {
            self.pieces[open - 1].1.is_keyword("on")
                && self.pieces[open - 2].1.is_keyword("distinct")
        })
    }

    /// Whether queries before a place, which are united, have a result of a word's name: behind them the first one's results alone
    /// can be named.
    fn is_result_of_union(&self, at: usize) -> bool {
        let words = ["union", "intersect", "except"];
        let bracket = self.bracket_around(at);
        let mut behind = (0..at)
            .rev()
            .take_while(|at| !self.pieces[*at].1.is_symbol(";"));
        let unites = |at: &usize| {
            let piece = &self.pieces[*at].1;
            words.iter().any(|word| piece.is_keyword(word)) && self.bracket_around(*at) == bracket
        };
        let Some(end) = behind.by_ref().filter(unites).last().filter(|end| *end > 0) else {
            return false;
        };
        let level = self.levels.level(end - 1);
        let first = (0..end).filter(|at| self.levels.level(*at) == level);
        let mut results = first
            .skip_while(|at| !self.pieces[*at].1.is_keyword("select"))
            .take_while(|at| !self.pieces[*at].1.is_keyword("from"));
        let word = self.pieces[at].1.as_word();
        results.any(|at| self.pieces[at].1.as_word() == word)
    }
}
