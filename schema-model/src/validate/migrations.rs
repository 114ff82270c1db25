//! Founding migrations: their file names, what they create and in which order.

use super::code::Code;
use super::foreign_keys::{is_key, unique_indexes};
use super::report::{Report, Site};
use crate::constraint::ConstraintKind;
use crate::expr::Expr;
use crate::migration::{Migration, ObjectRef};
use crate::name::QualifiedName;
use crate::routine::Language;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Segment, Template};
use crate::ty::DataType;

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
        check_unique_index(schema, report, &site, created, object);
        for needed in needs(schema, object) {
            // What none lists comes with the first migration, if it is not created last.
            let comes_first = matches!(needed, ObjectRef::Namespace(_) | ObjectRef::Extension(_))
                && !is_listed(schema, &needed);
            let ready = comes_first
                || created
                    .iter()
                    .any(|(_, other)| schema.brings(other, &needed));
            if !ready && schema.has(&needed) {
                report.add(
                    Code::SM058,
                    &site,
                    format!("{} needs {}, which is not there yet", describe(object), describe(&needed)),
                    "list that before, in this migration or an earlier one; what none lists is created last",
                );
            }
        }
    }
}

/// A foreign key that a unique index serves, not a key, needs this index too. It comes with its table unless a
/// migration lists it.
fn check_unique_index(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    created: &[(&Migration, &ObjectRef)],
    object: &ObjectRef,
) {
    let ObjectRef::Table(name) = object else {
        return;
    };
    let constraints = schema.find_table(name).map(|table| &table.constraints);
    for constraint in constraints.into_iter().flatten() {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else {
            continue;
        };
        let target = schema.find_table(&key.references);
        let Some(target) = target.filter(|target| !schema.same_name(&target.name, name)) else {
            continue;
        };
        let later: Vec<ObjectRef> = unique_indexes(target, &key.referenced_columns)
            .map(|index| ObjectRef::Index(target.name.clone(), index.name.clone()))
            .collect();
        let ready = |index: &ObjectRef| {
            let lists = |(_, other): &(&Migration, &ObjectRef)| schema.same_object(other, index);
            created.iter().any(lists) || !is_listed(schema, index)
        };
        if let Some(index) = later.first()
            && !is_key(target, &key.referenced_columns)
            && !later.iter().any(ready)
        {
            report.add(
                Code::SM058,
                site,
                format!(
                    "{} needs {} for its foreign key `{}`, which is not there yet",
                    describe(object),
                    describe(index),
                    constraint.name
                ),
                "list that index before, or make it a unique key of its table",
            );
        }
    }
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

/// What must exist before an object can be created.
fn needs(schema: &Schema, object: &ObjectRef) -> Vec<ObjectRef> {
    let namespaces = schema.namespaces_for(object).into_iter();
    let mut found: Vec<ObjectRef> = namespaces
        .map(|it| ObjectRef::Namespace(it.name.clone()))
        .collect();
    match object {
        ObjectRef::Type(name) => {
            for part in schema.find_type(name).iter().flat_map(|ty| ty.parts()) {
                type_needs(part, &mut found);
            }
        }
        ObjectRef::Namespace(_) | ObjectRef::Extension(_) | ObjectRef::Sequence(_) => {}
        ObjectRef::Table(name) => {
            if let Some(table) = schema.find_table(name) {
                table_needs(schema, table, &mut found);
            }
        }
        ObjectRef::Index(table, _) => found.push(ObjectRef::Table(table.clone())),
        ObjectRef::View(name) => {
            if let Some(view) = schema.find_view(name) {
                template_needs(schema, &view.body, &mut found);
            }
        }
        // The server looks into a body when it creates the routine only if its language is sql.
        ObjectRef::Routine(name) => {
            let Some(routine) = schema.find_routine(name) else {
                return found;
            };
            for ty in routine.types() {
                type_needs(ty, &mut found);
            }
            if routine.language != Language::PlPgSql {
                template_needs(schema, &routine.body, &mut found);
                let own = |needed: &ObjectRef| schema.same_object(needed, object);
                found.retain(|needed| !own(needed));
            }
        }
        ObjectRef::Partitions(name) => {
            found.push(ObjectRef::Table(name.clone()));
            for trigger in schema
                .find_policy(name)
                .iter()
                .flat_map(|policy| &policy.leaf.triggers)
            {
                add(&mut found, ObjectRef::Routine(trigger.function.clone()));
            }
        }
    }
    for needed in &mut found {
        if let ObjectRef::Type(name) = needed
            && let Some(extension) = schema.extension_of(name)
        {
            *needed = ObjectRef::Extension(extension.name.clone());
        }
    }
    found
}

fn table_needs(schema: &Schema, table: &Table, found: &mut Vec<ObjectRef>) {
    for column in &table.columns {
        type_needs(&column.ty, found);
        if let Some(value) = &column.default {
            sequences_of(value, found);
        }
    }
    for constraint in &table.constraints {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind
            && !schema.same_name(&key.references, &table.name)
        {
            add(found, ObjectRef::Table(key.references.clone()));
        }
    }
    // Declared partitions come with their table.
    let declared = table.partitioning.iter().flat_map(|it| &it.leaf.triggers);
    for trigger in table.triggers.iter().chain(declared) {
        add(found, ObjectRef::Routine(trigger.function.clone()));
    }
}

fn type_needs(ty: &DataType, found: &mut Vec<ObjectRef>) {
    if let Some(name) = ty.name() {
        add(found, ObjectRef::Type(name.clone()));
    }
}

fn sequences_of(expr: &Expr, found: &mut Vec<ObjectRef>) {
    if let Expr::NextValue(sequence) = expr {
        add(found, ObjectRef::Sequence(sequence.clone()));
    }
    for operand in expr.operands() {
        sequences_of(operand, found);
    }
}

fn template_needs(schema: &Schema, template: &Template, found: &mut Vec<ObjectRef>) {
    for segment in template.segments().unwrap_or_default() {
        let Segment::Placeholder { key, .. } = segment else {
            continue;
        };
        let relation = |name: &QualifiedName| match schema.find_view(name) {
            Some(_) => ObjectRef::View(name.clone()),
            None => ObjectRef::Table(name.clone()),
        };
        match template.bindings.get(key) {
            Some(Binding::Relation(name)) => add(found, relation(name)),
            Some(Binding::Sequence(name)) => add(found, ObjectRef::Sequence(name.clone())),
            Some(Binding::Routine(name)) => add(found, ObjectRef::Routine(name.clone())),
            Some(Binding::Type(ty)) => type_needs(ty, found),
            _ => {}
        }
    }
}

fn add(found: &mut Vec<ObjectRef>, object: ObjectRef) {
    if !found.contains(&object) {
        found.push(object);
    }
}
