//! Migrations that were skipped, and what rests on them.

use eventcore_codegen::plan::{CatalogObject, CatalogState, Condition};
use tokio_postgres::Client;

use crate::error::MigrateError;
use crate::history::Row;
use crate::session::missing;
use crate::status::MissingObject;
use crate::work::Work;

/// What skipped migrations would have done.
pub(super) fn promised(works: &[Work<'_>], rows: &[Row]) -> Vec<Condition> {
    let skipped = rows.iter().filter(|row| row.skipped);
    let works = skipped.filter_map(|row| works.iter().find(|work| work.content == row.content));
    works
        .flat_map(|work| work.header.done_when.iter().cloned())
        .collect()
}

/// Whether a migration needs something only to drop it, if it is there, which a skipped one was to make.
pub(super) fn is_taken_back(work: &Work<'_>, need: &Condition, skipped: &[Condition]) -> bool {
    let is_it = |other: &&Condition| other.object == need.object;
    let was_skipped = skipped
        .iter()
        .any(|other| is_it(&other) && would_give(other, need));
    let mut done = work.header.done_when.iter().filter(is_it);
    was_skipped && done.any(|it| it.state == CatalogState::Absent)
}

/// Whether what a skipped migration was to do would meet a need of the same object: what would be valid would be there.
fn would_give(skipped: &Condition, need: &Condition) -> bool {
    skipped.state != CatalogState::Absent && need.state != CatalogState::Absent
}

/// Whether a migration has nothing to do where others were skipped: it needs what they would have done, and beside that nothing but
/// what it is done to.
pub(super) async fn rests_on(
    client: &Client,
    work: &Work<'_>,
    skipped: &[Condition],
) -> Result<bool, MigrateError> {
    let needs = &work.header.needs;
    let would_hold = |need: &Condition| {
        let mut others = skipped.iter().filter(|it| it.object == need.object);
        others.any(|it| would_give(it, need))
    };
    if !needs.iter().any(would_hold) {
        return Ok(false);
    }
    let missing = missing(client, needs).await?;
    let is_skipped = missing.iter().all(would_hold);
    let is_neutral = |need: &Condition| {
        use CatalogObject as Object;
        matches!(
            need.object,
            Object::Namespace(_) | Object::Table(_) | Object::Column(..) | Object::Type(_)
        )
    };
    let mut others = needs.iter().filter(|need| !missing.contains(need));
    Ok(!missing.is_empty() && is_skipped && others.all(is_neutral))
}

/// What skipped migrations were to do and the database lacks. Where a later migration is about the same object, it is
/// that one's business.
pub(super) async fn lacking(
    client: &Client,
    works: &[Work<'_>],
    rows: &[Row],
) -> Result<Vec<MissingObject>, MigrateError> {
    let mut lacking = Vec::new();
    for row in rows.iter().filter(|row| row.skipped) {
        let Some(work) = works.iter().find(|work| work.content == row.content) else {
            continue;
        };
        let later = || works.iter().filter(|one| one.version() > work.version());
        let is_of_later = |condition: &Condition| {
            later().any(|one| {
                let mut conditions = one.header.needs.iter().chain(&one.header.done_when);
                conditions.any(|other| other.object == condition.object)
            })
        };
        let done = missing(client, &work.header.done_when).await?;
        lacking.extend(
            done.into_iter()
                .filter(|one| !is_of_later(one))
                .map(|condition| MissingObject {
                    file: work.file.clone(),
                    condition,
                }),
        );
    }
    Ok(lacking)
}
