//! Which migrations a store has after a run: the recorded ones, and what the definition needs beyond them.

use eventcore_schema_model::diff::check_names;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::snapshot::{Newest, Snapshot};
use eventcore_schema_model::validate::ValidSchema;

use super::group::{common_slug, plan_again, rendered, slugs_of};
use super::{Planning, Recorded, RecordedOrigin, parts};
use crate::output::{SumLine, WriteOrder, chain};
use crate::plan::{EvolutionError, PlanError, PlannedMigration, plan_evolution, plan_founding};
use crate::{GenerateError, GenerateOptions, Store};

/// All migrations of a store.
pub(crate) struct Migrations {
    /// In order.
    pub(crate) files: Vec<MigrationText>,
    /// What builds the whole definition from nothing.
    pub(crate) founding: Vec<PlannedMigration>,
    /// Those that can be planned anew.
    pub(crate) newest: Newest,
    /// Whether the name that was given names any.
    pub(crate) named: bool,
}

/// A migration, as it is to be on disk.
pub(crate) struct MigrationText {
    pub(crate) version: u32,
    pub(crate) line: SumLine,
    pub(crate) contents: String,
    /// When it is written; none for what was written by hand.
    pub(crate) order: Option<WriteOrder>,
}

/// What a run plans.
struct Added {
    planned: Vec<PlannedMigration>,
    newest: Newest,
    order: WriteOrder,
}

impl Migrations {
    /// The lines of `migrations.sum`.
    pub(crate) fn lines(&self) -> Vec<SumLine> {
        self.files.iter().map(|file| file.line.clone()).collect()
    }

    /// The chained checksum over them.
    pub(crate) fn chain(&self) -> String {
        chain(&self.lines())
    }
}

impl MigrationText {
    /// The words of its name.
    pub(crate) fn slug(&self) -> &str {
        parts(&self.line.name).map_or("", |(_, slug)| slug)
    }

    /// Whether it runs in a transaction: runners look at the first line.
    pub(crate) fn transactional(&self) -> bool {
        self.contents.lines().next() != Some("-- no-transaction")
    }
}

/// Plans what a store lacks.
///
/// # Errors
/// When that cannot be planned.
pub(crate) fn plan(
    store: &Store<'_>,
    options: GenerateOptions<'_>,
) -> Result<Migrations, GenerateError> {
    let failed = |source| GenerateError::Evolution {
        store: store.folder.to_owned(),
        source,
    };
    let (added, named) = match added(store, options.name) {
        Err(EvolutionError::Plan(PlanError::NothingToName { .. })) => (added(store, None), false),
        added => (added, options.name.is_some()),
    };
    let added = added.map_err(failed)?;
    let mut files = recorded_files(store);
    for (name, contents) in rendered(store.schema, &added.planned, options.project)? {
        files.push(MigrationText {
            version: parts(&name).map_or(0, |(version, _)| version),
            line: SumLine::of(&name, contents.as_bytes()),
            contents,
            order: Some(added.order),
        });
    }
    files.sort_by_key(|file| file.version);
    let same = |pair: &&[MigrationText]| pair[0].version == pair[1].version;
    if let Some([first, second]) = files.windows(2).find(same) {
        return Err(GenerateError::SameNumber {
            store: store.folder.to_owned(),
            first: first.line.name.clone(),
            second: second.line.name.clone(),
        });
    }
    let named = named && !added.planned.is_empty();
    let founding = if store.recorded.snapshot.is_none() {
        added.planned
    } else {
        plan_founding(store.schema, None, "").map_err(|error| failed(error.into()))?
    };
    Ok(Migrations {
        files,
        founding,
        newest: added.newest,
        named,
    })
}

/// The recorded migrations that stay as they are.
fn recorded_files(store: &Store<'_>) -> Vec<MigrationText> {
    let Store {
        recorded, planning, ..
    } = *store;
    let amended = |name: &String| planning == Planning::Amend && recorded.newest().contains(name);
    let files = recorded.files.iter();
    files
        .filter(|file| !amended(&file.line.name))
        .map(|file| MigrationText {
            version: file.version,
            line: file.line.clone(),
            contents: file.contents.clone(),
            order: match file.origin {
                RecordedOrigin::Disk => Some(WriteOrder::Migration),
                RecordedOrigin::Rendered => Some(WriteOrder::Amended),
                RecordedOrigin::Hand | RecordedOrigin::NewHand => None,
            },
        })
        .collect()
}

fn added(store: &Store<'_>, name: Option<&str>) -> Result<Added, EvolutionError> {
    let Store {
        schema,
        recorded,
        planning,
        ..
    } = *store;
    match (&recorded.snapshot, planning) {
        (None, _) | (_, Planning::Founding) => founding(schema, recorded, name),
        (Some(snapshot), Planning::Amend) if !snapshot.newest.files.is_empty() => {
            amended(schema, recorded, &snapshot.newest, name)
        }
        (Some(snapshot), _) => onward(schema, recorded, snapshot, name),
    }
}

