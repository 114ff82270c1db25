//! The event store through its typed functions, on both layouts: what an application does with it.

mod append;
mod feed;
mod operators;
mod privileges;
mod read;
mod retention;

use eventcore_generated::event_store::{Append, Appended, ExpectedVersion};
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::moves;
use tokio_postgres::Client;

/// Appends `count` events to a stream at whatever version.
async fn append(client: &Client, stream: &str, count: i64) -> Appended {
    let append = Append::new().to(stream, ExpectedVersion::Any, moves(count));
    append.run(client).await.unwrap()
}
