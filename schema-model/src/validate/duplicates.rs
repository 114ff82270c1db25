//! Names that must be unique, and lists that must not repeat or be empty.

use super::code::Code;
use super::report::{Report, Site};
use crate::name::{Ident, QualifiedName};
use crate::place::Place;
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    check_routines(schema, report);
    for table in &schema.tables {
        check_table(report, table);
    }
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        let columns = view.columns.iter();
        unique(
            report,
            &site,
            "column",
            columns.map(|column| (&column.name, view.place)),
        );
        not_empty(report, &site, "columns", view.columns.is_empty());
    }
    check_queries(schema, report);
    check_migrations(schema, report);
}

fn check_routines(schema: &Schema, report: &mut Report) {
    let mut seen: Vec<(&QualifiedName, Place)> = Vec::new();
    let own = schema.routines.iter().map(|routine| {
        let site = Site::new("routine", &routine.name, routine.place);
        (site, &routine.name, routine.place)
    });
    let policies = schema.tables.iter().filter_map(|table| {
        let policy = table.partitioning.as_ref()?.policy.as_ref()?;
        Some((table, policy))
    });
    let made = policies.flat_map(|(table, policy)| {
        policy.routine_names().map(|name| {
            let site = Site::new("table", &table.name, table.place).part("routine", name);
            (site, name, table.place)
        })
    });
    for (site, name, place) in own.chain(made) {
        if let Some((_, first)) = seen.iter().find(|(other, _)| schema.same_name(name, other)) {
            twice(report, &site, "routine", name, *first);
        }
        seen.push((name, place));
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        let arguments = routine.arguments.iter().map(|argument| &argument.name);
        let results = match &routine.returns {
            crate::routine::Returns::Table(columns) => {
                not_empty(report, &site, "result columns", columns.is_empty());
                columns.as_slice()
            }
            _ => &[],
        };
        let names = arguments.chain(results.iter().map(|(name, _)| name));
        unique(
            report,
            &site,
            "argument",
            names.map(|name| (name, routine.place)),
        );
        let settings = routine
            .settings
            .iter()
            .map(|(name, _)| (name, routine.place));
        unique(report, &site, "setting", settings);
    }
}

fn check_table(report: &mut Report, table: &Table) {
    let site = Site::new("table", &table.name, table.place);
    not_empty(report, &site, "columns", table.columns.is_empty());
    let columns = table.columns.iter();
    unique(
        report,
        &site,
        "column",
        columns.map(|column| (&column.name, column.place)),
    );
    let leaf = table
        .leaf()
        .map(|leaf| (site.part("leaf", &table.name), leaf));
    let constraints = table.constraints.iter();
    unique(
        report,
        &site,
        "constraint",
        constraints.map(|it| (&it.name, it.place)),
    );
    for constraint in &table.constraints {
        let site = site.child("constraint", &constraint.name, constraint.place);
        let columns = table.columns.iter().filter(|it| !it.nullable);
        for column in columns {
            let own = Ident::of_server(&table.name.name, &column.name, "not_null");
            if constraint.name == own {
                of_not_null(report, &site, &format!("column `{}`", column.name));
            }
        }
    }
    unique(
        report,
        &site,
        "trigger",
        table.triggers.iter().map(|it| (&it.name, it.place)),
    );
    unique(
        report,
        &site,
        "storage parameter",
        table.storage.iter().map(|it| (&it.name, table.place)),
    );
    for index in &table.indexes {
        let site = site.child("index", &index.name, index.place);
        not_empty(report, &site, "parts", index.parts.is_empty());
        let storage = index.storage.iter().map(|it| (&it.name, index.place));
        unique(report, &site, "storage parameter", storage);
    }
    if let Some((site, leaf)) = leaf {
        // A leaf's keys and indexes take their names from one suffix each; its triggers stand beside
        // those that the parent hands down.
        let keys = leaf.constraints.iter().map(|it| (&it.name, it.place));
        let indexes = leaf.indexes.iter().map(|it| (&it.name, it.place));
        unique(report, &site, "key or index", keys.chain(indexes));
        let parents = table
            .triggers
            .iter()
            .filter(|trigger| trigger.level == crate::trigger::TriggerLevel::Row);
        let triggers = parents.chain(&leaf.triggers);
        unique(
            report,
            &site,
            "trigger",
            triggers.map(|it| (&it.name, it.place)),
        );
        for index in &leaf.indexes {
            let site = site.child("index", &index.name, index.place);
            not_empty(report, &site, "parts", index.parts.is_empty());
        }
    }
}

fn check_queries(schema: &Schema, report: &mut Report) {
    let mut seen: Vec<(&Ident, Place)> = Vec::new();
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        if let Some((_, first)) = seen.iter().find(|(name, _)| **name == query.name) {
            twice(report, &site, "query", &query.name, *first);
        }
        seen.push((&query.name, query.place));
        let params = query.params.iter().map(|param| (&param.name, query.place));
        unique(report, &site, "parameter", params);
        if let Some(row) = &query.row {
            not_empty(report, &site, "row columns", row.columns.is_empty());
            let columns = row.columns.iter().map(|column| (&column.name, query.place));
            unique(report, &site, "row column", columns);
        }
    }
}

fn check_migrations(schema: &Schema, report: &mut Report) {
    let mut seen: Vec<(u32, &Ident, Place)> = Vec::new();
    for migration in &schema.migrations {
        let site = Site::new("migration", migration.file_stem(), migration.place);
        for (version, slug, first) in &seen {
            if *version == migration.version {
                twice(report, &site, "number", migration.version, *first);
            }
            if *slug == &migration.slug {
                twice(report, &site, "slug", &migration.slug, *first);
            }
        }
        seen.push((migration.version, &migration.slug, migration.place));
        not_empty(report, &site, "objects", migration.creates.is_empty());
    }
}

/// What is not null has a constraint of the server's own, in domains from PostgreSQL 17 on, in tables from 18 on. Only where
/// both are created at once does the server choose another name for it.
pub(super) fn of_not_null(report: &mut Report, site: &Site, what: &str) {
    report.add(
        Code::SM004,
        site,
        format!("newer servers give this name to the constraint that keeps {what} not null"),
        "choose another name",
    );
}

/// Reports each name that stands again in one owner.
pub(super) fn unique<'a>(
    report: &mut Report,
    owner: &Site,
    kind: &'static str,
    names: impl IntoIterator<Item = (&'a Ident, Place)>,
) {
    let mut seen: Vec<(&Ident, Place)> = Vec::new();
    for (name, place) in names {
        if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
            twice(report, &owner.child(kind, name, place), kind, name, *first);
        }
        seen.push((name, place));
    }
}

fn twice(report: &mut Report, site: &Site, kind: &str, name: impl ToString, first: Place) {
    let first = match first.location() {
        Some((file, line)) => format!("; the first stands at {file}:{line}"),
        None => String::new(),
    };
    report.add(
        Code::SM004,
        site,
        format!(
            "the {kind} `{}` is there already",
            name.to_string().escape_debug()
        ),
        format!("rename or remove one{first}"),
    );
}

pub(super) fn not_empty(report: &mut Report, site: &Site, what: &str, is_empty: bool) {
    if is_empty {
        report.add(
            Code::SM060,
            site,
            format!("it has no {what}"),
            "give it at least one, or leave it out",
        );
    }
}
