//! What the base branch has: migrations and event shapes that others rely on.

use eventcore_codegen::history::Recorded;
use eventcore_schema_model::diff::check_events_since;
use eventcore_schema_model::event_type::EventType;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::ValidSchema;

use super::error::GenSqlError;
use super::history::{LOCK, lock_in_commit};
use super::render::findings;
use super::{Reporter, report_violations};
use crate::git::{Commit, Git};
use crate::project::Project;

/// Where released migrations are.
pub(super) enum Base {
    /// Not in a git checkout: nobody knows.
    Unknown,
    /// A checkout without a commit: nothing is.
    Nothing,
    Commit(Git, Commit),
}

/// The base branch: the one of the command line, else the one that git knows.
///
/// # Errors
/// When git gives no answer, or does not know the branch of the command line.
pub(super) fn find_base(project: &Project, name: Option<&str>) -> Result<Base, GenSqlError> {
    let Some(git) = Git::at(&project.root)? else {
        return Ok(match name {
            Some(_) => return Err(GenSqlError::NoCheckout),
            None => Base::Unknown,
        });
    };
    let found = match name {
        Some(name) => Some(git.named(name)?),
        // Without a base branch, what is committed counts as released.
        None => match git.base()? {
            Some(base) => Some(base),
            None => git.find("HEAD")?,
        },
    };
    Ok(match found {
        Some(commit) => Base::Commit(git, commit),
        None => Base::Nothing,
    })
}

/// Lets a branch change an event type that it has recorded itself, as long as the base branch does not have that shape. Returns
/// for each store the names that only such events are stored under.
///
/// # Errors
/// When git gives no answer, or the base branch's lock file cannot be read.
pub(super) fn forget_unreleased_events(
    project: &Project,
    base: &Base,
    schemas: &[(&str, ValidSchema)],
    recorded: &mut [Recorded],
    reporter: &mut dyn Reporter,
) -> Result<Vec<Vec<String>>, GenSqlError> {
    let mut all = Vec::new();
    for ((folder, definition), recorded) in schemas.iter().zip(recorded) {
        let mut names = Vec::new();
        if recorded.has_unread_events(definition) {
            let (branch, released) = match base {
                Base::Unknown => {
                    all.push(names);
                    continue;
                }
                Base::Nothing => ("HEAD", None),
                Base::Commit(git, commit) => {
                    let lock = lock_in_commit(project, folder, git, commit)?;
                    (commit.name.as_str(), lock.map(|lock| lock.schema))
                }
            };
            for event in recorded.forget_unreleased_events(definition, released.as_ref()) {
                reporter.note(&format!(
                    "store `{folder}`: events of type `{}` that a program of this branch has stored cannot be read any more; `{branch}` \
                     does not have their shape",
                    event.name
                ));
                names.extend(names_not_in(released.as_ref(), &event));
            }
        }
        all.push(names);
    }
    Ok(all)
}

/// Refuses a history that is gone while git has it, and a definition that cannot read events whose shapes git has: of the base
/// branch when this one left it, and of a branch that is being merged. What the lock file forgot, they remember.
///
/// # Errors
/// That, and when git gives no answer.
pub(super) fn refuse_forgotten(
    project: &Project,
    base: &Base,
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    reporter: &mut dyn Reporter,
) -> Result<(), GenSqlError> {
    let Base::Commit(git, base) = base else {
        return Ok(());
    };
    let head = git.named("HEAD")?;
    let sides = [git.merge_base(base, &head)?, git.find("MERGE_HEAD")?];
    let mut found = Vec::new();
    for ((folder, definition), recorded) in schemas.iter().zip(recorded) {
        if recorded.schema().is_none() && lock_in_commit(project, folder, git, &head)?.is_some() {
            return Err(GenSqlError::LostHistory {
                folder: format!("{}/{folder}", project.output),
            });
        }
        for side in sides.iter().flatten() {
            let Some(mut lock) = lock_in_commit(project, folder, git, side)? else {
                continue;
            };
            // What is recorded here is compared when the change is planned.
            let here = recorded.schema().into_iter();
            let here: Vec<_> = here.flat_map(Schema::recorded_events).collect();
            lock.schema.events.retain(|it| !here.contains(&it));
            lock.schema.former_events.retain(|it| !here.contains(&it));
            if let Err(violations) = check_events_since(&lock.schema, definition) {
                for finding in findings(&violations, folder) {
                    if !found.contains(&finding) {
                        found.push(finding);
                    }
                }
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(report_violations(&found, reporter))
}

/// Refuses a change of a store that the base branch has in another folder: what is released is found by the path of its files.
///
/// # Errors
/// That, and when git gives no answer.
pub(super) fn refuse_moved(
    project: &Project,
    base: &Base,
    schemas: &[(&str, ValidSchema)],
    recorded: &[Recorded],
    amends: bool,
) -> Result<(), GenSqlError> {
    let Base::Commit(git, commit) = base else {
        return Ok(());
    };
    for ((folder, schema), recorded) in schemas.iter().zip(recorded) {
        let changes = amends || !recorded.leads_to(schema);
        if recorded.schema().is_none() || !changes {
            continue;
        }
        let here = format!("{}/{folder}/{LOCK}", project.output);
        if git.show(commit, &here)?.is_some() {
            continue;
        }
        let end = format!("{folder}/{LOCK}");
        let files = git.files(commit)?;
        let is_store = |path: &&String| **path == end || path.ends_with(&format!("/{end}"));
        if let Some(path) = files.iter().find(is_store) {
            let there = path.trim_end_matches(&format!("/{LOCK}"));
            return Err(GenSqlError::Moved {
                here: format!("{}/{folder}", project.output),
                there: there.to_owned(),
                branch: commit.name.clone(),
            });
        }
    }
    Ok(())
}

/// The names that an event type is stored under, of those that no type of a schema reads.
fn names_not_in(released: Option<&Schema>, event: &EventType) -> Vec<String> {
    let mut known = released.iter().flat_map(|schema| &schema.events);
    let is_new = |name: &&str| !known.any(|event| event.read_names().any(|it| it == *name));
    let names = event.read_names().filter(is_new);
    names.map(str::to_owned).collect()
}
