//! What a server's errors say and mean, and which servers are fit for a run.

use std::error::Error as _;
use std::fmt::Write as _;

use eventcore_codegen::plan::{CatalogState, Condition};
use tokio_postgres::config::Host;
use tokio_postgres::error::{ErrorPosition, SqlState};
use tokio_postgres::{Client, Config, Error};

use crate::compare::Pending;
use crate::error::MigrateError;
use crate::session::missing;

/// The oldest server that is supported.
const OLDEST: i32 = 15;

/// Everything that an error says: the server's words with code, detail and hint, or what became of the connection.
pub fn words(error: &Error) -> String {
    let Some(server) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            // Writing to a String does not fail.
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        return text;
    };
    let mut text = format!("{} ({})", server.message(), server.code().code());
    // The server shows the whole row that a check or a NOT NULL refuses: a log is no place for what rows contain.
    let shows_row = [SqlState::CHECK_VIOLATION, SqlState::NOT_NULL_VIOLATION];
    for (name, more) in [
        (
            "detail",
            server
                .detail()
                .filter(|_| !shows_row.contains(server.code())),
        ),
        ("hint", server.hint()),
        ("where", server.where_()),
    ] {
        if let Some(more) = more {
            let _ = write!(text, "\n  {name}: {more}");
        }
    }
    text
}

/// Whether the same statement may succeed in a moment: a lock timed out, a deadlock, a conflict of transactions.
pub(crate) fn is_passing(error: &Error) -> bool {
    [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ]
    .iter()
    .any(|code| error.code() == Some(code))
}

/// The line of a text that the server points at, from 1.
pub(crate) fn line(error: &Error, text: &str) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(position) => {
            let before = usize::try_from(*position).ok()?.saturating_sub(1);
            Some(text.chars().take(before).filter(|c| *c == '\n').count() + 1)
        }
        ErrorPosition::Internal { .. } => None,
    }
}

/// Host, port, database and user of a connection; never the password.
pub(crate) fn address(config: &Config) -> String {
    let ports = config.get_ports();
    let hosts = config.get_hosts().iter().enumerate().map(|(index, host)| {
        let host = match host {
            // Before an `@` stands what was meant as a password.
            Host::Tcp(name) => name.rsplit('@').next().unwrap_or_default().to_owned(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        };
        let port = ports.get(index).or(ports.first()).copied();
        format!("{host}:{}", port.unwrap_or(5432))
    });
    let hosts: Vec<_> = hosts.collect();
    let name = |given: Option<&str>, otherwise: &str| {
        given.map_or_else(|| otherwise.to_owned(), |name| format!("`{name}`"))
    };
    format!(
        "database {} at {} as user {}",
        name(
            config.get_dbname().or(config.get_user()),
            "of the user's name"
        ),
        hosts.join(", "),
        name(config.get_user(), "of the operating system")
    )
}

/// The server's major version.
pub(crate) async fn major(client: &Client) -> Result<i32, MigrateError> {
    let query = "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000";
    let row = client
        .query_one(query, &[])
        .await
        .map_err(MigrateError::asking("the server's version"))?;
    Ok(row.get(0))
}

/// Refuses a server that is older than what is pending was planned for, or that lacks an extension that it needs.
pub(crate) async fn check_plan(
    client: &Client,
    pending: &[Pending<'_, '_>],
) -> Result<(), MigrateError> {
    let major = major(client).await?;
    let needs = |one: &Pending<'_, '_>| one.work.header.server.filter(|needed| *needed > major);
    match pending.iter().find_map(|one| Some((one, needs(one)?))) {
        Some((one, needed)) => Err(MigrateError::ServerOlderThanPlan {
            file: one.work.file.clone(),
            needed,
            major,
        }),
        None => check_extensions(client, pending).await,
    }
}

async fn check_extensions(
    client: &Client,
    pending: &[Pending<'_, '_>],
) -> Result<(), MigrateError> {
    for one in pending {
        let needs = one.work.header.needs.iter();
        let available = needs.filter(|it| it.state == CatalogState::Available);
        let available: Vec<Condition> = available.cloned().collect();
        let missing = missing(client, &available).await?;
        if !missing.is_empty() {
            return Err(MigrateError::NoExtension {
                file: one.work.file.clone(),
                missing,
            });
        }
    }
    Ok(())
}

/// Refuses a server that no run can be made on, and a database without a namespace that has to be there.
pub(crate) async fn check(client: &Client, namespace: Option<&str>) -> Result<(), MigrateError> {
    let row = client
        .query_one(
            "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4, \
                    pg_catalog.current_setting('server_version'), \
                    pg_catalog.pg_is_in_recovery(), \
                    EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1), \
                    pg_catalog.current_database()::pg_catalog.text",
            &[&namespace],
        )
        .await
        .map_err(MigrateError::asking("the server's version"))?;
    check_version(row.get(0), row.get(1))?;
    if row.get(2) {
        return Err(MigrateError::Standby);
    }
    if let Some(namespace) = namespace
        && !row.get::<_, bool>(3)
    {
        return Err(MigrateError::NoNamespace {
            namespace: namespace.to_owned(),
            database: row.get(4),
        });
    }
    Ok(())
}

fn check_version(number: i32, version: &str) -> Result<(), MigrateError> {
    if number / 10_000 < OLDEST {
        return Err(MigrateError::OldServer {
            version: version.to_owned(),
            oldest: OLDEST,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn an_old_server_is_refused() {
        assert!(check_version(150_000, "15.0").is_ok());
        assert_eq!(
            check_version(140_019, "14.19").unwrap_err().to_string(),
            "the server is PostgreSQL 14.19; migrations need 15 or newer\n  help: upgrade the server"
        );
    }
}
