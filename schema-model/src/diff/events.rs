//! Changes of event types under stored events. A recorded shape is a promise: the new one must read every payload that it reads.
//! Compares the members of the events themselves; the members of nested types are not recorded.

use super::payload_type::reads;
use crate::event_type::{EventField, EventType};
use crate::evolution::RetiredEvent;
use crate::place::Place;
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

pub(super) fn compare(from: &Schema, to: &Schema, report: &mut Report) {
    annotations(from, to, report);
    for old in &from.events {
        if is_retired(from, to, old) {
            continue;
        }
        let mut same_name = to.events.iter().filter(|new| new.name == old.name);
        let exact = same_name.clone().find(|new| new.version == old.version);
        let newest = same_name.clone().max_by_key(|new| new.version);
        let Some(new) = exact.or(newest) else {
            removed(old, report);
            continue;
        };
        if same_name.all(|new| new.version < old.version) {
            lowered(old, new, report);
        } else {
            members(old, new, report);
        }
    }
}

fn annotations(from: &Schema, to: &Schema, report: &mut Report) {
    for annotation in &to.retired {
        let site = Site::new("event type", &annotation.name, annotation.place);
        if annotation.reason.trim().is_empty() {
            let defect = "it is retired without a reason";
            let remedy =
                "give as the second argument of `.retire(...)` why the log contains no such event";
            report.add(Code::SM007, &site, defect, remedy);
        }
        let recorded = from.events.iter().any(|it| it.name == annotation.name)
            || from.retired.iter().any(|it| it.name == annotation.name);
        if !recorded {
            let defect = "`.retire(...)` names it, but the lock file records no such event type";
            let remedy = "correct its name, or remove `.retire(...)`";
            report.add(Code::SM124, &site, defect, remedy);
        }
    }
}

/// Whether the definition states for this change that the log contains no such event.
fn is_retired(from: &Schema, to: &Schema, old: &EventType) -> bool {
    let is_new = |it: &RetiredEvent| !from.retired.contains(it);
    let mut retired = to.retired.iter();
    retired.any(|it| it.name == old.name && is_new(it))
}

fn site(name: &str, place: Place) -> Site {
    Site::new("event type", name, place)
}

fn retire(name: &str) -> String {
    format!(
        "if no database contains such an event, add `.retire({name:?}, \"why\")` to the schema with a reason that no earlier change gave"
    )
}

fn removed(old: &EventType, report: &mut Report) {
    report.add(
        Code::SM121,
        &site(&old.name, Place::default()),
        "the definition no longer has it, and no program can read its stored events any more",
        format!(
            "add it again with `.event::<...>()`; or, {}",
            retire(&old.name)
        ),
    );
}

fn lowered(old: &EventType, new: &EventType, report: &mut Report) {
    report.add(
        Code::SM122,
        &site(&old.name, new.place),
        format!(
            "its schema version was {}, is {} now, and stored events of version {} are refused as too new",
            old.version, new.version, old.version
        ),
        format!(
            "write `version = {}` or a greater one in `#[event(...)]`; or, {}",
            old.version,
            retire(&old.name)
        ),
    );
}

fn members(old: &EventType, new: &EventType, report: &mut Report) {
    let mut unread = |defect: String, remedy: &str| {
        report.add(
            Code::SM123,
            &site(&old.name, new.place),
            format!(
                "stored events of version {} cannot be read: {defect}",
                old.version
            ),
            format!("{remedy}; or, {}", retire(&old.name)),
        );
    };
    for field in &new.fields {
        if let Some((defect, remedy)) = unreadable(old, new, field) {
            unread(defect, &remedy);
        }
    }
    if new.closed {
        if !old.closed {
            unread(
                "`deny_unknown_fields` refuses members that earlier versions of the type may have written".to_owned(),
                "remove `#[serde(deny_unknown_fields)]`",
            );
        }
        for name in old.fields.iter().flat_map(EventField::read_names) {
            let mut fields = new.fields.iter();
            if !fields.any(|it| it.flattened || it.read_names().any(|read| read == name)) {
                unread(
                    format!("`deny_unknown_fields` refuses the member `{name}`, which was removed"),
                    &format!("keep a member that reads it: `#[serde(alias = {name:?})]`"),
                );
            }
        }
    }
}

/// Why payloads of the recorded shape do not fit a member, and what to do.
fn unreadable(old: &EventType, new: &EventType, field: &EventField) -> Option<(String, String)> {
    let name = &field.name;
    if field.flattened {
        let mut flattened = old.fields.iter().filter(|it| it.flattened);
        let kept = flattened.any(|it| reads(&field.rust_type, &it.rust_type));
        let takes_all = [
            "serde_json::Value",
            "serde_json::Map<String, serde_json::Value>",
        ];
        let text = field.rust_type.as_str();
        let map = text.contains("Map<String, ") && text.ends_with(", serde_json::Value>");
        let fits = kept || map || takes_all.contains(&text);
        return (!fits).then(|| {
            let defect = format!("the flattened member `{name}: {text}` was added or has another type");
            let remedy = "keep the type of the member, and add new members with `#[serde(default)]` beside it";
            (defect, remedy.to_owned())
        });
    }
    let reads_name = |it: &&EventField| {
        it.read_names()
            .any(|old| field.read_names().any(|new| new == old))
    };
    let mut before = old.fields.iter().filter(reads_name).peekable();
    if before.peek().is_none() {
        return (!field.optional).then(|| missing(old, new, field));
    }
    before.find_map(|before| {
        let lost = before
            .read_names()
            .find(|old| !field.read_names().any(|new| new == *old));
        if before.optional && !field.optional {
            let defect = format!("the member `{name}` could be absent, and is required now");
            Some((defect, format!("add `#[serde(default)]` to `{name}`")))
        } else if let Some(lost) = lost {
            let defect =
                format!("the member `{name}` is no longer read under its earlier name `{lost}`");
            Some((
                defect,
                format!("add `#[serde(alias = {lost:?})]` to `{name}`"),
            ))
        } else if !reads(&field.rust_type, &before.rust_type) {
            let (was, is) = (&before.rust_type, &field.rust_type);
            let defect =
                format!("the member `{name}` was written as `{was}`, which `{is}` does not read");
            let remedy =
                format!("keep the type `{was}`, and add a new member with `#[serde(default)]`");
            Some((defect, remedy))
        } else {
            None
        }
    })
}

/// A member that stored payloads lack; where one was removed, it may be the same under another name.
fn missing(old: &EventType, new: &EventType, field: &EventField) -> (String, String) {
    let name = &field.name;
    let defect = format!("they lack the required member `{name}`");
    let is_read = |name: &str| {
        new.fields
            .iter()
            .any(|it| it.read_names().any(|read| read == name))
    };
    let gone = old
        .fields
        .iter()
        .filter(|it| !it.flattened && !is_read(&it.name));
    let renamed: Vec<String> = gone
        .map(|it| format!("`#[serde(alias = {:?})]`", it.name))
        .collect();
    let default = format!("add `#[serde(default)]` to `{name}`");
    if renamed.is_empty() {
        (defect, default)
    } else {
        let renamed = renamed.join(" or ");
        (
            defect,
            format!(
                "if the member was renamed, add {renamed} to `{name}`; if it is new, {default}"
            ),
        )
    }
}
