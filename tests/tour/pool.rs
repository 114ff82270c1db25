//! Opens a pool of connections.

use std::time::Duration;

use eventcore_generated::config::{PostgresConfig, Tls};
use eventcore_generated::error::Error;
use eventcore_generated::pool::Pool;

pub async fn open(url: &str, tls: Tls) -> Result<Pool, Error> {
    let config = PostgresConfig {
        max_connections: 20,
        min_connections: 5,
        acquire_timeout: Duration::from_secs(30),
        idle_timeout: Some(Duration::from_secs(600)),
    };
    config.connect(url, tls).await
}
