//! Texts of the definition that still have a name or label that the change takes away. A rename does not reach into
//! hand-written text: the server would find out at the next call, or when a view is created again a release later. Where a word
//! means something else, `.mentions(...)` says so.

use super::Change;
use super::gone::{Gone, Kind, gone, gone_from_events};
use super::text::Text;
use crate::column::Column;
use crate::expr::{Expr, Literal};
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::table::{StoreTable, Table};
use crate::template::Template;
use crate::user_type::UserType;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// Texts that look for events by one of the names of their type.
pub(super) fn event_names(texts: &[(Site, Text<'_>)], report: &mut Report) {
    for (site, text) in texts {
        text.check_event_names(site, report);
    }
}

/// `from` is the schema before; its events alone are looked at.
pub(super) fn check(
    from: &Schema,
    to: &Schema,
    texts: &[(Site, Text<'_>)],
    changes: &[Change],
    report: &mut Report,
) {
    let mut gone: Vec<Gone<'_>> = changes.iter().flat_map(|it| gone(to, it)).collect();
    gone.extend(gone_from_events(from, to));
    if gone.is_empty() {
        return;
    }
    for (site, text) in texts {
        text.check(&gone, site, report);
    }
    for table in &to.tables {
        raw_texts(to, table, &gone, report);
    }
    for ty in &to.types {
        let UserType::Domain(domain) = ty else {
            continue;
        };
        let site = Site::new("domain", &domain.name, domain.place);
        for check in &domain.checks {
            let site = site.part("check", &check.name);
            raw_text(to, &check.condition, Vec::new(), &gone, &site, report);
            labels_as_texts(
                to,
                &check.condition,
                &domain.columns(),
                &gone,
                &site,
                report,
            );
        }
    }
}

/// Labels that an expression compares as texts: the server does not know them for labels.
fn labels_as_texts(
    schema: &Schema,
    expr: &Expr,
    columns: &[Column],
    gone: &[Gone<'_>],
    site: &Site,
    report: &mut Report,
) {
    for it in gone {
        let (Kind::Label(ty), Some(now)) = (&it.kind, &it.now) else {
            continue;
        };
        let is_of_type = |name: &Ident| {
            let column = columns.iter().find(|column| column.name == *name);
            let base = column.and_then(|column| schema.base_of(&column.ty).name());
            base.is_some_and(|name| schema.same_name(name, ty))
        };
        if casts_to_text(expr, &is_of_type) && has_text(expr, &it.name) {
            report.add(
                Code::SM135,
                site,
                format!("it compares `{0}` as a text, and the label `{0}` of type `{ty}` is `{now}` now", it.name),
                format!("write `{now}`"),
            );
        }
    }
}

/// Names of events in an expression over the log.
fn events_as_constants(expr: &Expr, gone: &[Gone<'_>], site: &Site, report: &mut Report) {
    for it in gone {
        let (Kind::EventType | Kind::Member(_), Some(now)) = (&it.kind, &it.now) else {
            continue;
        };
        if has_text(expr, &it.name) && !has_text(expr, now) {
            report.add(
                Code::SM135,
                site,
                format!(
                    "it has the constant `{}`, and such events are stored with `{now}` from now on",
                    it.name
                ),
                format!("write `{now}` too: stored events keep `{}`", it.name),
            );
        }
    }
}

/// Whether it makes a text of one of these columns.
fn casts_to_text(expr: &Expr, is_one: &impl Fn(&Ident) -> bool) -> bool {
    let is_cast = matches!(expr, Expr::Cast(inner, to) if to.is_text() && inner.columns().into_iter().any(is_one));
    is_cast
        || expr
            .operands()
            .into_iter()
            .any(|it| casts_to_text(it, is_one))
}

fn has_text(expr: &Expr, text: &str) -> bool {
    match expr {
        Expr::Literal(Literal::Text(own) | Literal::Typed(own, _)) => own == text,
        _ => expr.operands().into_iter().any(|it| has_text(it, text)),
    }
}

fn raw_text<'a>(
    schema: &'a Schema,
    expr: &Expr,
    relations: Vec<&'a QualifiedName>,
    gone: &[Gone<'_>],
    site: &Site,
    report: &mut Report,
) {
    let mut texts = Vec::new();
    expr.raw_texts(&mut texts);
    for text in texts {
        let template = Template::verbatim(text);
        let text = Text::of(schema, &template, relations.clone());
        text.raw().check(gone, site, report);
    }
}

/// Raw expressions of a table: their own columns alone.
fn raw_texts(schema: &Schema, table: &Table, gone: &[Gone<'_>], report: &mut Report) {
    let site = Site::new("table", &table.name, table.place);
    let mut check = |site: &Site, expr: &Expr| {
        raw_text(schema, expr, vec![&table.name], gone, site, report);
        labels_as_texts(schema, expr, &table.columns, gone, site, report);
        if table.store_table == Some(StoreTable::Log) {
            events_as_constants(expr, gone, site, report);
        }
    };
    for column in &table.columns {
        let site = site.child("column", &column.name, column.place);
        for expr in column.expressions() {
            check(&site, expr);
        }
    }
    for constraint in &table.constraints {
        let site = site.child("constraint", &constraint.name, constraint.place);
        for expr in constraint.expressions() {
            check(&site, expr);
        }
    }
    for index in &table.indexes {
        let site = site.child("index", &index.name, index.place);
        for expr in index.expressions() {
            check(&site, expr);
        }
    }
    for trigger in &table.triggers {
        let site = site.child("trigger", &trigger.name, trigger.place);
        if let Some(expr) = &trigger.when {
            check(&site, expr);
        }
    }
}
