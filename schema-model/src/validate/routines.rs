//! Routines: arguments, result and settings.

use super::code::Code;
use super::columns::{check_default, check_type};
use super::report::{Report, Site};
use crate::routine::{Language, Returns, Routine};
use crate::schema::Schema;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        check_arguments(schema, report, &site, routine);
        check_returns(schema, report, &site, routine);
        for (name, value) in &routine.settings {
            check_setting(report, &site.part("setting", name), name.as_str(), value);
        }
    }
}

fn check_arguments(schema: &Schema, report: &mut Report, site: &Site, routine: &Routine) {
    let mut defaulted = None;
    for argument in &routine.arguments {
        let site = site.part("argument", &argument.name);
        check_type(schema, report, &site, &argument.ty);
        match (&argument.default, defaulted) {
            (Some(value), _) => {
                defaulted = Some(&argument.name);
                check_default(schema, report, &site, value, &argument.ty, true);
            }
            (None, Some(earlier)) => report.add(
                Code::SM049,
                &site,
                format!("it has no default, but follows `{earlier}`, which has one"),
                "give it a default, or move it before the first that has one",
            ),
            (None, None) => {}
        }
    }
}

fn check_returns(schema: &Schema, report: &mut Report, site: &Site, routine: &Routine) {
    match &routine.returns {
        Returns::Trigger => {
            if !routine.arguments.is_empty() {
                report.add(
                    Code::SM048,
                    site,
                    "a trigger function takes no arguments",
                    "read the row from `NEW` and `OLD` in its body",
                );
            }
            if routine.language != Language::PlPgSql {
                report.add(
                    Code::SM048,
                    site,
                    "a trigger function cannot be written in the language sql",
                    "write it in plpgsql",
                );
            }
        }
        Returns::Value(ty) | Returns::SetOf(ty) => check_type(schema, report, site, ty),
        Returns::Table(columns) => {
            for (name, ty) in columns {
                check_type(schema, report, &site.part("result column", name), ty);
            }
        }
        Returns::Void => {}
    }
}

fn check_setting(report: &mut Report, site: &Site, name: &str, value: &str) {
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
    if name.eq_ignore_ascii_case("search_path") {
        report.add(
            Code::SM050,
            site,
            "the search path of every routine is pinned to `pg_catalog, pg_temp`",
            "leave it out and qualify names in the body through placeholders",
        );
    } else if !is_name {
        report.add(
            Code::SM050,
            site,
            "this is not the name of a setting",
            "write it as the server's manual does, such as `lock_timeout`",
        );
    } else if matches!(
        name,
        "transaction_isolation" | "transaction_read_only" | "role" | "session_authorization"
    ) {
        report.add(
            Code::SM050,
            site,
            "a function cannot set this for the time it runs",
            "leave it to the caller's transaction",
        );
    } else if value.trim().is_empty() {
        report.add(
            Code::SM050,
            site,
            "the setting has no value",
            "give it one, such as `3s`",
        );
    }
}
