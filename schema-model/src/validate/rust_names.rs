//! Names that become names of generated Rust code: functions, modules, fields, structs.

use super::code::Code;
use super::report::{Report, Site};
use crate::schema::Schema;

/// Words that Rust 2024 keeps for itself, in use or reserved.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

pub(super) fn check(schema: &Schema, report: &mut Report) {
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        snake(report, &site, "function", query.name.as_str());
        snake(report, &site, "module", query.module.as_str());
        for param in &query.params {
            let site = site.part("parameter", &param.name);
            snake(report, &site, "parameter", param.name.as_str());
        }
        let Some(row) = &query.row else { continue };
        camel(report, &site.part("row", &row.name), row.name.as_str());
        for column in &row.columns {
            let site = site.part("row column", &column.name);
            snake(report, &site, "field", column.name.as_str());
        }
    }
}

fn snake(report: &mut Report, site: &Site, what: &str, name: &str) {
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits {
        report.add(
            Code::SM006,
            site,
            format!("`{}` cannot name a Rust {what}", name.escape_debug()),
            "write it in snake_case: lower-case letters, digits and underscores, a letter first",
        );
    } else if KEYWORDS.contains(&name) {
        report.add(
            Code::SM006,
            site,
            format!("`{name}` is a word of Rust and cannot name a {what}"),
            "choose a longer name, in SQL by an alias",
        );
    }
}

fn camel(report: &mut Report, site: &Site, name: &str) {
    let fits = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self";
    if !fits {
        report.add(
            Code::SM006,
            site,
            format!("`{}` cannot name a Rust struct", name.escape_debug()),
            "write it in CamelCase: letters and digits, a capital first",
        );
    }
}
