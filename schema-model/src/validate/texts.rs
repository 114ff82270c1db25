//! Texts that reach the database or a file: none may hold U+0000.

use super::code::Code;
use super::report::{Report, Site};
use super::sql_text::{defects, has_comment};
use crate::constraint::Constraint;
use crate::expr::{Expr, Literal};
use crate::index::Index;
use crate::place::Place;
use crate::schema::Schema;
use crate::template::{Binding, Segment, Template};
use crate::trigger::Trigger;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let site = Site::new("schema", &schema.name, Place::default());
    text(report, &site, "the description", &schema.description);
    for namespace in &schema.namespaces {
        let site = Site::new("namespace", &namespace.name, namespace.place);
        comment(report, &site, namespace.comment.as_deref());
    }
    for ty in &schema.types {
        let site = Site::new("type", ty.name(), ty.place());
        comment(report, &site, ty.comment().map(String::as_str));
    }
    for sequence in &schema.sequences {
        let site = Site::new("sequence", &sequence.name, sequence.place);
        comment(report, &site, sequence.comment.as_deref());
    }
    check_tables(schema, report);
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        comment(report, &site, view.comment.as_deref());
        template(report, &site, &view.body);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        comment(report, &site, routine.comment.as_deref());
        template(report, &site, &routine.body);
        for (name, value) in &routine.settings {
            text(report, &site.part("setting", name), "the value", value);
        }
        for argument in &routine.arguments {
            let site = site.part("argument", &argument.name);
            expressions(report, &site, &argument.default);
        }
    }
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        text(report, &site, "the documentation", &query.doc);
        template(report, &site, &query.body);
        for param in &query.params {
            let site = site.part("parameter", &param.name);
            text(report, &site, "the documentation", &param.doc);
        }
        if let Some(row) = &query.row {
            text(report, &site, "the row's documentation", &row.doc);
            for column in &row.columns {
                let site = site.part("row column", &column.name);
                text(report, &site, "the documentation", &column.doc);
            }
        }
    }
    for migration in &schema.migrations {
        let site = Site::new("migration", migration.file_stem(), migration.place);
        text(report, &site, "the purpose", &migration.purpose);
    }
}

fn check_tables(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        comment(report, &site, table.comment.as_deref());
        for parameter in &table.storage {
            let site = site.part("storage parameter", &parameter.name);
            text(report, &site, "the value", &parameter.value);
        }
        for column in &table.columns {
            let site = site.child("column", &column.name, column.place);
            comment(report, &site, column.comment.as_deref());
            expressions(report, &site, column.expressions());
        }
        parts(
            report,
            &site,
            &table.constraints,
            &table.indexes,
            &table.triggers,
        );
        if let Some(leaf) = table.leaf() {
            let site = site.part("leaf", &table.name);
            parts(
                report,
                &site,
                &leaf.constraints,
                &leaf.indexes,
                &leaf.triggers,
            );
        }
    }
}

fn parts(
    report: &mut Report,
    owner: &Site,
    constraints: &[Constraint],
    indexes: &[Index],
    triggers: &[Trigger],
) {
    for constraint in constraints {
        let site = owner.child("constraint", &constraint.name, constraint.place);
        comment(report, &site, constraint.comment.as_deref());
        expressions(report, &site, constraint.expressions());
    }
    for index in indexes {
        let site = owner.child("index", &index.name, index.place);
        comment(report, &site, index.comment.as_deref());
        let values = index.parts.iter().map(|part| &part.value);
        expressions(report, &site, values.chain(&index.predicate));
    }
    for trigger in triggers {
        let site = owner.child("trigger", &trigger.name, trigger.place);
        comment(report, &site, trigger.comment.as_deref());
        expressions(report, &site, &trigger.when);
    }
}

fn template(report: &mut Report, site: &Site, template: &Template) {
    text(report, site, "the body", &template.text);
    for (key, binding) in &template.bindings {
        if let Binding::Text(value) = binding {
            text(report, &site.part("binding", key), "the text", value);
        }
    }
}

fn expressions<'a>(
    report: &mut Report,
    site: &Site,
    expressions_there: impl IntoIterator<Item = &'a Expr>,
) {
    for expr in expressions_there {
        match expr {
            Expr::Literal(Literal::Text(value) | Literal::Typed(value, _)) => {
                text(report, site, "a constant", value);
            }
            Expr::Raw(raw) => {
                text(report, site, "a raw expression", &raw.sql);
                raw_expression(report, site, &raw.sql);
            }
            _ => {}
        }
        expressions(report, site, expr.operands());
    }
}

pub(super) fn comment(report: &mut Report, site: &Site, value: Option<&str>) {
    text(report, site, "the comment", value.unwrap_or_default());
}

fn text(report: &mut Report, site: &Site, what: &str, value: &str) {
    if value.contains('\0') {
        report.add(
            Code::SM005,
            site,
            format!("{what} contains U+0000: '{}'", value.escape_debug()),
            "take the character out: no PostgreSQL text can hold it",
        );
    }
}

/// A raw expression stands in the middle of a statement: it may not end it, nor hide what follows.
fn raw_expression(report: &mut Report, site: &Site, sql: &str) {
    let defect = if sql.trim().is_empty() {
        "a raw expression is empty".to_owned()
    } else if has_comment(sql) {
        "a raw expression has a comment, which could hide what follows".to_owned()
    } else if let Some(defect) = defects(&[Segment::Text(sql)], |_| true).first() {
        format!("a raw expression: {defect}")
    } else {
        return;
    };
    report.add(Code::SM051, site, defect, "write one expression of SQL");
}
