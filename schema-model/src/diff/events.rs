//! Changes of event types under stored events. A recorded shape is a promise: the new one must read every payload that it reads.

use super::event_checks::SameChecks;
use super::event_data::Comparison;
use super::event_members::{Members, Unread};
use crate::event_data::{DataShape, NamedShape};
use crate::event_type::{EventField, EventType};
use crate::evolution::RetiredEvent;
use crate::place::Place;
use crate::schema::Schema;
use crate::validate::Code;
use crate::validate::report::{Report, Site};

pub(super) fn compare(from: &Schema, to: &Schema, report: &mut Report) {
    annotations(from, to, report);
    unread(from, to, report);
}

/// Event types whose stored events are not read any more.
pub(super) fn unread(from: &Schema, to: &Schema, report: &mut Report) {
    let same = SameChecks::of(from.recorded_events());
    for old in from.recorded_events() {
        if !is_retired(from, to, old) {
            check(old, to, &same, report);
        }
    }
}

/// The event types of `from` in the shapes that the definition `to` has no longer, and that stored events may have: a member that was
/// removed may not come back as another.
pub fn former_events(from: &Schema, to: &Schema) -> Vec<EventType> {
    let mut former: Vec<EventType> = Vec::new();
    for old in from.former_events.iter().chain(&from.events) {
        let is_known = to.events.contains(old) || former.contains(old);
        if !is_known && !is_retired(from, to, old) {
            former.push(old.clone());
        }
    }
    former
}

/// The recorded event types whose stored events the definition `to` cannot read, and does not retire.
pub fn unread_events<'a>(from: &'a Schema, to: &Schema) -> Vec<&'a EventType> {
    let same = SameChecks::of(from.recorded_events());
    let is_unread = |old: &&EventType| {
        let mut report = Report::default();
        check(old, to, &same, &mut report);
        !report.into_violations().is_empty()
    };
    let events = from.recorded_events();
    events
        .filter(|old| !is_retired(from, to, old))
        .filter(is_unread)
        .collect()
}

/// Members that events of a type had and have: those of the payload, or of a struct in it that is no part of another object.
struct MemberLists<'a> {
    event: &'a EventType,
    was: Members<'a>,
    is: Members<'a>,
    /// What leads to them; empty for the payload.
    path: String,
}

fn member_lists<'a>(from: &'a Schema, to: &'a Schema) -> Vec<MemberLists<'a>> {
    let mut all = Vec::new();
    for event in &from.events {
        let is_same = |new: &&EventType| new.read_names().any(|it| it == event.name);
        let Some(new) = to.events.iter().filter(is_same).max_by_key(|it| it.version) else {
            continue;
        };
        let mut add = |was: &'a [EventField], is: &'a [EventField], path: String| {
            all.push(MemberLists {
                event,
                was: Members::of(was, false, &event.types),
                is: Members::of(is, false, &new.types),
                path,
            });
        };
        add(&event.fields, &new.fields, String::new());
        for ty in event.types.iter().filter(|it| !event.flattens(it)) {
            let found = new.types.iter().find(|it| it.name == ty.name);
            if let (DataShape::Struct(was), Some(DataShape::Struct(is))) =
                (&ty.shape, found.map(|it| &it.shape))
            {
                add(&was.fields, &is.fields, format!("{}.", ty.name));
            }
        }
    }
    all
}

impl EventType {
    /// Whether the members of a type are those of what it is flattened into.
    fn flattens(&self, ty: &NamedShape) -> bool {
        let structs = self.types.iter().filter_map(|it| match &it.shape {
            DataShape::Struct(shape) => Some(&shape.fields),
            _ => None,
        });
        let mut fields = structs.chain([&self.fields]).flatten();
        let is_of = |shape: &DataShape| matches!(shape, DataShape::Type(name) if *name == ty.name);
        fields.any(|it| {
            let inner = match &it.shape {
                DataShape::Option(inner) => inner,
                shape => shape,
            };
            it.flattened && is_of(inner)
        })
    }
}

/// Members of the event types of `from` that the definition `to` reads no longer: the event type's name, and the member with those
/// that lead to it. Their values stay in the log, and no program sees them.
pub fn unread_members(from: &Schema, to: &Schema) -> Vec<(String, String)> {
    let mut unread = Vec::new();
    for lists in member_lists(from, to) {
        // A map that is flattened may read any name.
        if lists.is.all.iter().any(|it| it.field.flattened) {
            continue;
        }
        let is_read = |name: &str| lists.is.all.iter().any(|it| it.is_read_as(name));
        let fields = lists.was.all.iter().filter(|it| !it.field.flattened);
        let lost = fields
            .flat_map(|it| it.field.read_names())
            .filter(|name| !is_read(name));
        unread.extend(lost.map(|name| (lists.event.name.clone(), format!("{}{name}", lists.path))));
    }
    unread
}

/// Members that stored payloads may lack, and that are read with another value then: the event type's name, the member with those
/// that lead to it, and what gave its value and gives it.
pub fn changed_defaults(from: &Schema, to: &Schema) -> Vec<(String, String, [String; 2])> {
    let gives = |it: &EventField| match &it.default {
        Some(function) => format!("`{function}()`"),
        None => "the default of its type".to_owned(),
    };
    let mut changed = Vec::new();
    for lists in member_lists(from, to) {
        let (before, after) = (lists.was.optional(), lists.is.optional());
        for before in before {
            let is_heir = |it: &&&EventField| it.read_names().any(|it| it == before.name);
            let heir = after.iter().find(is_heir);
            if let Some(after) = heir.filter(|it| it.default != before.default) {
                let member = format!("{}{}", lists.path, after.name);
                let both = [gives(before), gives(after)];
                changed.push((lists.event.name.clone(), member, both));
            }
        }
    }
    changed
}

