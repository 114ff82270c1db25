//! Calls of routines, the server's too, with a column as it stands: that the routine takes values of its type. The server looks for
//! one of these types or of wider ones, and finds none when the text runs.

use super::code::Code;
use super::report::{Report, Site};
use super::selected::{depths, items, type_of};
use super::server_functions::widest;
use super::text_columns::Text;
use crate::index::Index;
use crate::name::{Ident, QualifiedName};
use crate::pieces::Piece;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::template::{Binding, Template};
use crate::ty::DataType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        Calls::of(Text::of(schema, &view.body)).check(&site, report);
    }
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        Calls::of(Text::of(schema, &query.body)).check(&site, report);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let mut calls = Calls::of(Text::of(schema, &routine.body));
        calls.rows_of = schema.triggered_by(&routine.name);
        calls.own = routine.names().collect();
        calls.check(&site, report);
    }
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        let indexes = table.indexes.iter().flat_map(Index::expressions);
        for expr in table.expressions().chain(indexes) {
            let mut texts = Vec::new();
            expr.raw_texts(&mut texts);
            for template in texts.into_iter().map(Template::verbatim) {
                let mut calls = Calls::of(Text::of(schema, &template));
                calls.relations = vec![&table.name];
                calls.rows_of = vec![&table.name];
                calls.check(&site, report);
            }
        }
    }
}

/// A text whose calls are looked at.
struct Calls<'a> {
    text: Text<'a>,
    /// The tables whose rows are `NEW` and `OLD`.
    rows_of: Vec<&'a QualifiedName>,
    /// The relations that a bare column may be of.
    relations: Vec<&'a QualifiedName>,
    /// Names of arguments and results.
    own: Vec<&'a Ident>,
}

impl<'a> Calls<'a> {
    fn of(text: Text<'a>) -> Self {
        Self {
            relations: text.template.relations().collect(),
            text,
            rows_of: Vec::new(),
            own: Vec::new(),
        }
    }

