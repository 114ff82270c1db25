//! A database on the same server that exists for one question.

use tokio_postgres::{Client, Config, Error};

/// A database of its own, which [`ThrowAway::drop`] removes.
#[derive(Debug)]
pub struct ThrowAway {
    name: String,
}

impl ThrowAway {
    /// Creates it, named after what it is for and this session's process.
    ///
    /// # Errors
    /// The server's, such as that of a role without CREATEDB.
    pub async fn create(client: &Client, purpose: &str) -> Result<Self, Error> {
        let pid = "SELECT pg_catalog.pg_backend_pid()";
        let pid: i32 = client.query_one(pid, &[]).await?.get(0);
        let name = format!("eventcore_{purpose}_{pid}");
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        client.batch_execute(&create).await?;
        Ok(Self { name })
    }

    /// The way to it, from the way to the database beside it.
    pub fn config(&self, config: &Config) -> Config {
        let mut config = config.clone();
        config.dbname(&self.name);
        config
    }

    /// Removes it, whoever is connected.
    ///
    /// # Errors
    /// The server's.
    pub async fn drop(self, client: &Client) -> Result<(), Error> {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        client.batch_execute(&drop).await
    }
}
