//! The columns of relations as views show them, and the views that rows can be written through.

use super::query_rows::has_star;
use super::selected::{Found, depths, is_outer_joined, results};
use super::text_columns::Text;
use crate::name::{Ident, QualifiedName};
use crate::pieces::Piece;
use crate::schema::Schema;
use crate::view::View;

/// A column of a table or view.
pub(crate) type ColumnOf<'a> = (&'a QualifiedName, &'a Ident);

/// A column of a view, and the column of the relation below that it shows; none where it is computed.
pub(super) type Renamed<'a> = (&'a Ident, Option<&'a Ident>);

/// The relation that rows are written to, and its columns under the names of the view that they are written through.
type Written<'a> = (&'a QualifiedName, Vec<Renamed<'a>>);

impl Schema {
    /// The column that each of a view's columns shows as it is; none where it is computed, or the text leaves it open.
    fn shown_by<'a>(&'a self, view: &'a View) -> Vec<(&'a Ident, Option<ColumnOf<'a>>)> {
        let text = Text::of(self, &view.body);
        let found = results(self, &text).unwrap_or_default();
        let column = |found: Found<'a>| {
            let (relation, name) = (found.relation?, found.column?);
            let columns = self.columns_of(relation).into_iter();
            let mut named = columns.filter(|it| **it == *name);
            named.next().map(|it| (relation, it))
        };
        let names = view.columns.iter().map(|it| &it.name);
        names.zip(found.into_iter().map(column)).collect()
    }

    /// Whether a table or view has a column of this name that may be NULL, by its own word or, where a view shows it as it is, by
    /// that of the column below.
    pub(super) fn may_be_null(&self, relation: &QualifiedName, column: &str) -> bool {
        let (mut relation, mut column) = (relation, column);
        // No more steps than there are views: those of a circle end too.
        for _ in 0..=self.views.len() {
            if let Some(table) = self.find_table(relation) {
                let mut columns = table.columns.iter();
                return columns.any(|it| it.name == *column && self.takes_null(it));
            }
            let Some(view) = self.find_view(relation) else {
                return false;
            };
            let mut columns = view.columns.iter();
            if columns.any(|it| it.name == *column && it.nullable) {
                return true;
            }
            let text = Text::of(self, &view.body);
            let mut shown = self.shown_by(view).into_iter();
            let Some((_, Some(below))) = shown.find(|(name, _)| **name == *column) else {
                return false;
            };
            if is_outer_joined(&text, below.0) {
                return true;
            }
            (relation, column) = (below.0, below.1.as_str());
        }
        false
    }

    /// A column, and those of views that show it as it is, also through other views.
    pub(crate) fn with_views_of<'a>(
        &'a self,
        relation: &'a QualifiedName,
        column: &'a Ident,
    ) -> Vec<ColumnOf<'a>> {
        let mut all = vec![(relation, column)];
        let mut at = 0;
        while let Some(&(below, column)) = all.get(at) {
            at += 1;
            for view in self.views.iter().filter(|it| it.reads(self, below)) {
                for (name, shown) in self.shown_by(view) {
                    let is_it = shown.is_some_and(|(relation, it)| {
                        self.same_name(relation, below) && it == column
                    });
                    if is_it && !all.contains(&(&view.name, name)) {
                        all.push((&view.name, name));
                    }
                }
            }
        }
        all
    }

    /// What rows that are written to a relation are written through: the relation itself, and each one below it.
    pub(super) fn written_below<'a>(
        &'a self,
        relation: &'a QualifiedName,
    ) -> Vec<&'a QualifiedName> {
        let mut all = vec![relation];
        while let Some(view) = all.last().and_then(|it| self.find_view(it)) {
            match self.written_through(view) {
                Ok((below, _)) if !all.contains(&below) => all.push(below),
                _ => break,
            }
        }
        all
    }

    /// The table that gets the rows that are written to a relation, and its columns as the relation calls them, if that is a view.
    pub(super) fn written_table<'a>(&'a self, relation: &'a QualifiedName) -> Option<Written<'a>> {
        let below = self.written_below(relation);
        let table = self.find_table(below.last()?)?;
        let mut columns: Option<Vec<Renamed<'a>>> = None;
        for view in below.iter().filter_map(|it| self.find_view(it)) {
            let (_, names) = self.written_through(view).ok()?;
            let below_of = |name: &Ident| names.iter().find(|(own, _)| **own == *name)?.1;
            columns = Some(match columns {
                None => names,
                Some(above) => above
                    .into_iter()
                    .map(|(own, name)| (own, name.and_then(below_of)))
                    .collect(),
            });
        }
        Some((&table.name, columns.unwrap_or_default()))
    }

    /// The view, of a relation and those below it, that keeps rows from being written through it, and why.
    pub(crate) fn not_written_through<'a>(
        &'a self,
        relation: &'a QualifiedName,
    ) -> Option<(&'a QualifiedName, &'static str)> {
        let below = self.written_below(relation);
        let view = self.find_view(below.last()?)?;
        let why = self.written_through(view).err()??;
        Some((&view.name, why))
    }

    /// The relation below a view that rows are written to through it.
    ///
    /// # Errors
    ///
    /// Why the server writes nothing through it; nothing where its text leaves that open.
    pub(super) fn written_through<'a>(
        &'a self,
        view: &'a View,
    ) -> Result<Written<'a>, Option<&'static str>> {
        if view.materialized.is_some() {
            return Err(Some("is materialised"));
        }
        let text = Text::of(self, &view.body);
        if let Some(why) = not_updatable(&text) {
            return Err(Some(why));
        }
        let from = from_of(&text.pieces).ok_or(Some("reads no table"))?;
        let of = text.pieces.get(from + 1).and_then(|it| text.relation(it));
        let of = of.ok_or(None)?;
        let columns = self.shown_by(view).into_iter();
        let columns = columns.map(|(name, shown)| (name, shown.map(|(_, column)| column)));
        Ok((of, columns.collect()))
    }
}

