//! What a query uses of its schema, read from its template: placeholders say which relations, columns and routines it
//! names, words that are no placeholders may be columns too. No parser: where the text leaves it open, it counts as used.

use super::inserted::in_table;
use super::query_rows::selected_columns;
use crate::constraint::Key;
use crate::grant::Privilege;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::pieces::{Piece, pieces};
use crate::query::{Param, Query, Row};
use crate::routine::Routine;
use crate::schema::Schema;
use crate::template::{Binding, Template};

/// A query or routine of a schema, split into pieces.
pub(crate) struct Usage<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) name: &'a Ident,
    pub(crate) body: &'a Template,
    pub(super) params: &'a [Param],
    row: Option<&'a Row>,
    pub(super) pieces: Vec<Piece<'a>>,
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
        self.body.relations()
    }

    /// The relation that a placeholder is bound to.
    pub(super) fn relation(&self, key: &str) -> Option<&'a QualifiedName> {
        self.body.relation_of(key)
    }

    pub(super) fn is(&self, key: &str, relation: &QualifiedName) -> bool {
        let bound = self.relation(key);
        bound.is_some_and(|name| self.schema.same_name(name, relation))
    }

    pub(super) fn names_relation(&self, relation: &QualifiedName) -> bool {
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

    /// Whether something holds of a column, or of one of a view that shows it.
    fn is_any(
        &self,
        relation: &QualifiedName,
        column: &Ident,
        holds: impl Fn(&QualifiedName, &Ident) -> bool,
    ) -> bool {
        let all = self.schema.with_views_of(relation, column);
        all.into_iter()
            .any(|(relation, column)| holds(relation, column))
    }

    /// Whether an UPDATE leaves a column to its default.
    pub(super) fn sets_default(&self, table: &QualifiedName, column: &Ident) -> bool {
        let sets = |name: &Ident| {
            self.pieces.windows(3).any(|it| match it {
                [column, is, default] => {
                    column.as_column() == Some(name.as_str())
                        && is.is_symbol("=")
                        && default.is_keyword("default")
                }
                _ => false,
            })
        };
        self.is_any(table, column, |relation, name| {
            self.names_relation(relation) && sets(name)
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
            && self.is_any(table, column, |relation, column| {
                self.names_column(relation, column)
            })
            && (self.params.iter().any(|param| param.nullable) || self.has_keyword("null"))
    }

    /// Whether its row says that a column is never NULL, under this name or another.
    pub(crate) fn reads_as_not_null(&self, relation: &QualifiedName, column: &Ident) -> bool {
        let columns = || self.row.iter().flat_map(|row| &row.columns);
        let selected = selected_columns(self.schema, self.body);
        let under_other = |name: &Ident| {
            let mut pairs = columns().zip(selected.iter().flatten());
            pairs.any(|(it, from)| !it.nullable && from.as_deref() == Some(name.as_str()))
        };
        self.is_any(relation, column, |relation, column| {
            self.names_column(relation, column)
                && (columns().any(|it| it.name == *column && !it.nullable) || under_other(column))
        })
    }

    /// Whether an `ON CONFLICT` needs a key of a table.
    pub(crate) fn conflicts_on(&self, table: &QualifiedName, name: &Ident, key: &Key) -> bool {
        let on_conflict = self.pieces.windows(2).position(|pair| match pair {
            [on, conflict] => on.is_word("on") && conflict.is_word("conflict"),
            _ => false,
        });
        let inserts = self.inserts_into(table);
        let (Some(at), Some((_, named))) = (on_conflict, inserts.first()) else {
            return false;
        };
        if self.pieces.get(at + 2).is_some_and(|it| it.is_word("on")) {
            return self.has_word(name);
        }
        let (columns, _) = self.list_at(at + 2).unwrap_or_default();
        let columns = columns.into_iter().map(|name| in_table(named, name));
        let mut columns: Vec<&str> = columns.collect();
        let mut keyed: Vec<&str> = key.columns.iter().map(Ident::as_str).collect();
        columns.sort_unstable();
        keyed.sort_unstable();
        columns == keyed
    }

    /// Whether an `ON CONFLICT` takes whatever key of a table there is.
    pub(crate) fn conflicts_on_any(&self, table: &QualifiedName) -> bool {
        let mut triples = self.pieces.windows(3);
        !self.inserts_into(table).is_empty()
            && triples.any(|it| match it {
                [on, conflict, next] => {
                    on.is_word("on") && conflict.is_word("conflict") && next.is_word("do")
                }
                _ => false,
            })
    }

    /// Whether it names a constraint in `ON CONFLICT ON CONSTRAINT`.
    pub(crate) fn names_constraint(&self, table: &QualifiedName, name: &Ident) -> bool {
        !self.inserts_into(table).is_empty()
            && self.has_keyword("constraint")
            && self.has_word(name)
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

    pub(super) fn has_keyword(&self, word: &str) -> bool {
        self.pieces.iter().any(|piece| piece.is_word(word))
    }
}
