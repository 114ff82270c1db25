//! `--amend`: which stores' newest migrations may be planned anew. One that exists on the base branch is released.

use eventcore_codegen::history::{Planning, Recorded};
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::ValidSchema;

use super::Reporter;
use super::error::GenSqlError;
use super::history::{MIGRATIONS, lock_in_commit};
use super::released::Base;
use crate::project::Project;

/// Where migrations are that others rely on, as the command line says.
pub(super) struct Released<'a> {
    pub(super) base: &'a Base,
    pub(super) database: Option<Applied>,
}

/// What a database has run.
pub(super) struct Applied {
    /// The store that it is of.
    pub(super) folder: String,
    /// The names of migrations, whole or begun.
    pub(super) files: Vec<String>,
}

/// What each store's run plans: its newest migrations anew, where they may be and the definition of some store asks for
/// it.
///
/// # Errors
/// When there is nothing that may be planned anew, or a store needs a migration that `--amend` would not give it.
pub(super) fn plannings(
    project: &Project,
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    released: &Released<'_>,
    reporter: &mut dyn Reporter,
) -> Result<Vec<Planning>, GenSqlError> {
    if project.unreleased {
        return Err(GenSqlError::AmendUnreleased);
    }
    if matches!(released.base, Base::Unknown) {
        reporter
            .note("this is no git checkout: nothing tells whether these migrations are released");
    }
    let mut plannings = Vec::new();
    let mut refused = None;
    for ((folder, schema), recorded) in schemas.iter().zip(recorded) {
        let Some(refusal) = refusal(project, folder, recorded, released)? else {
            plannings.push(Planning::Amend);
            continue;
        };
        if !recorded.leads_to(schema) {
            return Err(refusal);
        }
        refused.get_or_insert(refusal);
        plannings.push(Planning::Onward);
    }
    match refused {
        Some(refusal) if !plannings.contains(&Planning::Amend) => Err(refusal),
        _ => Ok(plannings),
    }
}

/// Refuses a definition that says otherwise of a planned change how its rows get their values, where the migration that does it
/// is not released yet: it would go on doing what it was planned to do.
///
/// # Errors
/// That, and when git gives no answer.
pub(super) fn refuse_absorbed(
    project: &Project,
    base: &Base,
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    reporter: &mut dyn Reporter,
) -> Result<(), GenSqlError> {
    for ((folder, schema), recorded) in schemas.iter().zip(recorded) {
        let changed = recorded.changed_annotations(schema);
        if changed.is_empty() {
            continue;
        }
        let released = Released {
            base,
            database: None,
        };
        if matches!(base, Base::Unknown) {
            reporter.note(&format!(
                "store `{folder}`: what the definition says now of {} does not reach the migrations that are planned already; if they \
                 are not released, run again with `--amend`",
                changed.join(", ")
            ));
        } else if refusal(project, folder, recorded, &released)?.is_none() {
            return Err(GenSqlError::Absorbed {
                store: (*folder).to_owned(),
                changed,
            });
        }
    }
    Ok(())
}

/// Refuses a definition that has again what an earlier migration of this branch loses, which the newest ones cannot take back.
///
/// # Errors
/// That, and when git gives no answer.
pub(super) fn refuse_lost_and_back(
    project: &Project,
    base: &Base,
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    plannings: &[Planning],
) -> Result<(), GenSqlError> {
    for (((folder, schema), recorded), planning) in schemas.iter().zip(recorded).zip(plannings) {
        if recorded.leads_to(schema) {
            continue;
        }
        let Some(released) = released_schema(project, folder, base)? else {
            continue;
        };
        let lost = recorded.lost_and_back(&released, *planning, schema);
        if !lost.is_empty() {
            return Err(GenSqlError::LostAndBack {
                store: (*folder).to_owned(),
                lost,
            });
        }
    }
    Ok(())
}

/// What a store's migrations led to when this branch left the base branch.
fn released_schema(
    project: &Project,
    folder: &str,
    base: &Base,
) -> Result<Option<Schema>, GenSqlError> {
    let Base::Commit(git, commit) = base else {
        return Ok(None);
    };
    let Some(common) = git.merge_base(commit, &git.named("HEAD")?)? else {
        return Ok(None);
    };
    let lock = lock_in_commit(project, folder, git, &common)?;
    Ok(lock.map(|lock| lock.schema))
}

/// Why a store's newest migrations may not be planned anew; nothing where they may.
fn refusal(
    project: &Project,
    folder: &str,
    recorded: &Recorded,
    released: &Released<'_>,
) -> Result<Option<GenSqlError>, GenSqlError> {
    if recorded.newest().is_empty() {
        let store = folder.to_owned();
        return Ok(Some(GenSqlError::NothingToAmend { store }));
    }
    let path = format!("{}/{folder}/{MIGRATIONS}", project.output);
    let among = |names: &[String]| -> Vec<_> {
        let newest = recorded.newest().iter();
        newest
            .filter(|name| names.contains(name))
            .map(|name| format!("`{path}/{name}`"))
            .collect()
    };
    if let Some(database) = released
        .database
        .as_ref()
        .filter(|one| one.folder == folder)
    {
        let files = among(&database.files);
        if !files.is_empty() {
            return Ok(Some(GenSqlError::Applied { files }));
        }
    }
    let Base::Commit(git, commit) = released.base else {
        return Ok(None);
    };
    let files = among(&git.list(commit, &path)?);
    Ok((!files.is_empty()).then(|| GenSqlError::Released {
        files,
        base: commit.name.clone(),
    }))
}
