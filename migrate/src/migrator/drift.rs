//! What a run keeps of the store's objects, and how they have changed since.

use std::collections::BTreeSet;

use tokio_postgres::tls::MakeTlsConnect;

use tokio_postgres::{Client, Config, Socket};

use super::Migrator;
use crate::catalog::{self, Drift, KeptBy, Objects};
use crate::error::MigrateError;
use crate::history::{History, TABLE};
use crate::kept::{Drifted, Numbers};
use crate::moved::follow;
use crate::observer::Event;
use crate::places::{is_alike, with_places};
use crate::server;
use crate::session::Session;
use crate::status::Catalog;
use crate::work::Work;

/// Objects as a throw-away database has them.
pub(super) struct Described {
    /// Those that the last run kept.
    pub(super) here: DescribedHere,
    /// Those that all migrations make, where some were changed by hand before the run.
    pub(super) made: Option<Objects>,
}

/// What the objects that the last run kept look like where the same migrations have run on this server, if it is of another major
/// version than the one that described them; or why that cannot be told.
pub(super) type DescribedHere = Result<Option<Objects>, String>;

impl Migrator {
    /// Describes on this server what another one described, whose words are not the same.
    pub(super) async fn described_here<T>(
        &self,
        client: &Client,
        config: &Config,
        tls: T,
        works: &[Work<'_>],
    ) -> Result<DescribedHere, MigrateError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let history = History::of(&self.namespace, self.makes_namespace);
        if self.objects.is_empty() || self.accepts_drift {
            return Ok(Ok(None));
        }
        let Some((kept_by, kept)) = history.read_catalog(client).await? else {
            return Ok(Ok(None));
        };
        if kept_by == server::major(client).await? {
            return Ok(Ok(None));
        }
        let (rows, _) = follow(works, &history.read(client).await?);
        let ran = |version: u32| {
            let mut rows = rows
                .iter()
                .filter(|it| it.finished.is_some() && !it.skipped);
            rows.any(|it| it.version == i64::from(version))
        };
        let names = kept.into_keys().collect();
        let expected = self.expected("", |one| ran(one.version));
        let described = Box::pin(expected.describe(client, config, tls, &names)).await;
        Ok(match described {
            Ok(objects) => Ok(Some(objects)),
            Err(MigrateError::BaselineUnverified { reason, .. }) => Err(reason),
            Err(error) => Err(error.to_string()),
        })
    }

    /// What all migrations make, if the run may have to tell that from what was changed by hand.
    pub(super) async fn made<T>(
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
        let history = History::of(&self.namespace, self.makes_namespace);
        let (rows, _) = follow(works, &history.read(client).await?);
        let is_run = self.recording.is_none() && !self.accepts_drift && works.len() > rows.len();
        if !is_run || !matches!(self.catalog(client, &history).await?, Catalog::Differs(_)) {
            return Ok(None);
        }
        let expected = self.expected("", |_| true);
        let described = Box::pin(expected.describe(client, config, tls, &self.objects)).await;
        // Where it cannot be made, the run tells by itself, as far as it can.
        Ok(described.ok())
    }

    /// The objects before a run beside what was kept of them, unless drift is accepted; says what differs.
    pub(super) async fn drifted(
        &self,
        session: &mut Session<'_>,
        history: &History,
        here: DescribedHere,
    ) -> Result<Option<Drifted>, MigrateError> {
        if self.accepts_drift {
            return Ok(None);
        }
        let (mut catalog, mut objects) = self.compared(session.client, history).await?;
        if let (Catalog::OtherServer { kept: by, now }, Some(drifted)) = (&catalog, &mut objects) {
            drifted.by = KeptBy::Other(*by);
            match here {
                Ok(Some(kept)) => {
                    drifted.kept = kept;
                    drifted.by = KeptBy::ThisRun;
                    catalog = Catalog::of(*now, &drifted.kept, &drifted.before, *now);
                }
                Ok(None) => {}
                Err(reason) => {
                    session
                        .observer
                        .observe(&Event::NotCompared { reason: &reason });
                    return Ok(objects);
                }
            }
        }
        let Catalog::Differs(drifts) = &catalog else {
            return Ok(objects);
        };
        for Drift { object, .. } in drifts {
            session.observer.observe(&Event::Drifted { object });
        }
        Ok(objects)
    }

    /// The store's objects against what the last run kept of them.
    pub(super) async fn catalog(
        &self,
        client: &Client,
        history: &History,
    ) -> Result<Catalog, MigrateError> {
        let (catalog, _) = self.compared(client, history).await?;
        Ok(catalog)
    }

    /// The comparison, and the objects that were compared.
    async fn compared(
        &self,
        client: &Client,
        history: &History,
    ) -> Result<(Catalog, Option<Drifted>), MigrateError> {
        if self.objects.is_empty() {
            return Ok((Catalog::NotAsked, None));
        }
        let Some((kept_by, kept)) = history.read_catalog(client).await? else {
            return Ok((Catalog::NotKept, None));
        };
        // What the last run kept may have another name in the definition by now, or none: that is to come, and no drift.
        let names = kept.keys().cloned().collect();
        let before = Self::read_objects(client, &names).await?;
        let catalog = Catalog::of(kept_by, &kept, &before, server::major(client).await?);
        Ok((
            catalog,
            Some(Drifted {
                kept,
                by: KeptBy::LastRun,
                before,
                numbers: Self::numbers(client).await?,
            }),
        ))
    }

    pub(crate) async fn read_objects(
        client: &Client,
        names: &BTreeSet<String>,
    ) -> Result<Objects, MigrateError> {
        let asking = || MigrateError::asking("what the store's objects look like");
        let lines = catalog::read(client, &[TABLE]).await.map_err(asking())?;
        let partitions = catalog::partitions(client).await.map_err(asking())?;
        Ok(catalog::objects(lines, &partitions, names))
    }

    async fn numbers(client: &Client) -> Result<Numbers, MigrateError> {
        let asking = MigrateError::asking("which objects there are");
        catalog::numbers(client).await.map_err(asking)
    }

    /// What was changed by hand stays for `status` to show.
    pub(super) async fn keep_catalog(
        &self,
        client: &Client,
        history: &History,
        drifted: Option<&Drifted>,
        made: Option<&Objects>,
    ) -> Result<(), MigrateError> {
        if self.objects.is_empty() {
            return Ok(());
        }
        if let Some(Drifted {
            kept,
            by: KeptBy::Other(server),
            ..
        }) = drifted
        {
            return history.keep_catalog(client, kept, *server).await;
        }
        let objects = Self::read_objects(client, &self.objects).await?;
        let objects = match drifted {
            Some(drifted) => {
                let numbers = Self::numbers(client).await?;
                drifted.keep(objects, &self.objects, &numbers, made)
            }
            None => objects,
        };
        let server = server::major(client).await?;
        history.keep_catalog(client, &objects, server).await
    }

    /// Keeps what the files of a baseline make, and says which objects were changed by hand beside that.
    pub(super) async fn keep_made(
        &self,
        session: &mut Session<'_>,
        history: &History,
        made: Objects,
    ) -> Result<(), MigrateError> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let mut objects = Self::read_objects(session.client, &self.objects).await?;
        for (object, made) in made {
            let found = objects.get(&object).map_or("", String::as_str);
            if !is_alike(&made, found) {
                let made = with_places(&made, found);
                let drifted = Event::Drifted { object: &object };
                session.observer.observe(&drifted);
                objects.insert(object, made);
            }
        }
        let server = server::major(session.client).await?;
        history.keep_catalog(session.client, &objects, server).await
    }
}