    fn check(&self, site: &Site, report: &mut Report) {
        for (at, piece) in self.text.pieces.iter().enumerate() {
            let behind = &self.text.pieces[at + 1..];
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
                for (relation, column) in self.columns_of(core(value)) {
                    let Some(ty) = type_of(self.text.schema, relation, column) else {
                        continue;
                    };
                    let call = Call {
                        at,
                        count,
                        place,
                        name,
                        ty,
                    };
                    if let Some((what, remedy)) = self.refused(&call, piece) {
                        report.add(
                            Code::SM167,
                            site,
                            format!(
                                "its text calls {what} with the column `{column}` of `{relation}`, whose type is {ty}"
                            ),
                            remedy,
                        );
                        break;
                    }
                }
            }
        }
    }

    /// What does not take a value, and what to do.
    fn refused(&self, call: &Call<'_>, piece: &Piece<'_>) -> Option<(String, String)> {
        let schema = self.text.schema;
        let base = schema.base_of(call.ty);
        if let Some(routine) = self.called(call.at, piece) {
            let mut arguments = routine.arguments.iter();
            let argument = match call.name {
                Some(name) => arguments.find(|it| it.name == *name),
                None => arguments.nth(call.place),
            };
            let argument = argument.filter(|it| !takes(schema.base_of(&it.ty), base))?;
            return Some((
                format!(
                    "`{}`, whose argument `{}` takes {},",
                    routine.name, argument.name, argument.ty
                ),
                format!(
                    "give the argument the type {}, or cast the column in the text",
                    call.ty
                ),
            ));
        }
        let Piece::Word(function) = piece else {
            return None;
        };
        let wanted = widest(function, call.count, (call.place, call.name));
        let wanted = wanted.filter(|it| base.is_numeric() && !takes(it, base))?;
        is_of_server(&self.text, call.at).then(|| {
            (
                format!("`{function}`, which takes {wanted} there,"),
                format!("cast the column in the text, if its values fit: `::{wanted}`"),
            )
        })
    }

    /// The routine of the definition that a place calls.
    fn called(&self, at: usize, piece: &Piece<'_>) -> Option<&'a Routine> {
        let schema = self.text.schema;
        if let Piece::Placeholder { key, column: None } = piece {
            return match self.text.template.bindings.get(*key) {
                Some(Binding::Routine(name)) => schema.find_routine(name),
                _ => None,
            };
        }
        let namespace = self.text.pieces.get(at.checked_sub(2)?)?;
        let is_dotted = self.text.pieces[at - 1].is_symbol(".");
        let mut routines = schema.routines.iter().filter(|_| is_dotted);
        routines.find(|it| {
            piece.is_word(it.name.name.as_str())
                && namespace.is_word(schema.namespace_of(&it.name).as_str())
        })
    }

    /// The columns that a value is, each with its relation: of `NEW`, one of each table.
    fn columns_of<'p>(&self, value: &'p [Piece<'_>]) -> Vec<(&'a QualifiedName, &'p str)> {
        let bound = |key: &str| self.text.template.relation_of(key);
        let has = |relation: &QualifiedName, column: &str| {
            type_of(self.text.schema, relation, column).is_some()
        };
        match value {
            [
                Piece::Placeholder {
                    key,
                    column: Some(column),
                },
            ] => bound(key).map(|it| (it, *column)).into_iter().collect(),
            [
                Piece::Word(_) | Piece::Name(_),
                dot,
                Piece::Placeholder {
                    key,
                    column: Some(column),
                },
            ] if dot.is_symbol(".") => bound(key).map(|it| (it, *column)).into_iter().collect(),
            [of, dot, Piece::Word(column) | Piece::Name(column)] if dot.is_symbol(".") => {
                if of.is_keyword("new") || of.is_keyword("old") {
                    let tables = self.rows_of.iter().filter(|it| has(it, column));
                    return tables.map(|it| (*it, column.as_str())).collect();
                }
                let aliases = self.text.aliases().into_iter();
                let mut relations = aliases.filter(|(alias, _)| of.is_word(alias));
                let found = relations.next().map(|(_, it)| (it, column.as_str()));
                found.into_iter().collect()
            }
            [Piece::Word(column) | Piece::Name(column)] if !self.gives_name(column) => {
                let of = self.relations.iter().filter(|it| has(it, column));
                let of: Vec<_> = of.map(|it| (*it, column.as_str())).collect();
                if of.len() == 1 { of } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// Whether the text may call something else so than a column.
    fn gives_name(&self, word: &str) -> bool {
        let before = ["as", "declare", "for", "with"];
        self.own.iter().any(|it| **it == *word)
            || self.text.pieces.windows(2).any(|it| {
                it[1].is_word(word)
                    && (it[0].is_symbol(";") || before.iter().any(|word| it[0].is_keyword(word)))
                    || it[0].is_word(word) && (it[1].is_symbol(":=") || it[1].is_symbol("("))
            })
    }
}

/// A value that a call gives.
struct Call<'c> {
    /// Where the name of what is called stands.
    at: usize,
    /// How many values it gives.
    count: usize,
    /// The place of this one, from 0.
    place: usize,
    /// The name of the argument that it is for, if the call says it.
    name: Option<&'c str>,
    /// Its type.
    ty: &'c DataType,
}

/// A value without what leaves its type as it is or makes it wider: brackets, `max` and `min`, and a number that is added.
fn core<'p, 'a>(value: &'p [Piece<'a>]) -> &'p [Piece<'a>] {
    let is_number = |it: &Piece<'_>| {
        it.as_word()
            .is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()))
    };
    let is_pair = |list: &[Piece<'_>]| {
        let mut closes = depths(list).skip(1);
        closes.position(|(depth, it)| depth == 0 && it.is_symbol(")")) == Some(list.len() - 2)
    };
    match value {
        [open, inner @ .., close]
            if open.is_symbol("(") && close.is_symbol(")") && is_pair(value) =>
        {
            core(inner)
        }
        [name, rest @ ..]
            if (name.is_keyword("max") || name.is_keyword("min"))
                && rest.first().is_some_and(|it| it.is_symbol("("))
                && is_pair(rest) =>
        {
            core(rest)
        }
        [inner @ .., sign, number]
            if ["+", "-", "*"].iter().any(|it| sign.is_symbol(it)) && is_number(number) =>
        {
            core(inner)
        }
        _ => value,
    }
}

/// Whether a word is no name in a PostgreSQL schema other than the server's own.
fn is_of_server(text: &Text<'_>, at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|at| &text.pieces[at]);
    !before(1).is_some_and(|it| it.is_symbol("."))
        || before(2).is_some_and(|it| it.is_word("pg_catalog"))
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
