//! LT008: privileges that are of no use without others: an INSERT that draws from a sequence, anything in a PostgreSQL schema.

use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::grant::{Grant, Privilege};
use eventcore_schema_model::lint::LintCode;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::validate::{ObjectPath, ValidSchema};

use super::{Lint, is_allowed};

pub(super) fn check(schema: &ValidSchema) -> Vec<Lint> {
    let grants = schema.grants.iter();
    let grants = grants.filter(|it| !is_allowed(LintCode::LT008, &[&it.allows]));
    grants.flat_map(|grant| missing(schema, grant)).collect()
}

/// What a grant's role lacks, as far as the definition says.
fn missing(schema: &ValidSchema, grant: &Grant) -> Vec<Lint> {
    let has_usage = |on: &ObjectRef| {
        schema.grants.iter().any(|it| {
            schema.same_object(&it.on, on)
                && (it.to == grant.to || it.to == *"public")
                && it.privileges.contains(&Privilege::Usage)
        })
    };
    let namespaces = schema.namespaces_for(&grant.on).into_iter();
    let namespaces = namespaces.map(|it| ObjectRef::Namespace(it.name.clone()));
    let sequences = drawn_sequences(schema, grant).into_iter();
    let needed = namespaces.chain(sequences);
    let needed = needed.filter(|it| !has_usage(it) && !schema.same_object(it, &grant.on));
    needed
        .map(|it| Lint {
            code: LintCode::LT008,
            path: ObjectPath::new("grant", format!("{} to {}", grant.on.name(), grant.to)),
            message: format!("it has no effect without USAGE on `{}`", it.name()),
            help: format!(
                "add `Grant::new([Privilege::Usage], ObjectRef::{}(\"{}\"), \"{}\")`",
                it.kind(),
                it.name(),
                grant.to
            ),
            place: grant.place,
        })
        .collect()
}

/// The sequences that rows of a table draw from, where the grant lets a role insert some.
fn drawn_sequences(schema: &ValidSchema, grant: &Grant) -> Vec<ObjectRef> {
    let ObjectRef::Table(name) = &grant.on else {
        return Vec::new();
    };
    let Some(table) = schema.find_table(name) else {
        return Vec::new();
    };
    if !grant.privileges.contains(&Privilege::Insert) {
        return Vec::new();
    }
    let columns = table.columns.iter();
    let mut drawn: Vec<ObjectRef> = columns
        .filter_map(|it| schema.default_of(it).and_then(Expr::drawn_sequence))
        .map(|it| ObjectRef::Sequence(it.clone()))
        .collect();
    drawn.dedup();
    drawn
}