impl View {
    /// Whether it may read a column of a relation, as far as its text says.
    pub(crate) fn may_read(
        &self,
        schema: &Schema,
        relation: &QualifiedName,
        column: &Ident,
    ) -> bool {
        let text = Text::of(schema, &self.body);
        let names = |it: &Piece<'_>| it.as_column().is_some_and(|it| *column == *it || it == "*");
        self.reads(schema, relation) && (text.pieces.iter().any(names) || has_star(&text))
    }
}

/// What in a view's text keeps the server from writing rows through it.
fn not_updatable(text: &Text<'_>) -> Option<&'static str> {
    let pieces = &text.pieces;
    let first = pieces.first()?;
    if first.is_keyword("with") {
        return Some("begins with WITH");
    }
    if pieces.get(1).is_some_and(|it| it.is_keyword("distinct")) {
        return Some("selects DISTINCT rows");
    }
    let found = results(text.schema, text).unwrap_or_default();
    let outer: Vec<&Piece<'_>> = depths(pieces)
        .filter(|(depth, _)| *depth == 0)
        .map(|(_, it)| it)
        .collect();
    let mut pairs = outer.windows(2);
    let counts = pairs.any(|it| it[0].is_keyword("count") && it[1].is_symbol("("));
    if counts || found.iter().any(|it| it.is_aggregate) {
        return Some("selects an aggregate");
    }
    let reasons = [
        ("group", "has GROUP BY"),
        ("having", "has HAVING"),
        ("over", "has a window function"),
        ("window", "has a window function"),
        ("limit", "has LIMIT"),
        ("fetch", "has FETCH"),
        ("offset", "has OFFSET"),
        ("union", "has UNION"),
        ("intersect", "has INTERSECT"),
        ("except", "has EXCEPT"),
        ("join", "joins tables"),
    ];
    let has = |(word, _): &&(&str, &str)| outer.iter().any(|it| it.is_keyword(word));
    if let Some((_, why)) = reasons.iter().find(has) {
        return Some(why);
    }
    let from = from_of(pieces)?;
    if pieces.get(from + 1).is_some_and(|it| it.is_symbol("(")) {
        return Some("reads a subquery");
    }
    let ends = ["where", "order", "for"];
    let behind = depths(&pieces[from + 1..]).filter(|(depth, _)| *depth == 0);
    let mut list = behind.take_while(|(_, it)| !ends.iter().any(|word| it.is_keyword(word)));
    let has_more = list.any(|(_, it)| it.is_symbol(","));
    has_more.then_some("reads more than one table")
}

/// The FROM of a query, which is not that of `IS DISTINCT FROM`.
fn from_of(pieces: &[Piece<'_>]) -> Option<usize> {
    let mut all = depths(pieces).enumerate();
    let found = all.find(|(at, (depth, it))| {
        let is_distinct = at
            .checked_sub(1)
            .is_some_and(|it| pieces[it].is_keyword("distinct"));
        *depth == 0 && it.is_keyword("from") && !is_distinct
    });
    found.map(|(at, _)| at)
}