fn founding(
    schema: &ValidSchema,
    recorded: &Recorded,
    name: Option<&str>,
) -> Result<Added, EvolutionError> {
    check_names(schema)?;
    let planned = plan_founding(schema, name, &recorded.names)?;
    let first = planned.first().map_or(0, |first| first.version);
    let by_hand_behind = recorded.files.iter().any(|file| file.version > first);
    let newest = Newest {
        files: if by_hand_behind {
            Vec::new()
        } else {
            names(&planned)
        },
        ..Newest::default()
    };
    Ok(Added {
        planned,
        newest,
        order: WriteOrder::Migration,
    })
}

fn amended(
    schema: &ValidSchema,
    recorded: &Recorded,
    newest: &Newest,
    name: Option<&str>,
) -> Result<Added, EvolutionError> {
    let before = newest.before.as_ref();
    let slug = name.or(newest.slug.as_deref());
    let planned = match plan_again(schema, before, &newest.files, slug, &recorded.names) {
        // The words that they were planned under name nothing when nothing is left to do.
        Err(EvolutionError::Plan(PlanError::NothingToName { .. })) if name.is_none() => Vec::new(),
        planned => planned?,
    };
    let files = names(&planned);
    let mut replaces = still_there(recorded, newest);
    replaces.extend(newest.files.iter().cloned());
    replaces.retain(|name| !files.contains(name));
    let newest = Newest {
        slug: match (before, slug) {
            (None, _) => None,
            (Some(_), None) => common_slug(&planned),
            (Some(_), Some(slug)) => (!files.is_empty()).then(|| slug.to_owned()),
        },
        before: newest.before.clone().filter(|_| !files.is_empty()),
        files,
        replaces,
    };
    Ok(Added {
        planned,
        newest,
        order: WriteOrder::Amended,
    })
}

fn onward(
    schema: &ValidSchema,
    recorded: &Recorded,
    snapshot: &Snapshot,
    name: Option<&str>,
) -> Result<Added, EvolutionError> {
    let greatest = recorded.files.last().map_or(0, |file| file.version);
    let first = schema.first_later_version.max(greatest.saturating_add(1));
    let name = name.or(recorded.slug.as_deref());
    let planned = if snapshot.schema == **schema {
        Vec::new()
    } else {
        later(&snapshot.schema, schema, first, name, &recorded.leftovers)?
    };
    let files = recorded.files.iter();
    let new_by_hand = files
        .filter(|file| file.origin == RecordedOrigin::NewHand)
        .count();
    let newest = if planned.is_empty() && new_by_hand == 0 {
        snapshot.newest.clone()
    } else {
        Newest {
            slug: name
                .filter(|_| !planned.is_empty())
                .map(str::to_owned)
                .or_else(|| common_slug(&planned)),
            files: names(&planned),
            replaces: still_there(recorded, &snapshot.newest),
            before: (!planned.is_empty()).then(|| snapshot.schema.clone()),
        }
    };
    Ok(Added {
        planned,
        newest,
        order: WriteOrder::Migration,
    })
}

/// What leads from one definition to the next. A killed run has left its first file perhaps: its slug is taken up, so
/// that the bytes come out the same.
fn later(
    from: &Schema,
    to: &ValidSchema,
    first: u32,
    name: Option<&str>,
    leftovers: &[String],
) -> Result<Vec<PlannedMigration>, EvolutionError> {
    let planned = plan_evolution(from, to, first, name)?;
    let is_first = |file: &&String| parts(file).is_some_and(|(number, _)| number == first);
    let Some(leftover) = leftovers.iter().find(is_first).filter(|_| name.is_none()) else {
        return Ok(planned);
    };
    let begins = |planned: &[PlannedMigration]| names(planned).first() == Some(leftover);
    if begins(&planned) || planned.is_empty() {
        return Ok(planned);
    }
    for slug in slugs_of(leftover) {
        let named = plan_evolution(from, to, first, Some(slug))?;
        if begins(&named) {
            return Ok(named);
        }
    }
    Ok(planned)
}

/// What the newest migrations replaced, and a killed run has not deleted.
fn still_there(recorded: &Recorded, newest: &Newest) -> Vec<String> {
    let replaced = newest.replaces.iter();
    replaced
        .filter(|name| recorded.leftovers.contains(name))
        .cloned()
        .collect()
}

fn names(planned: &[PlannedMigration]) -> Vec<String> {
    let stems = planned.iter().map(PlannedMigration::file_stem);
    stems.map(|stem| format!("{stem}.sql")).collect()
}
