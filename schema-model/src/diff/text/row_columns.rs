//! The columns and fields that a text gives the rows it makes: those of queries, functions, types and variables.

use super::Text;
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::routine::Returns;
use crate::template::Binding;
use crate::ty::DataType;
use crate::validate::selected::ENDS;

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

/// The columns of a derived row.
#[derive(Clone, Default)]
pub(super) struct Columns<'a> {
    pub(super) names: Vec<String>,
    /// The relations of which it has all columns.
    pub(super) rows: Vec<&'a QualifiedName>,
    /// The composite types of which it has all attributes.
    pub(super) types: Vec<&'a QualifiedName>,
    /// Whether it has columns that the text does not tell.
    pub(super) is_open: bool,
    /// Whether a relation that gets another column gives it one more.
    pub(super) follows: bool,
}

impl<'a> Columns<'a> {
    pub(super) fn row(relation: &'a QualifiedName) -> Self {
        Self {
            rows: vec![relation],
            follows: true,
            ..Self::default()
        }
    }

    pub(super) fn of_names<N: ToString>(names: impl IntoIterator<Item = N>) -> Self {
        Self {
            names: names.into_iter().map(|it| it.to_string()).collect(),
            ..Self::default()
        }
    }

    pub(super) fn open() -> Self {
        Self {
            is_open: true,
            ..Self::default()
        }
    }

    /// Whether no relation of the definition has its columns.
    pub(super) fn is_foreign(&self) -> bool {
        self.names.is_empty() && self.rows.is_empty() && !self.is_open
    }

    fn add(&mut self, other: Self) {
        self.names.extend(other.names);
        self.rows.extend(other.rows);
        self.types.extend(other.types);
        self.is_open |= other.is_open;
        self.follows |= other.follows;
    }
}

