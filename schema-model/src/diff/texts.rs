//! Texts of the definition that still have a name or label that the change takes away. A rename does not reach into
//! hand-written text: the server would find out at the next call, or when a view is created again a release later. Where a word
//! means something else, `.mentions(...)` says so.

use super::Change;
use super::gone::{Gone, gone};
use super::text::Text;
use crate::expr::Expr;
use crate::name::QualifiedName;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::Template;
use crate::user_type::UserType;
use crate::validate::report::{Report, Site};

pub(super) fn check(to: &Schema, changes: &[Change], report: &mut Report) {
    let gone: Vec<Gone<'_>> = changes.iter().flat_map(|it| gone(to, it)).collect();
    if gone.is_empty() {
        return;
    }
    for view in &to.views {
        let site = Site::new("view", &view.name, view.place);
        Text::of(to, &view.body, Vec::new()).check(&gone, &site, report);
    }
    for routine in &to.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let text = Text::of(to, &routine.body, to.triggered_by(&routine.name));
        text.with_names(routine).check(&gone, &site, report);
    }
    for query in &to.queries {
        let site = Site::new("query", &query.name, query.place);
        Text::of(to, &query.body, Vec::new()).check(&gone, &site, report);
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
        }
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
        let template = Template::new(text.replace('{', "{{").replace('}', "}}"));
        let text = Text::of(schema, &template, relations.clone());
        text.raw().check(gone, site, report);
    }
}

/// Raw expressions of a table: their own columns alone.
fn raw_texts(schema: &Schema, table: &Table, gone: &[Gone<'_>], report: &mut Report) {
    let site = Site::new("table", &table.name, table.place);
    let mut check = |site: &Site, expr: &Expr| {
        raw_text(schema, expr, vec![&table.name], gone, site, report);
    };
    for column in &table.columns {
        let site = site.child("column", &column.name, column.place);
        for expr in column.default.iter().chain(&column.generated) {
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
