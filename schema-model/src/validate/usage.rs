//! What a query uses of its schema, read from its template: placeholders say which relations, columns and routines it
//! names, words that are no placeholders may be columns too. No parser: where the text leaves it open, it counts as used.

use super::query_rows::selected_columns;
use crate::constraint::Key;
use crate::grant::Privilege;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::pieces::{Piece, pieces};
use crate::query::{Param, Query, Row};
use crate::routine::Routine;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Template};

/// A query or routine of a schema, split into pieces.
pub(crate) struct Usage<'a> {
    schema: &'a Schema,
    pub(crate) name: &'a Ident,
    body: &'a Template,
    params: &'a [Param],
    row: Option<&'a Row>,
    pieces: Vec<Piece<'a>>,
}

impl<'a> Usage<'a> {
    pub(crate) fn of(schema: &'a Schema, query: &'a Query) -> Self {
        Self {
            schema,
            name: &query.name,
            body: &query.body,
            params: &query.params,
            row: query.row.as_ref(),
            pieces: pieces(&query.body),
        }
    }

    pub(super) fn of_routine(schema: &'a Schema, routine: &'a Routine) -> Self {
        Self {
            schema,
            name: &routine.name.name,
            body: &routine.body,
            params: &[],
            row: None,
            pieces: pieces(&routine.body),
        }
    }

