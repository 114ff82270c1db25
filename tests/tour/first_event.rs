//! Appends an event of one's own and reads it back.
#![expect(clippy::print_stdout, reason = "a program that says what it did")]

use std::error::Error;

use eventcore_generated::config::{PostgresConfig, Tls};
use eventcore_generated::event_store::{Append, ExpectedVersion, NewEvent};
use eventcore_generated::streams::read_stream_forward;
use eventcore_schema_model::Event;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, Event)]
#[event(type = "account.opened")]
struct AccountOpened {
    owner: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let config = PostgresConfig::default();
    let pool = config.connect(&url, Tls::disabled()).await?;
    let client = pool.get().await?;

    let owner = "Ada".to_owned();
    let opened = NewEvent::new(&AccountOpened { owner })?;
    let append = Append::new().to("account-1", ExpectedVersion::NoStream, [opened]);
    let done = append.run(&*client).await?;
    println!("appended at version {}", done.versions[0]);

    // From version 1 on, 100 events at most.
    for event in read_stream_forward(&*client, "account-1", 1, 100).await? {
        let opened: AccountOpened = event.decode()?;
        println!("read version {}: {opened:?}", event.event_version);
    }
    Ok(())
}
