//! The value of an expression, so far as it can be told without a server: constants, numbers, texts, and what joins them, in
//! SQL's logic of three values. Whatever is not known stays so.

use super::literals;
use crate::column::Column;
use crate::constraint::ConstraintKind;
use crate::expr::{BinaryOp, Expr, Function, Literal};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    /// In parts of 10^9.
    Number(i128),
    Text(String),
}

impl Value {
    /// Why a column of a type cannot hold it, if anything is wrong.
    pub(super) fn defect(&self, schema: &Schema, ty: &DataType) -> Option<String> {
        match self {
            Self::Number(number) if number % ONE == 0 => {
                literals::defect(schema, &(number / ONE).to_string(), ty)
            }
            Self::Text(text) if schema.base_of(ty).is_text() => literals::defect(schema, text, ty),
            _ => None,
        }
    }
}

/// Digits behind the point of a number.
const SCALE: u8 = 9;
/// Parts of a number.
pub(super) const ONE: i128 = 1_000_000_000;

/// What an expression is evaluated with: the columns whose values are known.
pub(super) struct Known<'a> {
    schema: &'a Schema,
    columns: Vec<(Ident, Value)>,
}

impl<'a> Known<'a> {
    pub(super) fn nothing(schema: &'a Schema) -> Self {
        Self {
            schema,
            columns: Vec::new(),
        }
    }

    /// With a column of this value.
    pub(super) fn column(mut self, name: &Ident, value: Value) -> Self {
        self.columns.push((name.clone(), value));
        self
    }

    /// Whether a condition is surely false, so that a check of it refuses the row.
    pub(super) fn refuses(&self, condition: &Expr) -> bool {
        self.value(condition) == Some(Value::Boolean(false))
    }

    /// The value that a column of a type has from a constant expression; none where the type rounds it.
    pub(super) fn stored(&self, expr: &Expr, ty: &DataType) -> Option<Value> {
        let value = match expr {
            // A text is read as the type has it.
            Expr::Literal(Literal::Text(text)) => read(self.schema, text, ty),
            _ => self.value(expr),
        }?;
        match value {
            Value::Number(number) if number % step(self.schema.base_of(ty)) != 0 => None,
            value => Some(value),
        }
    }

