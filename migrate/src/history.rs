//! The table of what was applied, in the store's own namespace. Knows no file.

use eventcore_codegen::sql::{owner_alone, quote_ident, quote_literal};
use tokio_postgres::{Client, Error};

use crate::catalog::Objects;
use crate::error::MigrateError;
use crate::moved::Moved;
use crate::work::Work;

/// The name of the table that tells what was applied.
pub const TABLE: &str = "eventcore_migrations";

/// A store's history.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// The table, qualified, as SQL.
    pub(crate) table: String,
    /// What is run before the table is made.
    before: String,
}

/// A migration in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
    /// UTC.
    pub(crate) started: String,
    /// UTC; none while it is not finished.
    pub(crate) finished: Option<String>,
    /// Whether it was run, and not only recorded.
    pub(crate) ran: bool,
    /// Whether `--skip` recorded it, although the definition wants it.
    pub(crate) skipped: bool,
    /// The hash of its statements.
    pub(crate) content: String,
    /// Whether others got numbers below its own after it was applied.
    pub(crate) overtaken: bool,
}

impl Row {
    pub(crate) fn file_name(&self) -> String {
        format!("{:03}_{}.sql", self.version, self.name)
    }
}

impl History {
    /// In this namespace, which is made with the table or has to be there.
    pub(crate) fn of(namespace: &str, makes_namespace: bool) -> Self {
        let namespace = quote_ident(namespace);
        Self {
            table: format!("{namespace}.{TABLE}"),
            before: if makes_namespace {
                format!("CREATE SCHEMA IF NOT EXISTS {namespace};\n")
            } else {
                String::new()
            },
        }
    }

    /// Makes the table, if it is not there.
    pub(crate) async fn create(&self, client: &Client) -> Result<(), MigrateError> {
        if self.exists(client).await? {
            return Ok(());
        }
        let statements = format!(
            "{before}CREATE TABLE {table} (\n    \
                 version         bigint      NOT NULL PRIMARY KEY,\n    \
                 name            pg_catalog.text        NOT NULL,\n    \
                 checksum        pg_catalog.text        NOT NULL,\n    \
                 started_at      pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),\n    \
                 finished_at     pg_catalog.timestamptz,\n    \
                 statements_done integer     NOT NULL DEFAULT 0,\n    \
                 ran             boolean     NOT NULL DEFAULT true,\n    \
                 skipped         boolean     NOT NULL DEFAULT false,\n    \
                 content         pg_catalog.text        NOT NULL DEFAULT '',\n    \
                 overtaken       boolean     NOT NULL DEFAULT false,\n    \
                 catalog         pg_catalog.jsonb,\n    \
                 server          integer\n\
             );\n\
             COMMENT ON TABLE {table} IS 'Migrations that `cargo xtask migrate` applied; without finished_at, one that \
             the next run finishes.';\n\
             COMMENT ON COLUMN {table}.checksum IS 'SHA-256 of the bytes of its file.';\n\
             COMMENT ON COLUMN {table}.ran IS 'Whether it was run; not where `--baseline` or `--skip` recorded it.';\n\
             COMMENT ON COLUMN {table}.skipped IS 'Whether `--skip` recorded it.';\n\
             COMMENT ON COLUMN {table}.content IS 'Hash of the statements of its file, which is found by it under another number.';\n\
             COMMENT ON COLUMN {table}.overtaken IS 'Whether its number was raised after it was applied: others may run before it.';\n\
             COMMENT ON COLUMN {table}.catalog IS 'What the store''s objects looked like when the last run ended, for `cargo \
             xtask migrate status`.';\n\
             COMMENT ON COLUMN {table}.server IS 'Major version of the server that said so.';\n\
             {others}",
            table = self.table,
            // Whoever may write here can make a run believe what it wants.
            others = owner_alone(&self.table),
            before = self.before,
        );
        client
            .batch_execute(&statements)
            .await
            .map_err(|error| MigrateError::CreateHistory {
                table: self.table.clone(),
                error,
            })
    }

