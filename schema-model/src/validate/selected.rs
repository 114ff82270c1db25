//! What a query selects: the names, types and origins of its results, as far as its text tells.

use super::text_columns::Text;
use crate::name::QualifiedName;
use crate::pieces::Piece;
use crate::schema::Schema;
use crate::ty::DataType;

/// Words that end a list of results.
pub(crate) const ENDS: &[&str] = &[
    "except",
    "fetch",
    "for",
    "from",
    "group",
    "having",
    "intersect",
    "into",
    "limit",
    "offset",
    "order",
    "union",
    "where",
    "window",
];

/// Aggregates that give NULL for no rows.
const AGGREGATES: &[&str] = &[
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "every",
    "json_agg",
    "jsonb_agg",
    "max",
    "min",
    "string_agg",
    "sum",
];

/// A column that a text selects.
#[derive(Default)]
pub(super) struct Found<'a> {
    /// Its name, where the text tells.
    pub(super) name: Option<String>,
    /// Its type, where the text tells.
    pub(super) ty: Option<DataType>,
    /// The column that it is, where it is one as it stands.
    pub(super) column: Option<String>,
    /// The relation that the column is of, where the text tells.
    pub(super) relation: Option<&'a QualifiedName>,
    /// Whether it is an aggregate, which is NULL over no rows.
    pub(super) is_aggregate: bool,
    /// Whether it is an expression that is NULL for some rows whatever it is made of.
    pub(super) has_nulls: bool,
}

impl<'a> Found<'a> {
    /// A column as it stands.
    fn column(
        schema: &'a Schema,
        relation: Option<&'a QualifiedName>,
        column: &str,
        name: Option<String>,
    ) -> Self {
        let ty = relation.and_then(|relation| type_of(schema, relation, column));
        Self {
            name,
            ty: ty.cloned(),
            column: Some(column.to_owned()),
            relation,
            ..Self::default()
        }
    }
}

/// The columns of a plain SELECT, or of what a change returns; nothing where the text leaves their number open.
pub(super) fn results<'a>(schema: &'a Schema, text: &Text<'a>) -> Option<Vec<Found<'a>>> {
    let mut pieces = &text.pieces[..];
    if pieces.first()?.is_keyword("with") {
        let verbs = ["select", "insert", "update", "delete"];
        let is_verb = |it: &Piece<'_>| verbs.iter().any(|verb| it.is_keyword(verb));
        let main = depths(pieces).position(|(depth, it)| depth == 0 && is_verb(it))?;
        pieces = &pieces[main..];
    }
    let first = pieces.first()?;
    if let [table, relation] = pieces
        && table.is_keyword("table")
    {
        let relation = text.relation(relation)?;
        return Some(all_columns(schema, relation));
    }
    let start = if first.is_keyword("select") {
        1
    } else if ["insert", "update", "delete"]
        .iter()
        .any(|it| first.is_keyword(it))
    {
        1 + depths(pieces).position(|(depth, it)| depth == 0 && it.is_keyword("returning"))?
    } else {
        return None;
    };
    let rest = &pieces[start..];
    let rest = match rest {
        [distinct, on, ..] if distinct.is_keyword("distinct") && on.is_keyword("on") => {
            return None;
        }
        [all, rest @ ..] if all.is_keyword("distinct") || all.is_keyword("all") => rest,
        _ => rest,
    };
    let is_end = |at: usize, piece: &Piece<'_>| {
        let is_distinct_from = at
            .checked_sub(1)
            .is_some_and(|before| rest[before].is_keyword("distinct"));
        piece.is_symbol(";") || !is_distinct_from && ENDS.iter().any(|word| piece.is_keyword(word))
    };
    let mut ends = depths(rest).enumerate();
    let end = ends.find(|(at, (depth, it))| *depth == 0 && is_end(*at, it));
    let list = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    let mut all = Vec::new();
    for item in items(list) {
        result(schema, text, item, &mut all)?;
    }
    Some(all)
}

/// Each piece with how many brackets it stands in.
pub(super) fn depths<'p, 'a>(
    pieces: &'p [Piece<'a>],
) -> impl Iterator<Item = (usize, &'p Piece<'a>)> {
    let mut depth = 0_usize;
    pieces.iter().map(move |piece| {
        if piece.is_symbol(")") || piece.is_symbol("]") {
            depth = depth.saturating_sub(1);
        }
        let at = depth;
        if piece.is_symbol("(") || piece.is_symbol("[") {
            depth += 1;
        }
        (at, piece)
    })
}

/// The parts of a list between its commas.
pub(super) fn items<'p, 'a>(list: &'p [Piece<'a>]) -> Vec<&'p [Piece<'a>]> {
    let commas = depths(list).enumerate();
    let commas = commas.filter(|(_, (depth, piece))| *depth == 0 && piece.is_symbol(","));
    let mut all = Vec::new();
    let mut start = 0;
    for (at, _) in commas {
        all.push(&list[start..at]);
        start = at + 1;
    }
    if start < list.len() {
        all.push(&list[start..]);
    }
    all
}

