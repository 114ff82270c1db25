//! Partition keys and policies.

use super::code::Code;
use super::declared_partitions;
use super::duplicates::{not_empty, unique};
use super::expressions::unknown_columns;
use super::report::{Report, Site};
use crate::expr::{Expr, Function};
use crate::partition::{BoundEncoding, PartitionKey, PartitionPolicy};
use crate::routine::Returns;
use crate::schema::Schema;
use crate::table::Table;
use crate::ty::DataType;

/// Most partitions that may be kept ahead: twenty years of months. Each is opened by a query that the
/// planner cannot prune.
const MOST_AHEAD: u32 = 240;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let Some(partitioning) = &table.partitioning else {
            continue;
        };
        let site = Site::new("table", &table.name, table.place);
        let key = site.part("partition key", &table.name);
        check_key(schema, report, &key, table, &partitioning.key);
        if !table.storage.is_empty() {
            report.add(
                Code::SM039,
                &site,
                "a partitioned table has no storage of its own, so no storage parameters",
                "put them into the `LeafTemplate`, for each partition",
            );
        }
        if let Some(policy) = &partitioning.policy {
            let site = site.part("policy", &table.name);
            check_policy(report, &site, table, policy);
            check_before_drop(schema, report, &site, policy);
            if !matches!(partitioning.key, PartitionKey::Range(_)) {
                report.add(
                    Code::SM037,
                    &site,
                    format!("partitions by {} are no months", partitioning.key.method()),
                    "partition by range for a policy, or declare the partitions",
                );
            }
        }
        declared_partitions::check(schema, report, &site, table, partitioning);
    }
}

/// What a policy calls before it drops partitions, with the moment from which on they are kept.
fn check_before_drop(schema: &Schema, report: &mut Report, site: &Site, policy: &PartitionPolicy) {
    let Some(name) = &policy.before_drop else {
        return;
    };
    let Some(routine) = schema.find_routine(name) else {
        report.add(
            Code::SM010,
            site,
            format!("there is no routine `{name}`, which it calls before partitions are dropped"),
            "add it to the definition, or correct the name",
        );
        return;
    };
    let mut arguments = routine.arguments.iter();
    let takes_moment = arguments
        .next()
        .is_some_and(|it| it.ty == DataType::TimestampTz);
    if routine.returns == Returns::Trigger
        || !takes_moment
        || arguments.any(|it| it.default.is_none())
    {
        report.add(
            Code::SM048,
            site,
            format!("it calls `{name}` with one timestamptz before partitions are dropped, which that does not take"),
            "let the routine take one argument, `Argument::new(\"kept_from\", DataType::TimestampTz)`",
        );
    }
}

/// A partition key of a table, or of a partition of it.
pub(super) fn check_key(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    key: &PartitionKey,
) {
    let names = key.columns();
    not_empty(report, site, "columns", names.is_empty());
    unknown_columns(report, site, names, &table.columns);
    unique(
        report,
        site,
        "column",
        names.iter().map(|name| (name, table.place)),
    );
    for column in names.iter().filter_map(|name| table.find_column(name)) {
        if column.nullable && matches!(key, PartitionKey::Range(_)) {
            report.add(
                Code::SM038,
                site,
                format!("`{}` allows NULL, and no range holds NULL", column.name),
                "take `.nullable()` away",
            );
        }
        if column.generated.is_some() {
            report.add(
                Code::SM037,
                site,
                format!(
                    "`{}` is generated, which a partition key cannot be",
                    column.name
                ),
                "partition by a stored column",
            );
        }
        if !schema.is_sortable(&column.ty) {
            report.add(
                Code::SM037,
                site,
                format!("`{}` is {}, which has no order", column.name, column.ty),
                "partition by a column that can be sorted",
            );
        }
    }
}

fn check_policy(report: &mut Report, site: &Site, table: &Table, policy: &PartitionPolicy) {
    check_encoding(report, site, table, policy);
    if policy.default_partition && policy.detach_concurrently {
        report.add(
            Code::SM036,
            site,
            "a table with a default partition cannot detach a partition concurrently",
            "leave the default partition out and keep partitions ahead, or `.detach_blocking()`",
        );
    }
    let mut refuse = |defect: String, remedy: &str| {
        report.add(Code::SM040, site, defect, remedy);
    };
    if !(1..=MOST_AHEAD).contains(&policy.ahead) {
        refuse(
            format!(
                "{} partitions ahead is none of 1 to {MOST_AHEAD}",
                policy.ahead
            ),
            "keep a few months ahead; 6 is the usual number",
        );
    }
    if policy.alarm_below == 0 {
        refuse(
            "an alarm below 0 partitions ahead never sounds".to_owned(),
            "set it to 1 at least; 2 leaves a month to act",
        );
    }
    if policy.ahead < policy.alarm_below {
        refuse(
            format!(
                "with {} partitions ahead, an alarm below {} always sounds",
                policy.ahead, policy.alarm_below
            ),
            "keep as many ahead as the alarm wants, at least",
        );
    }
    if let Some(months) = policy.retention_months
        && months > 0
        && months * 28 < policy.late_days
    {
        refuse(
            format!(
                "rows may be {} days late, and a retention of {months} months drops them again",
                policy.late_days
            ),
            "keep as many months as rows may be late, or let them be less late",
        );
    }
    if policy.retention_months == Some(0) {
        refuse(
            "a retention of 0 months would drop last month on the first day of this one".to_owned(),
            "keep 1 month at least, or leave retention out to keep all",
        );
    }
}

fn check_encoding(report: &mut Report, site: &Site, table: &Table, policy: &PartitionPolicy) {
    let Some(partitioning) = &table.partitioning else {
        return;
    };
    let names = partitioning.key.columns();
    if names.len() > 1 {
        report.add(
            Code::SM037,
            site,
            format!(
                "a monthly policy writes bounds of one column, the key has {}",
                names.len()
            ),
            "partition by one column",
        );
    }
    let (wanted, encoding) = match policy.encoding {
        BoundEncoding::UuidV7 => (DataType::Uuid, "UuidV7"),
        BoundEncoding::TimestampTz => (DataType::TimestampTz, "TimestampTz"),
    };
    for column in names.iter().filter_map(|name| table.find_column(name)) {
        let random = Expr::Call(Function::GenRandomUuid, Vec::new());
        if column.default.as_ref() == Some(&random) {
            report.add(
                Code::SM103,
                site,
                format!(
                    "the default of `{}` is a random UUID, which belongs to no monthly partition",
                    column.name
                ),
                "create UUIDs of version 7 in the program; servers from 18 on have `uuidv7()`",
            );
        }
        if column.ty != wanted {
            report.add(
                Code::SM037,
                site,
                format!(
                    "bounds of encoding `{encoding}` are {wanted}, the key `{}` is {}",
                    column.name, column.ty
                ),
                "choose the encoding of the key's type: `UuidV7` for uuid, `TimestampTz` for timestamptz",
            );
        }
    }
}
