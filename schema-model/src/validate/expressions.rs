//! What an expression must keep wherever it stands: columns that exist, types that fit, and only what its
//! place allows. Used by the other groups.

use super::code::Code;
use super::literals;
use super::report::{Report, Site, list};
use super::settings;
use super::typing::{inconstant_part, type_of, volatility_of};
use crate::column::Column;
use crate::expr::{Expr, Function, Literal, Volatility};
use crate::name::Ident;
use crate::schema::Schema;
use crate::ty::DataType;

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Default,
    Check,
    Generated,
    Index,
    When,
    Written,
}

impl Role {
    fn text(self) -> &'static str {
        match self {
            Self::Default => "a default",
            Self::Check => "a check",
            Self::Generated => "a generated column",
            Self::Index => "an index",
            Self::When => "a trigger's condition",
            Self::Written => "the value of stored rows",
        }
    }
}

/// Checks an expression and gives its type, if it has one.
pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    expr: &Expr,
    columns: &[Column],
    role: Role,
) -> Option<DataType> {
    check_parts(schema, report, site, expr, role);
    if role != Role::Default {
        unknown_columns(report, site, expr.columns(), columns);
    }
    let ty = match type_of(schema, expr, columns) {
        Ok(ty) => ty,
        Err(errors) => {
            for error in errors {
                report.add(Code::SM021, site, error.defect, error.remedy);
            }
            None
        }
    };
    if !matches!(role, Role::Generated | Role::Index) {
        settings::check(schema, report, site, expr, columns);
    }
    match role {
        Role::Generated | Role::Index => check_immutable(schema, report, site, expr, columns, role),
        Role::Check if volatility_of(schema, expr, columns) == Volatility::Volatile => {
            let part = inconstant_part(schema, expr, columns).unwrap_or_default();
            report.add(
                Code::SM018,
                site,
                format!(
                    "{part} gives another value at each call, so stored rows may not keep the check"
                ),
                "check columns and constants only; a dump of rows that fail could not be restored",
            );
        }
        _ => {}
    }
    ty
}

/// Checks an expression that must be a condition.
pub(super) fn check_condition(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    expr: &Expr,
    columns: &[Column],
    role: Role,
) {
    let ty = check(schema, report, site, expr, columns, role);
    let defect = match (expr, ty) {
        (_, Some(ty)) if ty != DataType::Boolean => Some(format!("is {ty}, not boolean")),
        (Expr::Literal(Literal::Text(text)), _) => {
            literals::defect(schema, text, &DataType::Boolean)
        }
        _ => None,
    };
    if let Some(defect) = defect {
        report.add(
            Code::SM020,
            site,
            format!("the condition {defect}"),
            "compare it with something",
        );
    }
}

/// Reports columns that do not exist, each once.
pub(super) fn unknown_columns<'a>(
    report: &mut Report,
    site: &Site,
    names: impl IntoIterator<Item = &'a Ident>,
    columns: &[Column],
) {
    let known: Vec<&Ident> = columns.iter().map(|column| &column.name).collect();
    for name in names {
        if !known.contains(&name) {
            unknown_column(report, site, name, &known);
        }
    }
}

/// Reports a column that does not exist.
pub(super) fn unknown_column(report: &mut Report, site: &Site, name: &Ident, known: &[&Ident]) {
    report.add(
        Code::SM008,
        site,
        format!("there is no column `{}`", name.as_str().escape_debug()),
        format!("the columns are {}", list(known)),
    );
}

fn check_immutable(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    expr: &Expr,
    columns: &[Column],
    role: Role,
) {
    let Some(part) = inconstant_part(schema, expr, columns) else {
        return;
    };
    let remedy = if calls_now(expr) && role == Role::Index {
        "an index cannot follow the clock: index the time column itself, and compare with `now()` in the \
         query"
    } else if calls_now(expr) {
        "a stored value cannot follow the clock: take the time by a default, or compute it in the query"
    } else {
        "use only what gives the same result for ever, whatever the session's settings: convert at a named \
         time zone, or store the converted value in a column"
    };
    report.add(
        Code::SM017,
        site,
        format!("{} must be immutable, and {part} is not", role.text()),
        remedy,
    );
}

fn calls_now(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Call(Function::Now | Function::ClockTimestamp, _)
    ) || expr.operands().into_iter().any(calls_now)
}

fn check_parts(schema: &Schema, report: &mut Report, site: &Site, expr: &Expr, role: Role) {
    let mut misplaced = |what: String, remedy: &str| {
        report.add(
            Code::SM022,
            site,
            format!("{what} cannot stand in {}", role.text()),
            remedy,
        );
    };
    match expr {
        Expr::Column(name) if role == Role::Default => misplaced(
            format!("the column `{name}`"),
            "a default sees no row: use a generated column or a trigger",
        ),
        Expr::Column(name) if role == Role::When => misplaced(
            format!("the plain column `{name}`"),
            "say of which row: `new(...)` or `old(...)`",
        ),
        Expr::New(name) | Expr::Old(name) if role != Role::When => misplaced(
            format!("the trigger's row, with its column `{name}`,"),
            "`new` and `old` exist in trigger conditions only: use `col(...)`",
        ),
        Expr::Raw(raw) if role == Role::Default && !raw.columns.is_empty() => misplaced(
            format!("{}, as columns,", list(&raw.columns)),
            "a default sees no row: use a generated column or a trigger",
        ),
        Expr::NextValue(sequence) => {
            if !matches!(role, Role::Default | Role::Written) {
                misplaced(
                    format!("the next value of `{sequence}`"),
                    "number rows by a column's default",
                );
            }
            if schema.find_sequence(sequence).is_none() {
                report.add(
                    Code::SM011,
                    site,
                    format!("there is no sequence `{sequence}`"),
                    "add it to the definition, or mend the name",
                );
            }
        }
        _ => {}
    }
    for operand in expr.operands() {
        check_parts(schema, report, site, operand, role);
    }
}
