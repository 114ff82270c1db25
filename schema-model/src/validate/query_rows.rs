//! What a query or view selects against the columns that are declared for it: as many, of these names and types, as far as its
//! text tells.

use super::code::Code;
use super::report::{Report, Site};
use super::selected::{depths, is_outer_joined, results};
use super::text_columns::{Text, statements};
use crate::diff::text::Text as Rows;
use crate::name::Ident;
use crate::pieces::Piece;
use crate::query::{Query, RowColumn};
use crate::routine::{Language, Returns, Routine};
use crate::schema::Schema;
use crate::template::Template;
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for query in &schema.queries {
        let Some(row) = query.row.as_ref().filter(|it| !it.columns.is_empty()) else {
            continue;
        };
        let site = Site::new("query", &query.name, query.place);
        let columns = row.columns.iter().map(|it| (&it.name, &it.ty)).collect();
        let declared = Declared {
            what: format!("row `{}`", row.name),
            columns,
        };
        compare(schema, &query.body, &declared, &site, report);
        if Rows::of(schema, &query.body, Vec::new()).takes_all_columns(0) {
            report.add(
                Code::SM138,
                &site,
                "it selects `*`, and its row is read by the places of its columns, whose order is another one in a store that is \
                 created later",
                "name the columns, or write `{relation.*}`, which becomes their names",
            );
        }
    }
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        let columns = view.columns.iter().map(|it| (&it.name, &it.ty)).collect();
        let declared = Declared {
            what: "it".to_owned(),
            columns,
        };
        compare(schema, &view.body, &declared, &site, report);
        let text = Text::of(schema, &view.body);
        let is_open = |depth: usize, it: &Piece<'_>| depth == 0 && is_star_of_placeholder(it);
        let mut pieces = depths(&text.pieces);
        if pieces.any(|(depth, it)| is_open(depth, it))
            || Rows::of(schema, &view.body, Vec::new()).takes_all_columns(0)
        {
            follows_its_relations(&site, report);
        }
        natural_joins(&text, &site, report);
    }
    for (site, body) in statements(schema) {
        let text = Text::of(schema, body);
        without_columns(&text, &site, report);
        natural_joins(&text, &site, report);
    }
    for routine in &schema.routines {
        returned_queries(schema, routine, report);
        if routine.language == Language::Sql && matches!(routine.returns, Returns::Table(_)) {
            let text = Text::of(schema, &routine.body);
            let start = start_of_last_statement(&text);
            returns_all_columns(schema, routine, start, report);
        }
    }
    let routines = schema.routines.iter();
    for routine in routines.filter(|it| it.language == Language::SqlAtomic) {
        let site = Site::new("routine", &routine.name, routine.place);
        let text = Text::of(schema, &routine.body);
        if has_star(&text) || text.pieces.iter().any(is_star_of_placeholder) {
            follows_its_relations(&site, report);
        }
    }
}

/// The column that each result of a query is, where it is one as it stands; nothing where their number is open.
pub(crate) fn selected_columns(schema: &Schema, body: &Template) -> Option<Vec<Option<String>>> {
    let results = results(schema, &Text::of(schema, body))?;
    Some(results.into_iter().map(|it| it.column).collect())
}

/// The columns of a query's row that are declared not null, and that it selects as they stand from ones that may be NULL, or by an
/// aggregate over rows that there may be none of. A column that the query compares is left alone.
pub fn columns_that_may_be_null<'a>(schema: &Schema, query: &'a Query) -> Vec<&'a RowColumn> {
    let text = Text::of(schema, &query.body);
    let declared = query.row.iter().flat_map(|row| &row.columns);
    let selected = results(schema, &text).unwrap_or_default();
    let groups = text.pieces.iter().any(|it| it.is_keyword("group"));
    let pairs = declared.zip(selected);
    pairs
        .filter(|(column, found)| {
            if found.has_nulls || found.is_aggregate && !groups {
                return !column.nullable;
            }
            let Some(from) = found.column.as_deref().filter(|_| !column.nullable) else {
                return false;
            };
            let named = text.pieces.iter().filter(|it| it.as_column() == Some(from));
            let mut owners = text
                .template
                .relations()
                .filter(|it| schema.columns_of(it).iter().any(|it| it.as_str() == from))
                .peekable();
            let is_outer = found.relation.is_some_and(|it| is_outer_joined(&text, it));
            named.count() == 1
                && (is_outer
                    || owners.peek().is_some() && owners.all(|it| schema.may_be_null(it, from)))
        })
        .map(|(column, _)| column)
        .collect()
}

