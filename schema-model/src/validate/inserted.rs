//! What the INSERTs of a query or routine list and give.

use super::selected::{depths, items};
use super::usage::Usage;
use super::view_columns::Renamed;
use super::writes::Verb;
use crate::name::{Ident, QualifiedName};
use crate::pieces::Piece;
use crate::table::Table;

impl<'a> Usage<'a> {
    /// The places behind each INSERT into a table, also through views, and what these call the table's columns.
    pub(super) fn inserts_into(&self, table: &QualifiedName) -> Vec<(usize, Vec<Renamed<'a>>)> {
        let writes = self.writes().into_iter();
        let inserts = writes.filter(|it| it.verb == Verb::Insert);
        let reaches = inserts.filter_map(|it| {
            let (written, columns) = self.schema.written_table(it.relation)?;
            let is_it = self.schema.same_name(written, table);
            is_it.then_some((it.behind, columns))
        });
        reaches.collect()
    }

    /// What each INSERT into a table gives, also through views: its list of columns, as the table calls them, and the place behind
    /// it, or nothing where it has none.
    pub(super) fn inserted(&self, table: &QualifiedName) -> Vec<Option<(Vec<&str>, usize)>> {
        let inserts = self.inserts_into(table).into_iter();
        inserts
            .map(|(behind, columns)| {
                let (names, behind) = self.list_at(behind)?;
                let names = names.into_iter().map(|name| in_table(&columns, name));
                Some((names.collect(), behind))
            })
            .collect()
    }

    /// The list of columns at a place, behind an alias, and the place behind it.
    pub(super) fn list_at(&self, at: usize) -> Option<(Vec<&str>, usize)> {
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
        let mut closes = depths(&rest[start..]).enumerate().skip(1);
        let (end, _) = closes.find(|(_, (depth, it))| *depth == 0 && it.is_symbol(")"))?;
        let list = rest[start..][..end]
            .get(1..)
            .filter(|_| rest[start].is_symbol("("))?;
        let is_query = list.first().is_some_and(|first| {
            ["select", "values", "with"]
                .iter()
                .any(|word| first.is_word(word))
        });
        (!is_query).then(|| {
            // Of `a.b` and `a[1]`, which write a part of a value, the column.
            let names = items(list).into_iter();
            let names = names.filter_map(|it| it.first().and_then(Piece::as_column));
            (names.collect(), at + start + end + 1)
        })
    }

    /// What each row of the VALUES at a place gives a column.
    fn values_at(&self, at: usize, column: usize) -> Vec<Vec<&Piece<'a>>> {
        let values = self.pieces[at..]
            .iter()
            .position(|it| it.is_keyword("values"));
        let rest = values.map_or(&[][..], |values| &self.pieces[at + values + 1..]);
        let mut rows: Vec<Vec<&Piece<'a>>> = Vec::new();
        let mut start = None;
        for (at, (depth, piece)) in depths(rest).enumerate() {
            if depth == 0 && piece.is_symbol("(") {
                start = Some(at + 1);
            } else if let Some(start) = start.take_if(|_| depth == 0) {
                let value = items(&rest[start..at]).into_iter().nth(column);
                rows.push(value.into_iter().flatten().collect());
            } else if depth == 0 && !piece.is_symbol(",") {
                break;
            }
        }
        rows
    }

    /// Whether a row of the VALUES at a place leaves one of its columns to the default.
    pub(super) fn gives_default(&self, at: usize, column: usize) -> bool {
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

    /// What it writes to by its bare name, but for tables that it makes itself, and whether that is a table or view of the definition.
    pub(super) fn written_bare(&self) -> Option<(&str, bool)> {
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
            let is_made = self.pieces.windows(2).any(|it| {
                let makes = ["table", "exists", "temp", "temporary"];
                makes.iter().any(|word| it[0].is_keyword(word)) && it[1].is_word(word)
            });
            let is_known = names.iter().any(|it| **it == *word);
            let is_other = is_made || self.body.mentions.contains_key(word);
            (is_bare && (is_known || !is_other)).then_some((word, is_known))
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
}

/// What a table calls a column that an INSERT calls so.
pub(super) fn in_table<'n>(columns: &[Renamed<'n>], name: &'n str) -> &'n str {
    let below = columns.iter().find(|(own, _)| **own == *name);
    below
        .and_then(|(_, below)| *below)
        .map_or(name, Ident::as_str)
}
