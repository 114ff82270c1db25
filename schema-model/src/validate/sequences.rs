//! Sequences: that they can count, and that what they number can be read in order.

use super::code::Code;
use super::report::{Report, Site};
use crate::expr::Expr;
use crate::schema::Schema;
use crate::sequence::Sequence;
use crate::table::Table;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for sequence in &schema.sequences {
        let site = Site::new("sequence", &sequence.name, sequence.place);
        check_numbers(report, &site, sequence);
        let logs = schema.tables.iter().filter(|table| table.append_only);
        for table in logs {
            for column in &table.columns {
                let numbers = column.default.as_ref();
                if numbers.is_some_and(|value| draws(schema, value, sequence)) {
                    check_log(report, &site, sequence, table, column.name.as_str());
                }
            }
        }
    }
}

fn draws(schema: &Schema, expr: &Expr, sequence: &Sequence) -> bool {
    match expr {
        Expr::NextValue(name) => schema.same_name(name, &sequence.name),
        _ => expr
            .operands()
            .into_iter()
            .any(|operand| draws(schema, operand, sequence)),
    }
}

fn check_numbers(report: &mut Report, site: &Site, sequence: &Sequence) {
    let mut refuse = |defect: String, remedy: &str| {
        report.add(Code::SM045, site, defect, remedy);
    };
    if sequence.increment == 0 {
        refuse("a step of 0 counts nothing".to_owned(), "step by 1");
    }
    if sequence.cache == 0 {
        refuse("a cache of 0 holds no value".to_owned(), "1 is no cache");
    }
    let (least, greatest) = if sequence.increment < 0 {
        (i64::MIN, sequence.max.unwrap_or(-1))
    } else {
        (1, sequence.max.unwrap_or(i64::MAX))
    };
    if sequence.start > greatest || sequence.start < least {
        refuse(
            format!(
                "its first value {} is none of {least} to {greatest}",
                sequence.start
            ),
            "start within the bounds",
        );
    } else if greatest <= least {
        refuse(
            format!("its greatest value {greatest} leaves nothing to count from {least}"),
            "raise the greatest value",
        );
    }
}

fn check_log(report: &mut Report, site: &Site, sequence: &Sequence, table: &Table, column: &str) {
    if sequence.cache > 1 {
        report.add(
            Code::SM044,
            site,
            format!(
                "it numbers `{column}` of the append-only table `{}`, and with a cache of {} a session \
                 commits numbers below those that readers have passed: they would miss these events",
                table.name, sequence.cache
            ),
            "set the cache to 1",
        );
    }
    if sequence.increment < 0 {
        report.add(
            Code::SM045,
            site,
            format!(
                "it numbers `{column}` of the append-only table `{}`, whose readers ask for numbers above \
                 the last",
                table.name
            ),
            "step upwards",
        );
    }
}
