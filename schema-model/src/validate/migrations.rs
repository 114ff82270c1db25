//! Founding migrations: their file names, what they create and in which order.

use super::code::Code;
use super::report::{Report, Site};
use crate::migration::{Migration, ObjectRef};
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let mut migrations: Vec<&Migration> = schema.migrations.iter().collect();
    migrations.sort_by_key(|migration| migration.version);
    let listed: Vec<(&Migration, &ObjectRef)> = migrations
        .iter()
        .flat_map(|migration| migration.creates.iter().map(|object| (*migration, object)))
        .collect();
    for migration in &migrations {
        check_file_name(report, migration);
    }
    for (at, (migration, object)) in listed.iter().enumerate() {
        let site = site(migration);
        check_exists(
            schema,
            report,
            &site,
            object,
            "add it to the definition, mend the name, or take it out of this list: a migration that is recorded stays as it is",
        );
        let created = &listed[..at];
        if let Some((first, _)) = created
            .iter()
            .find(|(_, other)| schema.same_object(other, object))
        {
            report.add(
                Code::SM057,
                &site,
                format!(
                    "{} is created by `{}` already",
                    describe(object),
                    first.file_stem()
                ),
                "list it once",
            );
        }
        if let Some(needed) = missing(schema, created, object, &mut Vec::new()) {
            report.add(
                Code::SM058,
                &site,
                format!(
                    "{} needs {}, which is not there yet",
                    describe(object),
                    describe(&needed)
                ),
                "list that before, in this migration or an earlier one, or in none",
            );
        }
    }
}

/// What is not there when an object is to be created; what none lists comes with it, if all that this needs is there.
fn missing(
    schema: &Schema,
    created: &[(&Migration, &ObjectRef)],
    object: &ObjectRef,
    seen: &mut Vec<ObjectRef>,
) -> Option<ObjectRef> {
    let needed = schema.needs(object).into_iter();
    let mut open = needed
        .filter(|it| schema.has(it) && !created.iter().any(|(_, other)| schema.brings(other, it)));
    open.find_map(|needed| {
        if seen.contains(&needed) {
            return None;
        }
        seen.push(needed.clone());
        if is_listed(schema, &needed) {
            Some(needed)
        } else {
            missing(schema, created, &needed, seen)
        }
    })
}

fn is_listed(schema: &Schema, object: &ObjectRef) -> bool {
    let mut migrations = schema.migrations.iter();
    migrations.any(|migration| {
        let mut creates = migration.creates.iter();
        creates.any(|other| schema.same_object(other, object))
    })
}

fn site(migration: &Migration) -> Site {
    Site::new("migration", migration.file_stem(), migration.place)
}

fn check_file_name(report: &mut Report, migration: &Migration) {
    let slug = migration.slug.as_str();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if slug.is_empty() || !slug.chars().all(fits) {
        report.add(
            Code::SM056,
            &site(migration),
            format!(
                "the slug `{}` is no part of a file name here",
                slug.escape_debug()
            ),
            "use lower-case letters, digits and underscores",
        );
    }
    if !(1..=999).contains(&migration.version) {
        report.add(
            Code::SM056,
            &site(migration),
            format!(
                "a founding migration's number is 1 to 999, not {}",
                migration.version
            ),
            "number them 1, 2, 3: names of three digits sort as numbers do",
        );
    }
}

/// Reports an object that a migration or grant names and the definition lacks.
pub(super) fn check_exists(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    object: &ObjectRef,
    remedy: &str,
) {
    if schema.has(object) {
        return;
    }
    let code = match object {
        ObjectRef::Namespace(_) => Code::SM131,
        ObjectRef::Extension(_) => Code::SM133,
        ObjectRef::Type(_) => Code::SM080,
        ObjectRef::Sequence(_) => Code::SM011,
        ObjectRef::Routine(_) => Code::SM010,
        ObjectRef::Index(table, _) if schema.find_table(table).is_some() => Code::SM013,
        _ => Code::SM009,
    };
    let defect = match object {
        ObjectRef::Partitions(table) if schema.find_table(table).is_some() => {
            format!("`{table}` has no partition policy")
        }
        ObjectRef::Namespace(name) => format!("the PostgreSQL schema `{name}` is not declared"),
        _ => format!("there is no {}", describe(object)),
    };
    report.add(code, site, defect, remedy);
}

fn describe(object: &ObjectRef) -> String {
    match object {
        ObjectRef::Namespace(name) => format!("PostgreSQL schema `{name}`"),
        ObjectRef::Extension(name) => format!("extension `{name}`"),
        ObjectRef::Type(name) => format!("type `{name}`"),
        ObjectRef::Sequence(name) => format!("sequence `{name}`"),
        ObjectRef::Table(name) => format!("table `{name}`"),
        ObjectRef::Index(table, name) => format!("index `{name}` of table `{table}`"),
        ObjectRef::View(name) => format!("view `{name}`"),
        ObjectRef::Routine(name) => format!("routine `{name}`"),
        ObjectRef::Partitions(name) => format!("partitioned table `{name}`"),
    }
}
