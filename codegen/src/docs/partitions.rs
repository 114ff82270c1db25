//! How a table is partitioned, in words.

use std::fmt::Write as _;

use eventcore_schema_model::partition::{
    BoundEncoding, LeafTemplate, PartitionInterval, PartitionKey, PartitionPolicy, Partitioning,
};
use eventcore_schema_model::schema::Schema;

use super::markdown::{code, prose};
use super::tables::{indexes, keys, list, trigger_words};
use crate::sql;

pub(super) fn partitions(schema: &Schema, partitioning: &Partitioning) -> String {
    let mut out = format!("\nPartitioned by {}.", key_words(&partitioning.key));
    match &partitioning.policy {
        Some(policy) => out.push_str(&policy_words(schema, policy)),
        None if partitioning.partitions.is_empty() => {
            out.push_str(" Partitions are made and dropped by hand.\n");
        }
        None => {
            out.push_str(" Its partitions:\n\n");
            declared(schema, &mut out, 0, partitioning);
        }
    }
    out.push_str(&leaf_words(schema, partitioning.template()));
    out
}

fn key_words(key: &PartitionKey) -> String {
    format!("{} of {}", key.method(), list(key.columns()))
}

/// The declared partitions as a list, those below a partition deeper.
fn declared(schema: &Schema, out: &mut String, depth: usize, partitioning: &Partitioning) {
    for partition in &partitioning.partitions {
        let bound = sql::bound(schema, &partition.bound);
        let _ = write!(
            out,
            "{}- {}: {}",
            "  ".repeat(depth),
            code(partition.name.as_str()),
            code(&bound)
        );
        if let Some(below) = &partition.partitioning {
            let _ = write!(out, ", partitioned by {}", key_words(&below.key));
        }
        out.push('.');
        if let Some(comment) = &partition.comment {
            let _ = write!(out, " {}", prose(comment));
        }
        out.push('\n');
        if let Some(below) = &partition.partitioning {
            declared(schema, out, depth + 1, below);
        }
    }
}

fn policy_words(schema: &Schema, policy: &PartitionPolicy) -> String {
    let interval = match policy.interval {
        PartitionInterval::Monthly => "a calendar month in UTC",
    };
    let bound = match policy.encoding {
        BoundEncoding::UuidV7 => "the least UUIDv7 of the month's first millisecond",
        BoundEncoding::TimestampTz => "the month's first instant",
    };
    let routine = |name| code(&sql::qualified(schema, name));
    let mut out = format!(" Each partition covers {interval}; its lower bound is {bound}.\n\n");
    let mut line = |text: String| {
        let _ = writeln!(out, "- {text}");
    };
    line(format!(
        "{} {} kept ready beyond the current one by {}; fewer than {} is an alarm.",
        policy.ahead,
        if policy.ahead == 1 {
            "partition is"
        } else {
            "partitions are"
        },
        routine(&policy.maintain_routine),
        policy.alarm_below
    ));
    line(format!(
        "{} makes the partition of one month.",
        routine(&policy.create_routine)
    ));
    line(match policy.retention_months {
        Some(months) => format!(
            "{months} past months are kept: {} drops what is older, where it is told no other number.",
            routine(&policy.drop_routine)
        ),
        None => format!(
            "All months are kept; {} drops those older than it is told, and never runs by itself.",
            routine(&policy.drop_routine)
        ),
    });
    line(if policy.detach_concurrently {
        "The online way to drop a partition detaches it without blocking writers.".to_owned()
    } else {
        "A partition is detached under a short lock.".to_owned()
    });
    line(if policy.default_partition {
        "Rows that fit no partition go to a default partition.".to_owned()
    } else {
        "There is no default partition: a row that fits nowhere is refused.".to_owned()
    });
    out
}

/// What a partition has that its parent does not hand down.
fn leaf_words(schema: &Schema, leaf: &LeafTemplate) -> String {
    let mut out = keys(
        schema,
        "Keys of each partition, named after it with this suffix",
        &leaf.constraints,
    );
    out.push_str(&indexes(
        schema,
        "Indexes of each partition, named after it with this suffix",
        &leaf.indexes,
    ));
    for trigger in &leaf.triggers {
        let _ = writeln!(
            out,
            "\nTrigger {} of each partition fires {} and calls {}.",
            code(trigger.name.as_str()),
            trigger_words(schema, trigger),
            code(&sql::qualified(schema, &trigger.function))
        );
    }
    if !leaf.storage.is_empty() {
        let parameters: Vec<_> = leaf
            .storage
            .iter()
            .map(|parameter| code(&format!("{} = {}", parameter.name, parameter.value)))
            .collect();
        let _ = writeln!(
            out,
            "\nStorage of each partition: {}.",
            parameters.join(", ")
        );
    }
    out
}
