//! Rows that a text makes itself and reads columns or fields of: subqueries, common table expressions, functions, variables.

use std::ops::RangeInclusive;

use super::Text;
use super::row_columns::Columns;
use crate::name::QualifiedName;
use crate::pieces::Piece;

/// What a name holds.
pub(super) enum Held<'a> {
    /// A row of a relation.
    Row(&'a QualifiedName),
    /// Something that has such a field without being a relation's row, or that no relation has to do with.
    Other,
    /// The text does not say.
    Open,
}

/// A row that a text makes itself and reads.
pub(super) struct Derived<'a> {
    /// The pieces that make it.
    span: RangeInclusive<usize>,
    pub(super) alias: Option<String>,
    pub(super) columns: Columns<'a>,
}

impl<'a> Text<'a> {
    /// What a word behind a `.` is a column or field of.
    pub(super) fn held(&self, at: usize, table: &QualifiedName) -> Held<'a> {
        let Some(of) = at.checked_sub(2) else {
            return Held::Open;
        };
        let columns = match &self.pieces[of].1 {
            it if it.is_symbol("]") => return Held::Other,
            it if it.is_symbol(")") => match self.bracket_around(of) {
                // `(row).field`: a call, an element and an attribute hold values of composite types.
                Some(open) if open + 2 == of && !self.is_function(open) => {
                    Some(self.columns_of_name(open + 1).unwrap_or_default())
                }
                _ => return Held::Other,
            },
            _ => self.columns_of_name(of),
        };
        let Some(columns) = columns else {
            return Held::Open;
        };
        if self.gives(&columns, at) {
            return Held::Other;
        }
        match columns
            .rows
            .iter()
            .find(|it| self.schema.same_name(it, table))
        {
            Some(row) => Held::Row(row),
            None if columns.is_open || columns.rows.is_empty() && !columns.names.is_empty() => {
                Held::Open
            }
            None => Held::Other,
        }
    }

    /// Whether a bare word is a column of a row that the text derives: one of the innermost query around it that reads such a row or
    /// the table.
    pub(super) fn is_derived(&self, at: usize, table: &QualifiedName) -> bool {
        for now in self.levels.outwards(at) {
            let derived = self.derived(now);
            let is_foreign = |it: &Columns<'_>| it.is_foreign() && self.visible(now, at).is_empty();
            // None sees what it makes itself.
            let mut derived = derived.iter().filter(|it| !it.span.contains(&at));
            if derived.any(|it| self.gives(&it.columns, at) || is_foreign(&it.columns)) {
                return true;
            }
            let mut visible = self.visible(now, at).into_iter();
            if visible.any(|it| self.schema.same_name(it, table)) {
                return false;
            }
        }
        false
    }

    /// The relations of which a query reads all columns through a row that the text derives.
    pub(super) fn read_through(&self, level: usize) -> Vec<&'a QualifiedName> {
        let derived = self.derived(level).into_iter();
        derived.flat_map(|it| it.columns.rows).collect()
    }

    /// Whether a word behind a `.` is an attribute of a value in brackets, `(t.c).a`, which no result of the text is.
    pub(super) fn is_attribute_of_value(&self, at: usize) -> bool {
        let value = at.checked_sub(2).map(|at| &self.pieces[at].1);
        let Some(close) = at
            .checked_sub(2)
            .filter(|_| value.is_some_and(|it| it.is_symbol(")")))
        else {
            return false;
        };
        self.bracket_around(close)
            .is_some_and(|open| open + 2 < close)
    }

    /// Whether a bare word was an attribute of a composite type whose values a query around it reads as rows.
    pub(super) fn is_attribute_of_row(&self, at: usize, ty: &QualifiedName) -> bool {
        for now in self.levels.outwards(at) {
            let derived = self.derived(now);
            if { derived.iter() }.any(|it| self.gives(&it.columns, at)) {
                return false;
            }
            let mut types = derived.iter().flat_map(|it| &it.columns.types);
            if types.any(|it| self.schema.same_name(it, ty)) {
                return true;
            }
            if { self.visible(now, at).into_iter() }.any(|it| self.has_column(it, at)) {
                return false;
            }
        }
        false
    }

    /// Whether a derived row has a column with the name of a word.
    fn gives(&self, columns: &Columns<'_>, at: usize) -> bool {
        let Some(word) = self.pieces[at].1.as_word() else {
            return false;
        };
        columns.names.iter().any(|it| it == word)
            || columns.rows.iter().any(|it| self.has_column(it, at))
    }

    /// The rows that a query reads and the text derives, with their names.
    pub(super) fn derived(&self, level: usize) -> Vec<Derived<'a>> {
        let mut all = Vec::new();
        let here = |at: &usize| self.levels.level(*at) == level;
        for at in (0..self.pieces.len()).filter(here) {
            if self.relation_read_at(at).is_some() && self.gets_names(at) {
                let (alias, columns) = self.aliased(at, at, Columns::default());
                all.push(Derived {
                    span: at..=at,
                    alias,
                    columns,
                });
                continue;
            }
            if !self.is_read(at) || self.pieces[at].1.is_keyword("lateral") {
                continue;
            }
            let (columns, last) = match (&self.pieces[at].1, self.piece(at + 1)) {
                (it, _) if it.is_symbol("(") => {
                    let Some(close) = self.close_of(at) else {
                        continue;
                    };
                    (self.columns_of_query(at + 1), close)
                }
                (_, Some(open)) if open.is_symbol("(") => {
                    let Some(close) = self.close_of(at + 1) else {
                        continue;
                    };
                    (self.columns_of_call(at, close), close)
                }
                (Piece::Word(name) | Piece::Name(name), next) => {
                    if let Some(cte) = self.common_table(name) {
                        (self.columns_of_query(cte), at)
                    } else if next.is_some_and(|it| it.is_symbol("."))
                        && self.namespace_of(at + 2).is_none()
                    {
                        // A relation or function of a PostgreSQL schema that the definition has not.
                        let call = self.piece(at + 3).filter(|it| it.is_symbol("("));
                        let close = call.and_then(|_| self.close_of(at + 3));
                        let columns = close.map_or_else(Columns::default, |close| {
                            self.columns_of_call(at + 2, close)
                        });
                        (columns, close.unwrap_or(at + 2))
                    } else if next.is_none_or(|it| !it.is_symbol("."))
                        && !self.relations.iter().any(|it| it.name == **name)
                    {
                        // A temporary table perhaps.
                        (self.columns_of_new_table(name).unwrap_or_default(), at)
                    } else {
                        continue;
                    }
                }
                _ => continue,
            };
            let (alias, columns) = self.aliased(last, at, columns);
            all.push(Derived {
                span: at..=last,
                alias,
                columns,
            });
        }
        all
    }

    /// A derived row under the name that stands behind it, with the names of columns that do.
    fn aliased(
        &self,
        last: usize,
        first: usize,
        columns: Columns<'a>,
    ) -> (Option<String>, Columns<'a>) {
        let own = self.pieces[first].1.as_word().map(str::to_owned);
        let mut at = last + 1;
        if self.piece(at).is_some_and(|it| it.is_keyword("with")) {
            at += 2;
        }
        let is_as = self.piece(at).is_some_and(|it| it.is_keyword("as"));
        at += usize::from(is_as);
        let alias = self.piece(at).filter(|it| is_as || !is_clause(it));
        let Some(alias) = alias.and_then(Piece::as_word) else {
            return (own, columns);
        };
        let names = self.piece(at + 1).filter(|it| it.is_symbol("("));
        let close = names.and_then(|_| self.close_of(at + 1));
        let columns = close.map_or(columns, |close| {
            let names = self.pieces[at + 2..close]
                .iter()
                .filter_map(|(_, it)| it.as_word());
            Columns::of_names(names)
        });
        (Some(alias.to_owned()), columns)
    }

    /// Whether what stands at a place is read by a query: behind FROM or JOIN, or behind a comma there.
    pub(super) fn is_read(&self, at: usize) -> bool {
        let level = self.levels.level(at);
        let mut depth = 0;
        for place in (0..at).rev() {
            let piece = &self.pieces[place].1;
            if piece.is_symbol(")") {
                depth += 1;
            } else if piece.is_symbol("(") {
                depth -= 1;
            }
            if depth < 0 {
                return false;
            }
            if depth > 0 || self.levels.level(place) != level {
                continue;
            }
            let is_next = place + 1 == at;
            let reads = ["from", "join", "using", "lateral", "rows"];
            if reads.iter().any(|word| piece.is_keyword(word)) {
                return is_next
                    || self.pieces[at - 1].1.is_symbol(",")
                    || self.pieces[at - 1].1.is_keyword("from");
            }
            if is_next && !piece.is_symbol(",")
                || piece.is_symbol(";")
                || is_clause(piece) && !piece.is_keyword("as")
            {
                return false;
            }
        }
        false
    }

    /// Whether a query reads a row of which the text does not tell the columns.
    pub(super) fn reads_open_row(&self, level: usize, at: usize) -> bool {
        let derived = self.derived(level);
        derived
            .iter()
            .any(|it| it.columns.is_open && !it.span.contains(&at))
    }

    /// The columns of a table that the text creates: `CREATE TEMP TABLE t AS SELECT ...`, `(LIKE ...)`, `(a integer)`.
    fn columns_of_new_table(&self, name: &str) -> Option<Columns<'a>> {
        let is = |at: usize, word: &str| self.pieces[at].1.is_keyword(word);
        let mut places = 2..self.pieces.len();
        let at = places.find(|at| {
            let creates = (0..*at)
                .rev()
                .take_while(|at| !self.pieces[*at].1.is_symbol(";"));
            self.pieces[*at].1.is_word(name) && (is(at - 1, "table") || is(at - 1, "exists")) && {
                creates
            }
            .any(|at| is(at, "create"))
        })?;
        let open = self.piece(at + 1).filter(|it| it.is_symbol("("));
        if let Some(close) = open.and_then(|_| self.close_of(at + 1)) {
            if is(at + 2, "like") {
                return self.columns_of_type_at(at + 3);
            }
            let inside =
                (at + 2..close).filter(|place| self.bracket_around(*place) == Some(at + 1));
            let names = inside.filter(|place| {
                let before = &self.pieces[place - 1].1;
                before.is_symbol("(") || before.is_symbol(",")
            });
            return Some(Columns::of_names(
                names.filter_map(|at| self.pieces[at].1.as_word()),
            ));
        }
        let mut behind =
            (at + 1..self.pieces.len()).take_while(|at| !self.pieces[*at].1.is_symbol(";"));
        let query = behind.find(|at| is(*at, "as"))?;
        Some(self.columns_of_query(query + 1))
    }

    /// Where the query of a common table expression begins.
    pub(super) fn common_table(&self, name: &str) -> Option<usize> {
        let is = |at: usize, words: &[&str]| {
            let piece = self.piece(at);
            piece.is_some_and(|it| {
                words
                    .iter()
                    .any(|word| it.is_keyword(word) || it.is_symbol(word))
            })
        };
        (1..self.pieces.len()).find_map(|at| {
            if !self.pieces[at].1.is_word(name) || !is(at - 1, &["with", "recursive", ","]) {
                return None;
            }
            let list = if is(at + 1, &["("]) {
                self.close_of(at + 1)?
            } else {
                at
            };
            let mut next = list + 1;
            if !is(next, &["as"]) {
                return None;
            }
            next += 1;
            while is(next, &["not", "materialized"]) {
                next += 1;
            }
            is(next, &["("]).then_some(next + 1)
        })
    }

    fn is_function(&self, open: usize) -> bool {
        let before = open.checked_sub(1).and_then(|at| self.piece(at));
        before.is_some_and(|it| {
            it.as_word().is_some_and(|_| !is_clause(it)) || matches!(it, Piece::Placeholder { .. })
        })
    }
}

/// Whether a piece is a keyword that begins a clause, and so no alias.
pub(super) fn is_clause(piece: &Piece<'_>) -> bool {
    const CLAUSES: &[&str] = &[
        "all",
        "and",
        "any",
        "as",
        "between",
        "cross",
        "exists",
        "except",
        "fetch",
        "for",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "intersect",
        "into",
        "join",
        "left",
        "like",
        "limit",
        "loop",
        "natural",
        "not",
        "offset",
        "on",
        "or",
        "order",
        "returning",
        "right",
        "select",
        "set",
        "some",
        "then",
        "union",
        "update",
        "using",
        "values",
        "when",
        "where",
        "window",
    ];
    CLAUSES.iter().any(|word| piece.is_keyword(word))
}
