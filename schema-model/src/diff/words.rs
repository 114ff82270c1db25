//! Words by which something is given up: each names what was there, and is there no more.

use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::partition::Partitioning;
use crate::place::Place;
use crate::schema::Schema;
use crate::table::Table;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

pub(super) fn check(from: &Schema, to: &Schema, report: &mut Report) {
    for word in &to.dropped {
        let name = word.object.name();
        let kind = match &word.object {
            ObjectRef::Namespace(namespace) => {
                still_used(to, namespace, word.place, report);
                "namespace"
            }
            ObjectRef::Extension(_)
            | ObjectRef::Type(_)
            | ObjectRef::Sequence(_)
            | ObjectRef::Table(_)
            | ObjectRef::View(_)
            | ObjectRef::Routine(_) => word.object.kind(),
            ObjectRef::Index(_, name) => {
                let site = Site::new("index", name, word.place);
                let defect = "an index needs no word to go";
                report.add(Code::SM072, &site, defect, "take `.drop(...)` out");
                continue;
            }
            ObjectRef::Partitions(name) => {
                let site = Site::new("table", name, word.place);
                let defect = "partitions go by their policy, not by a migration";
                report.add(Code::SM072, &site, defect, "take `.drop(...)` out");
                continue;
            }
        };
        let site = Site::new(kind, name, word.place);
        reason(report, &site, &word.reason);
        let said_before = || {
            from.dropped
                .iter()
                .any(|before| to.same_object(&before.object, &word.object))
        };
        if to.has(&word.object) {
            still_there(report, &site);
        } else if !from.has(&word.object) && !said_before() {
            never_there(report, &site);
        }
    }
    detached(from, to, report);
    for table in &to.tables {
        let before = from_table(from, to, &table.name, table.renamed_from.as_ref());
        for word in &table.dropped_columns {
            let site = Site::new("table", &table.name, table.place);
            let site = site.child("column", &word.name, word.place);
            reason(report, &site, &word.reason);
            let said_before = || {
                before.is_some_and(|table| {
                    let mut words = table.dropped_columns.iter();
                    words.any(|before| before.name == word.name)
                })
            };
            if table.find_column(&word.name).is_some() {
                still_there(report, &site);
            } else if before.is_none_or(|table| table.find_column(&word.name).is_none())
                && !said_before()
            {
                never_there(report, &site);
            }
        }
        partitions(before, table, report);
    }
}

/// Partitions of a table that are given up.
fn partitions(before: Option<&Table>, table: &Table, report: &mut Report) {
    for (at, word) in table.dropped_partitions.iter().enumerate() {
        let site = Site::new("table", &table.name, table.place);
        let site = site.child("partition", &word.name, word.place);
        reason(report, &site, &word.reason);
        let mut words = table.dropped_partitions[..at].iter();
        if words.any(|it| it.name == word.name && it.kept != word.kept) {
            report.add(
                Code::SM072,
                &site,
                "it is both dropped and detached",
                "take one of the two out: `.drop_partition(...)` loses its rows, `.detach_partition(...)` keeps them",
            );
            continue;
        }
        let said_before = before.and_then(|table| {
            let mut words = table.dropped_partitions.iter();
            words.find(|before| before.name == word.name)
        });
        let is_there = before.is_some_and(|it| has_partition(it, &word.name));
        if has_partition(table, &word.name) {
            still_there(report, &site);
        } else if let Some(said) = said_before.filter(|it| it.kept != word.kept && !is_there) {
            let (verb, remedy) = if said.kept {
                (
                    "detaches it",
                    "drop the table in a migration written by hand",
                )
            } else {
                ("drops it", "its rows are gone where that has run")
            };
            report.add(
                Code::SM072,
                &site,
                format!("a migration that is planned already {verb}, and the definition says otherwise now"),
                format!("set the word back ({remedy}); or, while that migration is not released, plan it anew: `cargo xtask gen-sql --amend`"),
            );
        } else if !is_there && said_before.is_none() {
            never_there(report, &site);
        }
    }
}

/// A partition that was detached is a table of its name, which nothing else can have.
fn detached(from: &Schema, to: &Schema, report: &mut Report) {
    let kept = |schema: &Schema, table: &QualifiedName, name: &Ident| {
        let mut tables = schema.tables.iter();
        tables.any(|it| {
            let mut words = it.dropped_partitions.iter();
            to.namespace_of(&it.name) == to.namespace_of(table)
                && words.any(|word| word.kept && word.name == *name)
        })
    };
    let mut add = |site: Site| {
        report.add(
            Code::SM076,
            &site,
            "a partition that was detached has its name, and is a table now",
            "choose another name; or rename that table in a migration written by hand",
        );
    };
    for table in &to.tables {
        let site = Site::new("table", &table.name, table.place);
        let is_new = from.find_table(&table.name).is_none();
        let mut others = [from, to].into_iter();
        if is_new && others.any(|it| kept(it, &table.name, &table.name.name)) {
            add(site.clone());
        }
        let before = from_table(from, to, &table.name, table.renamed_from.as_ref());
        for partition in table.partitioning.iter().flat_map(Partitioning::tree) {
            let is_new = !before.is_some_and(|it| has_partition(it, &partition.name));
            if is_new && kept(from, &table.name, &partition.name) {
                add(site.child("partition", &partition.name, partition.place));
            }
        }
    }
}

fn has_partition(table: &Table, name: &Ident) -> bool {
    let mut tree = table.partitioning.iter().flat_map(Partitioning::tree);
    tree.any(|it| it.name == *name)
}

/// The table of this name before, or the one that it is renamed from.
pub(super) fn from_table<'a>(
    from: &'a Schema,
    to: &Schema,
    name: &QualifiedName,
    renamed_from: Option<&QualifiedName>,
) -> Option<&'a Table> {
    from.find_table(name).or_else(|| {
        renamed_from
            .filter(|old| to.find_table(old).is_none())
            .and_then(|old| from.find_table(old))
    })
}

/// The server drops no PostgreSQL schema that something stands in.
fn still_used(to: &Schema, namespace: &Ident, place: Place, report: &mut Report) {
    let within = to.stands_in(namespace);
    if let Some(name) = within.filter(|_| to.find_namespace(namespace).is_none()) {
        report.add(
            Code::SM072,
            &Site::new("namespace", namespace, place),
            format!("it is given up, and `{name}` stands in it"),
            "give that up too, or take the word out and declare the PostgreSQL schema",
        );
    }
}

pub(super) fn reason(report: &mut Report, site: &Site, reason: &str) {
    if reason.trim().is_empty() {
        let defect = "it is given up without a reason";
        let remedy = "say in a few words why nobody needs it any more";
        report.add(Code::SM007, site, defect, remedy);
    }
}

pub(super) fn still_there(report: &mut Report, site: &Site) {
    let defect = "it is given up, and the definition still has it";
    report.add(Code::SM072, site, defect, "take one of the two out");
}

pub(super) fn never_there(report: &mut Report, site: &Site) {
    let defect = "it is given up, but the migrations so far lead to no such object";
    let remedy = "mend its name, or take the word out";
    report.add(Code::SM072, site, defect, remedy);
}
