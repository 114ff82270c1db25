//! How the log is cut into months. The key is the event id itself, whose first bits are its time: so
//! months can be made and dropped, and the id stays unique over all of them.

use crate::partition::{BoundEncoding, LeafTemplate, PartitionKey, PartitionPolicy};
use crate::table::Table;

use super::EventStore;
use super::events::{LATE_DAYS, LOCAL_KEYS, guard};
use super::routines::TRUNCATE_STREAMS;

/// Fewer months ahead than this are an alarm.
pub(super) const ALARM_BELOW_PARTITIONS: u32 = 2;

pub(super) fn partition(store: &EventStore, log: Table) -> Table {
    let leaf = LOCAL_KEYS
        .iter()
        .fold(LeafTemplate::default(), |leaf, key| {
            leaf.constraint(key.suffixed())
        })
        .trigger(guard("refuse_change"));
    let policy = PartitionPolicy::monthly(BoundEncoding::UuidV7)
        .ahead(store.months_ahead, ALARM_BELOW_PARTITIONS)
        .late_days(LATE_DAYS)
        .before_drop(TRUNCATE_STREAMS)
        .leaf(leaf);
    let policy = match store.retention_months {
        Some(months) => policy.retain_months(months),
        None => policy,
    };
    log.partition_by_policy(PartitionKey::range(["event_id"]), policy)
}
