//! Templates: that each can be read, and that each placeholder stands for something that exists.

use super::code::Code;
use super::expressions::unknown_column;
use super::report::{Report, Site, list};
use super::sql_text::{Defect, defects};
use crate::name::{Ident, QualifiedName};
use crate::query::Query;
use crate::schema::Schema;
use crate::template::{Binding, Segment, Template};

pub(super) fn check(schema: &Schema, report: &mut Report) {
    check_edits(schema, report);
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        check_template(schema, report, &site, &view.body, &[]);
        check_statement(report, &site, &view.body, |_| true);
    }
    for routine in &schema.routines {
        let site = Site::new("routine", &routine.name, routine.place);
        check_template(schema, report, &site, &routine.body, &[]);
        // A routine's body may be several statements, and may name its arguments by number.
        check_statement(report, &site, &routine.body, |defect| {
            matches!(defect, Defect::Unclosed(_))
        });
    }
    for query in &schema.queries {
        check_query(schema, report, query);
    }
}

fn check_query(schema: &Schema, report: &mut Report, query: &Query) {
    let site = Site::new("query", &query.name, query.place);
    let params: Vec<&Ident> = query.params.iter().map(|param| &param.name).collect();
    check_template(schema, report, &site, &query.body, &params);
    check_statement(report, &site, &query.body, |_| true);
    for param in &params {
        if query.body.bindings.contains_key(param.as_str()) {
            report.add(
                Code::SM052,
                &site,
                format!("`{{{param}}}` stands for a parameter and for a binding"),
                "rename one",
            );
        }
    }
    let Ok(segments) = query.body.segments() else {
        return;
    };
    for param in &params {
        let is_used = segments.iter().any(
            |segment| matches!(segment, Segment::Placeholder { key, .. } if *key == param.as_str()),
        );
        if !is_used {
            report.add(
                Code::SM053,
                &site.part("parameter", param),
                "the text never uses it, and the server could not tell its type",
                format!("write `{{{param}}}` where it belongs, or remove it"),
            );
        }
    }
}

/// Reports the defects of a text that count.
fn check_statement(
    report: &mut Report,
    site: &Site,
    template: &Template,
    counts: impl Fn(&Defect) -> bool,
) {
    let Ok(segments) = template.segments() else {
        return;
    };
    let is_bound = |key: &str| template.bindings.contains_key(key);
    for defect in defects(&segments, is_bound)
        .iter()
        .filter(|one| counts(one))
    {
        report.add(Code::SM051, site, defect.to_string(), defect.remedy());
    }
}

fn check_template(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    template: &Template,
    params: &[&Ident],
) {
    for (key, binding) in &template.bindings {
        check_binding(schema, report, &site.part("binding", key), binding);
    }
    let segments = match template.segments() {
        Ok(segments) => segments,
        Err(error) => {
            let remedy = "mend the placeholder; a brace that is meant as one is doubled";
            report.add(Code::SM051, site, error.to_string(), remedy);
            return;
        }
    };
    if template.text.trim().is_empty() {
        let remedy = "write the SQL text";
        report.add(Code::SM051, site, "the template is empty", remedy);
    }
    let mut seen = Vec::new();
    for segment in &segments {
        if let Segment::Placeholder {
            key,
            column,
            literal,
        } = *segment
        {
            if seen.contains(&segment) {
                continue;
            }
            seen.push(segment);
            let is_param = params.iter().any(|param| **param == key);
            match template.bindings.get(key) {
                Some(binding) => {
                    check_use(schema, report, site, key, binding, column, literal);
                }
                None if is_param => {
                    if column.is_some() || literal {
                        unfit(
                            report,
                            site,
                            key,
                            "a parameter",
                            "`{name}` is its only form",
                        );
                    }
                }
                None => report.add(
                    Code::SM051,
                    site,
                    format!("`{{{key}}}` stands for nothing"),
                    format!(
                        "bind it, or use one of {}",
                        list(
                            template
                                .bindings
                                .keys()
                                .map(String::as_str)
                                .chain(params.iter().map(|param| param.as_str()))
                        )
                    ),
                ),
            }
        }
    }
}

/// Edits of tables that are not there: what they were to change would be missing without a word.
fn check_edits(schema: &Schema, report: &mut Report) {
    for (name, place) in &schema.unknown_edits {
        let tables = schema.tables.iter().map(|it| &it.name);
        report.add(
            Code::SM009,
            &Site::new("table", name, *place),
            "`.edit_table(...)` changes it, and no table of this name was added before",
            format!("correct the name; the tables are {}", list(tables)),
        );
    }
}

fn check_binding(schema: &Schema, report: &mut Report, site: &Site, binding: &Binding) {
    let (code, kind, name): (_, _, &QualifiedName) = match binding {
        Binding::Relation(name)
            if schema.find_table(name).is_none() && schema.find_view(name).is_none() =>
        {
            (Code::SM009, "table or view", name)
        }
        Binding::Sequence(name) if schema.find_sequence(name).is_none() => {
            (Code::SM011, "sequence", name)
        }
        Binding::Routine(name) if !schema.has_routine(name) => (Code::SM010, "routine", name),
        _ => return,
    };
    let defect = format!("there is no {kind} `{name}`");
    match schema.renamed_to(name) {
        Some(now) => report.add(code, site, defect, format!("it is `{now}` now: write that")),
        None => report.add(
            code,
            site,
            defect,
            "add it to the definition, or mend the name",
        ),
    }
}

fn check_use(
    schema: &Schema,
    report: &mut Report,
    site: &Site,
    key: &str,
    binding: &Binding,
    column: Option<&str>,
    literal: bool,
) {
    let (what, has_literal) = match binding {
        Binding::Relation(_) => ("a relation", true),
        Binding::Sequence(_) => ("a sequence", true),
        Binding::Routine(_) => ("a routine", false),
        Binding::Integer(_) => ("a number", false),
        Binding::Type(_) => ("a type", false),
        Binding::Text(_) => ("a text", true),
    };
    if literal && !has_literal {
        unfit(report, site, key, what, "leave `:literal` out");
    }
    let Some(column) = column else { return };
    let Binding::Relation(name) = binding else {
        unfit(report, site, key, what, "only relations have columns");
        return;
    };
    let known = schema.columns_of(name);
    if column != "*" && !known.is_empty() && !known.iter().any(|name| **name == column) {
        unknown_column(
            report,
            &site.part("placeholder", key),
            &Ident::unchecked(column),
            &known,
        );
    }
}

fn unfit(report: &mut Report, site: &Site, key: &str, what: &str, remedy: &str) {
    report.add(
        Code::SM051,
        site,
        format!("`{key}` stands for {what}, which cannot be written so"),
        remedy,
    );
}
