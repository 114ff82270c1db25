//! What a text means by a name that a column has from now on.

use super::Text;
use super::scope::Owner;
use crate::name::{Ident, QualifiedName};

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
                Owner::Several if !self.is_joined_by(at) => "which another relation there has too",
                Owner::Relation if self.own.contains(&column.as_str()) => {
                    "an argument or a column of the result"
                }
                Owner::Relation if self.is_variable(column.as_str()) => "a variable",
                Owner::Relation if self.is_grouped_result(at) => "a column of the result",
                Owner::Relation if is_as_before && self.is_outer_column(at, table) => {
                    "a column of the query around"
                }
                Owner::Relation if is_as_before && self.is_result_elsewhere(at) => {
                    "a result of another query in it"
                }
                _ => return None,
            };
            Some((self.pieces[at].0, what))
        })
    }

    /// Whether a word is a name by itself that an expression reads.
    fn is_bare(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| &self.pieces[before].1);
        let names = ["as", "into", "declare"];
        let is_named = before
            .is_some_and(|it| it.is_symbol(".") || names.iter().any(|word| it.is_keyword(word)));
        let next = self.pieces.get(at + 1).map(|(_, piece)| piece);
        let is_other = next.is_some_and(|it| {
            [".", ":=", "=>", "("]
                .iter()
                .any(|symbol| it.is_symbol(symbol))
        });
        !is_named && !is_other && !self.is_listed(at) && !self.is_set(at)
    }

    /// Whether another query of the text gives a result the name of a word.
    fn is_result_elsewhere(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let (here, levels) = (self.levels.level(at), &self.levels);
        let mut pairs = self.pieces.windows(2).enumerate();
        pairs.any(|(at, pair)| {
            pair[0].1.is_keyword("as") && pair[1].1.as_word() == word && levels.level(at) != here
        })
    }

    /// Whether a query groups by a name that it gives a result.
    fn is_grouped_result(&self, at: usize) -> bool {
        let before = self.pieces[..at].iter().rev().map(|(_, piece)| piece);
        let list = before
            .skip_while(|it| it.is_symbol(",") || it.as_word().is_some() && !it.is_keyword("by"));
        let mut list = list.take(2);
        let is_list = list.next().is_some_and(|it| it.is_keyword("by"))
            && list.next().is_some_and(|it| it.is_keyword("group"));
        let word = self.pieces[at].1.as_word();
        is_list && word.is_some_and(|word| self.is_brought(word))
    }
}