    /// The value of an expression, where it is known.
    pub(super) fn value(&self, expr: &Expr) -> Option<Value> {
        match expr {
            Expr::Column(name) => {
                let mut columns = self.columns.iter();
                columns
                    .find(|(known, _)| known == name)
                    .map(|(_, value)| value.clone())
            }
            Expr::Literal(literal) => match literal {
                Literal::Null => Some(Value::Null),
                Literal::Boolean(value) => Some(Value::Boolean(*value)),
                Literal::Integer(number) => Some(Value::Number(i128::from(*number) * ONE)),
                Literal::Text(text) => Some(Value::Text(text.clone())),
                Literal::Typed(text, ty) => read(self.schema, text, ty),
            },
            Expr::Not(inner) => match self.value(inner)? {
                Value::Boolean(value) => Some(Value::Boolean(!value)),
                value => Some(value),
            },
            Expr::IsNull(inner) => Some(Value::Boolean(self.value(inner)? == Value::Null)),
            Expr::IsNotNull(inner) => Some(Value::Boolean(self.value(inner)? != Value::Null)),
            Expr::Binary(left, BinaryOp::And, right) => all([self.value(left), self.value(right)]),
            Expr::Binary(left, BinaryOp::Or, right) => {
                let sides = [self.value(left), self.value(right)];
                all(sides.map(|side| side.and_then(negated))).and_then(negated)
            }
            Expr::Binary(left, op, right) => {
                let (left, right) = (self.value(left), self.value(right));
                let is_strict =
                    !matches!(op, BinaryOp::IsDistinctFrom | BinaryOp::IsNotDistinctFrom);
                if is_strict && [&left, &right].contains(&&Some(Value::Null)) {
                    return Some(Value::Null);
                }
                let (left, right) = (left?, right?);
                calculated(&left, *op, &right).or_else(|| compare(&left, *op, &right))
            }
            Expr::Between(inner, low, high) => {
                let inner = self.value(inner);
                let side = |op, bound: &Expr| compare(inner.as_ref()?, op, &self.value(bound)?);
                all([side(BinaryOp::GtEq, low), side(BinaryOp::LtEq, high)])
            }
            Expr::In(inner, members) => {
                let inner = self.value(inner)?;
                let differ = members
                    .iter()
                    .map(|it| compare(&inner, BinaryOp::NotEq, &self.value(it)?));
                all(differ).and_then(negated)
            }
            Expr::Cast(inner, ty) => match self.value(inner)? {
                Value::Null => Some(Value::Null),
                Value::Text(text) => read(self.schema, &text, ty),
                Value::Number(number) if *ty == DataType::Text && number % ONE == 0 => {
                    Some(Value::Text((number / ONE).to_string()))
                }
                // Whole numbers stay what they are, or are out of range.
                Value::Number(number) if ty.is_numeric() && number % ONE == 0 => {
                    Some(Value::Number(number))
                }
                _ => None,
            },
            Expr::Call(function, arguments) => self.call(*function, arguments),
            Expr::New(_) | Expr::Old(_) | Expr::NextValue(_) | Expr::Raw(_) => None,
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Option<Value> {
        if function == Function::Coalesce {
            for argument in arguments {
                match self.value(argument)? {
                    Value::Null => {}
                    value => return Some(value),
                }
            }
            return Some(Value::Null);
        }
        let number = |number: usize| Some(Value::Number(i128::try_from(number).ok()? * ONE));
        match (function, self.value(arguments.first()?)?) {
            (
                Function::CharLength
                | Function::OctetLength
                | Function::Lower
                | Function::Upper
                | Function::Abs,
                Value::Null,
            ) => Some(Value::Null),
            (Function::CharLength, Value::Text(text)) => number(text.chars().count()),
            (Function::OctetLength, Value::Text(text)) => number(text.len()),
            // Beyond these letters the collation decides.
            (Function::Lower, Value::Text(text)) if text.is_ascii() => {
                Some(Value::Text(text.to_ascii_lowercase()))
            }
            (Function::Upper, Value::Text(text)) if text.is_ascii() => {
                Some(Value::Text(text.to_ascii_uppercase()))
            }
            (Function::Abs, Value::Number(number)) => Some(Value::Number(number.abs())),
            _ => None,
        }
    }
}

/// The least difference between two numbers of a type, in parts; of floating-point types one that is exact.
pub(super) fn step(base: &DataType) -> i128 {
    match base {
        DataType::Numeric(Some((_, scale))) => {
            let digits = i64::from(SCALE) - i64::from(*scale);
            10_i128.pow(u32::try_from(digits.clamp(0, 30)).unwrap_or_default())
        }
        DataType::Numeric(None) => 1,
        _ => ONE,
    }
}

/// The value of a text in a type.
fn read(schema: &Schema, text: &str, ty: &DataType) -> Option<Value> {
    let base = schema.base_of(ty);
    if base.is_numeric() {
        let number = number_of(text.trim())?;
        let is_exact = !matches!(base, DataType::Real | DataType::DoublePrecision)
            || matches!(number, Value::Number(number) if number % ONE == 0);
        return is_exact.then_some(number);
    }
    if *base == DataType::Boolean {
        return match text.trim().to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(Value::Boolean(true)),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(Value::Boolean(false)),
            _ => None,
        };
    }
    let is_whole = *base == DataType::Text || schema.find_enum(base).is_some();
    let fits = matches!(base, DataType::VarChar(most) if text.chars().count() <= *most as usize);
    (is_whole || fits).then(|| Value::Text(text.to_owned()))
}

/// The check of a column's table or of its domain that refuses a constant, for messages.
pub(super) fn refusing_check(
    schema: &Schema,
    table: &Table,
    column: &Column,
    constant: &Expr,
) -> Option<String> {
    let value = Known::nothing(schema).stored(constant, &column.ty)?;
    refusing_value(schema, table, column, value)
}

/// As [`refusing_check`], of a value.
pub(super) fn refusing_value(
    schema: &Schema,
    table: &Table,
    column: &Column,
    value: Value,
) -> Option<String> {
    if let Some(check) = refusing_domain(schema, &column.ty, &value) {
        return Some(check);
    }
    let known = Known::nothing(schema).column(&column.name, value);
    let check = checks_of(table).find(|(_, condition)| known.refuses(condition))?;
    Some(format!("the check `{}`", check.0))
}

/// The check of a domain that refuses a value.
pub(super) fn refusing_domain(schema: &Schema, ty: &DataType, value: &Value) -> Option<String> {
    schema.domains_of(ty).find_map(|domain| {
        let [own] = domain.columns();
        let known = Known::nothing(schema).column(&own.name, value.clone());
        let check = domain
            .checks
            .iter()
            .find(|it| known.refuses(&it.condition))?;
        Some(format!(
            "the check `{}` of the domain `{}`",
            check.name, domain.name
        ))
    })
}

/// The checks of a table.
pub(super) fn checks_of(table: &Table) -> impl Iterator<Item = (&Ident, &Expr)> {
    table.constraints.iter().filter_map(|it| match &it.kind {
        ConstraintKind::Check(condition) => Some((&it.name, condition)),
        _ => None,
    })
}

/// A decimal number of few digits.
fn number_of(text: &str) -> Option<Value> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = usize::from(SCALE);
    let all = format!("{whole}{part:0<scale$}");
    let is_plain = all.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || part.len() > scale || whole.is_empty() {
        return None;
    }
    all.parse::<i128>().ok().map(|it| Value::Number(sign * it))
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
    let is_truth = |it: &Option<Value>| matches!(it, None | Some(Value::Null | Value::Boolean(_)));
    if !values.iter().all(is_truth) {
        return None;
    }
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

/// What an operator that compares nothing makes of two values.
fn calculated(left: &Value, op: BinaryOp, right: &Value) -> Option<Value> {
    use BinaryOp::{Add, Concat, Multiply, Subtract};
    match (left, op, right) {
        (Value::Number(left), Add, Value::Number(right)) => {
            left.checked_add(*right).map(Value::Number)
        }
        (Value::Number(left), Subtract, Value::Number(right)) => {
            left.checked_sub(*right).map(Value::Number)
        }
        (Value::Number(left), Multiply, Value::Number(right)) => {
            let product = left.checked_mul(*right)?;
            (product % ONE == 0).then_some(Value::Number(product / ONE))
        }
        (Value::Text(left), Concat, Value::Text(right)) => {
            Some(Value::Text(format!("{left}{right}")))
        }
        _ => None,
    }
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
            if left == right
                || matches!(
                    op,
                    BinaryOp::Eq
                        | BinaryOp::NotEq
                        | BinaryOp::IsDistinctFrom
                        | BinaryOp::IsNotDistinctFrom
                ) =>
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
