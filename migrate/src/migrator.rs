//! A run, from the lock to the last migration: the order in which everything is looked at, refused and applied.

mod drift;
mod skipped;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use eventcore_codegen::plan::Condition;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Socket};

use self::drift::Described;
use self::skipped::{is_taken_back, lacking, promised, rests_on};
use crate::advisory_lock::LockKey;
use crate::backoff::Backoff;
use crate::baseline::Expected;
use crate::catalog::{KeptBy, Objects};
use crate::compare::{Pending, compare};
use crate::dry_run::{self, DryRun};
use crate::error::MigrateError;
use crate::history::History;
use crate::kept::Drifted;
use crate::migration::Migration;
use crate::moved::follow;
use crate::observer::{Event, Observer};
use crate::record::Recording;
use crate::session::{Session, WITHOUT_TIMEOUTS, missing};
use crate::status::Status;
use crate::watcher::{Watcher, connect};
use crate::work::{Kind, Work};
use crate::{outside, pooler, server, transaction};

/// What a session of ours calls itself, unless the configuration says otherwise.
const APPLICATION: &str = "eventcore-migrate";

/// Applies migrations to a database.
#[derive(Clone, Debug)]
pub struct Migrator {
    migrations: Vec<Migration>,
    namespace: String,
    makes_namespace: bool,
    recording: Option<Recording>,
    unverified: bool,
    accepts_drift: bool,
    wait: Option<Duration>,
    attempts: u32,
    first_delay: Duration,
    objects: BTreeSet<String>,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files that were applied, in order.
    pub applied: Vec<String>,
    /// The files that were recorded as applied, in order.
    pub recorded: Vec<String>,
    /// How many were applied before.
    pub before: usize,
    /// How many are not applied yet: after a baseline, what the next run applies.
    pub pending: usize,
}

impl Migrator {
    /// Migrations for the namespace `public`. Waits five minutes for another run, and makes ten attempts at a lock.
    pub fn new(migrations: impl IntoIterator<Item = Migration>) -> Self {
        Self {
            migrations: migrations.into_iter().collect(),
            namespace: "public".to_owned(),
            makes_namespace: false,
            recording: None,
            unverified: false,
            accepts_drift: false,
            wait: Some(Duration::from_secs(300)),
            attempts: 10,
            first_delay: Duration::from_millis(250),
            objects: BTreeSet::new(),
        }
    }

    /// Sets the store's namespace (PostgreSQL's word is schema), which also has the table of what was applied.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Makes the store's namespace where it is not there, for migrations that bring it: the table of what was applied stands
    /// in it before the first of them runs.
    pub fn makes_namespace(mut self, makes: bool) -> Self {
        self.makes_namespace = makes;
        self
    }

    /// Makes runs record everything up to a version as applied, without running anything: for a database whose objects
    /// psql or another runner created. [`Migrator::run`] first applies them to a throw-away database on the same server,
    /// and refuses unless every object exists and matches.
    pub fn baseline(mut self, version: u32) -> Self {
        self.recording = Some(Recording::Baseline(version));
        self
    }

    /// Makes a baseline record migrations without verifying that their objects exist.
    pub fn unverified(mut self, unverified: bool) -> Self {
        self.unverified = unverified;
        self
    }

    /// Makes runs record the next migrations that are pending, which must have these versions, without running them: for
    /// what the rows of a database will never fit. What of one was begun outside of a transaction is cleared away first.
    pub fn skip(mut self, versions: impl IntoIterator<Item = u32>) -> Self {
        self.recording = Some(Recording::Skip(versions.into_iter().collect()));
        self
    }

    /// Takes the objects as they are for what the last run left, however they came to differ.
    pub fn accept_drift(mut self, accepts: bool) -> Self {
        self.accepts_drift = accepts;
        self
    }

    /// Sets how long a run waits for another one; without an end for `None`.
    pub fn wait(mut self, at_most: Option<Duration>) -> Self {
        self.wait = at_most;
        self
    }

    /// Sets how many attempts are made when a lock times out, a deadlock is found or transactions conflict. At least
    /// one is made.
    pub fn lock_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the wait before the second attempt; each further one is twice as long, up to 15 seconds, less a random
    /// part.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Says which objects are the store's, by namespace, dot and name, without quotes. Runs keep what these look like
    /// when they end, and [`Migrator::status`] compares.
    pub fn objects(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.objects = names.into_iter().collect();
        self
    }

