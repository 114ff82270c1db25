//! The statements of a query or routine that write rows, and to which relation.

use super::usage::Usage;
use crate::name::QualifiedName;
use crate::pieces::Piece;

/// What a statement does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
    Truncate,
}

impl Verb {
    pub(super) fn keyword(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
        }
    }
}

/// A statement that writes rows, or a branch of one.
pub(super) struct Write<'a> {
    pub(super) verb: Verb,
    pub(super) relation: &'a QualifiedName,
    /// The place behind the relation's name, or behind the verb of a branch.
    pub(super) behind: usize,
}

impl<'a> Usage<'a> {
    /// All of them, in order.
    pub(super) fn writes(&self) -> Vec<Write<'a>> {
        let mut found: Vec<Write<'a>> = Vec::new();
        let mut merged = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            let has = |behind: usize, word: &str| {
                let piece = self.pieces.get(at + behind);
                piece.is_some_and(|it| it.is_keyword(word))
            };
            let before = |word: &str| {
                let piece = at.checked_sub(1).map(|before| &self.pieces[before]);
                piece.is_some_and(|it| it.is_keyword(word))
            };
            let verbs = [Verb::Insert, Verb::Update, Verb::Delete, Verb::Truncate];
            let verb = verbs.iter().find(|verb| piece.is_keyword(verb.keyword()));
            if piece.is_symbol(";") {
                merged = None;
            } else if piece.is_keyword("merge") && has(1, "into") {
                merged = self.relation_at(at + 2).map(|(relation, _)| relation);
            } else if let Some(verb) = verb.copied() {
                let target = match verb {
                    _ if before("then") && merged.is_some() => {
                        merged.map(|relation| (relation, at + 1))
                    }
                    Verb::Insert if has(1, "into") => self.relation_at(at + 2),
                    Verb::Delete if has(1, "from") => self.relation_at(at + 2),
                    Verb::Update if before("do") => {
                        let insert = found.last();
                        insert.map(|insert| (insert.relation, at + 1))
                    }
                    Verb::Update | Verb::Truncate => self.relation_at(at + 1),
                    Verb::Insert | Verb::Delete => None,
                };
                let mut target = target;
                while let Some((relation, behind)) = target {
                    found.push(Write {
                        verb,
                        relation,
                        behind,
                    });
                    let next = self.pieces.get(behind);
                    let more = verb == Verb::Truncate && next.is_some_and(|it| it.is_symbol(","));
                    target = more.then(|| self.relation_at(behind + 1)).flatten();
                }
            }
        }
        found
    }

    /// The relation that is named at a place, and the place behind it.
    fn relation_at(&self, at: usize) -> Option<(&'a QualifiedName, usize)> {
        let skips = ["only", "table"];
        let rest = self.pieces.get(at..)?;
        let skipped = rest
            .iter()
            .take_while(|it| skips.iter().any(|word| it.is_keyword(word)));
        let at = at + skipped.count();
        match self.pieces.get(at..)? {
            [Piece::Placeholder { key, column: None }, ..] => {
                self.relation(key).map(|it| (it, at + 1))
            }
            [namespace, dot, name, ..] if dot.is_symbol(".") => {
                let tables = self.schema.tables.iter().map(|it| &it.name);
                let mut named = tables.chain(self.schema.views.iter().map(|it| &it.name));
                let found = named.find(|it| {
                    namespace.is_word(self.schema.namespace_of(it).as_str())
                        && name.is_word(it.name.as_str())
                });
                found.map(|it| (it, at + 3))
            }
            _ => None,
        }
    }

    /// The columns that the UPDATE behind whose verb or relation a place is sets.
    pub(super) fn assigned_at(&self, at: usize) -> Vec<&str> {
        let rest = self.pieces.get(at..).unwrap_or_default();
        let Some(set) = rest.iter().position(|it| it.is_keyword("set")) else {
            return Vec::new();
        };
        let ends = ["from", "where", "returning", "when"];
        let (mut depth, mut cases) = (0, 0);
        let mut is_target = true;
        let mut found = Vec::new();
        for piece in &rest[set + 1..] {
            if piece.is_symbol("(") {
                depth += 1;
            } else if piece.is_symbol(")") {
                depth -= 1;
            } else if piece.is_symbol("=") && depth == 0 {
                is_target = false;
            } else if piece.is_symbol(",") && depth == 0 {
                is_target = true;
            } else if piece.is_keyword("case") {
                cases += 1;
            } else if piece.is_keyword("end") {
                cases -= 1;
            } else if is_target {
                found.extend(piece.as_column());
            }
            if depth < 0
                || piece.is_symbol(";")
                || depth == 0 && cases == 0 && ends.iter().any(|word| piece.is_keyword(word))
            {
                break;
            }
        }
        found
    }
}
