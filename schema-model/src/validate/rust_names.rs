//! Names that become names of generated Rust code: functions, modules, fields, structs.

use std::collections::BTreeMap;

use super::code::Code;
use super::report::{Report, Site};
use crate::name::{Ident, QualifiedName};
use crate::rust_name::{camel_case, is_name, screaming_case, snake_case};
use crate::schema::Schema;

/// The Rust names of one scope, each with the name that it comes from.
#[derive(Default)]
struct Scope(BTreeMap<String, String>);

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
    relations(schema, report);
    queries(schema, report);
}

/// Each table and view is a module with a constant for each column.
fn relations(schema: &Schema, report: &mut Report) {
    let tables = schema.tables.iter().map(|table| {
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|it| (&it.name, it.place))
            .collect();
        (
            Site::new("table", &table.name, table.place),
            &table.name,
            columns,
        )
    });
    let views = schema.views.iter().map(|view| {
        let columns = view
            .columns
            .iter()
            .map(|it| (&it.name, view.place))
            .collect();
        (
            Site::new("view", &view.name, view.place),
            &view.name,
            columns,
        )
    });
    let mut modules = Scope::default();
    for (site, name, columns) in tables.chain(views) {
        if is_nameable(report, &site, name.name.as_str()) {
            modules.add(report, &site, name, module_of(schema, name));
        }
        let mut constants = Scope::default();
        for (column, place) in columns {
            let site = site.child("column", column, place);
            if is_nameable(report, &site, column.as_str()) {
                constants.add(report, &site, column, screaming_case(column.as_str()));
            }
        }
    }
}

/// Where PostgreSQL schemas share a relation's name, theirs stands before it.
fn module_of(schema: &Schema, name: &QualifiedName) -> String {
    let tables = schema.tables.iter().map(|it| &it.name);
    let names = tables.chain(schema.views.iter().map(|it| &it.name));
    if names.filter(|it| it.name == name.name).count() > 1 {
        snake_case(&format!("{}_{}", schema.namespace_of(name), name.name))
    } else {
        snake_case(name.name.as_str())
    }
}

/// Each query is a function in its module, and a struct beside those of rows.
fn queries(schema: &Schema, report: &mut Report) {
    let mut modules: BTreeMap<String, &Ident> = BTreeMap::new();
    let mut types = Scope::default();
    let mut rows: Vec<&Ident> = Vec::new();
    for query in &schema.queries {
        let site = Site::new("query", &query.name, query.place);
        let module = snake_case(query.module.as_str());
        let known = *modules.entry(module.clone()).or_insert(&query.module);
        if *known != query.module {
            same(
                report,
                &site,
                ("its module ", query.module.as_str()),
                known.as_str(),
                &module,
            );
        }
        types.add(report, &site, &query.name, camel_case(query.name.as_str()));
        let mut params = Scope::default();
        for param in &query.params {
            let site = site.part("parameter", &param.name);
            params.add(report, &site, &param.name, snake_case(param.name.as_str()));
        }
        let Some(row) = &query.row else { continue };
        if rows.contains(&&row.name) {
            continue;
        }
        rows.push(&row.name);
        let site = site.part("row", &row.name);
        types.add(report, &site, &row.name, camel_case(row.name.as_str()));
        let mut fields = Scope::default();
        for column in &row.columns {
            let site = site.part("row column", &column.name);
            fields.add(
                report,
                &site,
                &column.name,
                snake_case(column.name.as_str()),
            );
        }
    }
}

impl Scope {
    /// A name that stands twice is found elsewhere.
    fn add(&mut self, report: &mut Report, site: &Site, name: &impl ToString, rust: String) {
        let name = name.to_string();
        match self.0.get(&rust) {
            Some(known) if *known != name => {
                same(report, site, ("", &name), known, &rust);
            }
            _ => {
                self.0.insert(rust, name);
            }
        }
    }
}

fn same(report: &mut Report, site: &Site, (what, name): (&str, &str), known: &str, rust: &str) {
    report.add(
        Code::SM066,
        site,
        format!("{what}`{name}` and `{known}` both become `{rust}` in Rust"),
        "rename one of them",
    );
}

/// Whether a name that PostgreSQL takes can be one in Rust.
fn is_nameable(report: &mut Report, site: &Site, name: &str) -> bool {
    // That an empty name is none is said elsewhere.
    let fits = is_name(&snake_case(name));
    if !fits && !name.is_empty() {
        report.add(
            Code::SM006,
            site,
            format!("`{}` cannot be a Rust name", name.escape_debug()),
            "rename it: of the letters `A-Z` and `a-z` and the digits in it, the first must be a letter",
        );
    }
    fits
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
