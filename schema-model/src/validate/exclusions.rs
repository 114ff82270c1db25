//! Exclusion constraints: what their method can compare, and where they can stand.

use super::code::Code;
use super::duplicates::not_empty;
use super::indexes;
use super::opclasses;
use super::report::{Report, Site, list};
use super::typing::type_of;
use crate::constraint::{Constraint, ConstraintKind};
use crate::exclusion::{Exclusion, ExclusionOperator, ExclusionPart};
use crate::expr::Expr;
use crate::index::IndexMethod;
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    constraint: &Constraint,
    exclusion: &Exclusion,
) {
    not_empty(report, site, "parts", exclusion.parts.is_empty());
    on_partitions(schema, report, site, table, exclusion);
    if matches!(exclusion.method, IndexMethod::Gin | IndexMethod::Brin) {
        report.add(
            Code::SM090,
            site,
            format!(
                "{} finds no single row to compare with",
                exclusion.method.name()
            ),
            "use gist, which compares ranges and networks, or btree for equality",
        );
        return;
    }
    let index = exclusion.index(&constraint.name);
    indexes::check_index(schema, report, site, table, &index);
    for part in &exclusion.parts {
        check_operator(schema, report, site, table, exclusion.method, part);
    }
    let others = table.constraints.iter();
    for other in others.take_while(|it| it.name != constraint.name) {
        if let ConstraintKind::Exclude(known) = &other.kind
            && demands(known) == demands(exclusion)
        {
            report.add(
                Code::SM035,
                site,
                format!("it repeats the exclusion {}", list([&other.name])),
                "remove it: of two that are the same, the server leaves one out without a word",
            );
        }
    }
}

/// On a partitioned table each partition looks at its own rows alone, so rows that may not meet must be in one.
fn on_partitions(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    exclusion: &Exclusion,
) {
    let Some(partitioning) = &table.partitioning else {
        return;
    };
    if !schema.minimum_server.has_exclusion_of_partitions() {
        report.add(
            Code::SM091,
            site,
            "PostgreSQL 15 and 16 know no exclusion on a partitioned table",
            "leave the table whole, keep the rule in the function that writes, or say `.minimum_server(17)` of the definition",
        );
    }
    if partitioning.policy.is_some() {
        report.add(
            Code::SM091,
            site,
            "a policy makes partitions like the table and attaches them, and the server, which takes no exclusion for that of the table, gives each a second one",
            "declare the partitions, or keep the rule in the function that writes",
        );
    }
    for column in partitioning.key_columns() {
        let is_compared = |it: &ExclusionPart| {
            it.operator == ExclusionOperator::Equal
                && it.part.value == Expr::Column(column.clone())
                && it.part.collation.is_none()
        };
        if !exclusion.parts.iter().any(is_compared) {
            report.add(
                Code::SM091,
                site,
                format!("it does not compare `{column}` for equality, which decides the partition of a row, and no partition looks at the rows of another"),
                format!("add the part `{column}` with `ExclusionOperator::Equal`"),
            );
        }
    }
}

/// An exclusion without how its index is stored and came to be.
fn demands(exclusion: &Exclusion) -> Exclusion {
    Exclusion {
        storage: Vec::new(),
        blocking: None,
        ..exclusion.clone()
    }
}

fn check_operator(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    method: IndexMethod,
    part: &ExclusionPart,
) {
    let Ok(Some(ty)) = type_of(schema, &part.part.value, &table.columns) else {
        return;
    };
    if schema.is_of_extension(&ty) {
        report.add(
            Code::SM090,
            site,
            format!("the server finds operators of {ty}, which an extension brings, by its search path alone"),
            "cast the part to text, or keep the rule by a unique key",
        );
        return;
    }
    let known = opclasses::excludes_by(schema, method, &ty, part.part.opclass.as_ref());
    if known.is_empty() || known.contains(&part.operator) {
        return;
    }
    report.add(
        Code::SM090,
        site,
        format!(
            "{} does not compare {ty} by `{}`",
            method.name(),
            part.operator.symbol()
        ),
        format!(
            "for {ty} it has {}",
            list(known.iter().copied().map(ExclusionOperator::symbol))
        ),
    );
}
