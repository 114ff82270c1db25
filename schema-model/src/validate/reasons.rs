//! Exceptions and escapes: each says why it is right.

use super::code::Code;
use super::report::{Report, Site};
use crate::constraint::ConstraintKind;
use crate::expr::Expr;
use crate::index::{Index, Serves};
use crate::lint::Allow;
use crate::schema::Schema;
use crate::trigger::Trigger;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        allows(report, &site, &table.allows);
        for column in &table.columns {
            let site = site.child("column", &column.name, column.place);
            let values = column.expressions();
            raw(report, &site, values.chain(&column.backfill));
            if let Some(rewrite) = &column.rewrite {
                given(report, &site, "a rewrite of the table", &rewrite.reason);
                raw(report, &site, &rewrite.using);
            }
        }
        for constraint in &table.constraints {
            let site = site.child("constraint", &constraint.name, constraint.place);
            raw(report, &site, constraint.expressions());
            if let ConstraintKind::Exclude(exclusion) = &constraint.kind
                && let Some(reason) = &exclusion.blocking
            {
                given(report, &site, "blocking the table", reason);
            }
        }
        parts(report, &site, &table.indexes, &table.triggers);
        if let Some(leaf) = table.leaf() {
            let site = site.part("leaf", &table.name);
            parts(report, &site, &leaf.indexes, &leaf.triggers);
        }
    }
    for grant in &schema.grants {
        allows(
            report,
            &Site::new("grant", &grant.to, grant.place),
            &grant.allows,
        );
    }
    for query in &schema.queries {
        allows(
            report,
            &Site::new("query", &query.name, query.place),
            &query.allows,
        );
    }
}

fn parts(report: &mut Report, owner: &Site, indexes: &[Index], triggers: &[Trigger]) {
    for index in indexes {
        let site = owner.child("index", &index.name, index.place);
        allows(report, &site, &index.allows);
        let values = index.parts.iter().map(|part| &part.value);
        raw(report, &site, values.chain(&index.predicate));
        for serves in &index.serves {
            if let Serves::External(purpose) = serves {
                given(report, &site, "a use outside of the definition", purpose);
            }
        }
    }
    for trigger in triggers {
        raw(
            report,
            &owner.child("trigger", &trigger.name, trigger.place),
            &trigger.when,
        );
    }
}

fn allows(report: &mut Report, site: &Site, allows: &[Allow]) {
    for allow in allows {
        given(
            report,
            site,
            &format!("silencing {}", allow.code),
            &allow.reason,
        );
    }
}

fn raw<'a>(report: &mut Report, site: &Site, exprs: impl IntoIterator<Item = &'a Expr>) {
    for expr in exprs {
        if let Expr::Raw(raw) = expr {
            let what = format!("the raw expression `{}`", raw.sql.escape_debug());
            given(report, site, &what, &raw.reason);
        }
        raw_below(report, site, expr);
    }
}

fn raw_below(report: &mut Report, site: &Site, expr: &Expr) {
    for operand in expr.operands() {
        raw(report, site, [operand]);
    }
}

pub(super) fn given(report: &mut Report, site: &Site, what: &str, reason: &str) {
    if reason.trim().is_empty() {
        report.add(
            Code::SM007,
            site,
            format!("{what} comes without a reason"),
            "say in a sentence why it is right here",
        );
    }
}
