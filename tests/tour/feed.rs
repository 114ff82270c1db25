//! Counts the events of each type, from a checkpoint on.

use std::collections::BTreeMap;

use eventcore_generated::error::Error;
use eventcore_generated::event_store::read_feed_page;
use tokio_postgres::Client;

/// Counts events by type, after the checkpoint, which it moves.
pub async fn count(client: &Client, checkpoint: &mut i64) -> Result<BTreeMap<String, u64>, Error> {
    let mut counts = BTreeMap::new();
    loop {
        let page = read_feed_page(client, *checkpoint, 1000).await?;
        if page.events.is_empty() {
            return Ok(counts);
        }
        for event in page.events {
            *counts.entry(event.event_type).or_default() += 1;
        }
        *checkpoint = page.checkpoint;
    }
}
