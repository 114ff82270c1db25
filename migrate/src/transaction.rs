//! A migration in one transaction, with its record: a death at any moment leaves both or neither.

use tokio_postgres::Error;

use crate::backoff::Backoff;
use crate::error::MigrateError;
use crate::failure::{Failure, Left};
use crate::history::History;
use crate::server::line;
use crate::session::{Session, missing};
use crate::work::Work;

/// Why an attempt failed.
enum Broken {
    /// In the migration's own text.
    Text(Error),
    /// In what we put around it.
    Around(Error),
    /// It ran, and is not what it says.
    Other(MigrateError),
}

/// Runs it; how many statements it has.
pub(crate) async fn run(
    session: &mut Session<'_>,
    history: &History,
    work: &Work<'_>,
    mut backoff: Backoff,
) -> Result<usize, MigrateError> {
    loop {
        let broken = match attempt(session, history, work).await {
            Ok(()) => return Ok(work.parts.len()),
            Err(broken) => broken,
        };
        let blockers = session.last_blockers();
        // What cannot be rolled back is a connection that is gone; the server has rolled back for us.
        let _ = session.client.batch_execute("ROLLBACK").await;
        let (error, in_text) = match broken {
            Broken::Text(error) => (error, true),
            Broken::Around(error) => (error, false),
            Broken::Other(error) => return Err(error),
        };
        let retried = session.is_retried(&work.file, &error, &mut backoff).await;
        if retried {
            continue;
        }
        let text = Some(work.migration.sql.as_ref()).filter(|_| in_text);
        return Err(MigrateError::Failed(Box::new(Failure {
            file: work.file.clone(),
            line: text.and_then(|text| line(&error, text)),
            statement: None,
            attempts: backoff.made().max(1),
            blockers,
            left: if session.client.is_closed() {
                Left::Unknown
            } else {
                Left::Nothing
            },
            first: session.first,
            only_creates: work.only_creates(),
            only_adds_columns: work.only_adds_columns(),
            error,
        })));
    }
}

async fn attempt(
    session: &mut Session<'_>,
    history: &History,
    work: &Work<'_>,
) -> Result<(), Broken> {
    let client = session.client;
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;{}",
        work.header.set_timeouts("SET LOCAL")
    );
    client.batch_execute(&begin).await.map_err(Broken::Around)?;
    session
        .execute(&work.file, &work.migration.sql)
        .await
        .map_err(Broken::Text)?;
    let missing = missing(client, &work.header.done_when)
        .await
        .map_err(Broken::Other)?;
    if !missing.is_empty() {
        return Err(Broken::Other(MigrateError::NotDone {
            file: work.file.clone(),
            missing,
            rolled_back: true,
        }));
    }
    history
        .applied(client, work, work.parts.len())
        .await
        .map_err(Broken::Around)?;
    client.batch_execute("COMMIT").await.map_err(Broken::Around)
}
