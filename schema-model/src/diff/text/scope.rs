//! Whose column a bare name is: that of the innermost query around it that reads a relation with such a column.

use super::Text;
use super::derived::is_clause;
use crate::name::QualifiedName;
use crate::pieces::Piece;

/// The queries and statements of a text.
pub(super) struct Levels {
    /// The one that each piece belongs to.
    of: Vec<usize>,
    /// The one around each, if it is a subquery.
    around: Vec<Option<usize>>,
}

/// Whose column a bare name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The relation's that is asked about.
    Relation,
    /// That relation's or another's of the same query.
    Several,
    /// Another relation's.
    Other,
    /// That of a row whose columns the text does not tell.
    Unknown,
    /// The text does not say.
    Open,
}

impl Levels {
    /// The query or statement of a place.
    pub(super) fn level(&self, at: usize) -> usize {
        self.of[at]
    }

    /// The query or statement of a place, and those around it.
    pub(super) fn outwards(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(self.of[at]), |level| self.around[*level])
    }

    pub(super) fn of(pieces: &[(usize, Piece<'_>)]) -> Self {
        let mut levels = Self {
            of: Vec::new(),
            around: vec![None],
        };
        let starts = ["select", "with", "values", "insert", "update", "delete"];
        let (mut now, mut open, mut cases) = (0, Vec::new(), 0_usize);
        let (mut begins, mut merges) = (true, false);
        for (at, (_, piece)) in pieces.iter().enumerate() {
            let outer = levels.around[now];
            let mut begin = |around: Option<usize>| {
                levels.around.push(around);
                levels.around.len() - 1
            };
            levels.of.push(now);
            let next = pieces.get(at + 1).map(|(_, piece)| piece);
            let is = |words: &[&str]| words.iter().any(|word| piece.is_keyword(word));
            // Of a statement, as which CASE is one of PL/pgSQL's.
            let is_first = std::mem::replace(&mut begins, false);
            if piece.is_symbol("(") {
                open.push(now);
                if next.is_some_and(|next| starts.iter().any(|word| next.is_keyword(word))) {
                    now = begin(Some(now));
                }
            } else if piece.is_symbol(")") {
                now = open.pop().unwrap_or(now);
            } else if is(&["union", "intersect", "except"]) {
                now = begin(outer);
            } else if piece.is_symbol(";") || is(&["begin", "loop"]) && opens(pieces, at) {
                now = begin(None);
                (cases, begins, merges) = (0, true, false);
                open.clear();
            } else if is(&["case"]) {
                cases += usize::from(!is_first);
            } else if is(&["end"]) {
                cases = cases.saturating_sub(1);
            } else if is(&["merge"]) {
                merges = true;
            } else if is(&["then", "else"]) && cases == 0 && !merges && open.is_empty() {
                now = begin(None);
                begins = true;
            }
        }
        levels
    }
}

/// Whether `BEGIN` or `LOOP` opens a block or a loop: columns may be called so.
pub(super) fn opens(pieces: &[(usize, Piece<'_>)], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &pieces[before].1);
    let next = pieces.get(at + 1).map(|(_, piece)| piece);
    let is_in_expression = before.is_some_and(|it| {
        let words = [
            "and", "by", "case", "distinct", "not", "on", "or", "returning", "select", "set", "when", "where",
        ];
        let is_symbol = matches!(it, Piece::Symbol(symbol) if !matches!(symbol.as_str(), ";" | ")" | "]" | ">>"));
        let is_constant = matches!(it, Piece::Symbol(symbol) if symbol.starts_with(|it: char| it.is_ascii_digit() || it == '\''));
        is_symbol && !is_constant || words.iter().any(|word| it.is_keyword(word))
    });
    let begins_statement = next.is_none_or(|it| {
        !matches!(it, Piece::Symbol(symbol) if symbol != "<<" && symbol != ";") && !is_operator(it)
    });
    !is_in_expression && begins_statement
}

/// Whether a keyword stands behind an operand.
fn is_operator(piece: &Piece<'_>) -> bool {
    ["and", "between", "in", "is", "like", "not", "or"]
        .iter()
        .any(|word| piece.is_keyword(word))
}

impl<'a> Text<'a> {
    /// Whose column of this name a word is.
    pub(super) fn owner(&self, at: usize, table: &QualifiedName) -> Owner {
        for now in self.levels.outwards(at) {
            let (mut own, mut others) = (0, 0);
            for relation in self.visible(now, at) {
                if self.schema.same_name(relation, table) {
                    own += 1;
                } else if self.has_column(relation, at) {
                    others += 1;
                }
            }
            match (own, others) {
                (0, 0) if self.reads_open_row(now, at) => return Owner::Unknown,
                (0, 0) => {}
                (0, _) => return Owner::Other,
                // In a join with itself the name would have been refused.
                (_, 0) => return Owner::Relation,
                _ => return Owner::Several,
            }
        }
        Owner::Open
    }

    /// Whether a query around that of a word, to which the word may belong too, reads another relation with such a column.
    pub(super) fn is_outer_column(&self, at: usize, table: &QualifiedName) -> bool {
        for now in self.levels.outwards(at).skip(1) {
            let mut visible = self.visible(now, at).into_iter();
            if visible.any(|it| !self.schema.same_name(it, table) && self.has_column(it, at)) {
                return true;
            }
        }
        false
    }

    pub(super) fn has_column(&self, relation: &QualifiedName, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let mut columns = self.schema.columns_of(relation).into_iter();
        columns.any(|it| Some(it.as_str()) == word)
    }

    /// The relations of a query whose columns can be named at a place of it, each as often as it is read, be it through `*` of a
    /// subquery.
    pub(super) fn visible(&self, level: usize, at: usize) -> Vec<&'a QualifiedName> {
        let mut all = self.read_by(level, at);
        all.extend(self.read_through(level));
        all
    }

    /// The relations that a query itself reads or writes.
    pub(super) fn read_by(&self, level: usize, at: usize) -> Vec<&'a QualifiedName> {
        let here = |place: usize| self.levels.of[place] == level;
        let has_before =
            |word: &str| (0..at).any(|place| here(place) && self.pieces[place].1.is_keyword(word));
        let is_behind_insert = has_before("conflict") || has_before("returning");
        let mut all = Vec::new();
        let mut written = None;
        for place in (0..self.pieces.len()).filter(|place| here(*place)) {
            let relation = self.relation_read_at(place);
            let Some(relation) = relation.filter(|_| !self.gets_names(place)) else {
                continue;
            };
            if self.is_into(place) {
                written = Some(relation);
            } else {
                all.push(relation);
            }
        }
        match written {
            Some(written) if is_behind_insert => vec![written],
            _ => all,
        }
    }

    /// The relation that a place names as one to read or write.
    pub(super) fn relation_read_at(&self, at: usize) -> Option<&'a QualifiedName> {
        let piece = &self.pieces[at].1;
        let mut relations = self.relations.iter().copied();
        let found = relations.find(|it| self.is_relation(piece, it))?;
        let is_placeholder = matches!(piece, Piece::Placeholder { .. });
        let namespace = self.namespace_of(at).map_or(0, |_| 2);
        let before = at.checked_sub(1 + namespace).map(|at| &self.pieces[at].1);
        let keywords = ["from", "join", "into", "update", "using", "only"];
        let is_read = before.is_some_and(|it| {
            keywords.iter().any(|word| it.is_keyword(word))
                || namespace > 0 && (it.is_symbol(",") || it.is_symbol("("))
        });
        let qualifies = self
            .pieces
            .get(at + 1)
            .is_some_and(|(_, it)| it.is_symbol("."));
        let is_type = before.is_some_and(|it| it.is_symbol("::"));
        (!qualifies && !is_type && (is_placeholder || is_read)).then_some(found)
    }

    /// Whether the text gives the columns of a relation that it reads other names: `t AS x (a, b)`.
    pub(super) fn gets_names(&self, at: usize) -> bool {
        let alias = self.alias_of(at);
        let is_as = alias > at + 1;
        let is_alias = |it: &Piece<'_>| it.as_word().is_some() && (is_as || !is_clause(it));
        self.piece(alias).is_some_and(is_alias)
            && self.piece(alias + 1).is_some_and(|it| it.is_symbol("("))
            && !self.is_into(at)
    }

    /// Where the alias of a relation stands, if it has one.
    fn alias_of(&self, at: usize) -> usize {
        let is_as = self.piece(at + 1).is_some_and(|it| it.is_keyword("as"));
        at + 1 + usize::from(is_as)
    }

    /// Whether a relation is one that an INSERT writes to.
    fn is_into(&self, at: usize) -> bool {
        let is =
            |at: Option<usize>, word: &str| at.is_some_and(|at| self.pieces[at].1.is_keyword(word));
        // Behind the name of its PostgreSQL schema perhaps.
        let into = if self.follows(at, ".") {
            at.checked_sub(3)
        } else {
            at.checked_sub(1)
        };
        is(into, "into") && !is(into.and_then(|it| it.checked_sub(1)), "merge")
    }

    /// Whether the query of a place compares columns of this name in a join.
    pub(super) fn is_joined_by(&self, at: usize) -> bool {
        let word = self.pieces[at].1.as_word();
        let level = self.levels.of[at];
        let mut places = (0..self.pieces.len()).filter(|place| self.levels.of[*place] == level);
        places.any(|place| {
            let piece = &self.pieces[place].1;
            piece.is_keyword("natural")
                || piece.as_word() == word && self.is_in_list_of(place, "using")
        })
    }

    /// The relation whose name or alias qualifies a word; none where a word does that is neither, or nothing does.
    pub(super) fn qualifier(&self, at: usize) -> Option<&'a QualifiedName> {
        let before = &self.pieces[at.checked_sub(2)?].1;
        if !self.follows(at, ".") {
            return None;
        }
        let mut relations = self.relations.iter().copied();
        let of_name = relations.find(|it| self.is_relation(before, it));
        let Some(name) = before.as_word() else {
            return of_name;
        };
        let named = |level: Option<usize>| {
            let places = (0..self.pieces.len())
                .filter(move |place| level.is_none_or(|level| self.levels.of[*place] == level));
            places.filter_map(|place| {
                let relation = self.relation_read_at(place)?;
                let alias = self.piece(self.alias_of(place))?;
                (alias.is_word(name) && !self.gets_names(place)).then_some(relation)
            })
        };
        // The nearest one, which a relation's own name gives way to.
        for level in self.levels.outwards(at) {
            if let Some(found) = named(Some(level)).next() {
                return Some(found);
            }
            if self.names_derived_row(level, name) {
                return None;
            }
        }
        if of_name.is_some() {
            return of_name;
        }
        let mut named = named(None);
        let found = named.next()?;
        named.all(|it| it == found).then_some(found)
    }

    /// Whether a query reads a row that the text derives under a name.
    fn names_derived_row(&self, level: usize, name: &str) -> bool {
        let closes = |at: Option<usize>| at.is_some_and(|at| self.pieces[at].1.is_symbol(")"));
        let is_of_cte = self.common_table(name).is_some();
        let mut places = (1..self.pieces.len()).filter(|at| self.levels.of[*at] == level);
        places.any(|at| {
            let is_as = self.pieces[at - 1].1.is_keyword("as");
            self.pieces[at].1.is_word(name)
                && (closes(at.checked_sub(1 + usize::from(is_as))) || is_of_cte && self.is_read(at))
        })
    }
}
