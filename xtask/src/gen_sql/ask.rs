//! What gen-sql asks of a database that it is given: which migrations it has run, whether its log contains events of retired
//! types, and whether its server accepts the queries.

use eventcore_codegen::history::Recorded;
use eventcore_schema_model::event_type::EventType;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::ValidSchema;

use super::amend::Applied;
use super::error::GenSqlError;
#[cfg(feature = "migrate")]
use super::history;
use super::{GenSqlCommand, Reporter};
use crate::project::Project;

impl GenSqlCommand {
    /// Asks the database that was given what only a server knows; says what was not asked without one. `forgotten` are for each
    /// store the names of event types that no released definition reads.
    pub(super) fn ask_database(
        &self,
        project: &Project,
        schemas: &[(&str, ValidSchema)],
        recorded: &[Recorded],
        forgotten: &[Vec<String>],
        reporter: &mut dyn Reporter,
    ) -> Result<(), GenSqlError> {
        let given = match &self.database_url {
            Some(_) => Some(project.find_store(self.store.as_deref())?),
            None => None,
        };
        for (((folder, schema), recorded), forgotten) in schemas.iter().zip(recorded).zip(forgotten)
        {
            let mut retired = newly_retired(schema, recorded);
            if given.is_some_and(|it| it.folder == *folder) {
                retired.extend(forgotten.iter().map(String::as_str));
                retired.extend(removed(schema));
                retired.sort_unstable();
                retired.dedup();
                self.ask(schema, &retired, reporter)?;
            } else if !retired.is_empty() {
                reporter.note(&format!(
                    "store `{folder}`: no database was asked whether its log contains events of the retired `{}`; to ask one, add \
                     `--database-url URL`",
                    retired.join("`, `")
                ));
            }
        }
        Ok(())
    }
}

#[cfg(feature = "migrate")]
impl GenSqlCommand {
    fn ask(
        &self,
        schema: &ValidSchema,
        retired: &[&str],
        reporter: &mut dyn Reporter,
    ) -> Result<(), GenSqlError> {
        let Some(url) = &self.database_url else {
            return Ok(());
        };
        if !retired.is_empty() {
            let names = crate::database::stored_event_types(url, schema, retired)?;
            if !names.is_empty() {
                return Err(GenSqlError::Stored { names });
            }
        }
        let declared = schema.events.iter().flat_map(EventType::read_names);
        let declared: Vec<&str> = declared.collect();
        if !declared.is_empty() {
            let others = crate::database::other_event_types(url, schema, &declared)?;
            for name in others {
                reporter.note(&format!(
                    "the database has events of type `{name}`, which the definition does not declare, so that nothing keeps them readable; add \
                     `.event::<...>()` for their type"
                ));
            }
        }
        let defects = crate::database::query_defects(url, schema)?;
        if defects.is_empty() {
            Ok(())
        } else {
            Err(GenSqlError::Queries { defects })
        }
    }

    /// What the database that was given has run.
    pub(super) fn applied(&self, project: &Project) -> Result<Option<Applied>, GenSqlError> {
        let Some(url) = &self.database_url else {
            return Ok(None);
        };
        let store = project.find_store(self.store.as_deref())?;
        let folder = project.output_folder().join(&store.folder);
        let namespace = store.schema.namespace.as_str();
        let files = crate::database::applied(url, namespace, &folder.join(history::MIGRATIONS))?;
        Ok(Some(Applied {
            folder: store.folder.clone(),
            files,
        }))
    }
}

/// The names of event types that the definition retires since the last run, and under which events may be stored.
fn newly_retired<'a>(schema: &Schema, recorded: &'a Recorded) -> Vec<&'a str> {
    let Some(before) = recorded.schema() else {
        return Vec::new();
    };
    let annotations = schema.retired.iter();
    let new: Vec<_> = annotations
        .filter(|it| !before.retired.contains(it))
        .map(|it| &it.name)
        .collect();
    let events = before
        .recorded_events()
        .filter(|it| new.contains(&&it.name));
    let mut names: Vec<_> = events.flat_map(EventType::read_names).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The names of event types that the definition retires and does not read any more, since whatever run.
fn removed(schema: &Schema) -> impl Iterator<Item = &str> {
    let names = schema.retired.iter().map(|it| it.name.as_str());
    names.filter(|name| {
        let mut events = schema.events.iter();
        !events.any(|event| event.read_names().any(|it| it == *name))
    })
}

#[cfg(not(feature = "migrate"))]
impl GenSqlCommand {
    /// Without a driver there is no database: a run that is given one goes on with the driver before it comes here.
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the other build asks"
    )]
    pub(super) fn applied(&self, _: &Project) -> Result<Option<Applied>, GenSqlError> {
        Ok(None)
    }

    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the other build asks"
    )]
    fn ask(&self, _: &ValidSchema, _: &[&str], _: &mut dyn Reporter) -> Result<(), GenSqlError> {
        Ok(())
    }
}
