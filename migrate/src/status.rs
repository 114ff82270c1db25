//! What is applied and what is not, as a table. Refuses nothing: it is where a refusal is looked into.

use std::collections::BTreeMap;
use std::fmt;

use eventcore_codegen::plan::Condition;

use crate::catalog::{Drift, Objects, compare};
use crate::history::Row;
use crate::moved::follow;
use crate::work::Work;

/// What is applied, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Every migration that the files or the database have, in order.
    pub rows: Vec<StatusRow>,
    /// Whether the store's objects are as the last run left them.
    pub catalog: Catalog,
    /// What the files say of skipped migrations that have not been taken back, and the database lacks.
    pub missing: Vec<MissingObject>,
}

/// Something that a skipped migration was to do, and no later one has taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingObject {
    /// The skipped migration's file.
    pub file: String,
    /// What does not hold.
    pub condition: Condition,
}

/// The store's objects now against those when the last run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Catalog {
    /// Nobody said which objects are the store's.
    #[default]
    NotAsked,
    /// No run has ended since the newest migration began: there is nothing to compare with.
    NotKept,
    /// Servers describe objects each in their way.
    OtherServer {
        /// The major version that described them.
        kept: i32,
        /// The one that is asked now.
        now: i32,
    },
    /// As the last run left them.
    Same {
        /// How many.
        objects: usize,
    },
    /// These are not.
    Differs(Vec<Drift>),
}

impl Catalog {
    pub(crate) fn of(kept_by: i32, kept: &Objects, now: &Objects, server: i32) -> Self {
        if kept_by != server {
            return Self::OtherServer {
                kept: kept_by,
                now: server,
            };
        }
        match compare(kept, now) {
            drifts if drifts.is_empty() => Self::Same {
                objects: kept.len(),
            },
            drifts => Self::Differs(drifts),
        }
    }
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// Its number.
    pub version: i64,
    /// The words of its file name; in the database where the files do not have it.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// When it was applied, or started if it is not finished, in UTC.
    pub when: Option<String>,
}

/// Where a migration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Applied, and the file is what was applied.
    Applied,
    /// Recorded by a baseline and not run.
    Recorded,
    /// Skipped: recorded and not run, although the definition has it.
    Skipped,
    /// Applied under another number or name, or with other comments: the next run corrects its record.
    Moved,
    /// Not applied.
    Pending,
    /// Started, and not finished.
    Unfinished,
    /// Applied or started; the file has another name or other bytes now.
    Changed,
    /// The files do not have it.
    Unknown,
}

impl Status {
    /// Whether the database is known to be as the files say: nothing pending, changed, unknown, drifted, not compared on this
    /// version of the server, or skipped and missing.
    pub fn is_current(&self) -> bool {
        let is_current = |row: &StatusRow| {
            matches!(row.state, State::Applied | State::Recorded | State::Skipped)
        };
        self.rows.iter().all(is_current)
            && self.missing.is_empty()
            && !matches!(
                self.catalog,
                Catalog::Differs(_) | Catalog::OtherServer { .. }
            )
    }

    pub(crate) fn of(
        works: &[Work<'_>],
        rows: &[Row],
        catalog: Catalog,
        missing: Vec<MissingObject>,
    ) -> Self {
        let (rows, moved) = follow(works, rows);
        let files: BTreeMap<i64, &Work<'_>> =
            works.iter().map(|work| (work.version(), work)).collect();
        let mut all: BTreeMap<i64, StatusRow> = files
            .values()
            .map(|work| {
                let row = StatusRow {
                    version: work.version(),
                    name: work.migration.name.to_string(),
                    state: State::Pending,
                    when: None,
                };
                (row.version, row)
            })
            .collect();
        for row in &rows {
            let file = files.get(&row.version);
            let state = match file {
                None => State::Unknown,
                Some(work) if work.checksum != row.checksum || work.migration.name != row.name => {
                    State::Changed
                }
                Some(_) if row.finished.is_none() => State::Unfinished,
                Some(_) if moved.iter().any(|one| one.to == row.version) => State::Moved,
                Some(_) if row.skipped => State::Skipped,
                Some(_) if !row.ran => State::Recorded,
                Some(_) => State::Applied,
            };
            let shown = StatusRow {
                version: row.version,
                name: file.map_or_else(|| row.name.clone(), |work| work.migration.name.to_string()),
                state,
                when: row.finished.clone().or_else(|| Some(row.started.clone())),
            };
            all.insert(row.version, shown);
        }
        Self {
            rows: all.into_values().collect(),
            catalog,
            missing,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Applied => "applied",
            Self::Recorded => "recorded, not run (baseline)",
            Self::Skipped => "recorded, not run (skipped)",
            Self::Moved => "applied, its record is to follow its file",
            Self::Pending => "pending",
            Self::Unfinished => "unfinished",
            Self::Changed => "changed",
            Self::Unknown => "unknown to the files",
        })
    }
}

impl fmt::Display for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => Ok(()),
            Self::NotKept => writeln!(
                formatter,
                "catalog: not compared, since no run has ended since the newest migration began"
            ),
            Self::OtherServer { kept, now } => writeln!(
                formatter,
                "catalog: not compared yet, since the last run was on PostgreSQL {kept}, and this is {now}: `migrate` compares it with a \
                 database in which the migrations run"
            ),
            Self::Same { objects } => {
                writeln!(
                    formatter,
                    "catalog: as the last run left it ({objects} objects)"
                )
            }
            Self::Differs(drifts) => {
                writeln!(formatter, "catalog: not as the last run left it")?;
                drifts
                    .iter()
                    .try_for_each(|drift| write!(formatter, "{drift}"))
            }
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
        let version = widest(
            &mut self
                .rows
                .iter()
                .map(|row| format!("{:03}", row.version).len()),
        );
        let name = widest(&mut self.rows.iter().map(|row| row.name.len()));
        let state = widest(&mut self.rows.iter().map(|row| row.state.to_string().len()));
        for row in &self.rows {
            let when = row.when.as_deref().unwrap_or("-");
            writeln!(
                formatter,
                "{:version$}  {:name$}  {:state$}  {when}",
                format!("{:03}", row.version),
                row.name,
                row.state
            )?;
        }
        for MissingObject { file, condition } in &self.missing {
            writeln!(
                formatter,
                "skipped: `{file}`, so this does not hold: {condition}"
            )?;
        }
        write!(formatter, "{}", self.catalog)?;
        let is_pending = self.rows.iter().any(|it| it.state == State::Pending);
        if is_pending && matches!(self.catalog, Catalog::Differs(_)) {
            writeln!(
                formatter,
                "help: if psql or another runner applied what is pending, record that with `--baseline VERSION`, the newest of these \
                 migrations, which compares it first"
            )?;
        }
        Ok(())
    }
}
