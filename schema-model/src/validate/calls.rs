//! What type a call of a known function has, and which arguments it takes.

use super::casts::same_base;
use super::operators::wider_number;
use super::report::list;
use super::typing::{Typing, adapts};
use crate::expr::{Expr, Function, Literal};
use crate::ty::{DataType, RangeOf};

impl Typing<'_> {
    pub(super) fn call(&mut self, function: Function, arguments: &[Expr]) -> Option<DataType> {
        self.depends(function.volatility());
        let types: Vec<Option<DataType>> = match function {
            Function::CharLength | Function::Lower | Function::Upper | Function::OctetLength => {
                let text = Some(&DataType::Text);
                let adapted = |argument| self.adapted(argument, text);
                arguments.iter().map(adapted).collect()
            }
            Function::JsonbTypeof | Function::Abs => {
                let wanted = if function == Function::Abs {
                    DataType::DoublePrecision
                } else {
                    DataType::Jsonb
                };
                let adapted = |argument| self.adapted(argument, Some(&wanted));
                arguments.iter().map(adapted).collect()
            }
            Function::Range(_) | Function::Timezone => Vec::new(),
            _ => arguments
                .iter()
                .map(|argument| self.visit(argument))
                .collect(),
        };
        let fits: fn(&DataType) -> bool = match function {
            Function::CharLength => DataType::is_text,
            Function::Lower | Function::Upper => {
                |ty| ty.is_text() || matches!(ty, DataType::Range(_))
            }
            Function::OctetLength => |ty| ty.is_text() || *ty == DataType::Bytea,
            Function::JsonbTypeof => |ty| *ty == DataType::Jsonb,
            Function::Abs => DataType::is_numeric,
            Function::Coalesce => return self.coalesce(arguments, &types),
            Function::Range(of) => return Some(self.range(of, arguments)),
            Function::Timezone => return self.at_time_zone(arguments),
            Function::Now | Function::ClockTimestamp | Function::GenRandomUuid => |_| false,
        };
        let result = match function {
            Function::CharLength | Function::OctetLength => Some(DataType::Integer),
            Function::Lower | Function::Upper => match types.first() {
                Some(Some(DataType::Range(of))) => Some(of.element()),
                _ => Some(DataType::Text),
            },
            Function::JsonbTypeof => Some(DataType::Text),
            Function::Now | Function::ClockTimestamp => Some(DataType::TimestampTz),
            Function::GenRandomUuid => Some(DataType::Uuid),
            _ => types.first().cloned().flatten(),
        };
        let wanted = match function {
            Function::Now | Function::ClockTimestamp | Function::GenRandomUuid => 0,
            _ => 1,
        };
        let wrong: Vec<&DataType> = types.iter().flatten().filter(|ty| !fits(ty)).collect();
        if types.len() != wanted {
            self.error(
                format!(
                    "`{}` takes {wanted}, not {} arguments",
                    function.name(),
                    types.len()
                ),
                "give it as many as it takes",
            );
        } else if !wrong.is_empty() {
            self.error(
                format!("`{}` does not take {}", function.name(), list(wrong)),
                "give it a column of another type, or cast",
            );
        }
        result
    }

    /// A zone's name, and a time with a zone or without.
    fn at_time_zone(&mut self, arguments: &[Expr]) -> Option<DataType> {
        let [Expr::Literal(Literal::Text(zone)), time] = arguments else {
            self.error(
                "`timezone` takes a zone's name and a time".to_owned(),
                "write `col(\"at\").at_time_zone(\"UTC\")`",
            );
            return None;
        };
        if zone.trim().is_empty() {
            self.error(
                "a time zone without a name".to_owned(),
                "name one, such as `UTC` or `Europe/Berlin`",
            );
        }
        match self.visit(time) {
            Some(DataType::Timestamp) => Some(DataType::TimestampTz),
            Some(DataType::TimestampTz) => Some(DataType::Timestamp),
            Some(ty) => {
                self.error(
                    format!("`timezone` does not take {ty}"),
                    "give it a timestamp, with a time zone or without",
                );
                None
            }
            None => None,
        }
    }

    /// The ends, and a text such as `[)` that says which of them belong to the range.
    fn range(&mut self, of: RangeOf, arguments: &[Expr]) -> DataType {
        let name = of.name();
        if !(2..=3).contains(&arguments.len()) {
            self.error(
                format!("`{name}` takes 2 or 3, not {} arguments", arguments.len()),
                "give it the low end, the high end and, if they are not `[)`, the bounds",
            );
            return DataType::Range(of);
        }
        let element = of.element();
        for end in &arguments[..2] {
            let ty = self.adapted(end, Some(&element));
            if let Some(ty) = ty.filter(|ty| !fits_range(ty, &element)) {
                self.error(
                    format!("`{name}` does not take {ty}"),
                    format!("give it ends of type {element}"),
                );
            }
        }
        match arguments.get(2) {
            None => {}
            Some(Expr::Literal(Literal::Text(bounds)))
                if !matches!(bounds.as_str(), "[]" | "[)" | "(]" | "()") =>
            {
                self.error(
                    format!(
                        "'{}' does not say which ends belong to the range",
                        bounds.escape_debug()
                    ),
                    "write `[]`, `[)`, `(]` or `()`",
                );
            }
            Some(bounds) => {
                let ty = self.adapted(bounds, Some(&DataType::Text));
                if let Some(ty) = ty.filter(|ty| !ty.is_text()) {
                    self.error(
                        format!("`{name}` does not take {ty} for its bounds"),
                        "write `[]`, `[)`, `(]` or `()`",
                    );
                }
            }
        }
        DataType::Range(of)
    }

    fn coalesce(&mut self, arguments: &[Expr], types: &[Option<DataType>]) -> Option<DataType> {
        let mut common: Option<DataType> = None;
        for ty in types.iter().flatten() {
            common = match common {
                None => Some(ty.clone()),
                Some(common) if same_base(&common, ty) => Some(common),
                Some(common) if common.is_text() && ty.is_text() => Some(DataType::Text),
                Some(common) => {
                    let wider = wider_number(&common, ty);
                    if wider.is_none() {
                        self.error(
                            format!("`coalesce` does not join {common} and {ty}"),
                            format!("give values of type {common}"),
                        );
                    }
                    wider.or(Some(common))
                }
            };
        }
        if arguments.is_empty() {
            self.error("`coalesce` has no argument".to_owned(), "give it some");
        }
        // Constants alone, none of which has a type.
        let common = common.or_else(|| arguments.iter().all(adapts).then_some(DataType::Text));
        for argument in arguments {
            if let (Expr::Literal(Literal::Text(text)), Some(common)) = (argument, &common) {
                self.constant(text, common);
            }
        }
        common
    }
}

/// Whether the server takes an end of type `ty` for a range of `element` without a cast being written.
fn fits_range(ty: &DataType, element: &DataType) -> bool {
    match element {
        DataType::BigInt | DataType::Integer => {
            ty.is_integer() && (*element == DataType::BigInt || *ty != DataType::BigInt)
        }
        DataType::Numeric(_) => ty.is_integer() || matches!(ty, DataType::Numeric(_)),
        _ => same_base(ty, element),
    }
}
