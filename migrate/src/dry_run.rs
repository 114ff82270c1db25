//! What a run would do to this very database, with the statements that its catalog expands to. Changes nothing.

use std::fmt;

use tokio_postgres::Client;

use crate::compare::Pending;
use crate::error::MigrateError;
use crate::server::words;
use crate::session::{cells, missing};
use crate::work::{Kind, Work};

/// What a run would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DryRun {
    /// The migrations that would be applied, in order.
    pub pending: Vec<PlannedRun>,
    /// The files that would be recorded as applied, in order.
    pub recorded: Vec<String>,
    /// The records that would follow their files: what each was called, and what it is called now.
    pub moved: Vec<(String, String)>,
}

/// A migration that would be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRun {
    /// Its file.
    pub file: String,
    /// How it would be run.
    pub kind: Kind,
    /// Whether an earlier run started it.
    pub resumed: bool,
    /// Whatever a reader must know before the statements.
    pub notes: Vec<String>,
    /// What would be run.
    pub parts: Vec<PlannedPart>,
}

/// A part of a migration that would be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedPart {
    /// A statement.
    Statement(String),
    /// The statements that a query returns now.
    Expanded(Vec<String>),
    /// A query that cannot be asked yet.
    NotYet {
        /// The query.
        query: String,
        /// Why not.
        reason: String,
    },
}

/// Looks at what is pending.
pub(crate) async fn look(
    client: &Client,
    pending: &[Pending<'_, '_>],
) -> Result<DryRun, MigrateError> {
    let mut runs = Vec::new();
    for (index, one) in pending.iter().enumerate() {
        let work = one.work;
        let mut notes = Vec::new();
        for (name, timeout) in [
            ("lock_timeout", work.header.lock_timeout),
            ("statement_timeout", work.header.statement_timeout),
        ] {
            notes.extend(timeout.map(|timeout| format!("{name} {timeout}")));
        }
        if index == 0 && !one.started {
            let missing = missing(client, &work.header.needs).await?;
            notes.extend(missing.iter().map(|condition| {
                format!("refused as things are, because this does not hold: {condition}")
            }));
        }
        if one.started {
            let clearing = work.header.if_interrupted.iter();
            notes.extend(clearing.map(|sql| format!("first clears away: {sql}")));
        }
        runs.push(PlannedRun {
            file: work.file.clone(),
            kind: work.kind,
            resumed: one.started,
            notes,
            parts: parts(client, work, index > 0).await?,
        });
    }
    Ok(DryRun {
        pending: runs,
        recorded: Vec::new(),
        moved: Vec::new(),
    })
}

async fn parts(
    client: &Client,
    work: &Work<'_>,
    others_before: bool,
) -> Result<Vec<PlannedPart>, MigrateError> {
    let mut parts = Vec::new();
    for part in &work.parts {
        if !part.expand {
            parts.push(PlannedPart::Statement(part.sql.clone()));
            continue;
        }
        let doing = || MigrateError::doing("look without changing anything");
        client
            .batch_execute("BEGIN READ ONLY")
            .await
            .map_err(doing())?;
        let found = cells(client, &part.sql).await;
        client.batch_execute("ROLLBACK").await.map_err(doing())?;
        parts.push(match found {
            Ok(statements) if !others_before || !statements.is_empty() => {
                PlannedPart::Expanded(statements)
            }
            Ok(_) => PlannedPart::NotYet {
                query: part.sql.clone(),
                reason: "nothing yet; it is asked again when the migrations before it are applied"
                    .to_owned(),
            },
            Err(error) if others_before => PlannedPart::NotYet {
                query: part.sql.clone(),
                reason: format!(
                    "cannot be asked before the migrations before it are applied: {}",
                    words(&error)
                ),
            },
            Err(error) => PlannedPart::NotYet {
                query: part.sql.clone(),
                reason: format!("the server refuses it: {}", words(&error)),
            },
        });
    }
    Ok(parts)
}

impl DryRun {
    /// What would be recorded and not run.
    pub(crate) fn recording(works: Vec<&Work<'_>>) -> Self {
        Self {
            pending: Vec::new(),
            recorded: works.iter().map(|work| work.file.clone()).collect(),
            moved: Vec::new(),
        }
    }
}

impl fmt::Display for DryRun {
    /// SQL, with what is no statement in comments.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (was, file) in &self.moved {
            writeln!(
                formatter,
                "-- {was}: applied; its record would follow its file, {file}"
            )?;
        }
        for file in &self.recorded {
            writeln!(formatter, "-- {file}: recorded as applied, not run")?;
        }
        for (index, run) in self.pending.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            run.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for PlannedRun {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Transaction => "one transaction",
            Kind::Outside => "one statement outside of a transaction",
            Kind::Expanded => "statements that the catalog gives, each outside of a transaction",
        };
        let resumed = if self.resumed {
            ", started by an earlier run"
        } else {
            ""
        };
        writeln!(formatter, "-- {}: {kind}{resumed}", self.file)?;
        for note in &self.notes {
            writeln!(formatter, "-- {note}")?;
        }
        for part in &self.parts {
            match part {
                PlannedPart::Statement(sql) => writeln!(formatter, "{sql};")?,
                PlannedPart::Expanded(statements) => {
                    if statements.is_empty() {
                        writeln!(formatter, "-- a query over the catalog gives nothing to do")?;
                    }
                    for sql in statements {
                        writeln!(formatter, "{sql};")?;
                    }
                }
                PlannedPart::NotYet { query, reason } => {
                    for line in reason.lines() {
                        writeln!(formatter, "-- {line}")?;
                    }
                    writeln!(formatter, "{query}\n\\gexec")?;
                }
            }
        }
        Ok(())
    }
}