    /// Applies what is pending, on connections of its own: one that runs, and one that looks on when that takes long.
    ///
    /// # Errors
    /// When something was refused, with nothing changed; or when a migration failed, with those before it applied.
    pub async fn run<T>(
        &self,
        config: &Config,
        tls: T,
        observer: &mut dyn Observer,
    ) -> Result<Report, MigrateError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let works = self.works()?;
        let config = named(config);
        let client = open(&config, tls.clone()).await?;
        pooler::refuse(&client, &config, tls.clone()).await?;
        let pid = pid(&client).await?;
        let verified = self.verify(&client, &config, tls.clone(), &works).await?;
        let here = self
            .described_here(&client, &config, tls.clone(), &works)
            .await?;
        let made = match verified {
            Some(made) => Some(made),
            None => self.made(&client, &config, tls.clone(), &works).await?,
        };
        let described = Described { here, made };
        let watcher = Watcher::of(pid, config, tls);
        self.run_in(&client, Some(watcher), &works, described, observer)
            .await
    }

    /// Applies what is pending, on a connection that is there. Nobody looks on: there is no progress to observe. The
    /// session's settings go back to their defaults. A future that is dropped leaves the lock with the session.
    ///
    /// # Errors
    /// As [`Migrator::run`].
    pub async fn run_on(
        &self,
        client: &mut Client,
        observer: &mut dyn Observer,
    ) -> Result<Report, MigrateError> {
        let works = self.works()?;
        if let Some(Recording::Baseline(version)) = self.recording
            && !self.unverified
        {
            let file = works.iter().find(|work| work.migration.version == version);
            return Err(MigrateError::BaselineUnverified {
                file: file.map_or_else(|| version.to_string(), |work| work.file.clone()),
                reason: "this run cannot open a connection to another database".to_owned(),
            });
        }
        let described = Described {
            here: Err("this run cannot open a connection to another database".to_owned()),
            made: None,
        };
        self.run_in(client, None, &works, described, observer).await
    }

    /// Refuses a baseline of a database that is not as its migrations leave one. Gives what they make of the store's objects.
    async fn verify<T>(
        &self,
        client: &Client,
        config: &Config,
        tls: T,
        works: &[Work<'_>],
    ) -> Result<Option<Objects>, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let Some(recording @ Recording::Baseline(version)) = &self.recording else {
            return Ok(None);
        };
        server::check(client, self.needed_namespace()).await?;
        let history = History::of(&self.namespace, self.makes_namespace);
        let rows = history.read(client).await?;
        let recorded = recording.works(works, &rows, &history.table)?;
        let Some(newest) = recorded.last().filter(|_| !self.unverified) else {
            return Ok(None);
        };
        let expected = self.expected(&newest.file, |one| one.version <= *version);
        let recorded = rows.iter().map(|row| row.version).max();
        let before = recorded.map(|recorded| {
            self.expected("", |one| i64::from(one.version) <= recorded)
                .migrator
        });
        let made = expected.verify(client, config, tls, before.as_ref(), &self.objects);
        made.await.map(Some)
    }

    /// These migrations, to be applied in a throw-away database.
    fn expected<'n>(&'n self, newest: &'n str, of: impl Fn(&Migration) -> bool) -> Expected<'n> {
        let mut migrator = self.clone();
        migrator.migrations.retain(of);
        migrator.recording = None;
        migrator.objects = BTreeSet::new();
        Expected {
            migrator,
            newest,
            namespace: self.needed_namespace(),
        }
    }

    /// What a run would do to this very database. Changes nothing, and waits for nobody.
    ///
    /// # Errors
    /// What a run would refuse.
    pub async fn dry_run<T>(&self, config: &Config, tls: T) -> Result<DryRun, MigrateError>
    where
        T: MakeTlsConnect<Socket> + Clone,
        T::Stream: Send + 'static,
    {
        let works = self.works()?;
        let config = named(config);
        let client = open(&config, tls.clone()).await?;
        server::check(&client, self.needed_namespace()).await?;
        let history = History::of(&self.namespace, self.makes_namespace);
        let (rows, moved) = follow(&works, &history.read(&client).await?);
        self.verify(&client, &config, tls, &works).await?;
        if let Some(recording) = &self.recording {
            let recorded = recording.works(&works, &rows, &history.table)?;
            return Ok(DryRun::recording(recorded));
        }
        let pending = compare(&works, &rows, &history.table)?;
        server::check_plan(&client, &pending).await?;
        let mut run = dry_run::look(&client, &pending).await?;
        run.moved = moved.into_iter().map(|one| (one.was, one.file)).collect();
        Ok(run)
    }

    /// What is applied, and what is not. Changes nothing, and waits for nobody.
    ///
    /// # Errors
    /// When the files cannot be read as migrations, or the server refuses.
    pub async fn status<T>(&self, config: &Config, tls: T) -> Result<Status, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let works = self.works()?;
        let client = open(&named(config), tls).await?;
        let history = History::of(&self.namespace, self.makes_namespace);
        let rows = history.read(&client).await?;
        let catalog = self.catalog(&client, &history).await?;
        let missing = lacking(&client, &works, &rows).await?;
        Ok(Status::of(&works, &rows, catalog, missing))
    }

    /// The namespace that has to be there, if runs do not make it.
    fn needed_namespace(&self) -> Option<&str> {
        (!self.makes_namespace).then_some(&self.namespace)
    }

    /// The migrations in order, made ready.
    fn works(&self) -> Result<Vec<Work<'_>>, MigrateError> {
        let mut works = self
            .migrations
            .iter()
            .map(Work::read)
            .collect::<Result<Vec<_>, _>>()?;
        works.sort_by_key(Work::version);
        for pair in works.windows(2) {
            if let [first, second] = pair
                && first.version() == second.version()
            {
                return Err(MigrateError::SameVersion {
                    first: first.file.clone(),
                    second: second.file.clone(),
                });
            }
        }
        Ok(works)
    }

    async fn run_in(
        &self,
        client: &Client,
        watcher: Option<Watcher>,
        works: &[Work<'_>],
        described: Described,
        observer: &mut dyn Observer,
    ) -> Result<Report, MigrateError> {
        server::check(client, self.needed_namespace()).await?;
        client
            .batch_execute(WITHOUT_TIMEOUTS)
            .await
            .map_err(MigrateError::doing("set the session's time-outs"))?;
        let lock = LockKey::of(&self.namespace);
        lock.take(client, self.wait, observer).await?;
        if !lock.is_held(client).await? {
            return Err(MigrateError::Pooler);
        }
        let mut session = Session {
            client,
            observer,
            watcher,
            first: false,
        };
        let result = self.run_alone(&mut session, works, described).await;
        lock.release(client).await;
        result
    }

    /// Nobody else is at it.
    async fn run_alone(
        &self,
        session: &mut Session<'_>,
        works: &[Work<'_>],
        described: Described,
    ) -> Result<Report, MigrateError> {
        let history = History::of(&self.namespace, self.makes_namespace);
        let (rows, moved) = follow(works, &history.read(session.client).await?);
        if self.recording.is_none() {
            compare(works, &rows, &history.table)?;
        }
        if !moved.is_empty() {
            let doing = MigrateError::doing(format!("correct records in `{}`", history.table));
            history
                .follow(session.client, &moved, &rows)
                .await
                .map_err(doing)?;
        }
        for one in &moved {
            session.observer.observe(&Event::Moved {
                was: &one.was,
                file: &one.file,
            });
        }
        let is_baseline = matches!(self.recording, Some(Recording::Baseline(_)));
        let drifted = if rows.is_empty() || is_baseline && described.made.is_some() {
            None
        } else {
            self.drifted(session, &history, described.here).await?
        };
        if let Some(recording) = &self.recording {
            let report = recording.run(session, &history, works, &rows).await?;
            if let Some(made) = described.made.filter(|_| is_baseline) {
                self.keep_made(session, &history, made).await?;
            } else {
                self.keep_catalog(session.client, &history, drifted.as_ref(), None)
                    .await?;
            }
            return Ok(report);
        }
        let pending = compare(works, &rows, &history.table)?;
        server::check_plan(session.client, &pending).await?;
        history.create(session.client).await?;
        session.first = rows.is_empty();
        let mut report = Report {
            before: works.len() - pending.len(),
            ..Report::default()
        };
        if pending.is_empty() {
            // What was changed by hand since the last run is for `status` to show.
            let is_kept = matches!(&drifted, Some(drifted) if drifted.by != KeptBy::ThisRun);
            if self.accepts_drift || !is_kept {
                self.keep_catalog(session.client, &history, drifted.as_ref(), None)
                    .await?;
            }
            return Ok(report);
        }
        if let Some((role, owner)) = history.other_owner(session.client).await? {
            let (role, owner) = (&role, &owner);
            session.observer.observe(&Event::OtherOwner { role, owner });
        }
        let mut skipped = promised(works, &rows);
        for one in pending {
            let work = one.work;
            if !one.started && rests_on(session.client, work, &skipped).await? {
                let doing = || MigrateError::doing(format!("record it in `{}`", history.table));
                let recorded = history.not_run(session.client, work, true).await;
                recorded.map_err(doing())?;
                let file = &work.file;
                session.observer.observe(&Event::Skipped { file });
                skipped.extend(work.header.done_when.iter().cloned());
                report.recorded.push(file.clone());
                continue;
            }
            if let Err(error) = self.apply(session, &history, one, &skipped).await {
                // What is changed by hand before the next run is told from what this one did; the connection may be gone.
                if !report.applied.is_empty() {
                    let kept = self.keep_catalog(session.client, &history, drifted.as_ref(), None);
                    let _ = kept.await;
                }
                return Err(error);
            }
            session.first = false;
            report.applied.push(work.file.clone());
            // However this run ends, what was changed by hand before it is not forgotten.
            if drifted.as_ref().is_some_and(Drifted::differs) {
                self.keep_catalog(session.client, &history, drifted.as_ref(), None)
                    .await?;
            }
        }
        self.keep_catalog(
            session.client,
            &history,
            drifted.as_ref(),
            described.made.as_ref(),
        )
        .await?;
        Ok(report)
    }

    async fn apply(
        &self,
        session: &mut Session<'_>,
        history: &History,
        Pending { work, started }: Pending<'_, '_>,
        skipped: &[Condition],
    ) -> Result<(), MigrateError> {
        if !started {
            let mut missing = missing(session.client, &work.header.needs).await?;
            missing.retain(|need| !is_taken_back(work, need, skipped));
            if !missing.is_empty() {
                return Err(MigrateError::Needs {
                    file: work.file.clone(),
                    missing,
                });
            }
        }
        session.observer.observe(&Event::Started {
            file: &work.file,
            kind: work.kind,
            resumed: started,
        });
        let clock = Instant::now();
        let backoff = Backoff::new(self.attempts, self.first_delay);
        let statements = match work.kind {
            Kind::Transaction => transaction::run(session, history, work, backoff).await?,
            Kind::Outside | Kind::Expanded => {
                outside::run(session, history, work, started, backoff).await?
            }
        };
        // What a file sets for its session is not for the next one, as each has a session of its own under psql.
        session
            .client
            .batch_execute(&format!("RESET ALL; {WITHOUT_TIMEOUTS}"))
            .await
            .map_err(MigrateError::doing("reset the session"))?;
        session.observer.observe(&Event::Applied {
            file: &work.file,
            statements,
            duration: clock.elapsed(),
        });
        Ok(())
    }
}

fn named(config: &Config) -> Config {
    let mut config = config.clone();
    if config.get_application_name().is_none() {
        config.application_name(APPLICATION);
    }
    config
}

/// Connects, and drives the connection by a task of the current runtime.
///
/// # Errors
/// When there is no connection, with where it was sought.
pub async fn open<T>(config: &Config, tls: T) -> Result<Client, MigrateError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    connect(config, tls)
        .await
        .map_err(|error| MigrateError::Connect {
            to: server::address(config),
            error,
        })
}

async fn pid(client: &Client) -> Result<i32, MigrateError> {
    let row = client
        .query_one("SELECT pg_catalog.pg_backend_pid()", &[])
        .await
        .map_err(MigrateError::asking("for the session's process"))?;
    Ok(row.get(0))
}
