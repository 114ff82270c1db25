//! Rows that a text makes itself and reads columns or fields of: subqueries, common table expressions, functions, variables.

use std::ops::RangeInclusive;

use super::Text;
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::template::Binding;
use crate::ty::DataType;

/// How many queries inside of each other are looked into.
const DEPTH: usize = 8;

/// What functions of the server call their columns.
const OUTPUTS: &[(&str, &[&str])] = &[
    ("json_array_elements", &["value"]),
    ("json_array_elements_text", &["value"]),
    ("json_each", &["key", "value"]),
    ("json_each_text", &["key", "value"]),
    ("jsonb_array_elements", &["value"]),
    ("jsonb_array_elements_text", &["value"]),
    ("jsonb_each", &["key", "value"]),
    ("jsonb_each_text", &["key", "value"]),
];

/// Words that end a list of results.
const ENDS: &[&str] = &[
    "except",
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "intersect",
    "into",
    "limit",
    "loop",
    "offset",
    "order",
    "union",
    "where",
    "window",
];

/// What a name holds.
pub(super) enum Held<'a> {
    /// A row of a relation.
    Row(&'a QualifiedName),
    /// Something that has such a field without being a relation's row, or that no relation has to do with.
    Other,
    /// The text does not say.
    Open,
}

/// The columns of a derived row.
#[derive(Clone, Default)]
struct Columns<'a> {
    names: Vec<String>,
    /// The relations of which it has all columns.
    rows: Vec<&'a QualifiedName>,
    /// The composite types of which it has all attributes.
    types: Vec<&'a QualifiedName>,
    /// Whether it has columns that the text does not tell.
    is_open: bool,
}

impl<'a> Columns<'a> {
    fn row(relation: &'a QualifiedName) -> Self {
        Self {
            rows: vec![relation],
            ..Self::default()
        }
    }

    fn of_names<N: ToString>(names: impl IntoIterator<Item = N>) -> Self {
        Self {
            names: names.into_iter().map(|it| it.to_string()).collect(),
            ..Self::default()
        }
    }

    fn open() -> Self {
        Self {
            is_open: true,
            ..Self::default()
        }
    }

    /// Whether no relation of the definition has its columns.
    fn is_foreign(&self) -> bool {
        self.names.is_empty() && self.rows.is_empty() && !self.is_open
    }

    fn add(&mut self, other: Self) {
        self.names.extend(other.names);
        self.rows.extend(other.rows);
        self.types.extend(other.types);
        self.is_open |= other.is_open;
    }
}

/// A row that a text makes itself and reads.
struct Derived<'a> {
    /// The pieces that make it.
    span: RangeInclusive<usize>,
    alias: Option<String>,
    columns: Columns<'a>,
}

impl<'a> Text<'a> {
    /// What a word behind a `.` is a column or field of.
    pub(super) fn held(&self, at: usize, table: &QualifiedName) -> Held<'a> {
        let Some(of) = at.checked_sub(2) else {
            return Held::Open;
        };
        let columns = match &self.pieces[of].1 {
            it if it.is_symbol("]") => return Held::Other,
            it if it.is_symbol(")") => match self.open_of(of) {
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
        let mut level = Some(self.levels.level(at));
        while let Some(now) = level {
            let derived = self.derived(now, DEPTH);
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
            level = self.levels.around(now);
        }
        false
    }

    /// The relations of which a query reads all columns through a row that the text derives.
    pub(super) fn read_through(&self, level: usize) -> Vec<&'a QualifiedName> {
        let derived = self.derived(level, DEPTH).into_iter();
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
        self.open_of(close).is_some_and(|open| open + 2 < close)
    }

