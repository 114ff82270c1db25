//! `cargo xtask rebase`: the migrations of this branch are planned anew, after those of the branch that it is merged
//! with or put on. The other's files are taken from git as they are; nothing is merged by text.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use eventcore_codegen::Store;
use eventcore_codegen::history::{HistoryDefect, Planning, Recorded, both_changed};
use eventcore_schema_model::diff::check_texts_after;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::snapshot;
use eventcore_schema_model::validate::ValidSchema;

use super::disk::Lock;
use super::error::GenSqlError;
use super::history::{LOCK, in_commit, lock_in_commit, on_disk};
use super::{Format, Mode, Outcome, Reporter, finish, prepare, refuse, render, report_violations};
use crate::git::{Commit, Git};
use crate::project::Project;
use crate::shell::ColorChoice;

/// Puts this branch's migrations after the base branch's, by planning them anew. Needs no database.
///
/// In a merge that stops at `migrations.sum` and `schema.lock.json`, or after one: leave these files as git left them,
/// mend the definition, and run this.
///
/// Exit code: 0 when all is written or was in place, 1 when the run failed, 2 for a wrong command line.
#[derive(Debug, Args)]
pub(crate) struct RebaseCommand {
    /// The branch whose migrations come first; without it the one that is being merged, or the main branch
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// Name the migrations that are planned anew; without it they keep their name
    #[arg(long, value_name = "SLUG")]
    name: Option<String>,
    /// Plan them also where both branches changed the same object
    #[arg(long)]
    theirs_first: bool,
    /// Write nothing; show what a run would write
    #[arg(long)]
    dry_run: bool,
    /// For people, or for machines: one JSON object a line on standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: ColorChoice,
}

/// The commits that matter.
struct Sides {
    git: Git,
    /// Whose migrations stay.
    base: Commit,
    /// Whose migrations are planned anew, where git still knows it.
    ours: Option<Commit>,
}

impl RebaseCommand {
    pub(crate) fn run(&self, project: &Project) -> ExitCode {
        let mut reporter = self.format.reporter(self.color);
        match self.try_run(project, reporter.as_mut()) {
            Ok(outcome) => {
                reporter.outcome(&outcome);
                outcome.exit_code().into()
            }
            Err(error) => {
                reporter.error(&error);
                ExitCode::FAILURE
            }
        }
    }

    fn try_run<'a>(
        &self,
        project: &'a Project,
        reporter: &mut dyn Reporter,
    ) -> Result<Outcome<'a>, GenSqlError> {
        let started = Instant::now();
        if project.unreleased {
            return Err(GenSqlError::RebaseUnreleased);
        }
        let schemas = prepare(project, self.name.as_deref(), reporter)?;
        let git = Git::at(&project.root)?.ok_or(GenSqlError::NoCheckout)?;
        let mode = Mode::of(false, self.dry_run);
        let _lock = Lock::take(&project.root, mode == Mode::Write, || reporter.waiting())?;
        let sides = self.sides(git)?;
        if !self.theirs_first {
            sides.refuse_what_both_changed(project)?;
        }
        sides.refuse_old_names(project, &schemas, reporter)?;
        let mut recorded = Vec::new();
        let mut defects = Vec::new();
        for (folder, _) in &schemas {
            match sides.recorded(project, folder)? {
                Ok(found) => recorded.push(found),
                Err(found) => defects.extend(found),
            }
        }
        if !defects.is_empty() {
            return Err(refuse(project, &defects, mode, reporter));
        }
        let stores = schemas.iter().zip(&recorded);
        let stores: Vec<_> = stores
            .map(|((folder, schema), recorded)| Store {
                schema,
                folder,
                recorded,
                planning: Planning::Onward,
            })
            .collect();
        let mut outcome = finish(project, &stores, self.name.as_deref(), mode, reporter)?;
        outcome.command = "cargo xtask rebase";
        outcome.duration = started.elapsed();
        Ok(outcome)
    }

    fn sides(&self, git: Git) -> Result<Sides, GenSqlError> {
        let head = git.named("HEAD")?;
        let merged = git.find("MERGE_HEAD")?;
        let base = match (&self.base, &merged) {
            (Some(name), _) => git.named(name)?,
            // A branch that is merged into the main branch comes after it.
            (None, Some(_)) if git.is_on_base()? => head.clone(),
            (None, Some(merged)) => merged.clone(),
            (None, None) => git.base()?.ok_or(GenSqlError::NoBase)?,
        };
        let within = |commit: &Commit| git.is_within(&base, commit);
        let in_merge = merged.as_ref().map(within).transpose()?;
        if !within(&head)? && in_merge != Some(true) {
            return Err(GenSqlError::NotMerged { base: base.name });
        }
        let parents = git.parents(&head)?;
        let candidates = match merged {
            Some(merged) => vec![head, merged],
            None => git
                .find("REBASE_HEAD")?
                .into_iter()
                .chain(parents)
                .collect(),
        };
        let mut ours = None;
        for candidate in candidates {
            if ours.is_none() && !git.is_within(&base, &candidate)? {
                ours = Some(candidate);
            }
        }
        Ok(Sides { git, base, ours })
    }
}