    async fn exists(&self, client: &Client) -> Result<bool, MigrateError> {
        let query = format!(
            "SELECT pg_catalog.to_regclass({}) IS NOT NULL",
            quote_literal(&self.table)
        );
        let row = client
            .query_one(&query, &[])
            .await
            .map_err(MigrateError::asking("for the history"))?;
        Ok(row.get(0))
    }

    /// What was applied, in order; nothing without the table.
    pub(crate) async fn read(&self, client: &Client) -> Result<Vec<Row>, MigrateError> {
        if !self.exists(client).await? {
            return Ok(Vec::new());
        }
        let time = |column| {
            format!("pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')")
        };
        let query = format!(
            "SELECT version, name, checksum, {}, {}, ran, skipped, content, overtaken FROM {} ORDER BY version",
            time("started_at"),
            time("finished_at"),
            self.table
        );
        let rows = client
            .query(&query, &[])
            .await
            .map_err(MigrateError::doing(format!("read `{}`", self.table)))?;
        Ok(rows
            .iter()
            .map(|row| Row {
                version: row.get(0),
                name: row.get(1),
                checksum: row.get(2),
                started: row.get(3),
                finished: row.get(4),
                ran: row.get(5),
                skipped: row.get(6),
                content: row.get(7),
                overtaken: row.get(8),
            })
            .collect())
    }

    /// The role of the session and the owner of the history, where these are two.
    pub(crate) async fn other_owner(
        &self,
        client: &Client,
    ) -> Result<Option<(String, String)>, MigrateError> {
        let query = format!(
            "SELECT current_user::pg_catalog.text, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text \
               FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass({})",
            quote_literal(&self.table)
        );
        let row = client
            .query_opt(&query, &[])
            .await
            .map_err(MigrateError::asking("who owns the history"))?;
        let names = row.map(|row| (row.get(0), row.get(1)));
        Ok(names.filter(|(role, owner): &(String, String)| role != owner))
    }

    /// Keeps what the store's objects look like, with the newest migration.
    pub(crate) async fn keep_catalog(
        &self,
        client: &Client,
        objects: &Objects,
        server: i32,
    ) -> Result<(), MigrateError> {
        let statement = format!(
            "UPDATE {table} AS h \
                SET catalog = CASE WHEN n.newest THEN pg_catalog.jsonb_object($1::pg_catalog.text[], $2::pg_catalog.text[]) END, \
                    server = CASE WHEN n.newest THEN $3::integer END \
               FROM (SELECT version, version = max(version) OVER () AS newest FROM {table}) AS n \
              WHERE n.version = h.version AND (n.newest OR h.catalog IS NOT NULL)",
            table = self.table
        );
        let (names, texts): (Vec<_>, Vec<_>) = objects.iter().unzip();
        client
            .execute(&statement, &[&names, &texts, &server])
            .await
            .map(drop)
            .map_err(MigrateError::doing(format!(
                "keep in `{}` what the store's objects look like",
                self.table
            )))
    }

    /// What the store's objects looked like when the last run ended, and the major version of the server that said so;
    /// nothing when a run began after that, or none kept it.
    pub(crate) async fn read_catalog(
        &self,
        client: &Client,
    ) -> Result<Option<(i32, Objects)>, MigrateError> {
        if !self.exists(client).await? {
            return Ok(None);
        }
        let query = format!(
            "SELECT h.server, o.key, o.value \
               FROM {table} AS h, pg_catalog.jsonb_each_text(h.catalog) AS o \
              WHERE h.version = (SELECT max(version) FROM {table})",
            table = self.table
        );
        let rows = client
            .query(&query, &[])
            .await
            .map_err(MigrateError::doing(format!("read `{}`", self.table)))?;
        let server = rows.first().map(|row| row.get(0));
        let objects = rows.iter().map(|row| (row.get(1), row.get(2))).collect();
        Ok(server.map(|server| (server, objects)))
    }

