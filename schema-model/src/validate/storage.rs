//! Storage parameters: their names and values.

use super::code::Code;
use super::report::{Report, Site, list};
use super::storage_values::{self, Parameter, TABLE, VACUUM};
use crate::constraint::ConstraintKind;
use crate::index::{Index, IndexMethod};
use crate::schema::Schema;
use crate::storage::StorageParameter;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for table in &schema.tables {
        let owner = Site::new("table", &table.name, table.place);
        check_table(report, &owner, &table.storage);
        check_indexes(report, &owner, &table.indexes);
        for constraint in &table.constraints {
            if let ConstraintKind::Exclude(exclusion) = &constraint.kind {
                let site = owner.child("constraint", &constraint.name, constraint.place);
                check_index(report, &site, exclusion.method, &exclusion.storage);
            }
        }
        if let Some(leaf) = table.leaf() {
            let site = owner.part("leaf", &table.name);
            check_table(report, &site, &leaf.storage);
            check_indexes(report, &site, &leaf.indexes);
        }
    }
}

fn check_table(report: &mut Report, owner: &Site, parameters: &[StorageParameter]) {
    for parameter in parameters {
        let name = parameter.name.as_str();
        if let Some(plain) = name.strip_prefix("toast.") {
            check_parameter(report, owner, parameter, plain, VACUUM);
        } else {
            let known: Vec<Parameter> = TABLE.iter().chain(VACUUM).copied().collect();
            check_parameter(report, owner, parameter, name, &known);
        }
    }
}

fn check_indexes(report: &mut Report, owner: &Site, indexes: &[Index]) {
    for index in indexes {
        let site = owner.child("index", &index.name, index.place);
        check_index(report, &site, index.method, &index.storage);
    }
}

fn check_index(
    report: &mut Report,
    site: &Site,
    method: IndexMethod,
    parameters: &[StorageParameter],
) {
    let known = storage_values::of_index(method);
    for parameter in parameters {
        check_parameter(report, site, parameter, parameter.name.as_str(), known);
    }
}

/// `name` is the parameter's, without a prefix.
fn check_parameter(
    report: &mut Report,
    owner: &Site,
    parameter: &StorageParameter,
    name: &str,
    known: &[Parameter],
) {
    let site = owner.part("storage parameter", &parameter.name);
    let Some((_, values)) = known.iter().find(|(known, _)| *known == name) else {
        let mut names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        report.add(
            Code::SM061,
            &site,
            "there is no such storage parameter here",
            format!("the parameters are {}", list(names)),
        );
        return;
    };
    if !values.hold(&parameter.value) {
        report.add(
            Code::SM061,
            &site,
            format!("'{}' is no value of it", parameter.value.escape_debug()),
            format!("give {}", values.expected()),
        );
    }
}
