//! Checks that no value passes, and checks about no column. A condition that compares one column with constants changes its value
//! at those constants alone, so that a value at each of them and between them tells all.

use super::code::Code;
use super::evaluate::{Known, ONE, Value, checks_of, step};
use super::report::{Report, Site, list};
use crate::column::Column;
use crate::expr::{BinaryOp, Expr, Literal};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::{StoreTable, Table};
use crate::ty::DataType;
use crate::user_type::UserType;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for (name, condition) in checks_of(table) {
            let site = owner.part("constraint", name);
            without_columns(schema, condition, &site, report);
        }
        for column in &table.columns {
            let own = checks_of(table).filter(|(_, it)| is_about(it, &column.name));
            let site = owner.child("column", &column.name, column.place);
            without_values(schema, column, own.collect(), &site, report);
        }
        if let Some(kind) = table.store_table {
            first_event(schema, table, kind, report);
        }
    }
    for ty in &schema.types {
        let UserType::Domain(domain) = ty else {
            continue;
        };
        let site = Site::new("type", &domain.name, domain.place);
        let [mut value] = domain.columns();
        value.nullable = !domain.not_null;
        let checks = domain.checks.iter().map(|it| (&it.name, &it.condition));
        for (name, condition) in checks.clone() {
            without_columns(schema, condition, &site.part("check", name), report);
        }
        let own = checks.filter(|(_, it)| is_about(it, &value.name));
        without_values(schema, &value, own.collect(), &site, report);
    }
}

/// A condition over constants alone.
fn without_columns(schema: &Schema, condition: &Expr, site: &Site, report: &mut Report) {
    let value = Known::nothing(schema).value(condition);
    // A bare NULL has a rule of its own.
    if let Some(Value::Boolean(value)) = value
        && condition.columns().is_empty()
    {
        report.add(
            Code::SM156,
            site,
            format!("its condition is {value} for every row"),
            "compare a column, or remove the check",
        );
    }
}

/// Whether a condition is about this column alone, and nothing but comparisons with constants.
fn is_about(condition: &Expr, column: &Ident) -> bool {
    let is_constant = |it: &Expr| matches!(it, Expr::Literal(_));
    let is_operand =
        |it: &Expr| is_constant(it) || matches!(it, Expr::Column(name) if name == column);
    match condition {
        Expr::Not(inner) => is_about(inner, column),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => is_operand(inner),
        Expr::Binary(left, BinaryOp::And | BinaryOp::Or, right) => {
            is_about(left, column) && is_about(right, column)
        }
        Expr::Binary(left, _, right) => is_operand(left) && is_operand(right),
        Expr::Between(inner, low, high) => [inner, low, high].into_iter().all(|it| is_operand(it)),
        Expr::In(inner, members) => is_operand(inner) && members.iter().all(is_constant),
        _ => false,
    }
}

/// Reports checks that refuse each value of a column.
fn without_values(
    schema: &Schema,
    column: &Column,
    checks: Vec<(&Ident, &Expr)>,
    site: &Site,
    report: &mut Report,
) {
    if checks.is_empty() {
        return;
    }
    let conditions: Vec<&Expr> = checks.iter().map(|(_, it)| *it).collect();
    let with = |value: Value| Known::nothing(schema).column(&column.name, value);
    let refuses = |value: Value| {
        let known = with(value);
        conditions.iter().any(|it| known.refuses(it))
    };
    // A check may be there to keep a column NULL.
    let is_for_null = || {
        let known = with(Value::Null);
        let mut values = conditions.iter().map(|it| known.value(it));
        schema.takes_null(column) && values.all(|it| it == Some(Value::Boolean(true)))
    };
    let values = candidates(schema, &column.ty, &conditions);
    if values.is_empty() || !values.into_iter().all(refuses) || is_for_null() {
        return;
    }
    let names = list(checks.iter().map(|(name, _)| name));
    let checks = if conditions.len() == 1 {
        "the check"
    } else {
        "the checks"
    };
    report.add(
        Code::SM156,
        site,
        format!("no value of it passes {checks} {names}"),
        "correct the condition",
    );
}

/// Values of a type at, below and above the constants of conditions.
fn candidates(schema: &Schema, ty: &DataType, conditions: &[&Expr]) -> Vec<Value> {
    let mut constants = Vec::new();
    for condition in conditions {
        collect(condition, &mut constants);
    }
    let known = Known::nothing(schema);
    let base = schema.base_of(ty);
    let constants = constants
        .into_iter()
        .filter_map(|it| known.value(&Expr::Literal(it.clone())));
    if base.is_numeric() {
        let is_float = matches!(base, DataType::Real | DataType::DoublePrecision);
        let step = if is_float { 1 } else { step(base) };
        let numbers = constants.filter_map(|it| match it {
            Value::Number(number) => Some(number),
            _ => None,
        });
        let mut around = vec![0];
        around.extend(numbers.flat_map(|number| {
            let below = number.div_euclid(step) * step;
            [below - step, below, below + step, below + 2 * step]
        }));
        let (least, greatest): (i128, i128) = match base {
            DataType::SmallInt => (i16::MIN.into(), i16::MAX.into()),
            DataType::Integer => (i32::MIN.into(), i32::MAX.into()),
            _ => (i64::MIN.into(), i64::MAX.into()),
        };
        around.retain(|it| (least * ONE..=greatest * ONE).contains(it));
        return around.into_iter().map(Value::Number).collect();
    }
    if *base == DataType::Boolean {
        return vec![Value::Boolean(true), Value::Boolean(false)];
    }
    if let Some(of) = schema.find_enum(base) {
        return of.labels.iter().cloned().map(Value::Text).collect();
    }
    let other = Value::Text("\u{1}".to_owned());
    if base.is_text() {
        return constants
            .filter(|it| matches!(it, Value::Text(_)))
            .chain([other])
            .collect();
    }
    // Of other types only whether there is a value is known.
    let has_constants = constants.count() > 0;
    if has_constants {
        Vec::new()
    } else {
        vec![other]
    }
}

fn collect<'e>(expr: &'e Expr, found: &mut Vec<&'e Literal>) {
    if let Expr::Literal(literal) = expr {
        found.push(literal);
    }
    for operand in expr.operands() {
        collect(operand, found);
    }
}

/// The first event of a stream has version 1, and every table of the store must take it.
fn first_event(schema: &Schema, table: &Table, kind: StoreTable, report: &mut Report) {
    let first = match kind {
        StoreTable::Log => ["event_version", "schema_version"],
        StoreTable::Streams => ["stream_version", "first_version"],
    };
    let known = first
        .into_iter()
        .fold(Known::nothing(schema), |known, name| {
            known.column(&Ident::unchecked(name), Value::Number(ONE))
        });
    let owner = Site::new("table", &table.name, table.place);
    for (name, _) in checks_of(table).filter(|(_, it)| known.refuses(it)) {
        report.add(
            Code::SM156,
            &owner.part("constraint", name),
            "it refuses the first event of a stream, whose version is 1",
            "correct the condition, or remove the check",
        );
    }
}