    /// Whether a bare word was an attribute of a composite type whose values a query around it reads as rows.
    pub(super) fn is_attribute_of_row(&self, at: usize, ty: &QualifiedName) -> bool {
        let mut level = Some(self.levels.level(at));
        while let Some(now) = level {
            let derived = self.derived(now, DEPTH);
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
            level = self.levels.around(now);
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

    /// The columns of what a place names: a relation, its alias, a derived row, a variable; none where the text does not say.
    fn columns_of_name(&self, at: usize) -> Option<Columns<'a>> {
        let relations = self.relations.iter().copied();
        let piece = &self.pieces[at].1;
        if let Some(relation) = relations.clone().find(|it| self.is_relation(piece, it)) {
            return Some(Columns::row(relation));
        }
        let name = piece.as_word()?;
        if name == "excluded" {
            let into = self.pieces[..at]
                .iter()
                .rposition(|(_, it)| it.is_keyword("into"))?;
            let mut near = self.pieces[into + 1..].iter().take(3);
            return near.find_map(|(_, piece)| {
                let relation = relations.clone().find(|it| self.is_relation(piece, it))?;
                Some(Columns::row(relation))
            });
        }
        let mut level = Some(self.levels.level(at));
        while let Some(now) = level {
            let derived = self.derived(now, DEPTH).into_iter();
            let mut named = derived.filter(|it| it.alias.as_deref() == Some(name));
            if let Some(found) = named.next() {
                return Some(found.columns);
            }
            level = self.levels.around(now);
        }
        self.columns_of_variable(name)
    }

    /// The fields of a variable, an argument or the label of a block.
    fn columns_of_variable(&self, name: &str) -> Option<Columns<'a>> {
        if let Some((_, ty)) = self.arguments.iter().find(|(it, _)| *it == name) {
            return self.columns_of_type(ty);
        }
        let piece = |at: usize| self.piece(at);
        let places = || (0..self.pieces.len()).filter(|at| self.pieces[*at].1.is_word(name));
        let before = |at: usize| at.checked_sub(1).and_then(piece);
        if places().any(|at| before(at).is_some_and(|it| it.is_symbol("<<"))) {
            return Some(Columns::default());
        }
        // `FOR r IN SELECT ...`
        let loops = places().find(|at| {
            before(*at).is_some_and(|it| it.is_keyword("for"))
                && piece(at + 1).is_some_and(|it| it.is_keyword("in"))
        });
        if let Some(at) = loops {
            return Some(self.columns_of_query(at + 2, DEPTH));
        }
        let declared = places().find(|at| {
            self.is_declared(*at)
                && before(*at).is_some_and(|it| it.is_keyword("declare") || it.is_symbol(";"))
        })?;
        let ty = declared + 1;
        let ty = ty + usize::from(piece(ty).is_some_and(|it| it.is_keyword("constant")));
        let columns = self.columns_of_type_at(ty);
        columns.or_else(|| {
            // `SELECT ... INTO r`
            let is_into = |at: &usize| {
                before(*at).is_some_and(|it| it.is_keyword("into") || it.is_keyword("strict"))
            };
            let into = places().find(is_into)?;
            let level = self.levels.level(into);
            let start = (0..into)
                .rev()
                .take_while(|at| self.levels.level(*at) == level)
                .last()?;
            Some(self.columns_of_query(start, DEPTH))
        })
    }

