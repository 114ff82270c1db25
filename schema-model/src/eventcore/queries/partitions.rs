//! Partitions: made ahead, dropped by age. Only the partitioned layout has them.

use crate::query::{Param, Query, Row};
use crate::ty::DataType;

use super::super::routines::Names;

pub(super) fn queries(names: &Names) -> Vec<Query> {
    vec![
        Query::new(
            "partitions",
            "create_monthly_partition",
            "Makes the partition of a month, if it is not there yet.",
            names.body("SELECT {create_monthly_partition}({month}) AS partition_name"),
        )
        .param(Param::new("month", DataType::Date, "Any day of the month."))
        .one(name_row()),
        Query::new(
            "partitions",
            "maintain_partitions",
            "Makes every partition that the policy wants ahead; returns the new ones. For a scheduler, daily.",
            names.body("SELECT p.name AS partition_name\n  FROM {maintain_partitions}() AS p (name)"),
        )
        .many(name_row()),
        Query::new(
            "partitions",
            "drop_old_partitions",
            "Drops the partitions that ended at least so many months ago, under a short lock that appends wait for; \
             returns them.",
            names.body("SELECT p.name AS partition_name\n  FROM {drop_old_partitions}({months}) AS p (name)"),
        )
        .param(Param::new("months", DataType::Integer, "How many past months stay; at least 1."))
        .many(name_row()),
    ]
}

fn name_row() -> Row {
    Row::new("PartitionName", "A partition, by name.").column(
        "partition_name",
        DataType::Text,
        "Name of its table, qualified and quoted where needed.",
    )
}
