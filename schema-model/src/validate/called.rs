//! Calls of routines, the server's too, with a column as it stands: that the routine takes values of its type. The server looks for
//! one of these types or of wider ones, and finds none when the text runs.

use super::code::Code;
use super::report::{Report, Site};
use super::selected::{depths, items, type_of};
use super::server_functions::widest;
use super::text_columns::Text;
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::template::Binding;
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        of_text(&Text::of(schema, &view.body), None, &site, report);
    }
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        of_text(&Text::of(schema, &query.body), None, &site, report);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let rows_of = match schema.triggered_by(&routine.name)[..] {
            [one] => Some(one),
            _ => None,
        };
        of_text(&Text::of(schema, &routine.body), rows_of, &site, report);
    }
}

/// `rows_of` is the table whose rows are `NEW` and `OLD`, if there is one.
fn of_text(text: &Text<'_>, rows_of: Option<&QualifiedName>, site: &Site, report: &mut Report) {
    for (at, piece) in text.pieces.iter().enumerate() {
        let behind = &text.pieces[at + 1..];
        let is_call = behind.first().is_some_and(|it| it.is_symbol("("));
        let mut closes = depths(behind).enumerate().skip(1);
        let close = closes.find(|(_, (depth, it))| *depth == 0 && it.is_symbol(")"));
        let Some((close, _)) = close.filter(|_| is_call) else {
            continue;
        };
        let given = items(&behind[1..close]);
        let count = given.len();
        for (place, item) in given.into_iter().enumerate() {
            let (name, value) = named(item);
            let Some((relation, column)) = column_of(text, rows_of, value) else {
                continue;
            };
            let Some(ty) = type_of(text.schema, relation, column) else {
                continue;
            };
            let base = text.schema.base_of(ty);
            if let Some(routine) = called(text, piece) {
                let mut arguments = routine.arguments.iter();
                let argument = match name {
                    Some(name) => arguments.find(|it| it.name == *name),
                    None => arguments.nth(place),
                };
                let Some(argument) = argument else {
                    continue;
                };
                if !takes(text.schema.base_of(&argument.ty), base) {
                    report.add(
                        Code::SM167,
                        site,
                        format!(
                            "its text calls `{}` with the column `{column}` of `{relation}`, whose type is {ty}, and its argument `{}` takes {}",
                            routine.name, argument.name, argument.ty
                        ),
                        format!("give the argument the type {ty}, or cast the column in the text"),
                    );
                }
            } else if let Piece::Word(function) = piece
                && is_of_server(text, at)
                && let Some(wanted) = widest(function, count, (place, name))
                && base.is_numeric()
                && !takes(&wanted, base)
            {
                report.add(
                    Code::SM167,
                    site,
                    format!(
                        "its text calls `{function}` with the column `{column}` of `{relation}`, whose type is {ty}, and `{function}` takes {wanted} there"
                    ),
                    format!("cast the column in the text, if its values fit: `{column}::{wanted}`"),
                );
            }
        }
    }
}

/// Whether a word is no name in a PostgreSQL schema other than the server's own.
fn is_of_server(text: &Text<'_>, at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|at| &text.pieces[at]);
    !before(1).is_some_and(|it| it.is_symbol("."))
        || before(2).is_some_and(|it| it.is_word("pg_catalog"))
}

fn called<'a>(text: &Text<'a>, piece: &Piece<'_>) -> Option<&'a Routine> {
    let Piece::Placeholder { key, column: None } = piece else {
        return None;
    };
    match text.template.bindings.get(*key) {
        Some(Binding::Routine(name)) => text.schema.find_routine(name),
        _ => None,
    }
}

/// The name of the argument that a part of a call is for, if it has one, and the value.
fn named<'p, 'a>(item: &'p [Piece<'a>]) -> (Option<&'p str>, &'p [Piece<'a>]) {
    match item {
        [Piece::Word(name) | Piece::Name(name), sign, value @ ..]
            if sign.is_symbol("=>") || sign.is_symbol(":=") =>
        {
            (Some(name), value)
        }
        _ => (None, item),
    }
}

/// The column that a value is, and its relation.
fn column_of<'a, 'p>(
    text: &Text<'a>,
    rows_of: Option<&'a QualifiedName>,
    value: &'p [Piece<'_>],
) -> Option<(&'a QualifiedName, &'p str)> {
    let bound = |key: &str| match text.template.bindings.get(key) {
        Some(Binding::Relation(name)) => Some(name),
        _ => None,
    };
    match value {
        [
            Piece::Placeholder {
                key,
                column: Some(column),
            },
        ] => Some((bound(key)?, column)),
        [
            Piece::Word(_) | Piece::Name(_),
            dot,
            Piece::Placeholder {
                key,
                column: Some(column),
            },
        ] if dot.is_symbol(".") => Some((bound(key)?, column)),
        [of, dot, Piece::Word(column) | Piece::Name(column)] if dot.is_symbol(".") => {
            let is_row = of.is_keyword("new") || of.is_keyword("old");
            if let Some(table) = rows_of.filter(|_| is_row) {
                return Some((table, column));
            }
            let of = of.as_word()?;
            let aliases = text.aliases().into_iter();
            let mut relations = aliases.filter(|(alias, _)| *alias == of);
            Some((relations.next()?.1, column))
        }
        _ => None,
    }
}

/// Whether the server gives an argument of the one type a value of the other by itself; also where that is not known.
fn takes(wanted: &DataType, given: &DataType) -> bool {
    wanted == given
        || match (kind(wanted), kind(given)) {
            (Some((wanted, widest)), Some((given, width))) => wanted == given && width <= widest,
            _ => true,
        }
}

/// What values of a type are, and how wide: those of the narrower type go where the wider one is wanted.
fn kind(ty: &DataType) -> Option<(&'static str, u8)> {
    Some(match ty {
        DataType::SmallInt => ("number", 1),
        DataType::Integer => ("number", 2),
        DataType::BigInt => ("number", 3),
        DataType::Numeric(_) => ("number", 4),
        DataType::Real => ("number", 5),
        DataType::DoublePrecision => ("number", 6),
        DataType::Date => ("time", 1),
        DataType::TimestampTz => ("time", 3),
        DataType::Boolean => ("truth", 1),
        DataType::Uuid => ("uuid", 1),
        DataType::Json => ("json", 1),
        DataType::Jsonb => ("jsonb", 1),
        DataType::Bytea => ("bytes", 1),
        ty if ty.is_text() => ("text", 1),
        _ => return None,
    })
}
