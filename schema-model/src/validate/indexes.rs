//! Indexes as a whole: what the method can do, what they serve, and that none repeats another.

use super::code::Code;
use super::constraints::check_partition_key;
use super::duplicates::unique;
use super::expressions::{self, Role, unknown_columns};
use super::index_parts;
use super::index_shape::IndexShape;
use super::report::{Report, Site, list};
use crate::expr::Expr;
use crate::index::{Index, IndexMethod, Serves};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        for index in &table.indexes {
            let site = owner.child("index", &index.name, index.place);
            check_index(schema, report, &site, table, index);
            if index.unique {
                let columns = index.parts.iter().filter_map(|part| match &part.value {
                    Expr::Column(name) if part.collation.is_none() => Some(name.clone()),
                    _ => None,
                });
                let columns: Vec<Ident> = columns.collect();
                check_partition_key(report, &site, table, &columns);
            }
        }
        let leaf_site = owner.part("leaf", &table.name);
        for index in table.leaf().into_iter().flat_map(|leaf| &leaf.indexes) {
            let site = leaf_site.child("index", &index.name, index.place);
            check_index(schema, report, &site, table, index);
        }
        check_repeats(schema, report, table);
    }
}

pub(super) fn check_index(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    table: &Table,
    index: &Index,
) {
    index_parts::check(schema, report, site, table, index);
    check_method(report, site, index);
    unknown_columns(report, site, &index.include, &table.columns);
    let include = index.include.iter().map(|name| (name, index.place));
    unique(report, site, "included column", include);
    if let Some(predicate) = &index.predicate {
        let site = site.part("predicate", &index.name);
        let columns = &table.columns;
        expressions::check_condition(schema, report, &site, predicate, columns, Role::Index);
    }
    for serves in &index.serves {
        if let Serves::Query(query) = serves
            && schema.find_query(query).is_none()
        {
            report.add(
                Code::SM012,
                site,
                format!("there is no query `{}` for it to serve", query.as_str().escape_debug()),
                "mend the name, or name a use outside of the definition with `.serves_external(...)`",
            );
        }
    }
}

fn check_method(report: &mut Report, site: &Site, index: &Index) {
    use IndexMethod::{Btree, Gist, Hash, SpGist};
    let method = index.method;
    let mut refuse = |defect: String, remedy: &str| {
        report.add(Code::SM031, site, defect, remedy);
    };
    if index.unique && method != Btree {
        refuse(
            format!("{} cannot refuse equal keys", method.name()),
            "make it a btree index, or not unique",
        );
    }
    if index.nulls_not_distinct && !index.unique {
        refuse(
            "only a unique index tells NULLs apart".to_owned(),
            "make it unique, or leave `.nulls_not_distinct()` out",
        );
    }
    if !index.include.is_empty() && !matches!(method, Btree | Gist | SpGist) {
        refuse(
            format!("{} cannot store further columns", method.name()),
            "leave `.include(...)` out, or use a btree index",
        );
    }
    if index.parts.len() > 1 && matches!(method, Hash | SpGist) {
        refuse(
            format!(
                "{} takes one part, not {}",
                method.name(),
                index.parts.len()
            ),
            "use a btree index",
        );
    }
}

fn check_repeats(schema: &Schema, report: &mut Report, table: &Table) {
    let owner = Site::new("table", &table.name, table.place);
    let leaf_site = owner.part("leaf", &table.name);
    let leaf = table.leaf();
    let mut all: Vec<(Site, &Ident, &str, IndexShape)> = Vec::new();
    let groups = [
        (
            &owner,
            table.constraints.as_slice(),
            table.indexes.as_slice(),
        ),
        (
            &leaf_site,
            leaf.map_or(&[][..], |leaf| &leaf.constraints),
            leaf.map_or(&[][..], |leaf| &leaf.indexes),
        ),
    ];
    for (site, constraints, indexes) in groups {
        for constraint in constraints {
            if let Some(shape) = IndexShape::of_key(schema, constraint, table) {
                let site = site.child("constraint", &constraint.name, constraint.place);
                all.push((site, &constraint.name, "the key", shape));
            }
        }
        for index in indexes {
            let site = site.child("index", &index.name, index.place);
            all.push((
                site,
                &index.name,
                "the index",
                IndexShape::of(schema, index, table),
            ));
        }
    }
    for (at, (site, _, _, shape)) in all.iter().enumerate() {
        if shape.parts.is_empty() {
            continue;
        }
        let mut others = all.iter().enumerate();
        // Of two that are the same, the later one is reported.
        let first = others.find(|(other_at, (.., other))| {
            *other_at != at && other.covers(shape) && (*other_at < at || !shape.covers(other))
        });
        if let Some((_, (_, other, kind, _))) = first {
            report.add(
                Code::SM035,
                site,
                format!("it repeats {kind} {}", list([other])),
                "remove it: it would be written with each row and read by no plan",
            );
        }
    }
}