/// Event types whose events a program of `from` cannot read once one of the definition `to` writes them: the event type's name, and
/// why. Such programs stop there, also where both releases run side by side for a while.
pub fn events_ahead_of_readers(from: &Schema, to: &Schema) -> Vec<(String, String)> {
    let mut ahead = Vec::new();
    let same = SameChecks::of(from.recorded_events().chain(&to.events));
    for old in &from.events {
        let is_heir = |new: &&EventType| new.read_names().any(|it| it == old.name);
        let newest = to.events.iter().filter(is_heir).max_by_key(|it| it.version);
        let Some(new) = newest.filter(|it| old.version <= it.version) else {
            continue;
        };
        let of_name = from.events.iter().filter(|it| it.name == old.name);
        if of_name.map(|it| it.version).max() != Some(old.version) {
            continue;
        }
        let why = if !old.read_names().any(|it| it == new.name) {
            format!("it is called `{}` now", new.name)
        } else if old.version < new.version {
            format!("its version is {} now", new.version)
        } else {
            let (reads, writes) = (same.with_first_names(old), same.with_first_names(new));
            let unread = Comparison::of(&writes, &reads).payload(&writes, &reads);
            let Some(unread) = unread.first() else {
                continue;
            };
            format!("to them, {}", unread.defect)
        };
        ahead.push((old.name.clone(), why));
    }
    let is_known = |new: &EventType| {
        let mut names = from.events.iter().flat_map(EventType::read_names);
        names.any(|name| new.read_names().any(|it| it == name))
    };
    // A store without events has no program that reads them.
    let new = to
        .events
        .iter()
        .filter(|it| !from.events.is_empty() && !is_known(it));
    ahead.extend(new.map(|it| (it.name.clone(), "they do not know it".to_owned())));
    ahead
}

fn check(old: &EventType, to: &Schema, same: &SameChecks, report: &mut Report) {
    let lost = old.read_names().find(|name| {
        !to.events
            .iter()
            .any(|new| new.read_names().any(|it| it == *name))
    });
    if let Some(lost) = lost {
        return removed(old, lost, to, report);
    }
    let reader = |name: &str| {
        let mut readers = to.events.iter();
        readers.find(|new| new.read_names().any(|it| it == name))
    };
    let heir = reader(&old.name);
    let moved = old.read_names().find_map(|name| {
        let other = reader(name).filter(|it| heir.is_some_and(|heir| heir.name != it.name));
        Some((name, other?))
    });
    if let Some((name, other)) = moved {
        return read_as_another(old, name, other, report);
    }
    let reads_name = |new: &&EventType| new.read_names().any(|it| it == old.name);
    let mut same_name = to.events.iter().filter(reads_name);
    let exact = same_name.clone().find(|new| new.version == old.version);
    let newest = same_name.clone().max_by_key(|new| new.version);
    let Some(new) = exact.or(newest) else {
        return;
    };
    if same_name.all(|new| new.version < old.version) {
        lowered(old, new, report);
    } else {
        members(old, new, same, report);
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
        let recorded = from.recorded_events().any(|it| it.name == annotation.name)
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

/// `lost` is a name of the event type that none has any more.
fn removed(old: &EventType, lost: &str, to: &Schema, report: &mut Report) {
    let heir = to
        .events
        .iter()
        .find(|new| new.read_names().any(|it| it == old.name));
    let (defect, remedy) = match heir {
        Some(heir) => (
            format!(
                "events that were stored as `{lost}` are not read as `{}` any more",
                heir.name
            ),
            format!("add `alias = {lost:?}` to `#[event(...)]`"),
        ),
        None => (
            "the definition no longer has it, and no program can read its stored events any more"
                .to_owned(),
            format!(
                "add it again with `.event::<...>()`, or, if it was renamed, `alias = {lost:?}` to the `#[event(...)]` of the type \
                 that it became"
            ),
        ),
    };
    let place = heir.map_or_else(Place::default, |it| it.place);
    report.add(
        Code::SM121,
        &site(&old.name, place),
        defect,
        format!("{remedy}; or, {}", retire(&old.name)),
    );
}

/// Events of one type that were stored under `name`, which is another's by now.
fn read_as_another(old: &EventType, name: &str, other: &EventType, report: &mut Report) {
    report.add(
        Code::SM121,
        &site(&old.name, other.place),
        format!(
            "events that were stored as `{name}` would be read as `{}` from now on",
            other.name
        ),
        format!(
            "leave `alias = {name:?}` with the type that it was, and choose another name for `{}`; or, {}",
            other.name,
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

fn members(old: &EventType, new: &EventType, same: &SameChecks, report: &mut Report) {
    let (was, is) = (same.with_first_names(old), same.with_first_names(new));
    for Unread { defect, remedy } in Comparison::of(&was, &is).payload(&was, &is) {
        report.add(
            Code::SM123,
            &site(&old.name, new.place),
            format!(
                "stored events of version {} cannot be read: {defect}",
                old.version
            ),
            format!("{remedy}; or, {}", retire(&old.name)),
        );
    }
}
