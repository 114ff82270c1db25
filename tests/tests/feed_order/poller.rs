//! Readers of the feed that never rest: page by page by the generated functions, from 0 to the end of the writing.

use eventcore_generated::columns::event_log;
use eventcore_generated::event_store::{FeedPage, read_feed_page, read_filtered_feed_page};
use eventcore_generated::rows::RecordedEvent;
use tokio_postgres::{Client, Config};

use super::harness::{Clock, connect};
use super::verdict::Seen;

/// How a reader reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    pub(crate) page: u32,
    /// Only streams with this prefix.
    pub(crate) prefix: Option<&'static str>,
    /// Leaves its connection after so many pages.
    pub(crate) pages_a_connection: usize,
}

impl Reader {
    pub(crate) const ALL: [Self; 4] = [
        Self::of_pages(3),
        Self::of_pages(50),
        Self {
            prefix: Some("shared-"),
            ..Self::of_pages(5)
        },
        Self {
            pages_a_connection: 7,
            ..Self::of_pages(8)
        },
    ];

    const fn of_pages(page: u32) -> Self {
        Self {
            page,
            prefix: None,
            pages_a_connection: usize::MAX,
        }
    }

    pub(crate) fn wants(&self, event: &Seen) -> bool {
        self.prefix
            .is_none_or(|prefix| event.stream.starts_with(prefix))
    }

    /// Reads until the writers are done and nothing is left.
    pub(crate) async fn run(self, config: Config, clock: Clock) -> Vec<Seen> {
        let mut client = connect(&config).await;
        let (mut after, mut seen, mut pages) = (0, Vec::new(), 0);
        loop {
            // Asked before the page is read: what was committed by then must be in it.
            let is_last = clock.is_done();
            let page = self.page(&client, after).await;
            assert!(page.checkpoint >= after, "the checkpoint went back");
            assert!(page.horizon >= page.checkpoint, "read beyond the horizon");
            after = page.checkpoint;
            let is_empty = page.events.is_empty();
            seen.extend(page.events.into_iter().map(Seen::from));
            if is_last && is_empty {
                return seen;
            }
            pages += 1;
            if pages % self.pages_a_connection == 0 {
                client = connect(&config).await;
            }
        }
    }

    async fn page(&self, client: &Client, after: i64) -> FeedPage {
        let page = match self.prefix {
            None => read_feed_page(client, after, self.page).await,
            Some(prefix) => {
                let filter = event_log::STREAM_ID.starts_with(prefix);
                read_filtered_feed_page(client, after, filter, self.page).await
            }
        };
        page.unwrap()
    }
}

impl From<RecordedEvent> for Seen {
    fn from(event: RecordedEvent) -> Self {
        Self {
            position: event.global_position,
            stream: event.stream_id,
            version: event.event_version,
            event_id: event.event_id,
        }
    }
}