/// What a definition says of the columns of a text.
struct Declared<'a> {
    /// Who says it.
    what: String,
    columns: Vec<(&'a Ident, &'a DataType)>,
}

fn compare(
    schema: &Schema,
    body: &Template,
    declared: &Declared<'_>,
    site: &Site,
    report: &mut Report,
) {
    let text = Text::of(schema, body);
    let Some(results) = results(schema, &text) else {
        return;
    };
    let (what, found) = (&declared.what, results.len());
    if found != declared.columns.len() {
        report.add(
            Code::SM137,
            site,
            format!(
                "{what} declares {} columns, and the text selects {found}",
                declared.columns.len()
            ),
            "select the declared columns, in their order, or declare what is selected",
        );
        return;
    }
    for (result, (column, ty)) in results.iter().zip(&declared.columns) {
        let found = match (&result.name, &result.ty) {
            (Some(name), _) if *name != column.as_str() => format!("`{name}`"),
            (_, Some(found)) if !is_alike(schema.base_of(found), schema.base_of(ty)) => {
                format!("one of type {}, not {ty}", schema.base_of(found))
            }
            _ => continue,
        };
        report.add(
            Code::SM137,
            site,
            format!(
                "{what} declares the column `{column}`, and the text selects {found} in its place"
            ),
            "select the declared columns, in their order, or declare what is selected",
        );
    }
}

/// What a PL/pgSQL routine returns by `RETURN QUERY SELECT`: columns of exactly the types that it declares.
fn returned_queries(schema: &Schema, routine: &Routine, report: &mut Report) {
    let Returns::Table(columns) = &routine.returns else {
        return;
    };
    let body = Text::of(schema, &routine.body);
    let mut starts = body.pieces.windows(2).enumerate();
    let starts = starts.by_ref().filter_map(|(at, pair)| {
        (pair[0].is_keyword("return") && pair[1].is_keyword("query")).then_some(at + 2)
    });
    for start in starts {
        let statement = body.pieces[start..].iter().cloned();
        let text = Text {
            pieces: statement.take_while(|it| !it.is_symbol(";")).collect(),
            ..body
        };
        let site = Site::new("routine", &routine.name, routine.place);
        returns_all_columns(schema, routine, start, report);
        let Some(found) = results(schema, &text) else {
            continue;
        };
        if found.len() != columns.len() {
            report.add(
                Code::SM137,
                &site,
                format!(
                    "it declares {} columns, and its RETURN QUERY selects {}",
                    columns.len(),
                    found.len()
                ),
                "select the declared columns, in their order, or declare what is selected",
            );
            return;
        }
        for ((name, declared), found) in columns.iter().zip(found) {
            let Some(ty) = found.ty.filter(|ty| !is_same(schema, ty, declared)) else {
                continue;
            };
            report.add(
                Code::SM137,
                &site,
                format!("it declares the column `{name}` as {declared}, and its RETURN QUERY selects one of type {ty}"),
                format!("declare it as {ty}, or cast it in the text: PL/pgSQL converts no results"),
            );
        }
    }
}

/// Where the statement begins whose rows a function in SQL returns.
fn start_of_last_statement(text: &Text<'_>) -> usize {
    let pieces = &text.pieces;
    let last = pieces
        .iter()
        .rposition(|it| !it.is_symbol(";"))
        .unwrap_or(0);
    let end = pieces[..last].iter().rposition(|it| it.is_symbol(";"));
    end.map_or(0, |end| end + 1)
}

