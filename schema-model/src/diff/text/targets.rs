//! Whether a text writes to a column, or names it by its table: whatever else the text calls so, this is the column.

use super::Text;
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::template::Binding;

impl Text<'_> {
    /// Whether a word is in the list of columns that an INSERT writes.
    pub(super) fn is_listed(&self, at: usize) -> bool {
        self.list_of_insert(at).is_some()
    }

    /// Whether a word is in the list of columns that an INSERT writes to a table.
    pub(super) fn is_target(&self, at: usize, table: &QualifiedName) -> bool {
        self.list_of_insert(at).is_some_and(|open| {
            let before = self.pieces[..open].iter().rev().map(|(_, piece)| piece);
            { before }.take(4).any(|it| self.is_relation(it, table))
        })
    }

    /// The bracket before the list of columns that an INSERT writes, and that has a word.
    fn list_of_insert(&self, at: usize) -> Option<usize> {
        let open = self.bracket_of(at)?;
        let mut behind = self.pieces[..open].iter().rev().map(|(_, piece)| piece);
        let first = self.pieces.get(open + 1);
        let is_query =
            first.is_some_and(|(_, it)| it.is_keyword("select") || it.is_keyword("values"));
        let is_list = !is_query && behind.by_ref().take(5).any(|it| it.is_word("into"));
        is_list.then_some(open)
    }

    /// The bracket before a list of words, with commas between them, that a word is in.
    pub(super) fn bracket_of(&self, at: usize) -> Option<usize> {
        let mut before = self.pieces[..at].iter().map(|(_, piece)| piece);
        let open = before.rposition(|it| it.as_word().is_none() && !it.is_symbol(","))?;
        self.pieces[open].1.is_symbol("(").then_some(open)
    }

    /// Whether a word is in a list in brackets behind a keyword.
    pub(super) fn is_in_list_of(&self, at: usize, keyword: &str) -> bool {
        let before = self.bracket_of(at).and_then(|open| open.checked_sub(1));
        before.is_some_and(|before| self.pieces[before].1.is_keyword(keyword))
    }

    /// Whether a word stands before the `=` by which an UPDATE, or what an INSERT does instead, writes a column, by itself or in a list.
    pub(super) fn is_set(&self, at: usize) -> bool {
        self.is_in_list_of(at, "set") || self.set_of(at).is_some()
    }

    /// Whether it is a column of a table that is written so.
    pub(super) fn is_assigned(&self, at: usize, table: &QualifiedName) -> bool {
        let Some(set) = self.set_of(at) else {
            return false;
        };
        let is_branch = set > 0 && self.pieces[set - 1].1.is_keyword("update");
        if is_branch {
            // Of an INSERT or MERGE, of the relation that it is into.
            let mut places = (0..set)
                .rev()
                .take_while(|at| !self.pieces[*at].1.is_symbol(";"));
            let into = places.find(|at| self.pieces[*at].1.is_keyword("into"));
            return into.is_some_and(|into| {
                let mut near = self.pieces[into + 1..].iter().take(3);
                near.any(|(_, it)| self.is_relation(it, table))
            });
        }
        let before = self.pieces[..set].iter().rev().map(|(_, piece)| piece);
        let mut near = before.take_while(|it| !it.is_keyword("update"));
        near.any(|it| self.is_relation(it, table))
    }

    /// The SET of which a word is a target.
    fn set_of(&self, at: usize) -> Option<usize> {
        let next = self.pieces.get(at + 1);
        if !next.is_some_and(|(_, next)| next.is_symbol("=")) {
            return None;
        }
        let mut depth = 0;
        let before = self.pieces[..at].iter().map(|(_, piece)| piece).enumerate();
        for (at, piece) in before.rev() {
            if piece.is_symbol(")") {
                depth += 1;
            } else if piece.is_symbol("(") {
                depth -= 1;
            }
            if depth < 0 || piece.is_symbol(";") {
                return None;
            }
            let ends = ["where", "from", "on", "and", "or", "when", "if", "select"];
            if depth == 0 && ends.iter().any(|word| piece.is_word(word)) {
                return None;
            }
            if depth == 0 && piece.is_word("set") {
                return Some(at);
            }
        }
        None
    }

    /// Whether a word is qualified by the name of a PostgreSQL schema, and by which.
    pub(super) fn namespace_of(&self, at: usize) -> Option<&str> {
        let before = &self.pieces[at.checked_sub(2)?].1;
        let word = before.as_word().filter(|_| self.follows(at, "."))?;
        let declared = self.schema.namespaces.iter().map(|it| &it.name);
        let mut known = declared.chain([&self.schema.namespace]);
        known.any(|it| *it == *word).then_some(word)
    }

    /// Whether a word is in a list of names behind one of these keywords: `SET CONSTRAINTS a, b`, `DROP TRIGGER IF EXISTS c`.
    pub(super) fn is_listed_after(&self, mut at: usize, keywords: &[&str]) -> bool {
        while let Some(before) = at.checked_sub(1) {
            let piece = &self.pieces[before].1;
            if keywords.iter().any(|word| piece.is_keyword(word)) {
                return true;
            }
            let is_between = [",", ".", "if", "exists"];
            if !is_between
                .iter()
                .any(|it| piece.is_symbol(it) || piece.is_keyword(it))
            {
                return false;
            }
            at = before.saturating_sub(usize::from(piece.as_word().is_none()));
        }
        false
    }

    /// Whether a piece names a table.
    pub(super) fn is_relation(&self, piece: &Piece<'_>, table: &QualifiedName) -> bool {
        match piece {
            Piece::Placeholder { key, column: None } => {
                let bound = self.template.bindings.get(*key);
                matches!(bound, Some(Binding::Relation(name)) if self.schema.same_name(name, table))
            }
            piece => piece.is_word(table.name.as_str()),
        }
    }
}
