//! The feed a page at a time. Knows no SQL: the query functions beside it do the work.

use futures_util::future::try_join;
use tokio_postgres::GenericClient;

use super::columns::event_log;
use super::error::Error;
use super::feed::{feed_checkpoint, feed_horizon, read_feed};
use super::filter::Filter;
use super::rows::RecordedEvent;
use super::select::Select;

/// A page of the feed.
#[derive(Clone, Debug)]
pub struct FeedPage {
    /// The events, in the order of their positions.
    pub events: Vec<RecordedEvent>,
    /// Where the next page starts, and what a consumer stores once it has handled the events. It never lies
    /// beyond an event that was seen, so it is safe to keep outside the database.
    pub checkpoint: i64,
    /// How far the feed could be read. An append that was rolled back leaves positions that no event has, so
    /// a checkpoint may never get there: wait before asking again when a page is empty.
    pub horizon: i64,
}

/// Reads a page of the feed after a checkpoint, 0 at the start. No event is ever missed or seen out of its
/// stream's order.
///
/// Two round trips, one when there is nothing new. Under READ COMMITTED and on the primary only.
///
/// # Errors
/// [`StoreError::CheckpointAhead`](super::store_error::StoreError::CheckpointAhead) when the store is behind
/// the checkpoint; the store's other refusals; what the server or the connection says.
pub async fn read_feed_page(
    client: &impl GenericClient,
    after: i64,
    max_events: u32,
) -> Result<FeedPage, Error> {
    let horizon = feed_horizon(client, after).await?.horizon;
    if horizon <= after {
        return Ok(FeedPage::of(Vec::new(), after, horizon));
    }
    let events = read_feed(client, after, horizon, i64::from(max_events)).await?;
    Ok(FeedPage::of(events, after, horizon))
}

/// Reads a page of the feed that holds only events that pass a filter. Its checkpoint moves past the others.
///
/// Two round trips, one when there is nothing new. Under READ COMMITTED and on the primary only.
///
/// # Errors
/// As [`read_feed_page`].
pub async fn read_filtered_feed_page(
    client: &impl GenericClient,
    after: i64,
    filter: Filter<event_log::Relation>,
    max_events: u32,
) -> Result<FeedPage, Error> {
    let horizon = feed_horizon(client, after).await?.horizon;
    if horizon <= after {
        return Ok(FeedPage::of(Vec::new(), after, horizon));
    }
    let select = Select::<event_log::Relation, RecordedEvent>::all()
        .filter(event_log::GLOBAL_POSITION.gt(after))
        .filter(event_log::GLOBAL_POSITION.le(horizon))
        .filter(filter)
        .order_by(event_log::GLOBAL_POSITION)
        .limit(max_events);
    // Both go out before either answer is awaited: one round trip.
    let (events, seen) = try_join(
        select.fetch(client),
        feed_checkpoint(client, after, horizon),
    )
    .await?;
    let is_full = usize::try_from(max_events).is_ok_and(|most| events.len() >= most);
    let checkpoint = match events.last() {
        Some(last) if is_full => last.global_position,
        _ => seen.checkpoint.unwrap_or(after),
    };
    Ok(FeedPage {
        events,
        checkpoint,
        horizon,
    })
}

impl FeedPage {
    /// What was read after a checkpoint.
    pub(super) fn of(events: Vec<RecordedEvent>, after: i64, horizon: i64) -> Self {
        let checkpoint = events.last().map_or(after, |last| last.global_position);
        Self {
            events,
            checkpoint,
            horizon,
        }
    }
}
