//! The value of a condition for a constant, so far as it can be told without a server: comparisons of numbers, of texts for
//! equality, and what joins them, in SQL's logic of three values.

use crate::column::Column;
use crate::constraint::ConstraintKind;
use crate::expr::{BinaryOp, Expr, Function, Literal};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Boolean(bool),
    /// In parts of 10^9.
    Number(i128),
    Text(String),
}

/// Parts of a number.
const SCALE: usize = 9;

/// Whether a condition over one column is surely false for a constant in it.
pub(super) fn is_refused(
    schema: &Schema,
    condition: &Expr,
    (name, ty): (&Ident, &DataType),
    constant: &Expr,
) -> bool {
    let Expr::Literal(constant) = constant else {
        return false;
    };
    let Some(value) = of_type(schema, constant, ty) else {
        return false;
    };
    let mut columns = condition.columns().into_iter();
    columns.all(|it| it == name) && evaluate(condition, &value) == Some(Value::Boolean(false))
}

/// The check of a column's table or of its domain that refuses a constant, for messages.
pub(super) fn refusing_check(
    schema: &Schema,
    table: &Table,
    column: &Column,
    constant: &Expr,
) -> Option<String> {
    let own = (&column.name, &column.ty);
    let mut checks = table.constraints.iter().filter_map(|it| match &it.kind {
        ConstraintKind::Check(condition) => Some((&it.name, condition)),
        _ => None,
    });
    let check = checks.find(|(_, condition)| is_refused(schema, condition, own, constant));
    if let Some((name, _)) = check {
        return Some(format!("the check `{name}`"));
    }
    let domain = schema.find_domain(&column.ty)?;
    let value = domain.columns();
    let (name, ty) = value.first().map(|it| (&it.name, &it.ty))?;
    let mut checks = domain.checks.iter();
    let check = checks.find(|it| is_refused(schema, &it.condition, (name, ty), constant))?;
    Some(format!(
        "the check `{}` of the domain `{}`",
        check.name, domain.name
    ))
}

fn of_type(schema: &Schema, literal: &Literal, ty: &DataType) -> Option<Value> {
    let base = schema.base_of(ty);
    match literal {
        Literal::Null => Some(Value::Null),
        Literal::Boolean(value) => Some(Value::Boolean(*value)),
        Literal::Integer(number) => number_of(&number.to_string()),
        Literal::Text(text) | Literal::Typed(text, _) if base.is_numeric() => {
            number_of(text.trim())
        }
        Literal::Text(text) if base.is_text() || schema.find_enum(base).is_some() => {
            Some(Value::Text(text.clone()))
        }
        _ => None,
    }
}

/// A decimal number of few digits.
fn number_of(text: &str) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part:0<SCALE$}");
    let is_plain = all.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || part.len() > SCALE || whole.is_empty() {
        return None;
    }
    all.parse::<i128>().ok().map(|it| Value::Number(sign * it))
}

fn evaluate(expr: &Expr, value: &Value) -> Option<Value> {
    let of = |it: &Expr| evaluate(it, value);
    match expr {
        Expr::Column(_) => Some(value.clone()),
        Expr::Literal(literal) => match literal {
            Literal::Null => Some(Value::Null),
            Literal::Boolean(value) => Some(Value::Boolean(*value)),
            Literal::Integer(number) => number_of(&number.to_string()),
            Literal::Text(text) => Some(Value::Text(text.clone())),
            Literal::Typed(..) => None,
        },
        Expr::Not(inner) => match of(inner)? {
            Value::Boolean(value) => Some(Value::Boolean(!value)),
            value => Some(value),
        },
        Expr::IsNull(inner) => Some(Value::Boolean(of(inner)? == Value::Null)),
        Expr::IsNotNull(inner) => Some(Value::Boolean(of(inner)? != Value::Null)),
        Expr::Binary(left, BinaryOp::And, right) => all([of(left), of(right)]),
        Expr::Binary(left, BinaryOp::Or, right) => {
            let sides = [of(left), of(right)].map(|side| side.and_then(negated));
            all(sides).and_then(negated)
        }
        Expr::Binary(left, op, right) => compare(&of(left)?, *op, &of(right)?),
        Expr::Between(inner, low, high) => {
            let inner = of(inner)?;
            all([
                compare(&inner, BinaryOp::GtEq, &of(low)?),
                compare(&inner, BinaryOp::LtEq, &of(high)?),
            ])
        }
        Expr::In(inner, members) => {
            let inner = of(inner)?;
            let differ = members.iter().map(|it| {
                let member = of(it)?;
                compare(&inner, BinaryOp::NotEq, &member)
            });
            all(differ).and_then(negated)
        }
        Expr::Call(Function::CharLength, arguments) => match of(arguments.first()?)? {
            Value::Text(text) => number_of(&text.chars().count().to_string()),
            Value::Null => Some(Value::Null),
            _ => None,
        },
        _ => None,
    }
}

fn negated(value: Value) -> Option<Value> {
    match value {
        Value::Boolean(value) => Some(Value::Boolean(!value)),
        Value::Null => Some(Value::Null),
        _ => None,
    }
}

/// `AND` of all: false if one is, whatever the others are; unknown if one that matters is.
fn all(values: impl IntoIterator<Item = Option<Value>>) -> Option<Value> {
    let values: Vec<_> = values.into_iter().collect();
    if values.contains(&Some(Value::Boolean(false))) {
        return Some(Value::Boolean(false));
    }
    if values.contains(&None) {
        return None;
    }
    let has_null = values.contains(&Some(Value::Null));
    Some(if has_null {
        Value::Null
    } else {
        Value::Boolean(true)
    })
}

fn compare(left: &Value, op: BinaryOp, right: &Value) -> Option<Value> {
    let as_number = |text: &str| match number_of(text.trim())? {
        Value::Number(number) => Some(number),
        _ => None,
    };
    let ordering = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => {
            return match op {
                BinaryOp::IsDistinctFrom => Some(Value::Boolean(left != right)),
                BinaryOp::IsNotDistinctFrom => Some(Value::Boolean(left == right)),
                _ => Some(Value::Null),
            };
        }
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Number(left), Value::Text(right)) => left.cmp(&as_number(right)?),
        (Value::Text(left), Value::Number(right)) => as_number(left)?.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        // The order of texts is the collation's.
        (Value::Text(left), Value::Text(right))
            if matches!(op, BinaryOp::Eq | BinaryOp::NotEq) || left == right =>
        {
            left.cmp(right)
        }
        _ => return None,
    };
    Some(Value::Boolean(match op {
        BinaryOp::Eq | BinaryOp::IsNotDistinctFrom => ordering.is_eq(),
        BinaryOp::NotEq | BinaryOp::IsDistinctFrom => ordering.is_ne(),
        BinaryOp::Lt => ordering.is_lt(),
        BinaryOp::LtEq => ordering.is_le(),
        BinaryOp::Gt => ordering.is_gt(),
        BinaryOp::GtEq => ordering.is_ge(),
        _ => return None,
    }))
}
