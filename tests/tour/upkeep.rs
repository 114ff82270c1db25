//! What an operator runs, as calls.
#![expect(clippy::print_stdout, reason = "an operator reads it")]

use eventcore_generated::error::Error;
use eventcore_generated::layout::Layout;
use eventcore_generated::maintenance::{
    analyze_events, analyze_streams, reindex_events, reindex_streams,
};
use eventcore_generated::monitoring::{health, list_partitions};
use eventcore_generated::online_drop::drop_old_partitions_online;
use eventcore_generated::partitions::maintain_partitions;
use tokio_postgres::Client;

/// Either layout.
pub async fn watch_and_mend(client: &Client, layout: Layout) -> Result<(), Error> {
    let health = health(client).await?;
    if health.partitions_run_out || health.invalid_indexes > 0 {
        eprintln!("act now: {health:?}");
    }
    for table in list_partitions(client).await? {
        println!("{}: {} bytes", table.partition_name, table.total_bytes);
    }
    reindex_streams(client).await?;
    reindex_events(client, layout).await?;
    analyze_streams(client).await?;
    analyze_events(client, layout).await
}

/// The partitioned layout, daily: makes the months ahead, and keeps 24 past ones.
pub async fn keep_partitions(client: &Client) -> Result<Vec<String>, Error> {
    maintain_partitions(client).await?;
    drop_old_partitions_online(client, 24).await
}
