//! Reads, decides and appends, again and again while others are faster.

use eventcore_generated::error::Error;
use eventcore_generated::event_store::{Append, Appended, ExpectedVersion, NewEvent};
use eventcore_generated::store_error::StoreError;
use eventcore_generated::streams::find_stream;
use tokio_postgres::Client;

/// Appends what `decide` makes of the stream's version; when somebody else was faster, it decides again.
pub async fn append_to(
    client: &Client,
    stream: &str,
    decide: impl Fn(i64) -> Vec<NewEvent>,
) -> Result<Appended, Error> {
    loop {
        let found = find_stream(client, stream).await?;
        let version = found.map_or(0, |found| found.stream_version);
        let expected = match version {
            0 => ExpectedVersion::NoStream,
            version => ExpectedVersion::Exactly(version),
        };
        let append = Append::new().to(stream, expected, decide(version));
        match append.run(client).await {
            Err(error) if matches!(error.as_store(), Some(StoreError::Conflict(_))) => {}
            result => return result,
        }
    }
}
