//! The feed on a physical standby. The primary says how far it may be read; its events need not be read there.

use std::time::Duration;

use tokio_postgres::GenericClient;

use super::error::{Cause, Error};
use super::feed_page::FeedPage;
use super::feed::{read_feed, standby_horizon};

/// The query that errors name.
const QUERY: &str = "wait_for_replay";

/// Reads a page of the feed on a standby after a checkpoint, 0 at the start. No event is ever missed or seen out of its
/// stream's order. `timeout` is how long the standby may take to replay what the page needs; at least a millisecond.
///
/// Three round trips, one of them to the primary, and that one alone when there is nothing new. Both connections under READ
/// COMMITTED.
///
/// # Errors
/// [`Error::StandbyBehind`] and [`Error::NotAStandby`];
/// [`StoreError::CheckpointAhead`](super::store_error::StoreError::CheckpointAhead) when the store is behind the checkpoint; the
/// store's other refusals; what a server or connection says.
pub async fn read_feed_page_on_standby(
    primary: &impl GenericClient,
    standby: &impl GenericClient,
    after: i64,
    max_events: u32,
    timeout: Duration,
) -> Result<FeedPage, Error> {
    let end = standby_horizon(primary, after).await?;
    if end.horizon <= after {
        return Ok(FeedPage::of(Vec::new(), after, end.horizon));
    }
    wait_for_replay(standby, &end.wal_position, timeout).await?;
    let events = read_feed(standby, after, end.horizon, i64::from(max_events)).await?;
    Ok(FeedPage::of(events, after, end.horizon))
}

/// The statement takes no parameters; a position is hexadecimal digits and a stroke.
async fn wait_for_replay(
    standby: &impl GenericClient,
    wal_position: &str,
    timeout: Duration,
) -> Result<(), Error> {
    let mut bytes = wal_position.bytes();
    if !bytes.all(|byte| byte.is_ascii_hexdigit() || byte == b'/') {
        let source = format!("`{}` is no position", wal_position.escape_debug());
        return Err(undecoded("wal_position", source.into()));
    }
    // The server counts in an integer of 32 bits, and takes 0 for no limit.
    let milliseconds = i32::try_from(timeout.as_millis())
        .unwrap_or(i32::MAX)
        .max(1);
    let text = format!(
        "WAIT FOR LSN '{wal_position}' WITH (MODE 'standby_replay', TIMEOUT '{milliseconds}ms', NO_THROW)"
    );
    let answer = standby.query_typed_one(&text, &[]).await;
    let answer = answer.map_err(|error| Error::of_query(QUERY, error))?;
    let status: String = answer
        .try_get(0)
        .map_err(|error| undecoded("status", error.into()))?;
    match status.as_str() {
        "success" => Ok(()),
        "timeout" => Err(Error::StandbyBehind { waited: timeout }),
        _ => Err(Error::NotAStandby),
    }
}

fn undecoded(column: &'static str, source: Cause) -> Error {
    Error::Decode {
        query: QUERY,
        column,
        source,
    }
}
