//! What type a call of a known function has, and which arguments it takes.

use super::casts::same_base;
use super::operators::wider_number;
use super::report::list;
use super::typing::Typing;
use crate::expr::{Expr, Function, Literal};
use crate::ty::DataType;

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
            _ => arguments
                .iter()
                .map(|argument| self.visit(argument))
                .collect(),
        };
        let fits: fn(&DataType) -> bool = match function {
            Function::CharLength | Function::Lower | Function::Upper => DataType::is_text,
            Function::OctetLength => |ty| ty.is_text() || *ty == DataType::Bytea,
            Function::JsonbTypeof => |ty| *ty == DataType::Jsonb,
            Function::Abs => DataType::is_numeric,
            Function::Coalesce => return self.coalesce(arguments, &types),
            Function::Now | Function::ClockTimestamp | Function::GenRandomUuid => |_| false,
        };
        let result = match function {
            Function::CharLength | Function::OctetLength => Some(DataType::Integer),
            Function::Lower | Function::Upper | Function::JsonbTypeof => Some(DataType::Text),
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
        for argument in arguments {
            if let (Expr::Literal(Literal::Text(text)), Some(common)) = (argument, &common) {
                self.constant(text, common);
            }
        }
        common
    }
}