    fn relations(&self) -> impl Iterator<Item = &'a QualifiedName> {
        let bindings = self.body.bindings.values();
        bindings.filter_map(|binding| match binding {
            Binding::Relation(name) => Some(name),
            _ => None,
        })
    }

    fn is(&self, key: &str, relation: &QualifiedName) -> bool {
        match self.body.bindings.get(key) {
            Some(Binding::Relation(name)) => self.schema.same_name(name, relation),
            _ => false,
        }
    }

    fn names_relation(&self, relation: &QualifiedName) -> bool {
        let mut relations = self.relations();
        relations.any(|name| self.schema.same_name(name, relation))
    }

    /// Whether it names an object.
    pub(crate) fn names(&self, object: &ObjectRef) -> bool {
        let mut bindings = self.body.bindings.values();
        let same = |left, right| self.schema.same_name(left, right);
        match object {
            ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Partitions(name) => {
                self.names_relation(name)
            }
            ObjectRef::Namespace(name) => bindings.any(|it| {
                let stands = |object| self.schema.namespace_of(object) == name;
                match it {
                    Binding::Relation(object)
                    | Binding::Sequence(object)
                    | Binding::Routine(object) => stands(object),
                    Binding::Type(ty) => ty.name().is_some_and(stands),
                    Binding::Integer(_) | Binding::Text(_) => false,
                }
            }),
            ObjectRef::Extension(name) => bindings.any(|it| match it {
                Binding::Type(ty) => {
                    let extension = ty.name().and_then(|it| self.schema.extension_of(it));
                    extension.is_some_and(|it| it.name == *name)
                }
                _ => false,
            }),
            ObjectRef::Type(name) => bindings.any(|it| match it {
                Binding::Type(ty) => ty.name().is_some_and(|known| same(known, name)),
                _ => false,
            }),
            ObjectRef::Sequence(name) => {
                bindings.any(|it| matches!(it, Binding::Sequence(known) if same(known, name)))
            }
            ObjectRef::Routine(name) => {
                bindings.any(|it| matches!(it, Binding::Routine(known) if same(known, name)))
            }
            ObjectRef::Index(..) => false,
        }
    }

    /// Whether it names a column of a relation, or all of them.
    pub(crate) fn names_column(&self, relation: &QualifiedName, column: &Ident) -> bool {
        let named = self.pieces.iter().any(|piece| match piece {
            Piece::Placeholder {
                key,
                column: Some(name),
            } => (*name == "*" || *column == **name) && self.is(key, relation),
            _ => false,
        });
        let without_list = || self.inserted(relation).contains(&None);
        named
            || self.names_relation(relation)
                && (self.has_word(column) || self.takes_all() || without_list())
    }

    /// Whether a name stands in the text by itself, not as that of a result.
    fn has_word(&self, name: &Ident) -> bool {
        let places = self.pieces.iter().enumerate();
        places
            .filter(|(_, piece)| piece.is_word(name.as_str()))
            .any(|(at, _)| !self.follows(at, |before| before.is_word("as")))
    }

    /// Whether a new column of this name can be taken for what the text means by it.
    pub(crate) fn may_mean(&self, relation: &QualifiedName, column: &Ident) -> bool {
        let bare = |at: usize| {
            !self.follows(at, |before| before.is_word("as") || before.is_symbol("."))
                && !self
                    .pieces
                    .get(at + 1)
                    .is_some_and(|next| next.is_symbol("(") || next.is_symbol("."))
        };
        // A column of another relation that the text names without saying whose it is.
        let elsewhere = |piece: &Piece<'_>| match piece {
            Piece::Word(word) | Piece::Name(word) => *column == **word,
            Piece::Placeholder {
                key,
                column: Some(name),
            } => *column == **name && !self.is(key, relation),
            _ => false,
        };
        self.names_relation(relation)
            && (0..self.pieces.len()).any(|at| elsewhere(&self.pieces[at]) && bare(at))
    }

    fn follows(&self, at: usize, test: impl Fn(&Piece<'_>) -> bool) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| test(&self.pieces[before]))
    }

    /// Whether it selects `*`.
    fn takes_all(&self) -> bool {
        let starts = ["select", "returning", "distinct", "all"];
        let is_start = |before: &Piece<'_>| {
            starts.iter().any(|word| before.is_word(word))
                || before.is_symbol(",")
                || before.is_symbol(".")
        };
        let mut places = self.pieces.iter().enumerate();
        places.any(|(at, piece)| piece.is_symbol("*") && self.follows(at, is_start))
    }

    /// What each INSERT into a table gives: its list of columns and the place behind it, or nothing where it has none.
    fn inserted(&self, table: &QualifiedName) -> Vec<Option<(Vec<&str>, usize)>> {
        let merges = self.has_keyword("merge") && self.names_relation(table);
        let mut found = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            if !piece.is_word("insert") {
                continue;
            }
            let list = match self.pieces.get(at + 1..) {
                Some([into, Piece::Placeholder { key, column: None }, ..])
                    if into.is_word("into") && self.is(key, table) =>
                {
                    at + 3
                }
                Some([into, namespace, dot, name, ..])
                    if into.is_word("into")
                        && dot.is_symbol(".")
                        && namespace.is_word(self.schema.namespace_of(table).as_str())
                        && name.is_word(table.name.as_str()) =>
                {
                    at + 5
                }
                Some([into, ..]) if merges && !into.is_word("into") => at + 1,
                _ => continue,
            };
            found.push(self.list_at(list));
        }
        found
    }

    /// The list of columns at a place, behind an alias, and the place behind it.
    fn list_at(&self, at: usize) -> Option<(Vec<&str>, usize)> {
        let rest = self.pieces.get(at..)?;
        let start = rest.iter().position(|piece| match piece {
            Piece::Word(word) => ["values", "select", "default", "overriding", "with", "table"]
                .contains(&word.as_str()),
            Piece::Name(_) => false,
            _ => true,
        })?;
        if rest[start].is_word("default") {
            return Some((Vec::new(), at + start));
        }
        let list = rest
            .get(start + 1..)
            .filter(|_| rest[start].is_symbol("("))?;
        let end = list.iter().position(|piece| piece.is_symbol(")"))?;
        let is_query = list.first().is_some_and(|first| {
            ["select", "values", "with"]
                .iter()
                .any(|word| first.is_word(word))
        });
        (!is_query).then(|| {
            let names = list[..end].iter().filter_map(Piece::as_column);
            (names.collect(), at + start + 1 + end + 1)
        })
    }

    /// What each row of the VALUES at a place gives a column.
    fn values_at(&self, at: usize, column: usize) -> Vec<Vec<&Piece<'a>>> {
        let values = self.pieces[at..]
            .iter()
            .position(|it| it.is_keyword("values"));
        let rest = values.map_or(&[][..], |values| &self.pieces[at + values + 1..]);
        let mut rows: Vec<Vec<&Piece<'a>>> = Vec::new();
        let (mut depth, mut place) = (0, 0);
        for piece in rest {
            if piece.is_symbol("(") {
                depth += 1;
                if depth == 1 {
                    place = 0;
                    rows.push(Vec::new());
                    continue;
                }
            } else if piece.is_symbol(")") {
                depth -= 1;
            } else if depth == 0 && !piece.is_symbol(",") {
                break;
            } else if depth == 1 && piece.is_symbol(",") {
                place += 1;
                continue;
            }
            if depth > 0
                && place == column
                && let Some(row) = rows.last_mut()
            {
                row.push(piece);
            }
        }
        rows
    }

    /// Whether a row of the VALUES at a place leaves one of its columns to the default.
    fn gives_default(&self, at: usize, column: usize) -> bool {
        let rows = self.values_at(at, column);
        rows.iter()
            .any(|row| matches!(row[..], [it] if it.is_keyword("default")))
    }

    /// Columns that an INSERT into a table lists, and that the table does not have.
    pub(super) fn unknown_listed(&self, table: &Table) -> Vec<&str> {
        let lists = self.inserted(&table.name).into_iter().flatten();
        let names = lists.flat_map(|(names, _)| names);
        names
            .filter(|name| !table.columns.iter().any(|it| it.name == **name))
            .collect()
    }

    /// The numbers of columns that an INSERT into a table lists, and of values that the rows of its VALUES have, where they differ; of
    /// the latter at most one more.
    pub(super) fn uneven_values(&self, table: &Table) -> Option<(usize, usize)> {
        let lists = self.inserted(&table.name).into_iter().flatten();
        let mut uneven = lists.filter_map(|(names, behind)| {
            let has_values = self.pieces.get(behind)?.is_keyword("values");
            if names.is_empty() || !has_values {
                return None;
            }
            let rows = self.values_at(behind, 0).len();
            let filled = |column| {
                let values = self.values_at(behind, column);
                values.iter().filter(|it| !it.is_empty()).count()
            };
            let given = (0..=names.len()).take_while(|column| filled(*column) == rows);
            let given = given.count();
            (rows > 0 && given != names.len()).then_some((names.len(), given))
        });
        uneven.next()
    }

    /// A table or view that it writes to by its bare name.
    pub(super) fn written_bare(&self) -> Option<&str> {
        let tables = self.schema.tables.iter().map(|it| &it.name.name);
        let names: Vec<&Ident> = tables
            .chain(self.schema.views.iter().map(|it| &it.name.name))
            .collect();
        let mut places = 0..self.pieces.len();
        places.find_map(|at| {
            let (name, before) = match &self.pieces[at..] {
                [verb, into, name, ..] if verb.is_keyword("insert") && into.is_keyword("into") => {
                    (at + 2, name)
                }
                [verb, from, name, ..] if verb.is_keyword("delete") && from.is_keyword("from") => {
                    (at + 2, name)
                }
                [verb, name, set, ..] if verb.is_keyword("update") && set.is_keyword("set") => {
                    (at + 1, name)
                }
                _ => return None,
            };
            let next = self.pieces.get(name + 1);
            let word = before.as_word()?;
            let is_bare = !next.is_some_and(|it| it.is_symbol("."));
            (is_bare && names.iter().any(|it| **it == *word)).then_some(word)
        })
    }

    /// Whether an INSERT that lists its columns surely gives a column of a table no value.
    pub(crate) fn lacks(&self, table: &QualifiedName, column: &Ident) -> bool {
        let lists = self.inserted(table).into_iter().flatten();
        let mut lists = lists.map(|(names, behind)| {
            let place = names.iter().position(|name| *column == **name);
            place.is_none_or(|place| self.gives_default(behind, place))
        });
        lists.any(|lacks| lacks)
    }

    /// The parameter that may be NULL, and that an INSERT gives a column of a table as it stands.
    pub(crate) fn nullable_given(
        &self,
        table: &QualifiedName,
        column: &Ident,
    ) -> Option<&'a Ident> {
        let lists = self.inserted(table).into_iter().flatten();
        let mut given = lists.filter_map(|(names, behind)| {
            let place = names.iter().position(|name| *column == **name)?;
            let rows = self.values_at(behind, place);
            let mut params = self.params.iter().filter(|it| it.nullable);
            params.find(|param| {
                let is_it = |row: &Vec<&Piece<'_>>| {
                    matches!(row[..], [Piece::Placeholder { key, column: None }] if param.name == **key)
                };
                rows.iter().any(is_it)
            })
        });
        given.next().map(|param| &param.name)
    }

    /// Whether an UPDATE leaves a column to its default.
    fn sets_default(&self, table: &QualifiedName, column: &Ident) -> bool {
        let mut triples = self.pieces.windows(3);
        self.names_relation(table)
            && triples.any(|it| match it {
                [name, is, default] => {
                    name.as_column() == Some(column.as_str())
                        && is.is_symbol("=")
                        && default.is_keyword("default")
                }
                _ => false,
            })
    }

    /// Whether an INSERT leaves a column out, or a statement asks for its default.
    pub(crate) fn leaves_out(&self, table: &QualifiedName, column: &Ident) -> bool {
        let lists = self.inserted(table).into_iter();
        let mut left_out = lists.map(|list| {
            let (names, behind) = list?;
            let place = names.iter().position(|name| *column == **name)?;
            (!self.gives_default(behind, place)).then_some(())
        });
        left_out.any(|given| given.is_none()) || self.sets_default(table, column)
    }

    /// Whether an INSERT or UPDATE may give a column of the query's a NULL that it was given itself.
    pub(crate) fn may_write_null(&self, table: &QualifiedName, column: &Ident) -> bool {
        let writes = ["insert", "update", "merge"];
        writes.iter().any(|word| self.has_keyword(word))
            && self.names_column(table, column)
            && (self.params.iter().any(|param| param.nullable) || self.has_keyword("null"))
    }

    /// Whether an INSERT gives a column.
    pub(crate) fn gives(&self, table: &QualifiedName, column: &Ident) -> bool {
        let inserted = self.inserted(table);
        inserted.iter().any(|list| match list {
            Some((list, _)) => list.iter().any(|name| *column == **name),
            None => true,
        })
    }

    /// Whether its row says that a column is never NULL, under this name or another.
    pub(crate) fn reads_as_not_null(&self, relation: &QualifiedName, column: &Ident) -> bool {
        let columns = || self.row.iter().flat_map(|row| &row.columns);
        let selected = selected_columns(self.schema, self.body);
        let mut under_other = columns().zip(selected.iter().flatten());
        self.names_column(relation, column)
            && (columns().any(|it| it.name == *column && !it.nullable)
                || under_other
                    .any(|(it, from)| !it.nullable && from.as_deref() == Some(column.as_str())))
    }

    /// Whether an `ON CONFLICT` needs a key of a table.
    pub(crate) fn conflicts_on(&self, table: &QualifiedName, name: &Ident, key: &Key) -> bool {
        let on_conflict = self.pieces.windows(2).position(|pair| match pair {
            [on, conflict] => on.is_word("on") && conflict.is_word("conflict"),
            _ => false,
        });
        let Some(at) = on_conflict.filter(|_| self.names_relation(table)) else {
            return false;
        };
        if self.pieces.get(at + 2).is_some_and(|it| it.is_word("on")) {
            return self.has_word(name);
        }
        let (mut columns, _) = self.list_at(at + 2).unwrap_or_default();
        let mut keyed: Vec<&str> = key.columns.iter().map(Ident::as_str).collect();
        columns.sort_unstable();
        keyed.sort_unstable();
        columns == keyed
    }

    /// Whether an `ON CONFLICT` takes whatever key of a table there is.
    pub(crate) fn conflicts_on_any(&self, table: &QualifiedName) -> bool {
        let mut triples = self.pieces.windows(3);
        self.names_relation(table)
            && triples.any(|it| match it {
                [on, conflict, next] => {
                    on.is_word("on") && conflict.is_word("conflict") && next.is_word("do")
                }
                _ => false,
            })
    }

    /// Whether it names a constraint in `ON CONFLICT ON CONSTRAINT`.
    pub(crate) fn names_constraint(&self, table: &QualifiedName, name: &Ident) -> bool {
        self.names_relation(table) && self.has_keyword("constraint") && self.has_word(name)
    }

    /// Whether it needs one of these privileges on an object that it names.
    pub(crate) fn needs(&self, privileges: &[Privilege]) -> bool {
        privileges.iter().any(|privilege| match privilege {
            Privilege::Insert => self.has_keyword("insert"),
            Privilege::Update => self.has_keyword("update"),
            Privilege::Delete => self.has_keyword("delete"),
            Privilege::Select | Privilege::Execute | Privilege::Usage => true,
        })
    }

    fn has_keyword(&self, word: &str) -> bool {
        self.pieces.iter().any(|piece| piece.is_word(word))
    }
}
