//! The parts of an index: type, operator class, collation and order, each against the method.

use super::code::Code;
use super::expressions::{self, Role};
use super::opclasses;
use super::report::{Report, Site, list};
use crate::expr::{Expr, Literal};
use crate::extension::{UNRELIABLE, bringing_class, bringing_default};
use crate::index::{Index, IndexMethod, IndexPart};
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

pub(super) fn check(
    schema: &Schema,
    report: &mut Report,
    index_site: &Site,
    table: &Table,
    index: &Index,
) {
    for (position, part) in index.parts.iter().enumerate() {
        let site = match &part.value {
            Expr::Column(name) => index_site.part("part", name),
            _ => index_site.part("part", position + 1),
        };
        let columns = &table.columns;
        let ty = expressions::check(schema, report, &site, &part.value, columns, Role::Index);
        check_order(report, &site, index.method, part);
        if let Expr::Literal(Literal::Text(_) | Literal::Null) = &part.value {
            report.add(
                Code::SM022,
                &site,
                "a constant without a type cannot stand in an index",
                "index a column; for an index over a constant, which holds one row if it is unique, give the \
                 constant a type",
            );
        }
        if let Some(ty) = ty {
            check_class(schema, report, &site, index.method, part, &ty);
            check_collation(report, &site, part, &ty);
        } else if let Some(opclass) = &part.opclass
            && opclasses::takes(schema, index.method, opclass.as_str(), &DataType::Json).is_none()
        {
            unknown_class(schema, report, &site, index.method, opclass.as_str(), None);
        }
    }
}

fn check_order(report: &mut Report, site: &Site, method: IndexMethod, part: &IndexPart) {
    if method != IndexMethod::Btree && (part.descending || part.nulls.is_some()) {
        report.add(
            Code::SM031,
            site,
            format!(
                "{} keeps no order, so neither a direction nor a place of NULLs",
                method.name()
            ),
            "leave them out, or use a btree index",
        );
    }
}

fn check_collation(report: &mut Report, site: &Site, part: &IndexPart, ty: &DataType) {
    if let Some(collation) = &part.collation
        && !ty.is_collatable()
    {
        report.add(
            Code::SM030,
            site,
            format!("{ty} has no collation, so `{collation}` cannot sort it"),
            "leave the collation out: only text and character varying are sorted by one",
        );
    }
}

fn check_class(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    method: IndexMethod,
    part: &IndexPart,
    ty: &DataType,
) {
    let Some(opclass) = &part.opclass else {
        if opclasses::default_class(schema, method, ty).is_none() {
            no_class(schema, report, site, method, ty);
        }
        return;
    };
    if method == IndexMethod::Gist && UNRELIABLE.contains(&opclass.as_str()) {
        report.add(
            Code::SM160,
            site,
            format!("an index by `{opclass}` gives wrong answers, as PostgreSQL's documentation warns"),
            "write `.opclass(\"inet_ops\")`, which every server has; an index that exists is built anew",
        );
        return;
    }
    match opclasses::takes(schema, method, opclass.as_str(), ty) {
        Some(true) => {}
        Some(false) => report.add(
            Code::SM028,
            site,
            format!("`{opclass}` does not take {ty}"),
            match opclasses::names(schema, method, Some(ty)) {
                names if names.is_empty() => {
                    format!("{} has no operator class for {ty}", method.name())
                }
                names => format!("for {ty}, {} has {}", method.name(), list(names)),
            },
        ),
        None => unknown_class(schema, report, site, method, opclass.as_str(), Some(ty)),
    }
}

fn unknown_class(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    method: IndexMethod,
    opclass: &str,
    ty: Option<&DataType>,
) {
    let fitting = opclasses::names(schema, method, ty);
    let names = if fitting.is_empty() {
        opclasses::names(schema, method, None)
    } else {
        fitting
    };
    report.add(
        Code::SM027,
        site,
        format!(
            "{} has no operator class `{}`",
            method.name(),
            opclass.escape_debug()
        ),
        match bringing_class(method, opclass) {
            Some(extension) => format!(
                "add the extension that brings it: `.extension(Extension::new(\"{extension}\"))`"
            ),
            None => format!("it has {}", list(names)),
        },
    );
}

fn no_class(schema: &Schema, report: &mut Report, site: &Site, method: IndexMethod, ty: &DataType) {
    let names = opclasses::names(schema, method, Some(ty));
    let remedy = if let [name] = &names[..] {
        format!("write `.opclass(\"{name}\")`")
    } else if !names.is_empty() {
        format!("write `.opclass(...)` with one of {}", list(names))
    } else if schema.find_composite(ty.element()).is_some() {
        "the order of such a value changes with its attributes: index a column of its own"
            .to_owned()
    } else if let Some(extension) = bringing_default(method, ty) {
        format!("add the extension that brings one: `.extension(Extension::new(\"{extension}\"))`")
    } else if *ty == DataType::Json {
        "json is text with rules, with no order and no equality: store jsonb, or index an expression \
         over a member"
            .to_owned()
    } else {
        match method {
            IndexMethod::Gin => {
                "gin looks into jsonb and arrays; for plain values use btree".to_owned()
            }
            _ if *ty == DataType::Jsonb => "use a gin index, for containment".to_owned(),
            _ => "use a btree index".to_owned(),
        }
    };
    report.add(
        Code::SM029,
        site,
        format!("{} has no default operator class for {ty}", method.name()),
        remedy,
    );
}
