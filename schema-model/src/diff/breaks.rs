//! The word `.breaks(...)` of the schema: needed where a change breaks a query of the previous release and has no word of
//! its own, as renames and what is given up have; and a mistake where nothing breaks.

use super::breach::Breach;
use super::broken::Found;
use crate::evolution::BrokenObject;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site, list};

pub(super) fn check(from: &Schema, to: &Schema, found: &[Found], report: &mut Report) {
    // What a word breaks anyway asks for no second one.
    let expected: Vec<&Ident> = found
        .iter()
        .filter(|it| it.has_word)
        .flat_map(|it| &it.broken.queries)
        .collect();
    for it in found.iter().filter(|it| !it.has_word) {
        let mut queries = it.broken.queries.clone();
        // But for those that go on and do something else; one that is as it was is refused itself.
        let is_silent = matches!(it.broken.breach, Breach::Outwards(..));
        let is_as_before = |query: &Ident| {
            let body = |schema: &Schema| schema.find_query(query).map(|it| it.body.clone());
            body(from) == body(to)
        };
        queries.retain(|query| {
            if is_silent {
                !is_as_before(query)
            } else {
                !expected.contains(&query)
            }
        });
        if !queries.is_empty() && !is_said(from, to, &it.broken.breach) {
            refuse(to, it, &queries, report);
        }
    }
    words(from, to, found, report);
}

/// Whether the definition says that the queries may break, and did not say so of an earlier change.
fn is_said(from: &Schema, to: &Schema, breach: &Breach) -> bool {
    let object = breach.object(to);
    let mut words = to.breaking.iter();
    words.any(|word| to.same_object(&word.object, &object) && !is_old(from, to, word))
}

/// Whether a word was said of an earlier change.
fn is_old(from: &Schema, to: &Schema, word: &BrokenObject) -> bool {
    let mut old = from.breaking.iter();
    old.any(|it| to.same_object(&it.object, &word.object) && it.reason == word.reason)
}

fn refuse(to: &Schema, found: &Found, queries: &[Ident], report: &mut Report) {
    let (why, instead) = found.broken.breach.words();
    let object = match found.broken.breach.object(to) {
        ObjectRef::Namespace(name) => format!("namespace({:?})", name.as_str()),
        ObjectRef::Extension(name) => format!("extension({:?})", name.as_str()),
        ObjectRef::Type(name) => format!("user_type({})", in_rust(&name)),
        ObjectRef::Table(name) => format!("table({})", in_rust(&name)),
        ObjectRef::View(name) => format!("view({})", in_rust(&name)),
        ObjectRef::Sequence(name) => format!("sequence({})", in_rust(&name)),
        ObjectRef::Routine(name) => format!("routine({})", in_rust(&name)),
        ObjectRef::Partitions(name) => format!("partitions({})", in_rust(&name)),
        ObjectRef::Index(table, name) => {
            format!("index({}, {:?})", in_rust(&table), name.as_str())
        }
    };
    report.add(
        Code::SM110,
        &found.site,
        format!("queries of the previous release {why}: {}", list(queries)),
        format!("{instead}; or say `.breaks(ObjectRef::{object}, \"why\")` of the schema, with a reason that no earlier change gave"),
    );
}

/// A name as a definition writes it.
pub(super) fn in_rust(name: &QualifiedName) -> String {
    let own = name.name.as_str();
    match &name.namespace {
        Some(namespace) => format!("QualifiedName::new({:?}, {own:?})", namespace.as_str()),
        None => format!("{own:?}"),
    }
}

/// Words that say nothing: of changes that break no query, today or when they were said first.
fn words(from: &Schema, to: &Schema, found: &[Found], report: &mut Report) {
    for word in &to.breaking {
        let site = Site::new(word.object.kind(), word.object.name(), word.place);
        if word.reason.trim().is_empty() {
            let remedy = "say in a few words why no program needs it as it was";
            report.add(
                Code::SM007,
                &site,
                "its queries may break without a reason",
                remedy,
            );
        }
        let breaks = |it: &Found| to.same_object(&it.broken.breach.object(to), &word.object);
        if !is_old(from, to, word) && !found.iter().any(breaks) {
            report.add(
                Code::SM072,
                &site,
                "it is said to break queries of the previous release, and breaks none",
                "mend its name, or take `.breaks(...)` out",
            );
        }
    }
}