/// The type of a relation's column.
pub(super) fn type_of<'a>(
    schema: &'a Schema,
    relation: &QualifiedName,
    column: &str,
) -> Option<&'a DataType> {
    let columns = schema.columns_of(relation).into_iter();
    let mut named = columns.filter(|it| it.as_str() == column);
    named.find_map(|it| schema.column_type(relation, it))
}

/// The relation whose columns bare names are, where there is no other, and no subquery.
fn only_relation<'a>(text: &Text<'a>) -> Option<&'a QualifiedName> {
    let mut bound = text.template.relations();
    let relation = bound.next().filter(|_| bound.next().is_none());
    let pieces = text.pieces.iter().skip(1);
    let mut others = pieces.filter(|it| {
        ["select", "with", "join"]
            .iter()
            .any(|word| it.is_keyword(word))
    });
    relation.filter(|_| others.next().is_none())
}

/// Adds what one item of the list selects; none where its number is open.
fn result<'a>(
    schema: &'a Schema,
    text: &Text<'a>,
    item: &[Piece<'_>],
    all: &mut Vec<Found<'a>>,
) -> Option<()> {
    let relation = |key: &str| text.template.relation_of(key);
    let (value, name) = match item {
        [value @ .., as_, Piece::Word(name) | Piece::Name(name)] if as_.is_keyword("as") => {
            (value, Some(name.clone()))
        }
        _ => (item, None),
    };
    match value {
        [
            ..,
            Piece::Placeholder {
                key,
                column: Some("*"),
            },
        ] => {
            all.extend(all_columns(schema, relation(key)?));
        }
        [.., star] if star.is_symbol("*") => return None,
        [
            Piece::Placeholder {
                key,
                column: Some(it),
            },
        ]
        | [
            Piece::Word(_) | Piece::Name(_),
            Piece::Symbol(_),
            Piece::Placeholder {
                key,
                column: Some(it),
            },
        ] if value.len() == 1 || value[1].is_symbol(".") => {
            let name = name.or_else(|| Some((*it).to_owned()));
            all.push(Found::column(schema, relation(key), it, name));
        }
        [
            Piece::Word(of) | Piece::Name(of),
            dot,
            Piece::Word(it) | Piece::Name(it),
        ] if dot.is_symbol(".") => {
            let aliases = text.aliases();
            let of = aliases.iter().find(|(alias, _)| alias == of);
            let name = name.or_else(|| Some(it.clone()));
            all.push(Found::column(schema, of.map(|(_, of)| *of), it, name));
        }
        [] => {}
        [Piece::Word(it) | Piece::Name(it)] => {
            let name = name.or_else(|| is_column(schema, text, it).then(|| it.clone()));
            all.push(Found::column(schema, only_relation(text), it, name));
        }
        _ => all.push(computed(schema, text, value, name)),
    }
    Some(())
}

/// All columns of a relation.
fn all_columns<'a>(schema: &'a Schema, relation: &'a QualifiedName) -> Vec<Found<'a>> {
    let columns = schema.columns_of(relation).into_iter();
    let columns = columns.map(|it| {
        let name = Some(it.to_string());
        Found::column(schema, Some(relation), it.as_str(), name)
    });
    columns.collect()
}

/// Whether a relation of the text has a column of this name.
fn is_column(schema: &Schema, text: &Text<'_>, name: &str) -> bool {
    let mut relations = text.template.relations();
    relations.any(|it| type_of(schema, it, name).is_some())
}

/// What an expression is.
fn computed<'a>(
    schema: &'a Schema,
    text: &Text<'a>,
    value: &[Piece<'_>],
    name: Option<String>,
) -> Found<'a> {
    let is_call = |it: &str| matches!(value, [first, open, ..] if open.is_symbol("(") && first.is_keyword(it));
    let is_case = value.first().is_some_and(|it| it.is_keyword("case"));
    let is_windowed = value.iter().any(|it| it.is_keyword("over"));
    let commas = depths(value).filter(|(depth, it)| *depth == 1 && it.is_symbol(","));
    let has_default = commas.count() > 1;
    let has_else = value.iter().any(|it| it.is_keyword("else"));
    let is_row_of_subquery = match value {
        [open, select, what, ..] => {
            let is_never_null = ["count", "exists", "coalesce"];
            open.is_symbol("(")
                && select.is_keyword("select")
                && value.iter().any(|it| it.is_keyword("from"))
                && !is_never_null.iter().any(|it| what.is_keyword(it))
        }
        _ => false,
    };
    Found {
        name,
        ty: type_of_computed(schema, text, value),
        // Over a window there is always the row itself.
        is_aggregate: !is_windowed && AGGREGATES.iter().any(|it| is_call(it)),
        has_nulls: is_call("nullif")
            || !has_default && ["lag", "lead"].iter().any(|it| is_call(it))
            || is_case && !has_else
            || is_row_of_subquery,
        ..Found::default()
    }
}

