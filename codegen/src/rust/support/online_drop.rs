//! Retention without blocking: partitions are detached concurrently, which no function in the database can
//! do, and dropped once they stand alone.

use tokio_postgres::GenericClient;

use super::error::Error;
use super::partitions::{expired_partitions, truncate_streams};

/// How many streams one statement marks; appends to them wait meanwhile.
const STREAMS_AT_ONCE: i64 = 10_000;

/// Drops the partitions that ended before the `months` months that precede this one, in UTC, while reads
/// and appends go on. Returns their names, qualified and quoted where needed.
///
/// Several round trips; each detach waits for the transactions that were using the partition. Give a client,
/// not a transaction. Two may run at once. A detach that was interrupted is finished by the next run; a run
/// that ends between detaching a partition and dropping it leaves a table that stands alone, for you to drop.
///
/// # Errors
/// What the server or the connection says. None is dropped when `months` is less than 1.
pub async fn drop_old_partitions_online(
    client: &impl GenericClient,
    months: i32,
) -> Result<Vec<String>, Error> {
    let mut dropped = Vec::new();
    // From here on nobody reads a stream as if nothing were missing.
    while truncate_streams(client, months, STREAMS_AT_ONCE).await?.streams > 0 {}
    for partition in expired_partitions(client, months).await? {
        if let Err(error) = run(client, &partition.detach_statement).await {
            let left = expired_partitions(client, months).await?;
            if left.iter().any(|other| other.partition_name == partition.partition_name) {
                return Err(error);
            }
            // Another session was at it too, and drops it.
            continue;
        }
        run(client, &partition.drop_statement).await?;
        dropped.push(partition.partition_name);
    }
    Ok(dropped)
}

async fn run(client: &impl GenericClient, statement: &str) -> Result<(), Error> {
    let done = client.batch_execute(statement).await;
    done.map_err(|error| Error::of_query("drop_old_partitions_online", error))
}
