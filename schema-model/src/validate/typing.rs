//! What type an expression has, and how constant it is. Knows the columns it may read, and nothing of
//! where the expression stands.

use thiserror::Error;

use super::casts::cast;
use super::literals;
use super::operators::{comparison, operator};
use crate::column::Column;
use crate::expr::{BinaryOp, Expr, Literal, Volatility};
use crate::migration::ObjectRef;
use crate::name::Ident;
use crate::schema::Schema;
use crate::ty::DataType;

/// Operands that an operator, function or cast does not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{defect}")]
pub struct TypeError {
    /// What is wrong.
    pub defect: String,
    /// How to mend it.
    pub remedy: String,
}

/// The type of an expression over `columns`. Nothing when it takes the type that its place wants, as a
/// text constant or NULL does, and when a column that it reads does not exist.
///
/// # Errors
/// Every operator, function, cast and constant in it that does not fit its operands.
pub fn type_of(
    schema: &Schema,
    expr: &Expr,
    columns: &[Column],
) -> Result<Option<DataType>, Vec<TypeError>> {
    let mut typing = Typing {
        schema,
        columns,
        errors: Vec::new(),
        volatility: Volatility::Immutable,
    };
    let ty = typing.visit(expr);
    if typing.errors.is_empty() {
        Ok(ty)
    } else {
        Err(typing.errors)
    }
}

/// How constant an expression over `columns` is: as constant as the least constant of its parts.
pub fn volatility_of(schema: &Schema, expr: &Expr, columns: &[Column]) -> Volatility {
    let mut typing = Typing {
        schema,
        columns,
        errors: Vec::new(),
        volatility: Volatility::Immutable,
    };
    typing.visit(expr);
    typing.volatility
}

/// What is not immutable in an expression, from the inside out, for messages.
pub(super) fn inconstant_part(schema: &Schema, expr: &Expr, columns: &[Column]) -> Option<String> {
    if let Some(part) = expr
        .operands()
        .into_iter()
        .find_map(|operand| inconstant_part(schema, operand, columns))
    {
        return Some(part);
    }
    if volatility_of(schema, expr, columns) == Volatility::Immutable {
        return None;
    }
    let operand_type = |operand: &Expr| match type_of(schema, operand, columns) {
        Ok(Some(ty)) => ty.to_string(),
        _ => "text".to_owned(),
    };
    Some(match expr {
        Expr::Call(function, _) => format!("`{}()`", function.name()),
        Expr::Cast(operand, to) => format!("the cast from {} to {to}", operand_type(operand)),
        Expr::Binary(left, op, right) => format!(
            "`{}` between {} and {}",
            op_text(*op),
            operand_type(left),
            operand_type(right)
        ),
        Expr::Between(operand, low, _) => format!(
            "`BETWEEN` on {} and {}",
            operand_type(operand),
            operand_type(low)
        ),
        Expr::In(operand, _) => format!("`IN` on {}", operand_type(operand)),
        Expr::NextValue(sequence) => format!("`nextval` of `{sequence}`"),
        Expr::Raw(raw) => format!("`{}`", raw.sql.escape_debug()),
        _ => "it".to_owned(),
    })
}

/// Whether an expression is a constant without a type of its own.
pub(super) fn adapts(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(Literal::Text(_) | Literal::Null))
}

pub(super) struct Typing<'a> {
    schema: &'a Schema,
    columns: &'a [Column],
    errors: Vec<TypeError>,
    volatility: Volatility,
}

