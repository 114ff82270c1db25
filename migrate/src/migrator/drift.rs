//! What a run keeps of the store's objects, and how they have changed since.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::Migrator;
use crate::catalog::{self, Drift, Drifted, Objects};
use crate::error::MigrateError;
use crate::history::{History, TABLE};
use crate::observer::Event;
use crate::server;
use crate::session::Session;
use crate::status::Catalog;

impl Migrator {
    /// How the objects compare before a run, and what had drifted, unless it is accepted; says so.
    pub(super) async fn drifted(
        &self,
        session: &mut Session<'_>,
        history: &History,
    ) -> Result<(Catalog, Option<Drifted>), MigrateError> {
        if self.accepts_drift {
            return Ok((Catalog::NotAsked, None));
        }
        let (catalog, objects) = self.compared(session.client, history).await?;
        let Catalog::Differs(drifts) = &catalog else {
            return Ok((catalog, None));
        };
        for Drift { object, .. } in drifts {
            session.observer.observe(&Event::Drifted { object });
        }
        Ok((catalog, objects))
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
        Ok((catalog, Some(Drifted { kept, before })))
    }

    pub(super) async fn read_objects(
        client: &Client,
        names: &BTreeSet<String>,
    ) -> Result<Objects, MigrateError> {
        let asking = || MigrateError::asking("what the store's objects look like");
        let lines = catalog::read(client, &[TABLE]).await.map_err(asking())?;
        let partitions = catalog::partitions(client).await.map_err(asking())?;
        Ok(catalog::objects(lines, &partitions, names))
    }

    /// What was changed by hand stays for `status` to show.
    pub(super) async fn keep_catalog(
        &self,
        client: &Client,
        history: &History,
        drifted: Option<&Drifted>,
    ) -> Result<(), MigrateError> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let objects = Self::read_objects(client, &self.objects).await?;
        let objects = match drifted {
            Some(drifted) => drifted.keep(objects, &self.objects),
            None => objects,
        };
        let server = server::major(client).await?;
        history.keep_catalog(client, &objects, server).await
    }
}
