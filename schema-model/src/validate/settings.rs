//! Conversions that read the session's settings: where they stand in what is stored or checked, two sessions see two
//! values. PostgreSQL calls them stable, and others too, which are not looked at here.

use super::code::Code;
use super::report::{Report, Site};
use super::typing::{adapts, type_of};
use crate::column::Column;
use crate::expr::{BinaryOp, Expr};
use crate::schema::Schema;
use crate::ty::DataType;

/// What a conversion reads of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reads {
    /// `TimeZone`
    Zone,
    /// `DateStyle`, `IntervalStyle`, `extra_float_digits` or `bytea_output`: how a value is written as text, or read.
    Form,
}

/// A conversion that reads the session's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionConversion {
    from: DataType,
    to: DataType,
    reads: Reads,
}

impl SessionConversion {
    /// The conversion between two types, if it reads the session's settings.
    pub(crate) fn between(schema: &Schema, from: &DataType, to: &DataType) -> Option<Self> {
        // The text of a composite value has those of its attributes.
        let of_attributes = |ty: &DataType, is_from: bool| {
            let composite = schema.find_composite(schema.base_of(ty))?;
            let mut attributes = composite.attributes.iter();
            attributes.find_map(|it| {
                let (from, to) = if is_from {
                    (&it.ty, to)
                } else {
                    (from, &it.ty)
                };
                Self::between(schema, from, to)
            })
        };
        let found = match (from.is_text(), to.is_text()) {
            (false, true) => of_attributes(from, true),
            (true, false) => of_attributes(to, false),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        Some(Self {
            reads: reads(schema.base_of(from), schema.base_of(to))?,
            from: from.clone(),
            to: to.clone(),
        })
    }

    /// The first of an expression over `columns`. A raw expression is taken at its word: it says its reason.
    pub(crate) fn of(schema: &Schema, expr: &Expr, columns: &[Column]) -> Option<Self> {
        let operands = expr.operands().into_iter();
        let below = operands
            .into_iter()
            .find_map(|it| Self::of(schema, it, columns));
        below.or_else(|| {
            let type_of = |it: &Expr| type_of(schema, it, columns).ok().flatten();
            let between = |left: &Expr, right: &Expr| {
                Self::between(schema, &type_of(left)?, &type_of(right)?)
                    .filter(|it| it.reads == Reads::Zone)
            };
            match expr {
                Expr::Cast(operand, to) if !adapts(operand) => {
                    Self::between(schema, &type_of(operand)?, to)
                }
                Expr::Binary(left, BinaryOp::Concat, right) => {
                    let sides = [left, right].into_iter().filter_map(|it| type_of(it));
                    let mut others = sides.filter(|it| !it.is_text());
                    let text = type_of(expr)?.is_text();
                    others
                        .find_map(|it| Self::between(schema, &it, &DataType::Text).filter(|_| text))
                }
                Expr::Binary(left, BinaryOp::Add | BinaryOp::Subtract, right) => {
                    let is_instant = |it: &Expr| type_of(it) == Some(DataType::TimestampTz);
                    let both = is_instant(left) != is_instant(right);
                    between(left, right).filter(|_| both)
                }
                Expr::Binary(left, _, right) => between(left, right),
                Expr::Between(operand, low, high) => {
                    between(operand, low).or_else(|| between(operand, high))
                }
                Expr::In(operand, members) => members.iter().find_map(|it| between(operand, it)),
                _ => None,
            }
        })
    }

    /// What is wrong with it where a value is stored or checked.
    pub(crate) fn defect(&self) -> String {
        let Self { from, to, reads } = self;
        let what = match reads {
            Reads::Zone => "the session's time zone",
            Reads::Form => "the session's settings for the form of such values as text",
        };
        format!(
            "the conversion from {from} to {to} reads {what}, so that two sessions get two values"
        )
    }

    /// How to say what is meant.
    pub(crate) fn remedy(&self) -> &'static str {
        match (self.reads, &self.to) {
            (Reads::Zone, DataType::Date | DataType::Time) => {
                "say the zone: `col(\"at\").at_time_zone(\"UTC\").cast(...)`"
            }
            (Reads::Zone, _) if self.from == DataType::Date => {
                "say the zone: `col(\"at\").cast(DataType::Timestamp).at_time_zone(\"UTC\")`"
            }
            (Reads::Zone, _) => "say the zone: `col(\"at\").at_time_zone(\"UTC\")`",
            (Reads::Form, to) => match self.from.element() {
                from if from.is_text() => {
                    "say the form in a raw expression with its reason, such as `to_date(note, 'YYYY-MM-DD')`"
                }
                DataType::Bytea if to.is_text() => {
                    "say the form in a raw expression with its reason, such as `encode(raw, 'hex')`"
                }
                DataType::Real | DataType::DoublePrecision => {
                    "cast it to `numeric` first, `.cast(DataType::Numeric(None))`, whose text no setting changes"
                }
                _ => {
                    "say the form in a raw expression with its reason, such as \
                     `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`"
                }
            },
        }
    }
}

/// Reports an expression that reads the session's settings.
pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    expr: &Expr,
    columns: &[Column],
) {
    if let Some(found) = SessionConversion::of(schema, expr, columns) {
        report.add(Code::SM151, site, found.defect(), found.remedy());
    }
}

/// Reports a value that reads the session's settings on its way into a column of this type.
pub(super) fn check_stored(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    (value, columns): (&Expr, &[Column]),
    ty: &DataType,
) {
    let found = type_of(schema, value, columns).ok().flatten();
    if let Some(found) = found.and_then(|it| SessionConversion::between(schema, &it, ty)) {
        report.add(Code::SM151, site, found.defect(), found.remedy());
    }
}

fn reads(from: &DataType, to: &DataType) -> Option<Reads> {
    use DataType::{
        Array, Bytea, Date, DoublePrecision, Interval, Range, Real, Time, Timestamp, TimestampTz,
    };
    match (from, to) {
        (Array(from), Array(to)) => reads(from, to),
        (Array(from), to) if to.is_text() => reads(from, to),
        (from, Array(to)) if from.is_text() => reads(from, to),
        (Range(of), to) if to.is_text() => reads(&of.element(), to),
        (from, Range(of)) if from.is_text() => reads(from, &of.element()),
        (Date | Timestamp, TimestampTz) | (TimestampTz, Date | Time | Timestamp) => {
            Some(Reads::Zone)
        }
        (Date | Timestamp | TimestampTz | Interval | Bytea | Real | DoublePrecision, to)
            if to.is_text() =>
        {
            Some(Reads::Form)
        }
        (from, Date | Timestamp | TimestampTz | Interval) if from.is_text() => Some(Reads::Form),
        _ => None,
    }
}
