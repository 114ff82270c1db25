//! Whether a database is as the migrations of a baseline leave one: they run in a throw-away database on the same
//! server, and the two catalogs are compared object by object. Records nothing.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};

use crate::catalog::{self, Drift, Line, Objects};
use crate::error::MigrateError;
use crate::history::TABLE;
use crate::migrator::{Migrator, open};
use crate::observer::Silent;
use crate::places::without_place;
use crate::server::words;
use crate::throw_away::ThrowAway;
use eventcore_codegen::sql::quote_ident;

/// What is compared, and how the throw-away database is reached.
pub(crate) struct Expected<'a> {
    /// Applies what the baseline records.
    pub(crate) migrator: Migrator,
    /// The newest of its files.
    pub(crate) newest: &'a str,
    /// The namespace that has to exist before the first migration runs.
    pub(crate) namespace: Option<&'a str>,
}

/// What the migrations of a baseline create.
struct Wanted {
    objects: Objects,
    /// What those create that have been recorded already.
    before: Option<Objects>,
    /// The store's objects.
    named: Objects,
}

/// What is asked of a throw-away database.
const THERE: &str = "what the throw-away database's objects look like";

impl Expected<'_> {
    /// Refuses a database that lacks an object, or has it otherwise. Where `before` have been recorded already, what the files did
    /// not change since then may be otherwise: that was changed by hand. Gives what objects of these names are to look like.
    pub(crate) async fn verify<T>(
        &self,
        client: &Client,
        config: &Config,
        tls: T,
        before: Option<&Migrator>,
        names: &BTreeSet<String>,
    ) -> Result<Objects, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let database = self.throw_away(client, "baseline").await?;
        let inside = database.config(config);
        let wanted = self.wanted(&inside, tls, before, names).await;
        let dropped = database.drop(client).await;
        let wanted = wanted?;
        dropped.map_err(MigrateError::doing("drop the throw-away database"))?;
        let found = catalog::read(client, &[TABLE])
            .await
            .map_err(MigrateError::asking(
                "what the database's objects look like",
            ))?;
        let mut differences = differences(&wanted.objects, found);
        if let Some(before) = &wanted.before {
            differences.retain(|it| is_of_the_files(it, before));
        }
        if differences.is_empty() {
            return Ok(wanted.named);
        }
        Err(MigrateError::BaselineDiffers {
            file: self.newest.to_owned(),
            differences,
        })
    }

    /// What objects of these names look like where the migrations have run on this server.
    pub(crate) async fn describe<T>(
        &self,
        client: &Client,
        config: &Config,
        tls: T,
        names: &BTreeSet<String>,
    ) -> Result<Objects, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let database = self.throw_away(client, "catalog").await?;
        let described = async {
            let config = database.config(config);
            let (there, _) = self.applied(&self.migrator, &config, tls).await?;
            Migrator::read_objects(&there, names).await
        };
        let described = described.await;
        let dropped = database.drop(client).await;
        let described = described?;
        dropped.map_err(MigrateError::doing("drop the throw-away database"))?;
        Ok(described)
    }

    async fn throw_away(&self, client: &Client, purpose: &str) -> Result<ThrowAway, MigrateError> {
        let created = ThrowAway::create(client, purpose).await;
        created
            .map_err(|error| self.unverified(format!("no throw-away database: {}", words(&error))))
    }

    /// What the migrations create.
    async fn wanted<T>(
        &self,
        config: &Config,
        tls: T,
        before: Option<&Migrator>,
        names: &BTreeSet<String>,
    ) -> Result<Wanted, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let first = before.unwrap_or(&self.migrator);
        let (mut client, foreign) = self.applied(first, config, tls).await?;
        let read = async |client: &Client| {
            let lines = catalog::read(client, &[TABLE]).await;
            let lines = lines.map_err(MigrateError::asking(THERE))?;
            Ok::<_, MigrateError>(by_object(lines, |object| !foreign.contains(object)))
        };
        let before = match before {
            Some(_) => Some(read(&client).await?),
            None => None,
        };
        if before.is_some() {
            self.run(&self.migrator, &mut client).await?;
        }
        Ok(Wanted {
            objects: read(&client).await?,
            before,
            named: Migrator::read_objects(&client, names).await?,
        })
    }

    /// A database in which the migrations have run, and the objects that were there before.
    async fn applied<T>(
        &self,
        migrator: &Migrator,
        config: &Config,
        tls: T,
    ) -> Result<(Client, BTreeSet<String>), MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let mut client = open(config, tls).await?;
        let read = || MigrateError::asking(THERE);
        if let Some(namespace) = self.namespace {
            let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_ident(namespace));
            client.batch_execute(&create).await.map_err(read())?;
        }
        let before: BTreeSet<_> = catalog::read(&client, &[TABLE])
            .await
            .map_err(read())?
            .into_iter()
            .map(|line| line.object)
            .collect();
        self.run(migrator, &mut client).await?;
        Ok((client, before))
    }

    async fn run(&self, migrator: &Migrator, client: &mut Client) -> Result<(), MigrateError> {
        // The future of a run has futures of this kind in it.
        let run = Box::pin(migrator.run_on(client, &mut Silent)).await;
        run.map(drop)
            .map_err(|error| self.unverified(format!("they fail in an empty database: {error}")))
    }

    fn unverified(&self, reason: String) -> MigrateError {
        MigrateError::BaselineUnverified {
            file: self.newest.to_owned(),
            reason,
        }
    }
}

/// Without the places of columns, whose order needs no migration.
fn by_object(lines: Vec<Line>, is_wanted: impl Fn(&str) -> bool) -> Objects {
    let mut objects = BTreeMap::new();
    for Line { object, text } in lines {
        if is_wanted(&object) {
            let all: &mut String = objects.entry(object).or_default();
            all.push_str(&without_place(&text));
            all.push('\n');
        }
    }
    objects
}

/// What the database lacks, or has otherwise. A partition of a month is created and dropped with the time: one that is
/// missing is no difference.
fn differences(wanted: &Objects, found: Vec<Line>) -> Vec<Drift> {
    let found = by_object(found, |object| wanted.contains_key(object));
    catalog::compare(wanted, &found)
        .into_iter()
        .filter(|drift| found.contains_key(&drift.object) || !is_of_a_month(&drift.object))
        .map(|drift| {
            if found.contains_key(&drift.object) {
                return drift;
            }
            // Its whole text would hide what else is missing.
            Drift {
                gone: vec!["the object itself".to_owned()],
                ..drift
            }
        })
        .collect()
}

/// Whether the migrations that are to be recorded bring what is missing, or take away what is there.
fn is_of_the_files(drift: &Drift, before: &Objects) -> bool {
    let text = before.get(&drift.object).map_or("", String::as_str);
    let was = |line: &String| text.lines().any(|it| it == line);
    text.is_empty() || !drift.gone.iter().all(was) || drift.new.iter().any(was)
}

/// `events_2026_11`
fn is_of_a_month(object: &str) -> bool {
    let mut parts = object.rsplit('_');
    let mut is_number = |digits: usize| {
        parts
            .next()
            .is_some_and(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
    };
    is_number(2) && is_number(4)
}
