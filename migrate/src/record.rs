//! Migrations that are recorded and not run: what psql or another runner did, and what cannot be done to this database.

use crate::compare::compare;
use crate::error::MigrateError;
use crate::history::{History, Row};
use crate::migrator::Report;
use crate::observer::Event;
use crate::outside;
use crate::script::Part;
use crate::session::Session;
use crate::work::Work;

/// Which migrations are recorded instead of run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recording {
    /// All up to this version that the history lacks, be it empty or not.
    Baseline(u32),
    /// Those that are pending next, which have these versions.
    Skip(Vec<u32>),
}

impl Recording {
    /// The migrations, in order.
    pub(crate) fn works<'w, 'm>(
        &self,
        works: &'w [Work<'m>],
        rows: &[Row],
        table: &str,
    ) -> Result<Vec<&'w Work<'m>>, MigrateError> {
        match self {
            Self::Baseline(version) => baselined(*version, works, rows, table),
            Self::Skip(versions) => skipped(versions, works, rows, table),
        }
    }

    /// Records them.
    pub(crate) async fn run(
        &self,
        session: &mut Session<'_>,
        history: &History,
        works: &[Work<'_>],
        rows: &[Row],
    ) -> Result<Report, MigrateError> {
        let recorded = self.works(works, rows, &history.table)?;
        history.create(session.client).await?;
        let is_started = |work: &Work<'_>| rows.iter().any(|row| row.version == work.version());
        for work in &recorded {
            if is_started(work) {
                outside::clear(session, history, work).await?;
            }
        }
        let doing = || MigrateError::doing(format!("record it in `{}`", history.table));
        let client = session.client;
        client.batch_execute("BEGIN").await.map_err(doing())?;
        for work in &recorded {
            history
                .not_run(client, work, matches!(self, Self::Skip(_)))
                .await
                .map_err(doing())?;
        }
        client.batch_execute("COMMIT").await.map_err(doing())?;
        let before = rows.iter().filter(|row| row.finished.is_some()).count();
        let mut report = Report {
            before,
            pending: works.len().saturating_sub(before + recorded.len()),
            ..Report::default()
        };
        for work in &recorded {
            let file = &work.file;
            session.observer.observe(&Event::Recorded {
                file,
                changes_rows: work.parts.iter().any(Part::changes_rows),
            });
            report.recorded.push(file.clone());
        }
        Ok(report)
    }
}

fn baselined<'w, 'm>(
    version: u32,
    works: &'w [Work<'m>],
    rows: &[Row],
    table: &str,
) -> Result<Vec<&'w Work<'m>>, MigrateError> {
    if !works.iter().any(|work| work.migration.version == version) {
        return Err(MigrateError::NoBaseline {
            version,
            files: works.iter().map(|work| work.file.clone()).collect(),
        });
    }
    let pending = compare(works, rows, table)?.into_iter();
    let missing = pending.filter(|one| one.work.migration.version <= version && !one.started);
    Ok(missing.map(|one| one.work).collect())
}

fn skipped<'w, 'm>(
    versions: &[u32],
    works: &'w [Work<'m>],
    rows: &[Row],
    table: &str,
) -> Result<Vec<&'w Work<'m>>, MigrateError> {
    let mut versions = versions.to_vec();
    versions.sort_unstable();
    versions.dedup();
    let mut pending = compare(works, rows, table)?.into_iter();
    let next = versions.into_iter().map(|version| match pending.next() {
        Some(next) if next.work.migration.version == version => Ok(next.work),
        next => Err(MigrateError::NotNext {
            version,
            next: next.map(|next| next.work.file.clone()),
        }),
    });
    next.collect()
}
