//! The migrations that one run adds: planned from one definition to the next, and rendered.

use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::validate::ValidSchema;

use super::parts;
use crate::generate::source;
use crate::output::OutputFile;
use crate::plan::{EvolutionError, PlannedMigration, plan_evolution, plan_founding};
use crate::sql::{self, RenderError};

/// Plans the migrations `files` anew, from the definition before them to `to`. `names` tells the slugs of founding ones.
pub(super) fn plan_again(
    to: &ValidSchema,
    before: Option<&Schema>,
    files: &[String],
    slug: Option<&str>,
    names: &str,
) -> Result<Vec<PlannedMigration>, EvolutionError> {
    match before {
        None => Ok(plan_founding(to, slug, names)?),
        Some(before) if *before == **to => Ok(Vec::new()),
        Some(before) => {
            let first = files.first().and_then(|name| parts(name));
            plan_evolution(before, to, first.map_or(1, |(number, _)| number), slug)
        }
    }
}

/// File name and contents of each.
pub(super) fn rendered(
    to: &Schema,
    planned: &[PlannedMigration],
    project: &str,
) -> Result<Vec<(String, String)>, RenderError> {
    planned
        .iter()
        .map(|migration| {
            let name = format!("{}.sql", migration.file_stem());
            let body = sql::migration(to, migration)?;
            let file = OutputFile::frozen(name, &source(project), body);
            Ok((file.path, file.contents))
        })
        .collect()
}

/// The words that the slugs of planned migrations begin with.
pub(super) fn common_slug(planned: &[PlannedMigration]) -> Option<String> {
    let first = &planned.first()?.slug;
    let ends = first.match_indices('_').map(|(end, _)| end);
    let ends: Vec<_> = ends.chain([first.len()]).collect();
    let begins = |slug: &str, start: &str| {
        let rest = slug.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    ends.into_iter().rev().find_map(|end| {
        let start = &first[..end];
        let all = planned.iter().all(|one| begins(&one.slug, start));
        (all && !start.is_empty()).then(|| start.to_owned())
    })
}

/// The slugs that a migration of this name may have been planned under, the likeliest first: the planner puts words of
/// its own behind a slug.
pub(super) fn slugs_of(name: &str) -> Vec<&str> {
    let Some((_, slug)) = parts(name) else {
        return Vec::new();
    };
    let shorter = slug.rmatch_indices('_').map(|(end, _)| &slug[..end]);
    let all = [slug].into_iter().chain(shorter);
    all.filter(|slug| !slug.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::slugs_of;

    #[test]
    fn a_slug_may_have_words_of_the_planner_behind_it() {
        assert_eq!(
            slugs_of("007_add_tenant_2.sql"),
            ["add_tenant_2", "add_tenant", "add"]
        );
        assert_eq!(slugs_of("007__x.sql"), ["_x"]);
        assert!(slugs_of("x.sql").is_empty());
    }
}