    /// The fields of a type that stands at a place: of a relation, or a composite one.
    fn columns_of_type_at(&self, at: usize) -> Option<Columns<'a>> {
        let is_dot = self.piece(at + 1).is_some_and(|it| it.is_symbol("."));
        let piece = self.piece(if is_dot { at + 2 } else { at })?;
        if let Piece::Placeholder { key, column: None } = piece
            && let Some(Binding::Type(ty)) = self.template.bindings.get(*key)
        {
            return self.columns_of_type(ty);
        }
        let mut relations = self.relations.iter();
        if let Some(relation) = relations.find(|it| self.is_relation(piece, it)) {
            return Some(Columns::row(relation));
        }
        let name = piece.as_word()?;
        let mut composites = self
            .schema
            .types
            .iter()
            .filter(|it| it.name().name == *name);
        self.columns_of_type(&DataType::Named(composites.next()?.name().clone()))
    }

    fn columns_of_type(&self, ty: &DataType) -> Option<Columns<'a>> {
        let composite = self
            .schema
            .find_composite(self.schema.base_of(ty.element()))?;
        Some(Columns {
            types: vec![&composite.name],
            ..Columns::of_names(composite.attributes.iter().map(|it| &it.name))
        })
    }

    /// The rows that a query reads and the text derives, with their names.
    fn derived(&self, level: usize, depth: usize) -> Vec<Derived<'a>> {
        let mut all = Vec::new();
        let Some(depth) = depth.checked_sub(1) else {
            return all;
        };
        let here = |at: &usize| self.levels.level(*at) == level;
        for at in (0..self.pieces.len()).filter(here) {
            if !self.is_read(at) {
                continue;
            }
            let (columns, last) = match (&self.pieces[at].1, self.piece(at + 1)) {
                (it, _) if it.is_symbol("(") => {
                    let Some(close) = self.close_of(at) else {
                        continue;
                    };
                    (self.columns_of_query(at + 1, depth), close)
                }
                (_, Some(open)) if open.is_symbol("(") => {
                    let Some(close) = self.close_of(at + 1) else {
                        continue;
                    };
                    (self.columns_of_call(at, close), close)
                }
                (Piece::Word(name) | Piece::Name(name), next) => {
                    if let Some(cte) = self.common_table(name) {
                        (self.columns_of_query(cte, depth), at)
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
                        (Columns::default(), at)
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
    fn is_read(&self, at: usize) -> bool {
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

    /// Where the query of a common table expression begins.
    fn common_table(&self, name: &str) -> Option<usize> {
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

    /// The columns of a function's result.
    fn columns_of_call(&self, name: usize, close: usize) -> Columns<'a> {
        let routine = match &self.pieces[name].1 {
            Piece::Placeholder { key, .. } => match self.template.bindings.get(*key) {
                Some(Binding::Routine(name)) => self.schema.find_routine(name),
                _ => None,
            },
            it => {
                let mut named = self.schema.routines.iter();
                named.find(|routine| it.is_word(routine.name.name.as_str()))
            }
        };
        if let Some(routine) = routine {
            return match &routine.returns {
                crate::routine::Returns::Table(columns) => {
                    Columns::of_names(columns.iter().map(|(name, _)| name))
                }
                crate::routine::Returns::SetOf(ty) | crate::routine::Returns::Value(ty) => {
                    self.columns_of_type(ty).unwrap_or_default()
                }
                _ => Columns::default(),
            };
        }
        let word = self.pieces[name].1.as_word().unwrap_or_default();
        if let Some((_, names)) = OUTPUTS.iter().find(|(it, _)| *it == word) {
            return Columns::of_names(*names);
        }
        if word == "json_table" {
            return Columns::of_names(self.names_of_json_table(name + 2, close));
        }
        // `unnest(argument)`, `jsonb_populate_record(NULL::relation, ...)`
        let mut inside = name + 2..close;
        let typed = inside.find_map(|at| {
            let before = &self.pieces[at - 1].1;
            let is_cast = before.is_symbol("::");
            if is_cast {
                self.columns_of_type_at(at)
            } else {
                let word = self.pieces[at]
                    .1
                    .as_word()
                    .filter(|_| before.is_symbol("("))?;
                self.columns_of_variable(word)
            }
        });
        typed.unwrap_or_else(|| {
            let is_open = word == "unnest" || word.contains("populate");
            if is_open {
                Columns::open()
            } else {
                Columns::default()
            }
        })
    }

    fn names_of_json_table(&self, start: usize, end: usize) -> Vec<&str> {
        let columns = (start..end).find(|at| self.pieces[*at].1.is_keyword("columns"));
        let inside = columns.map_or(end..end, |at| at + 2..end);
        let names = inside.filter(|at| {
            let before = &self.pieces[at - 1].1;
            before.is_symbol("(") || before.is_symbol(",")
        });
        names.filter_map(|at| self.pieces[at].1.as_word()).collect()
    }

    /// The columns of the query that begins at a place, of the first one where several are united.
    fn columns_of_query(&self, start: usize, depth: usize) -> Columns<'a> {
        let Some(level) = self.pieces.get(start).map(|_| self.levels.level(start)) else {
            return Columns::open();
        };
        let here: Vec<usize> = (start..self.pieces.len())
            .take_while(|at| {
                !self.pieces[*at].1.is_symbol(";") && !self.pieces[*at].1.is_keyword("loop")
            })
            .filter(|at| self.levels.level(*at) == level)
            .collect();
        let mut begins = here.iter().position(|at| {
            let piece = &self.pieces[*at].1;
            ["select", "insert", "update", "delete", "merge", "execute"]
                .iter()
                .any(|word| piece.is_keyword(word))
        });
        if let Some(at) = begins.filter(|at| !self.pieces[here[*at]].1.is_keyword("select")) {
            begins = here[at..]
                .iter()
                .position(|it| self.pieces[*it].1.is_keyword("returning"));
            begins = begins.map(|it| it + at);
        }
        let Some(begins) = begins else {
            return Columns::open();
        };
        let mut columns = Columns::default();
        let (mut nesting, mut item) = (0_usize, Vec::new());
        for at in &here[begins + 1..] {
            let piece = &self.pieces[*at].1;
            if piece.is_symbol(")") {
                if nesting == 0 {
                    break;
                }
                nesting -= 1;
            } else if piece.is_symbol("(") {
                nesting += 1;
            }
            let is_distinct = item
                .last()
                .is_some_and(|it: &usize| self.pieces[*it].1.is_keyword("distinct"));
            if nesting == 0 && !is_distinct && ENDS.iter().any(|word| piece.is_keyword(word)) {
                break;
            }
            if nesting == 0 && piece.is_symbol(",") {
                columns.add(self.columns_of_item(&item, level, depth));
                item.clear();
            } else {
                item.push(*at);
            }
        }
        columns.add(self.columns_of_item(&item, level, depth));
        columns
    }

    /// What one item of a list of results adds.
    fn columns_of_item(&self, item: &[usize], level: usize, depth: usize) -> Columns<'a> {
        let Some(last) = item.last().copied() else {
            return Columns::default();
        };
        let is_dotted = last > 0 && self.pieces[last - 1].1.is_symbol(".");
        match &self.pieces[last].1 {
            Piece::Placeholder {
                key,
                column: Some("*"),
            } => match self.template.bindings.get(*key) {
                Some(Binding::Relation(relation)) => Columns::row(relation),
                _ => Columns::open(),
            },
            Piece::Placeholder {
                column: Some(name), ..
            } => Columns::of_names([name]),
            it if it.is_symbol("*") && is_dotted => self
                .columns_of_alias(last - 2)
                .unwrap_or_else(Columns::open),
            it if it.is_symbol("*") && item.len() == 1 => {
                let mut columns = Columns::default();
                for relation in self.read_by(level, last + 1) {
                    columns.add(Columns::row(relation));
                }
                for derived in self.derived(level, depth) {
                    columns.add(derived.columns);
                }
                columns
            }
            // A call gives its result its own name.
            it if it.is_symbol(")") => {
                let open = self.open_of(last);
                let name = open.and_then(|open| self.piece(open.checked_sub(1)?));
                Columns::of_names(name.and_then(Piece::as_word))
            }
            it => Columns::of_names(it.as_word()),
        }
    }

    /// The columns behind `alias.*`.
    fn columns_of_alias(&self, at: usize) -> Option<Columns<'a>> {
        match self.qualifier(at + 2) {
            Some(relation) => Some(Columns::row(relation)),
            None => self.columns_of_name(at),
        }
    }
}

/// Whether a piece is a keyword that begins a clause, and so no alias.
fn is_clause(piece: &Piece<'_>) -> bool {
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
