//! The migrations that lead from one definition to another. For now: what creates the tables that are new.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::{ValidSchema, Violations, validate};
use thiserror::Error;

use super::{PlanError, PlannedMigration, plan_founding};

/// Why the way from one definition to another cannot be planned.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvolutionError {
    /// The two definitions do not fit together.
    #[error(transparent)]
    Violations(#[from] Violations),
    /// The steps have no order.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Plans what leads from `from` to `to`, with numbers from `first_version` on; nothing where the catalog need not
/// change. `slug` names the migrations; without it the names are made up.
///
/// # Errors
/// When the two do not fit together, or objects need each other in a circle.
pub fn plan_evolution(
    from: &Schema,
    to: &ValidSchema,
    first_version: u32,
    slug: Option<&str>,
) -> Result<Vec<PlannedMigration>, EvolutionError> {
    let mut planned = Vec::new();
    let tables = to.tables.iter();
    for table in tables.filter(|table| from.find_table(&table.name).is_none()) {
        let alone = Schema::new("added")
            .namespace(to.namespace.clone())
            .table(table.clone());
        let named = match (slug, planned.len()) {
            (Some(slug), 0) => Some(slug.to_owned()),
            (Some(slug), count) => Some(format!("{slug}_{}", count + 1)),
            (None, _) => None,
        };
        planned.extend(plan_founding(&validate(alone)?, named.as_deref(), "")?);
    }
    for (version, migration) in (first_version..).zip(&mut planned) {
        migration.version = version;
    }
    Ok(planned)
}