    /// Records a migration as applied, in the transaction that is open.
    pub(crate) async fn applied(
        &self,
        client: &Client,
        work: &Work<'_>,
        statements: usize,
    ) -> Result<(), Error> {
        let statement = format!(
            "INSERT INTO {} (version, name, checksum, content, started_at, finished_at, statements_done) \
             VALUES ($1, $2, $3, $4, pg_catalog.now(), pg_catalog.clock_timestamp(), {statements})",
            self.table
        );
        insert(client, work, &statement).await
    }

    /// Records a migration that is not run, in the transaction that is open. One that was started is there already.
    pub(crate) async fn not_run(
        &self,
        client: &Client,
        work: &Work<'_>,
        skipped: bool,
    ) -> Result<(), Error> {
        let statement = format!(
            "INSERT INTO {} (version, name, checksum, content, started_at, finished_at, ran, skipped) \
             VALUES ($1, $2, $3, $4, pg_catalog.now(), pg_catalog.now(), false, {skipped}) \
             ON CONFLICT (version) DO UPDATE SET finished_at = excluded.finished_at, ran = false, skipped = {skipped}",
            self.table
        );
        insert(client, work, &statement).await
    }

    /// Lets records follow their files, all of them or none: through numbers that no file has, as two may swap theirs.
    pub(crate) async fn follow(
        &self,
        client: &Client,
        moved: &[Moved],
        rows: &[Row],
    ) -> Result<(), Error> {
        let table = &self.table;
        client.batch_execute("BEGIN").await?;
        for one in moved {
            let Some(row) = rows.iter().find(|row| row.version == one.to) else {
                continue;
            };
            let statement = format!(
                "UPDATE {table} SET version = -$1::bigint, name = $2, checksum = $3, overtaken = $4 WHERE version = $5"
            );
            client
                .execute(
                    &statement,
                    &[&one.to, &row.name, &row.checksum, &row.overtaken, &one.from],
                )
                .await?;
        }
        let statement = format!("UPDATE {table} SET version = -version WHERE version < 0; COMMIT");
        client.batch_execute(&statement).await
    }

    /// Records that a migration starts.
    pub(crate) async fn started(
        &self,
        client: &Client,
        work: &Work<'_>,
    ) -> Result<(), MigrateError> {
        let statement = format!(
            "INSERT INTO {} (version, name, checksum, content) VALUES ($1, $2, $3, $4)",
            self.table
        );
        insert(client, work, &statement)
            .await
            .map_err(self.recording(work))
    }

    /// Records one more statement.
    pub(crate) async fn stepped(
        &self,
        client: &Client,
        work: &Work<'_>,
    ) -> Result<(), MigrateError> {
        self.change(
            client,
            work,
            "UPDATE",
            "SET statements_done = statements_done + 1",
        )
        .await
    }

    /// Records that a migration ended.
    pub(crate) async fn finished(
        &self,
        client: &Client,
        work: &Work<'_>,
    ) -> Result<(), MigrateError> {
        self.change(
            client,
            work,
            "UPDATE",
            "SET finished_at = pg_catalog.clock_timestamp()",
        )
        .await
    }

    /// Records that nothing of a migration is left.
    pub(crate) async fn forgotten(
        &self,
        client: &Client,
        work: &Work<'_>,
    ) -> Result<(), MigrateError> {
        self.change(client, work, "DELETE FROM", "").await
    }

    async fn change(
        &self,
        client: &Client,
        work: &Work<'_>,
        verb: &str,
        set: &str,
    ) -> Result<(), MigrateError> {
        let statement = format!("{verb} {} {set} WHERE version = $1", self.table);
        client
            .execute(&statement, &[&work.version()])
            .await
            .map(drop)
            .map_err(self.recording(work))
    }

    fn recording(&self, work: &Work<'_>) -> impl FnOnce(Error) -> MigrateError {
        MigrateError::doing(format!("record `{}` in `{}`", work.file, self.table))
    }
}

/// Runs an INSERT whose parameters say which migration it is.
async fn insert(client: &Client, work: &Work<'_>, statement: &str) -> Result<(), Error> {
    let name = work.migration.name.as_ref();
    client
        .execute(
            statement,
            &[&work.version(), &name, &work.checksum, &work.content],
        )
        .await
        .map(drop)
}