/// The type of a cast, a constant or a call of one of the server's own functions.
fn type_of_computed<'a>(
    schema: &'a Schema,
    text: &Text<'a>,
    value: &[Piece<'_>],
) -> Option<DataType> {
    if let [inner @ .., cast, ty] = value
        && cast.is_symbol("::")
    {
        // A cast takes the last operand alone.
        let is_case = inner.first().is_some_and(|it| it.is_keyword("case"));
        let outer: Vec<&Piece<'_>> = depths(inner)
            .filter(|(depth, _)| *depth == 0)
            .map(|(_, it)| it)
            .collect();
        let is_part = |(at, it): (usize, &&Piece<'_>)| match it {
            Piece::Symbol(symbol) => {
                [".", "(", ")", "[", "]"].contains(&symbol.as_str()) || symbol.starts_with('\'')
            }
            _ => at == 0 || is_case || outer[at - 1].is_symbol("."),
        };
        let is_one = outer.iter().enumerate().all(is_part);
        return type_of_name(ty.as_word().filter(|_| is_one)?);
    }
    let [function, open, inner @ .., close] = value else {
        return None;
    };
    // One call, not an expression that begins and ends with one.
    let outer = depths(value).filter(|(depth, _)| *depth == 0);
    let is_call = open.is_symbol("(") && close.is_symbol(")") && outer.count() == 3;
    let argument = || {
        let mut found = Vec::new();
        result(schema, text, inner, &mut found)?;
        let ty = found.pop()?.ty?;
        Some(schema.base_of(&ty).clone())
    };
    match function.as_word().filter(|_| is_call)? {
        "count" | "row_number" | "rank" | "dense_rank" => Some(DataType::BigInt),
        "exists" | "bool_and" | "bool_or" => Some(DataType::Boolean),
        "sum" => match argument()? {
            DataType::SmallInt | DataType::Integer => Some(DataType::BigInt),
            DataType::BigInt | DataType::Numeric(_) => Some(DataType::Numeric(None)),
            other => Some(other),
        },
        "avg" => match argument()? {
            DataType::SmallInt | DataType::Integer | DataType::BigInt | DataType::Numeric(_) => {
                Some(DataType::Numeric(None))
            }
            DataType::Real | DataType::DoublePrecision => Some(DataType::DoublePrecision),
            _ => None,
        },
        _ => None,
    }
}

/// A type by one of its names in SQL.
fn type_of_name(name: &str) -> Option<DataType> {
    Some(match name {
        "smallint" | "int2" => DataType::SmallInt,
        "integer" | "int" | "int4" => DataType::Integer,
        "bigint" | "int8" => DataType::BigInt,
        "numeric" | "decimal" => DataType::Numeric(None),
        "real" | "float4" => DataType::Real,
        "float8" => DataType::DoublePrecision,
        "boolean" | "bool" => DataType::Boolean,
        "text" => DataType::Text,
        "uuid" => DataType::Uuid,
        "date" => DataType::Date,
        "timestamptz" => DataType::TimestampTz,
        "jsonb" => DataType::Jsonb,
        _ => return None,
    })
}

/// Whether a relation is on a side of joins that has no row for some of the other side's, wherever the text reads it, and nothing
/// behind WHERE asks for one.
pub(super) fn is_outer_joined(text: &Text<'_>, relation: &QualifiedName) -> bool {
    let places =
        || (0..text.pieces.len()).filter_map(|at| Some((at, text.relation(&text.pieces[at])?)));
    let joined = |at: usize| {
        let before = text.pieces[..at].iter().rev();
        let mut before = before.skip_while(|it| it.is_keyword("lateral") || it.is_keyword("only"));
        if !before.next().is_some_and(|it| it.is_keyword("join")) {
            return None;
        }
        let mut kind = before.skip_while(|it| it.is_keyword("outer"));
        let kind = kind.next()?.as_word()?;
        ["left", "right", "full"].into_iter().find(|it| *it == kind)
    };
    let is_it = |it: &QualifiedName| text.schema.same_name(it, relation);
    let mut of_relation = places().filter(|(_, it)| is_it(it)).peekable();
    let is_read = of_relation.peek().is_some();
    let is_outer = |(at, _): (usize, _)| {
        let lacks_left =
            |(later, _): (usize, _)| later > at && matches!(joined(later), Some("right" | "full"));
        matches!(joined(at), Some("left" | "full")) || places().any(lacks_left)
    };
    let condition = text.pieces.iter().position(|it| it.is_keyword("where"));
    let condition = condition.map_or(&[][..], |at| &text.pieces[at..]);
    let aliases = text.aliases();
    let is_asked = condition.iter().any(|it| match it {
        Piece::Placeholder {
            key,
            column: Some(_),
        } => text.template.relation_of(key).is_some_and(is_it),
        it => aliases
            .iter()
            .any(|(alias, of)| it.is_word(alias) && is_it(of)),
    });
    is_read && of_relation.all(is_outer) && !is_asked
}
