//! Expressions. Parentheses stand where the server would otherwise read another tree, and where a reader
//! would have to know a rule that few know.

use eventcore_schema_model::expr::{BinaryOp, Expr, Literal};
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::schema::Schema;

use super::quote::{conforming, qualified, quote_ident, quote_literal};
use super::ty::data_type;

/// How tightly an expression holds together, from loose to tight. After the operator precedence of
/// PostgreSQL's grammar (the manual, "Lexical Structure").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Raw,
    Or,
    And,
    Not,
    Is,
    Comparison,
    Between,
    OtherOperator,
    Sum,
    Product,
    Minus,
    Atom,
}

/// An expression as SQL.
pub fn expr(schema: &Schema, expression: &Expr) -> String {
    let operand = |operand: &Expr, least: Strength| at_least(schema, operand, least);
    match expression {
        Expr::Column(name) => quote_ident(name.as_str()).into_owned(),
        Expr::New(name) => row_column("NEW", name),
        Expr::Old(name) => row_column("OLD", name),
        Expr::Literal(literal) => constant(schema, literal),
        Expr::Call(function, arguments) => {
            format!("{}({})", function.name(), list(schema, arguments))
        }
        Expr::Binary(left, op, right) => binary(schema, left, *op, right),
        Expr::Not(inner) => format!("NOT {}", operand(inner, Strength::Minus)),
        Expr::IsNull(inner) => format!("{} IS NULL", operand(inner, Strength::OtherOperator)),
        Expr::IsNotNull(inner) => {
            format!("{} IS NOT NULL", operand(inner, Strength::OtherOperator))
        }
        Expr::Between(inner, low, high) => format!(
            "{} BETWEEN {} AND {}",
            operand(inner, Strength::OtherOperator),
            operand(low, Strength::OtherOperator),
            operand(high, Strength::OtherOperator)
        ),
        Expr::In(inner, members) => format!(
            "{} IN ({})",
            operand(inner, Strength::OtherOperator),
            list(schema, members)
        ),
        Expr::Cast(inner, ty) => {
            format!("CAST({} AS {})", expr(schema, inner), data_type(schema, ty))
        }
        Expr::NextValue(sequence) => {
            format!("nextval({})", quote_literal(&qualified(schema, sequence)))
        }
        Expr::Raw(raw) => conforming(raw.sql.trim()).into_owned(),
    }
}

/// An expression where the grammar takes none with a logical operator, such as after `DEFAULT`.
pub(super) fn restricted(schema: &Schema, expression: &Expr) -> String {
    at_least(schema, expression, Strength::OtherOperator)
}

/// An expression where only a column or a function call stands without parentheses: a part of an index.
pub(super) fn index_part(schema: &Schema, expression: &Expr) -> String {
    match expression {
        Expr::Column(_) | Expr::Call(..) => expr(schema, expression),
        _ => format!("({})", expr(schema, expression)),
    }
}

fn at_least(schema: &Schema, operand: &Expr, least: Strength) -> String {
    let text = expr(schema, operand);
    if strength(operand) < least {
        format!("({text})")
    } else {
        text
    }
}

fn list(schema: &Schema, members: &[Expr]) -> String {
    members
        .iter()
        .map(|member| at_least(schema, member, Strength::Or))
        .collect::<Vec<_>>()
        .join(", ")
}

fn row_column(row: &str, name: &Ident) -> String {
    format!("{row}.{}", quote_ident(name.as_str()))
}

fn constant(schema: &Schema, literal: &Literal) -> String {
    match literal {
        Literal::Null => "NULL".to_owned(),
        Literal::Boolean(true) => "TRUE".to_owned(),
        Literal::Boolean(false) => "FALSE".to_owned(),
        Literal::Integer(number) => number.to_string(),
        Literal::Text(text) => quote_literal(text),
        Literal::Typed(text, ty) => format!("{}::{}", quote_literal(text), data_type(schema, ty)),
    }
}

fn binary(schema: &Schema, left: &Expr, op: BinaryOp, right: &Expr) -> String {
    let own = op_strength(op);
    let same_op = |side: &Expr| matches!(side, Expr::Binary(_, other, _) if *other == op);
    // Operators of one rank are not mixed without parentheses; AND and OR read the same however they
    // are grouped.
    let side = |side: &Expr, is_left: bool| {
        let logical = matches!(op, BinaryOp::And | BinaryOp::Or);
        let chain = same_op(side) && (logical || (is_left && own >= Strength::OtherOperator));
        let least = match own {
            _ if chain => own,
            Strength::Or | Strength::And => Strength::Not,
            Strength::Is | Strength::Comparison => Strength::OtherOperator,
            _ => next(own),
        };
        at_least(schema, side, least)
    };
    format!("{} {} {}", side(left, true), symbol(op), side(right, false))
}

fn next(strength: Strength) -> Strength {
    match strength {
        Strength::OtherOperator => Strength::Sum,
        Strength::Sum => Strength::Product,
        Strength::Product => Strength::Minus,
        _ => Strength::Atom,
    }
}

fn strength(expression: &Expr) -> Strength {
    match expression {
        Expr::Raw(_) => Strength::Raw,
        Expr::Binary(_, op, _) => op_strength(*op),
        Expr::Not(_) => Strength::Not,
        Expr::IsNull(_) | Expr::IsNotNull(_) => Strength::Is,
        Expr::Between(..) | Expr::In(..) => Strength::Between,
        Expr::Literal(Literal::Integer(number)) if *number < 0 => Strength::Minus,
        _ => Strength::Atom,
    }
}

fn op_strength(op: BinaryOp) -> Strength {
    match op {
        BinaryOp::Or => Strength::Or,
        BinaryOp::And => Strength::And,
        BinaryOp::IsDistinctFrom | BinaryOp::IsNotDistinctFrom => Strength::Is,
        BinaryOp::Eq
        | BinaryOp::NotEq
        | BinaryOp::Lt
        | BinaryOp::LtEq
        | BinaryOp::Gt
        | BinaryOp::GtEq => Strength::Comparison,
        BinaryOp::Concat | BinaryOp::Contains | BinaryOp::Overlaps | BinaryOp::JsonText => {
            Strength::OtherOperator
        }
        BinaryOp::Add | BinaryOp::Subtract => Strength::Sum,
        BinaryOp::Multiply | BinaryOp::Divide => Strength::Product,
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Eq => "=",
        BinaryOp::NotEq => "<>",
        BinaryOp::Lt => "<",
        BinaryOp::LtEq => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::GtEq => ">=",
        BinaryOp::And => "AND",
        BinaryOp::Or => "OR",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Concat => "||",
        BinaryOp::IsDistinctFrom => "IS DISTINCT FROM",
        BinaryOp::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
        BinaryOp::Contains => "@>",
        BinaryOp::Overlaps => "&&",
        BinaryOp::JsonText => "->>",
    }
}