impl Typing<'_> {
    pub(super) fn error(&mut self, defect: String, remedy: impl Into<String>) {
        self.errors.push(TypeError {
            defect,
            remedy: remedy.into(),
        });
    }

    pub(super) fn depends(&mut self, volatility: Volatility) {
        self.volatility = self.volatility.max(volatility);
    }

    pub(super) fn visit(&mut self, expr: &Expr) -> Option<DataType> {
        match expr {
            Expr::Column(name) | Expr::New(name) | Expr::Old(name) => self.column(name),
            Expr::Literal(literal) => self.literal(literal),
            Expr::Call(function, arguments) => self.call(*function, arguments),
            Expr::Binary(left, op, right) => self.binary(left, *op, right),
            Expr::Not(operand) => {
                if let Some(ty) = self.adapted(operand, Some(&DataType::Boolean))
                    && ty != DataType::Boolean
                {
                    self.error(format!("`NOT` does not take {ty}"), "negate a condition");
                }
                Some(DataType::Boolean)
            }
            Expr::IsNull(operand) | Expr::IsNotNull(operand) => {
                self.visit(operand);
                Some(DataType::Boolean)
            }
            Expr::Between(operand, low, high) => {
                self.all_compared(operand, &[low, high], "BETWEEN");
                Some(DataType::Boolean)
            }
            Expr::In(operand, elements) => {
                if elements.is_empty() {
                    self.error("`IN` has no element".to_owned(), "list at least one value");
                }
                self.all_compared(operand, &elements.iter().collect::<Vec<_>>(), "IN");
                Some(DataType::Boolean)
            }
            Expr::Cast(operand, to) => {
                self.cast(operand, to);
                Some(self.schema.base_of(to).clone())
            }
            Expr::NextValue(_) => {
                self.depends(Volatility::Volatile);
                Some(DataType::BigInt)
            }
            Expr::Raw(raw) => {
                self.depends(raw.volatility);
                // Whatever the text claims of itself.
                for object in self.schema.named_by([expr]) {
                    if let ObjectRef::Routine(name) = object
                        && let Some(called) = self.schema.find_routine(&name)
                    {
                        self.depends(called.volatility);
                    }
                }
                Some(self.schema.base_of(&raw.ty).clone())
            }
        }
    }

    fn column(&self, name: &Ident) -> Option<DataType> {
        let column = self.columns.iter().find(|column| column.name == *name);
        column.map(|column| self.schema.base_of(&column.ty).clone())
    }

    fn literal(&mut self, literal: &Literal) -> Option<DataType> {
        match literal {
            Literal::Null | Literal::Text(_) => None,
            Literal::Boolean(_) => Some(DataType::Boolean),
            Literal::Integer(number) if i32::try_from(*number).is_ok() => Some(DataType::Integer),
            Literal::Integer(_) => Some(DataType::BigInt),
            Literal::Typed(text, ty) => {
                self.constant(text, ty);
                Some(self.schema.base_of(ty).clone())
            }
        }
    }

    pub(super) fn constant(&mut self, text: &str, ty: &DataType) {
        if let Some(defect) = literals::defect(self.schema, text, ty) {
            self.error(defect, format!("write a constant that {ty} can hold"));
        }
    }

    /// Visits an operand that takes the type `wanted` if it has none of its own.
    pub(super) fn adapted(
        &mut self,
        operand: &Expr,
        wanted: Option<&DataType>,
    ) -> Option<DataType> {
        if let (Expr::Literal(Literal::Text(text)), Some(wanted)) = (operand, wanted) {
            self.constant(text, wanted);
        }
        self.visit(operand)
            .or_else(|| wanted.filter(|_| adapts(operand)).cloned())
    }

    /// Visits an operand and the values that it is compared with. If it has no type of its own, it takes that
    /// of the first one that has, and so do the others.
    /// The server takes a domain for what it is over, but not where that is an enum type.
    fn not_over_enum(&mut self, operands: &[&Expr], word: &str) {
        for operand in operands {
            let (Expr::Column(name) | Expr::New(name) | Expr::Old(name)) = operand else {
                continue;
            };
            let column = self.columns.iter().find(|column| column.name == *name);
            if let Some(column) = column.filter(|it| self.schema.is_over_enum(&it.ty)) {
                let base = self.schema.base_of(&column.ty);
                self.error(
                    format!(
                        "`{word}` does not take {}, a domain over an enum type",
                        column.ty
                    ),
                    format!("cast `{name}` to {base}"),
                );
            }
        }
    }

    fn all_compared(&mut self, operand: &Expr, others: &[&Expr], word: &str) {
        self.not_null(&[&[operand], others].concat(), word);
        self.not_over_enum(&[&[operand], others].concat(), word);
        let types = |it: &&&Expr| type_of(self.schema, it, self.columns).ok().flatten();
        let ty = if adapts(operand) {
            let common = others.iter().find_map(|it| types(&it));
            self.adapted(operand, common.as_ref())
        } else {
            self.visit(operand)
        };
        for other in others {
            self.compared(ty.as_ref(), other, word);
        }
    }

    /// Reports a comparison with NULL, which is never true.
    fn not_null(&mut self, operands: &[&Expr], word: &str) {
        let is_null = |it: &&Expr| matches!(it, Expr::Literal(Literal::Null));
        if operands.iter().any(is_null) {
            self.error(
                format!("`{word}` with NULL is never true"),
                "ask with `.is_null()` or `.is_not_null()`",
            );
        }
    }

    fn compared(&mut self, ty: Option<&DataType>, other: &Expr, word: &str) {
        let other = self.adapted(other, ty);
        let (Some(ty), Some(other)) = (ty, other) else {
            return;
        };
        if self.is_beyond(&[ty, &other], word) {
            return;
        }
        match comparison(ty, &other) {
            Some(volatility) => self.depends(volatility),
            None => self.error(
                format!("`{word}` does not compare {ty} with {other}"),
                format!("give values of type {ty}"),
            ),
        }
    }

    fn binary(&mut self, left: &Expr, op: BinaryOp, right: &Expr) -> Option<DataType> {
        let text = DataType::Text;
        self.not_over_enum(&[left, right], op_text(op));
        if matches!(
            op,
            BinaryOp::Eq
                | BinaryOp::NotEq
                | BinaryOp::Lt
                | BinaryOp::LtEq
                | BinaryOp::Gt
                | BinaryOp::GtEq
        ) {
            self.not_null(&[left, right], op_text(op));
        }
        let (one, other) = if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let condition = Some(&DataType::Boolean);
            (
                self.adapted(left, condition),
                self.adapted(right, condition),
            )
        } else if self.is_ambiguous(left, op, right) {
            (None, None)
        } else if adapts(left) {
            let other = self.visit(right);
            (self.adapted(left, other.as_ref()), other)
        } else {
            let one = self.visit(left);
            let wanted = match (op, &one) {
                (BinaryOp::JsonText, _) => Some(&text),
                // Of the constants without a type, PostgreSQL takes these for a text.
                (BinaryOp::Concat, Some(one))
                    if !matches!(one, DataType::Array(_) | DataType::Jsonb | DataType::Bytea) =>
                {
                    Some(&text)
                }
                _ => one.as_ref(),
            };
            let other = self.adapted(right, wanted);
            (one, other)
        };
        let fixed = match op {
            BinaryOp::Concat | BinaryOp::JsonText => Some(DataType::Text),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => None,
            _ => Some(DataType::Boolean),
        };
        let (Some(one), Some(other)) = (one, other) else {
            return fixed;
        };
        if self.is_beyond(&[&one, &other], op_text(op)) {
            return fixed;
        }
        if let Some((ty, volatility)) = operator(op, &one, &other) {
            self.depends(volatility);
            return Some(ty);
        }
        self.error(
            format!(
                "there is no operator `{}` between {one} and {other}",
                op_text(op)
            ),
            match op {
                BinaryOp::Contains => {
                    "containment needs jsonb, or arrays or ranges of one type, on both sides"
                }
                BinaryOp::Overlaps => "it needs arrays or ranges of one type, or two networks",
                BinaryOp::And | BinaryOp::Or => "join conditions",
                _ => "cast one side, or compare with a constant of the column's type",
            },
        );
        fixed
    }

    /// Reports operands without a type, of which the server could make several.
    fn is_ambiguous(&mut self, left: &Expr, op: BinaryOp, right: &Expr) -> bool {
        let has_texts = matches!(
            op,
            BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::Divide
                | BinaryOp::Contains
                | BinaryOp::Overlaps
        ) && adapts(right);
        let is_ambiguous = adapts(left) && (has_texts || op == BinaryOp::JsonText);
        if is_ambiguous {
            self.error(
                format!(
                    "`{}` could mean several types here: its constants have none",
                    op_text(op)
                ),
                "give a constant its type, by a cast or as `Literal::Typed`",
            );
        }
        is_ambiguous
    }

    /// Reports an operator of a type that an extension brings: where the search path does not lead to it, the server
    /// takes that of another type. And one of a composite type, of which a constant cannot be read.
    fn is_beyond(&mut self, types: &[&DataType], word: &str) -> bool {
        let found = types.iter().find(|ty| self.schema.is_of_extension(ty));
        if let Some(ty) = found {
            self.error(
                format!("which `{word}` of {ty} is meant, which an extension brings, depends on the search path"),
                "cast it to text, or state the expression as a raw one that names the operator with its schema",
            );
        }
        let composite = types
            .iter()
            .find(|ty| self.schema.find_composite(ty.element()).is_some());
        if let (None, Some(ty)) = (found, composite) {
            self.error(
                format!("`{word}` does not compare {ty}, whose order changes with its attributes"),
                "keep what is compared in a column of its own, or state the expression as a raw one",
            );
        }
        found.or(composite).is_some()
    }

    fn cast(&mut self, operand: &Expr, to: &DataType) {
        let from = self.adapted(operand, Some(to));
        // A constant is read once, when the object is created.
        if let Some(from) = from
            && !adapts(operand)
        {
            match cast(&from, self.schema.base_of(to)) {
                Some(volatility) => self.depends(volatility),
                None => self.error(
                    format!("{from} cannot be cast to {to}"),
                    "cast by way of a type that both know, or state the expression as a raw one",
                ),
            }
        }
    }
}

fn op_text(op: BinaryOp) -> &'static str {
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
