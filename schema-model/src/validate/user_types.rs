//! Types of the definition's own: their names, the labels of enum types, and the rules of domains.

use super::code::Code;
use super::columns::{check_default, check_type};
use super::duplicates::{not_empty, of_not_null, unique};
use super::evaluate::Known;
use super::expressions::{self, Role};
use super::names::{column_name, ident};
use super::report::{Report, Site};
use super::texts::comment;
use crate::composite::Composite;
use crate::domain::Domain;
use crate::name::{Ident, MAX_IDENT_BYTES, QualifiedName};
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;
use crate::user_type::{EnumType, UserType};

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for (at, ty) in schema.types.iter().enumerate() {
        let site = Site::new("type", ty.name(), ty.place());
        check_name(schema, report, &site, ty, &schema.types[..at]);
        match ty {
            UserType::Enum(ty) => check_labels(report, &site, ty),
            UserType::Domain(ty) => check_domain(schema, report, &site, ty),
            UserType::Composite(ty) => check_composite(schema, report, &site, ty),
        }
    }
}

/// Every table and view brings a type of its name.
fn check_name(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    ty: &UserType,
    before: &[UserType],
) {
    let name = ty.name();
    let partition = || {
        schema
            .tables
            .iter()
            .any(|table| has_partition(schema, table, name))
    };
    let part = || {
        let mut tables = schema.tables.iter();
        tables.any(|table| has_part(schema, table, name))
            || schema
                .sequences
                .iter()
                .any(|it| schema.same_name(&it.name, name))
    };
    let what = if before.iter().any(|it| schema.same_name(it.name(), name)) {
        "another type"
    } else if schema.extension_of(name).is_some() {
        "one that an extension brings"
    } else if schema.find_table(name).is_some() {
        "a table"
    } else if schema.find_view(name).is_some() {
        "a view"
    } else if partition() {
        "a partition"
    } else if matches!(ty, UserType::Composite(_)) && part() {
        "a sequence, key or index, and a composite type is a relation as those are"
    } else {
        return;
    };
    report.add(
        Code::SM081,
        site,
        format!("its name is that of {what}"),
        "rename one: types, tables and views share one name space",
    );
}

fn has_partition(schema: &Schema, table: &Table, name: &QualifiedName) -> bool {
    let mut declared = table.partitioning.iter().flat_map(Partitioning::tree);
    schema.namespace_of(&table.name) == schema.namespace_of(name)
        && declared.any(|it| it.name == name.name)
}

/// Whether a table has a key, an exclusion or an index of a name.
fn has_part(schema: &Schema, table: &Table, name: &QualifiedName) -> bool {
    let mut keys = table.constraints.iter().filter(|it| it.has_index());
    let mut indexes = table.indexes.iter();
    schema.namespace_of(&table.name) == schema.namespace_of(name)
        && (keys.any(|it| it.name == name.name) || indexes.any(|it| it.name == name.name))
}

fn check_labels(report: &mut Report, site: &Site, ty: &EnumType) {
    not_empty(report, site, "labels", ty.labels.is_empty());
    for (at, label) in ty.labels.iter().enumerate() {
        let site = site.part("label", label.escape_debug());
        let defect = if label.is_empty() {
            "a label cannot be empty".to_owned()
        } else if label.contains('\0') {
            "a label cannot hold U+0000".to_owned()
        } else if label.len() > MAX_IDENT_BYTES {
            format!(
                "it is {} bytes long, PostgreSQL allows {MAX_IDENT_BYTES}",
                label.len()
            )
        } else if ty.labels[..at].contains(label) {
            "it stands twice".to_owned()
        } else {
            continue;
        };
        report.add(
            Code::SM082,
            &site,
            defect,
            "choose a text of 1 to 63 bytes that no other label has",
        );
    }
}

fn check_composite(schema: &Schema, report: &mut Report, site: &Site, ty: &Composite) {
    not_empty(report, site, "attributes", ty.attributes.is_empty());
    let attributes = ty.attributes.iter();
    unique(
        report,
        site,
        "attribute",
        attributes.map(|it| (&it.name, it.place)),
    );
    for attribute in &ty.attributes {
        let site = site.child("attribute", &attribute.name, attribute.place);
        column_name(report, &site, &attribute.name);
        check_type(schema, report, &site, &attribute.ty);
        comment(report, &site, attribute.comment.as_deref());
    }
}

fn check_domain(schema: &Schema, report: &mut Report, site: &Site, domain: &Domain) {
    check_type(schema, report, site, &domain.base);
    if schema.find_composite(domain.base.element()).is_some() {
        report.add(
            Code::SM085,
            site,
            format!("its values are of the composite type {}", domain.base),
            "check the attributes where the columns are: the server then keeps it from changing",
        );
    }
    if let Some(collation) = &domain.collation {
        ident(report, site, collation);
        if !schema.base_of(&domain.base).is_collatable() {
            report.add(
                Code::SM030,
                site,
                format!(
                    "{} has no collation, so `{collation}` cannot be its own",
                    domain.base
                ),
                "leave the collation out: only text and character varying are sorted by one",
            );
        }
    }
    if let Some(value) = &domain.default {
        check_default(schema, report, site, value, &domain.base, !domain.not_null);
        let [own] = domain.columns();
        let known = Known::nothing(schema);
        let stored = known.stored(value, &domain.base);
        let refusing = stored.and_then(|value| {
            let known = known.column(&own.name, value);
            domain.checks.iter().find(|it| known.refuses(&it.condition))
        });
        if let Some(check) = refusing {
            report.add(
                Code::SM152,
                site,
                format!("the check `{}` refuses the default", check.name),
                "give a default that the check lets pass, or change the check",
            );
        }
    }
    let checks = domain.checks.iter();
    unique(
        report,
        site,
        "check",
        checks.map(|it| (&it.name, domain.place)),
    );
    for check in &domain.checks {
        let site = site.part("check", &check.name);
        ident(report, &site, &check.name);
        let of_server = Ident::unchecked(format!("{}_not_null", domain.name.name));
        if domain.not_null && check.name == of_server {
            of_not_null(report, &site, "its values");
        }
        let columns = domain.columns();
        expressions::check_condition(
            schema,
            report,
            &site,
            &check.condition,
            &columns,
            Role::Check,
        );
    }
}
