//! Whether a transaction pooler is between a run and its server: there a session's lock and settings belong to whoever
//! gets the server's connection next. Uses simple queries alone, since poolers lose prepared statements.

use std::time::Duration;

use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};

use crate::error::MigrateError;
use crate::migrator::open;
use crate::session::cells;

const PID: &str = "SELECT pg_catalog.pg_backend_pid()";

/// How long a pooler may look for another server connection.
const AT_MOST: Duration = Duration::from_secs(5);

/// Opens a transaction on a second connection: a pooler gives it the server connection of the first one, which is idle,
/// or gives the first one another server connection afterwards. A second connection that cannot be had proves nothing.
pub(crate) async fn refuse<T>(client: &Client, config: &Config, tls: T) -> Result<(), MigrateError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let doing = || MigrateError::asking("for the session's process");
    let first = cells(client, PID).await.map_err(doing())?;
    let Ok(second) = open(config, tls).await else {
        return Ok(());
    };
    let theirs = cells(&second, &format!("BEGIN; {PID}")).await;
    let again = tokio::time::timeout(AT_MOST, cells(client, PID)).await;
    let _ = second.batch_execute("ROLLBACK").await;
    let is_same = match again {
        Ok(again) => again.map_err(doing())? == first,
        Err(_) => false,
    };
    if !is_same || theirs.is_ok_and(|theirs| theirs == first) {
        return Err(MigrateError::Pooler);
    }
    Ok(())
}
