//! Identifiers: every name anywhere in a definition, and the names that are derived from them.

use super::code::Code;
use super::report::{Report, Site};
use crate::constraint::{Constraint, ConstraintKind};
use crate::expr::Expr;
use crate::index::Index;
use crate::name::{Ident, MAX_IDENT_BYTES, QualifiedName};
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;
use crate::trigger::Trigger;

/// What a partition's name adds to its table's: `_2026_01`, as long as `_default`.
pub(super) const LEAF_SUFFIX_BYTES: usize = "_YYYY_MM".len();

const SYSTEM_COLUMNS: &[&str] = &["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let site = Site::new("schema", &schema.name, crate::place::Place::default());
    ident(report, &site, &schema.name);
    namespace(report, &site, &schema.namespace);
    for own in &schema.namespaces {
        let site = Site::new("namespace", &own.name, own.place);
        namespace(report, &site, &own.name);
    }
    for extension in &schema.extensions {
        let site = Site::new("extension", &extension.name, extension.place);
        ident(report, &site, &extension.name);
        if let Some(home) = &extension.namespace {
            namespace(report, &site, home);
        }
        for ty in &extension.types {
            ident(report, &site.part("type", ty), ty);
        }
    }
    for ty in &schema.types {
        let site = Site::new("type", ty.name(), ty.place());
        qualified(report, &site, ty.name());
    }
    for sequence in &schema.sequences {
        let site = Site::new("sequence", &sequence.name, sequence.place);
        qualified(report, &site, &sequence.name);
    }
    for table in &schema.tables {
        check_table(report, table);
    }
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        qualified(report, &site, &view.name);
        for column in &view.columns {
            column_name(report, &site.part("column", &column.name), &column.name);
        }
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        qualified(report, &site, &routine.name);
        for argument in &routine.arguments {
            ident(
                report,
                &site.part("argument", &argument.name),
                &argument.name,
            );
        }
        if let crate::routine::Returns::Table(columns) = &routine.returns {
            for (name, _) in columns {
                ident(report, &site.part("result column", name), name);
            }
        }
    }
    for grant in &schema.grants {
        let site = Site::new("grant to", &grant.to, grant.place);
        ident(report, &site, &grant.to);
        if grant.to == "none" {
            report.add(
                Code::SM062,
                &site,
                "no role can have this name: PostgreSQL keeps it for the absence of one",
                "name a role; `public` is everybody",
            );
        }
        if grant.to != "public" && grant.to.as_str().eq_ignore_ascii_case("public") {
            report.add(
                Code::SM062,
                &site,
                "a name keeps its letters here, and no role is called so",
                "write `public`, which is everybody",
            );
        }
    }
}

fn check_table(report: &mut Report, table: &Table) {
    let site = Site::new("table", &table.name, table.place);
    qualified(report, &site, &table.name);
    for column in &table.columns {
        let site = site.child("column", &column.name, column.place);
        column_name(report, &site, &column.name);
        if let Some(collation) = &column.collation {
            ident(report, &site, collation);
        }
        for expr in column.expressions() {
            expression(report, &site, expr);
        }
    }
    for constraint in &table.constraints {
        check_constraint(report, &site, constraint);
    }
    for index in &table.indexes {
        check_index(report, &site, index);
    }
    for trigger in &table.triggers {
        check_trigger(report, &site, trigger);
    }
    let policy = table
        .partitioning
        .as_ref()
        .and_then(|by| by.policy.as_ref());
    if let Some(policy) = policy {
        let leaf_bytes = table.name.name.as_str().len() + LEAF_SUFFIX_BYTES;
        if leaf_bytes > MAX_IDENT_BYTES {
            derived(
                report,
                &site,
                "a partition's name `<table>_YYYY_MM`",
                leaf_bytes,
            );
        }
        for routine in policy.routine_names() {
            qualified(report, &site.part("routine", routine), routine);
        }
    }
    if let Some(partitioning) = &table.partitioning {
        for partition in partitioning.tree() {
            let site = site.child("partition", &partition.name, partition.place);
            ident(report, &site, &partition.name);
        }
        check_leaf(report, &site.part("leaf", &table.name), table, partitioning);
    }
}

