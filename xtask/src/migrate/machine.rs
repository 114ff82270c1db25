//! What a machine reads of `status`: one JSON object, whose members and values keep their names.
//!
//! | member | value |
//! |---|---|
//! | `current` | whether the database is as the files say; the exit code is 4 where it is not |
//! | `migrations` | an array of `version`, `name`, `state` and `when` (UTC, or null) |
//! | `missing` | an array of `file` and `condition`: what skipped migrations were to do, and does not hold |
//! | `catalog` | `state` (`not-asked`, `not-kept`, `other-server`, `same`, `drifted`) and `drifted`, an array of names |
//!
//! The states of a migration are `applied`, `baseline`, `skipped`, `moved`, `pending`, `unfinished`, `changed` and
//! `unknown`.

use eventcore_migrate::{Catalog, State, Status};
use serde_json::json;

/// A status on one line.
pub(super) fn text(status: &Status) -> String {
    let migrations = status.rows.iter().map(|row| {
        json!({
            "version": row.version,
            "name": row.name,
            "state": state(row.state),
            "when": row.when,
        })
    });
    let missing = status
        .missing
        .iter()
        .map(|one| json!({ "file": one.file, "condition": one.condition.to_string() }));
    let (catalog, drifted) = match &status.catalog {
        Catalog::NotAsked => ("not-asked", Vec::new()),
        Catalog::NotKept => ("not-kept", Vec::new()),
        Catalog::OtherServer { .. } => ("other-server", Vec::new()),
        Catalog::Same { .. } => ("same", Vec::new()),
        Catalog::Differs(drifts) => (
            "drifted",
            drifts.iter().map(|drift| drift.object.as_str()).collect(),
        ),
    };
    json!({
        "current": status.is_current(),
        "migrations": migrations.collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "catalog": { "state": catalog, "drifted": drifted },
    })
    .to_string()
}

fn state(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Recorded => "baseline",
        State::Skipped => "skipped",
        State::Moved => "moved",
        State::Pending => "pending",
        State::Unfinished => "unfinished",
        State::Changed => "changed",
        State::Unknown => "unknown",
    }
}