/// The declared columns of a result stay, and those of `*` do not.
fn returns_all_columns(schema: &Schema, routine: &Routine, start: usize, report: &mut Report) {
    let text = Rows::of(schema, &routine.body, Vec::new()).with_names(routine);
    if text.takes_all_columns(start) {
        report.add(
            Code::SM138,
            &Site::new("routine", &routine.name, routine.place),
            "it returns `*` of a relation, and its result has just the declared columns: each call fails once the relation gets another",
            "name the columns, or write `{relation.*}`, which becomes their names",
        );
    }
}

/// Whether the server takes both for one type, whatever their modifiers are.
fn is_same(schema: &Schema, left: &DataType, right: &DataType) -> bool {
    use DataType::{Array, Named, Numeric, VarChar};
    match (left, right) {
        (VarChar(_), VarChar(_)) | (Numeric(_), Numeric(_)) => true,
        (Array(left), Array(right)) => is_same(schema, left, right),
        (Named(left), Named(right)) => schema.same_name(left, right),
        _ => left == right,
    }
}

/// Whether Rust reads both types alike.
fn is_alike(left: &DataType, right: &DataType) -> bool {
    left == right
        || left.is_text() && right.is_text()
        || matches!((left, right), (DataType::Numeric(_), DataType::Numeric(_)))
}

/// Whether a text takes all columns by `*`.
pub(super) fn has_star(text: &Text<'_>) -> bool {
    (0..text.pieces.len()).any(|at| star_at(text, at))
}

/// Whether a place has the `*` that means all columns.
pub(super) fn star_at(text: &Text<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &text.pieces[before]);
    let starts = ["select", "distinct", "all", "returning"];
    text.pieces[at].is_symbol("*")
        && before.is_some_and(|it| {
            it.is_symbol(",") || it.is_symbol(".") || starts.iter().any(|word| it.is_keyword(word))
        })
}

/// The order of a table's columns is that in which migrations added them, and so another one in a store that is created later.
fn without_columns(text: &Text<'_>, site: &Site, report: &mut Report) {
    let rows = ["values", "select", "table", "with"];
    let mut places = 0..text.pieces.len();
    let has_rows = places.any(|at| match &text.pieces[at..] {
        [insert, into, table, behind @ ..] => {
            let is_alias = behind.first().is_some_and(|it| it.is_keyword("as"));
            let first = behind.get(if is_alias { 2 } else { 0 });
            insert.is_keyword("insert")
                && into.is_keyword("into")
                && text.relation(table).is_some()
                && first.is_some_and(|it| rows.iter().any(|word| it.is_keyword(word)))
        }
        _ => false,
    });
    if has_rows {
        report.add(
            Code::SM138,
            site,
            "it inserts rows without the names of their columns, whose number and order change",
            "name the columns: `INSERT INTO {table} (...) ...`",
        );
    }
}

/// The server writes the columns of `*` into a view or an SQL-standard body when it is
/// created: it has not those that come later, and a store that is created then has them. A view is created again when a column
/// goes, so that only what it shows counts; a body is not, and rests on each column of a `*` in its subqueries.
fn follows_its_relations(site: &Site, report: &mut Report) {
    report.add(
        Code::SM138,
        site,
        "its text takes columns by `*`, so that it changes with a column of another object",
        "name the columns",
    );
}

fn is_star_of_placeholder(piece: &Piece<'_>) -> bool {
    matches!(
        piece,
        Piece::Placeholder {
            column: Some("*"),
            ..
        }
    )
}

/// They compare all columns that both sides have under one name.
fn natural_joins(text: &Text<'_>, site: &Site, report: &mut Report) {
    if text.pieces.iter().any(|it| it.is_keyword("natural")) {
        report.add(
            Code::SM138,
            site,
            "its text has `NATURAL JOIN`, which compares another column as soon as both sides have one of the same name",
            "name the columns: `JOIN ... USING (...)`",
        );
    }
}