fn check_leaf(report: &mut Report, site: &Site, table: &Table, partitioning: &Partitioning) {
    let leaf = partitioning.template();
    let (what, leaf_bytes) = if partitioning.policy.is_some() {
        let bytes = table.name.name.as_str().len() + LEAF_SUFFIX_BYTES;
        ("the name `<table>_YYYY_MM_<suffix>`", bytes)
    } else {
        let names = partitioning.tree().into_iter();
        let longest = names.map(|it| it.name.as_str().len()).max();
        ("the name `<partition>_<suffix>`", longest.unwrap_or(0))
    };
    let constraints = leaf.constraints.iter();
    let suffixes = constraints
        .map(|it| ("constraint", &it.name, it.place))
        .chain(leaf.indexes.iter().map(|it| ("index", &it.name, it.place)));
    for (kind, name, place) in suffixes {
        let bytes = leaf_bytes + 1 + name.as_str().len();
        if leaf_bytes <= MAX_IDENT_BYTES && bytes > MAX_IDENT_BYTES {
            let site = site.child(kind, name, place);
            derived(report, &site, what, bytes);
        }
    }
    for constraint in &leaf.constraints {
        check_constraint(report, site, constraint);
    }
    for index in &leaf.indexes {
        check_index(report, site, index);
    }
    for trigger in &leaf.triggers {
        check_trigger(report, site, trigger);
    }
}

fn check_constraint(report: &mut Report, owner: &Site, constraint: &Constraint) {
    let site = owner.child("constraint", &constraint.name, constraint.place);
    ident(report, &site, &constraint.name);
    for expr in constraint.expressions() {
        expression(report, &site, expr);
    }
    if let ConstraintKind::Exclude(exclusion) = &constraint.kind {
        let collations = exclusion
            .parts
            .iter()
            .filter_map(|it| it.part.collation.as_ref());
        for collation in collations {
            ident(report, &site, collation);
        }
    }
}

fn check_index(report: &mut Report, owner: &Site, index: &Index) {
    let site = owner.child("index", &index.name, index.place);
    ident(report, &site, &index.name);
    for part in &index.parts {
        expression(report, &site, &part.value);
        if let Some(collation) = &part.collation {
            ident(report, &site, collation);
        }
    }
    if let Some(predicate) = &index.predicate {
        expression(report, &site, predicate);
    }
}

fn check_trigger(report: &mut Report, owner: &Site, trigger: &Trigger) {
    let site = owner.child("trigger", &trigger.name, trigger.place);
    ident(report, &site, &trigger.name);
    if let Some(condition) = &trigger.when {
        expression(report, &site, condition);
    }
}

/// Names in an expression need no check of their own where they must name a column or sequence that
/// exists. A type's name is the model's.
fn expression(report: &mut Report, site: &Site, expr: &Expr) {
    if let Expr::NextValue(sequence) = expr {
        qualified(report, site, sequence);
    }
    for operand in expr.operands() {
        expression(report, site, operand);
    }
}

fn qualified(report: &mut Report, site: &Site, name: &QualifiedName) {
    if let Some(own) = &name.namespace {
        namespace(report, site, own);
    }
    ident(report, site, &name.name);
}

fn namespace(report: &mut Report, site: &Site, name: &Ident) {
    ident(report, site, name);
    if name.as_str().starts_with("pg_") || *name == "information_schema" {
        report.add(
            Code::SM062,
            site,
            format!("the PostgreSQL schema `{name}` belongs to the server"),
            "choose a name that neither begins with `pg_` nor is `information_schema`",
        );
    }
}

pub(super) fn column_name(report: &mut Report, site: &Site, name: &Ident) {
    ident(report, site, name);
    if SYSTEM_COLUMNS.contains(&name.as_str()) {
        report.add(
            Code::SM062,
            site,
            format!("every table has a system column `{name}` already"),
            "choose another name",
        );
    }
}

pub(super) fn ident(report: &mut Report, site: &Site, name: &Ident) {
    if let Some(defect) = name.defect() {
        report.add(
            Code::SM001,
            site,
            defect.to_string(),
            "choose a name of 1 to 63 bytes; PostgreSQL would cut a longer one without an error",
        );
    }
}

fn derived(report: &mut Report, site: &Site, what: &str, bytes: usize) {
    let over = bytes - MAX_IDENT_BYTES;
    report.add(
        Code::SM002,
        site,
        format!("{what} is {bytes} bytes long, PostgreSQL keeps {MAX_IDENT_BYTES}"),
        format!("shorten the name; bytes too many: {over}"),
    );
}