impl Sides {
    /// The base's history of a store, after which this branch's own files are not wanted; or what is wrong with it. A
    /// store that the base does not have keeps its own.
    fn recorded(
        &self,
        project: &Project,
        folder: &str,
    ) -> Result<Result<Recorded, Vec<HistoryDefect>>, GenSqlError> {
        let disk = on_disk(project, folder)?;
        let mut history = in_commit(project, folder, &self.git, &self.base)?;
        if history.sum.is_none() && history.lock.is_none() {
            return Ok(disk.read(folder, &project.name));
        }
        let slug = self.own_slug(project, folder, disk.lock.as_deref(), &history.files)?;
        let mut dropped = Vec::new();
        for (name, bytes) in disk.files {
            if history.files.contains_key(&name) {
                continue;
            }
            if disk.hand_written.contains(&name) {
                history.files.insert(name, bytes);
            } else {
                dropped.push(name);
            }
        }
        let read = history.read(folder, &project.name);
        Ok(read.map(|recorded| recorded.rebased(dropped, slug)))
    }

    /// What this branch called its newest migrations.
    fn own_slug<T>(
        &self,
        project: &Project,
        folder: &str,
        on_disk: Option<&str>,
        theirs: &BTreeMap<String, T>,
    ) -> Result<Option<String>, GenSqlError> {
        // In a merge the file on disk holds both sides, and cannot be read.
        let read = on_disk.and_then(|text| snapshot::from_text(text).ok());
        let own = match (read, &self.ours) {
            (Some(read), _) => Some(read),
            (None, Some(ours)) => lock_in_commit(project, folder, &self.git, ours)?,
            (None, None) => None,
        };
        let newest = own.map(|own| own.newest);
        Ok(newest
            .filter(|newest| newest.files.iter().any(|name| !theirs.contains_key(name)))
            .and_then(|newest| newest.slug))
    }

    /// A store as it was before both branches, as theirs has it and as ours has it, where git knows all three.
    fn three_sides(
        &self,
        project: &Project,
        folder: &str,
    ) -> Result<Option<[Schema; 3]>, GenSqlError> {
        let Some(ours) = &self.ours else {
            return Ok(None);
        };
        let Some(common) = self.git.merge_base(&self.base, ours)? else {
            return Ok(None);
        };
        let side = |commit| {
            let found = lock_in_commit(project, folder, &self.git, commit)?;
            Ok::<_, GenSqlError>(found.map(|found| found.schema))
        };
        let (Some(theirs), Some(ours)) = (side(&self.base)?, side(ours)?) else {
            return Ok(None);
        };
        let before = side(&common)?.unwrap_or_else(|| Schema::new(folder));
        Ok(Some([before, theirs, ours]))
    }

    /// Where both branches changed an object, the order of their migrations matters.
    fn refuse_what_both_changed(&self, project: &Project) -> Result<(), GenSqlError> {
        let mut objects = Vec::new();
        for store in &project.stores {
            let folder = &store.folder;
            let Some([before, theirs, ours]) = self.three_sides(project, folder)? else {
                continue;
            };
            let both = both_changed(&before, &theirs, &ours);
            let both = both.map_err(|error| GenSqlError::OldLock {
                path: format!("{}/{folder}/{LOCK}", project.output),
                commit: self.base.name.clone(),
                reason: error.to_string(),
            })?;
            objects.extend(
                both.into_iter()
                    .map(|object| format!("{object} of {folder}")),
            );
        }
        if objects.is_empty() {
            return Ok(());
        }
        Err(GenSqlError::BothChanged {
            base: self.base.name.clone(),
            objects,
        })
    }

    /// A text of this branch's may have a name that the base took away meanwhile.
    fn refuse_old_names(
        &self,
        project: &Project,
        schemas: &[(&str, ValidSchema)],
        reporter: &mut dyn Reporter,
    ) -> Result<(), GenSqlError> {
        let mut count = 0;
        for (folder, schema) in schemas {
            let Some([before, theirs, _]) = self.three_sides(project, folder)? else {
                continue;
            };
            if let Err(violations) = check_texts_after((&before, &theirs), schema) {
                let found = render::findings(&violations, folder);
                count += found.len();
                report_violations(&found, reporter);
            }
        }
        if count == 0 {
            return Ok(());
        }
        Err(GenSqlError::Violations { count })
    }
}