impl<'a> Text<'a> {
    /// The columns of what a place names: a relation, its alias, a derived row, a variable; none where the text does not say.
    pub(super) fn columns_of_name(&self, at: usize) -> Option<Columns<'a>> {
        let relations = self.relations.iter().copied();
        let piece = &self.pieces[at].1;
        let of_name = relations.clone().find(|it| self.is_relation(piece, it));
        let of_name = of_name.map(Columns::row);
        let Some(name) = piece.as_word() else {
            return of_name;
        };
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
        for now in self.levels.outwards(at) {
            let derived = self.derived(now).into_iter();
            let mut named = derived.filter(|it| it.alias.as_deref() == Some(name));
            if let Some(found) = named.next() {
                return Some(found.columns);
            }
        }
        of_name.or_else(|| self.columns_of_variable(name))
    }

    /// The fields of a variable, an argument or the label of a block.
    fn columns_of_variable(&self, name: &str) -> Option<Columns<'a>> {
        let mut arguments = self.routine.iter().flat_map(|it| &it.arguments);
        if let Some(argument) = arguments.find(|it| it.name == *name) {
            return Some(self.columns_of_type(&argument.ty).unwrap_or_default());
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
            return Some(self.columns_of_query(at + 2));
        }
        let declared = places().find(|at| {
            self.is_declared(*at)
                && before(*at).is_some_and(|it| it.is_keyword("declare") || it.is_symbol(";"))
        })?;
        let ty = declared + 1;
        let ty = ty + usize::from(piece(ty).is_some_and(|it| it.is_keyword("constant")));
        let columns = self.columns_of_type_at(ty);
        // `r := f(...)`
        let called = || {
            let assigned =
                places().find(|at| piece(at + 1).is_some_and(|it| it.is_symbol(":=")))?;
            let close = piece(assigned + 3).filter(|it| it.is_symbol("("));
            let close = close.and_then(|_| self.close_of(assigned + 3))?;
            Some(self.columns_of_call(assigned + 2, close))
        };
        columns.or_else(called).or_else(|| {
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
            Some(self.columns_of_query(start))
        })
    }

    /// The fields of a type that stands at a place: of a relation, or a composite one.
    pub(super) fn columns_of_type_at(&self, at: usize) -> Option<Columns<'a>> {
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

    /// The columns of a function's result.
    pub(super) fn columns_of_call(&self, name: usize, close: usize) -> Columns<'a> {
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
                Returns::Table(columns) => Columns::of_names(columns.iter().map(|(name, _)| name)),
                Returns::SetOf(ty) | Returns::Value(ty) => {
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
            } else if let Some(relation) = self.qualifier(at) {
                let column = self.pieces[at].1.as_word()?;
                let columns = self.schema.columns_of(relation).into_iter();
                let mut columns = columns.filter(|it| it.as_str() == column);
                let ty = self.schema.column_type(relation, columns.next()?)?;
                Some(self.columns_of_type(ty).unwrap_or_default())
            } else {
                let word = self.pieces[at]
                    .1
                    .as_word()
                    .filter(|_| before.is_symbol("("))?;
                self.columns_of_variable(word)
            }
        });
        typed.unwrap_or_else(|| {
            let has_query = (name..close).any(|at| self.pieces[at].1.is_keyword("select"));
            let is_open = word == "unnest" && has_query || word.contains("populate");
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

    /// Whether the query that begins at a place gives all columns of a relation, whatever these are.
    pub(crate) fn takes_all_columns(&self, start: usize) -> bool {
        self.columns_of_query(start).follows
    }

    /// The columns of the query that begins at a place, of the first one where several are united.
    pub(super) fn columns_of_query(&self, start: usize) -> Columns<'a> {
        // One that reads itself has columns that the text does not tell.
        let begun = self.queries.borrow_mut().insert(start, Columns::open());
        let columns = begun.unwrap_or_else(|| self.read_columns_of_query(start));
        self.queries.borrow_mut().insert(start, columns.clone());
        columns
    }

    fn read_columns_of_query(&self, start: usize) -> Columns<'a> {
        let Some(level) = self.pieces.get(start).map(|_| self.levels.level(start)) else {
            return Columns::open();
        };
        let here: Vec<usize> = (start..self.pieces.len())
            .take_while(|at| {
                !self.pieces[*at].1.is_symbol(";") && !self.pieces[*at].1.is_keyword("loop")
            })
            .filter(|at| self.levels.level(*at) == level)
            .collect();
        if let [first, second, ..] = here[..]
            && self.pieces[first].1.is_keyword("table")
        {
            return self
                .columns_of_type_at(second)
                .unwrap_or_else(Columns::open);
        }
        if here
            .first()
            .is_some_and(|at| self.pieces[*at].1.is_keyword("values"))
        {
            return Columns::of_names(["column1", "column2", "column3"]);
        }
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
                columns.add(self.columns_of_item(&item, level));
                item.clear();
            } else {
                item.push(*at);
            }
        }
        columns.add(self.columns_of_item(&item, level));
        columns
    }

    /// What one item of a list of results adds.
    fn columns_of_item(&self, item: &[usize], level: usize) -> Columns<'a> {
        let Some(last) = item.last().copied() else {
            return Columns::default();
        };
        let is_dotted = last > 0 && self.pieces[last - 1].1.is_symbol(".");
        match &self.pieces[last].1 {
            Piece::Placeholder {
                key,
                column: Some("*"),
            } => match self.template.bindings.get(*key) {
                // Written out as their names.
                Some(Binding::Relation(relation)) => Columns {
                    follows: false,
                    ..Columns::row(relation)
                },
                _ => Columns::open(),
            },
            Piece::Placeholder {
                column: Some(name), ..
            } => Columns::of_names([name]),
            it if it.is_symbol("*") && is_dotted => self
                .columns_of_alias(last - 2)
                .unwrap_or_else(Columns::open),
            // Perhaps behind `DISTINCT` or `ALL`: a product has something behind the sign.
            it if it.is_symbol("*") => {
                let mut columns = Columns::default();
                for relation in self.read_by(level, last + 1) {
                    columns.add(Columns::row(relation));
                }
                for derived in self.derived(level) {
                    columns.add(derived.columns);
                }
                columns
            }
            // A call gives its result its own name.
            it if it.is_symbol(")") => {
                let open = self.bracket_around(last);
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
