//! The event store through its typed functions, on both layouts: what an application does with it.

mod append;
mod feed;
mod privileges;
mod read;

use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, NewEvent};
use eventcore_tests::store::Moved;
use tokio_postgres::Client;

/// Runs a test on a fresh store of each layout.
macro_rules! on_both_layouts {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {
        mod simple {
            $(#[tokio::test] $(#[$meta])* async fn $name() { super::$name(eventcore_generated::layout::Layout::Simple).await })*
        }
        mod partitioned {
            $(#[tokio::test] $(#[$meta])* async fn $name() { super::$name(eventcore_generated::layout::Layout::Partitioned).await })*
        }
    };
}
pub(crate) use on_both_layouts;

/// `count` new events, of moves by 1, 2, 3 and so on.
fn moves(count: i64) -> Vec<NewEvent> {
    (1..=count)
        .map(|by| NewEvent::new(&Moved::by(by)).unwrap())
        .collect()
}

/// Appends `count` events to a stream at whatever version.
async fn append(client: &Client, stream: &str, count: i64) -> Appended {
    let append = Append::new().to(stream, ExpectedVersion::Any, moves(count));
    append.run(client).await.unwrap()
}
