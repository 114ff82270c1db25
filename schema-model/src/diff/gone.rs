//! Names that a change takes away, as texts have them.

use super::named::Named;
use super::{Change, Edit};
use crate::event_data::{DataShape, EnumShape, VariantShape};
use crate::event_type::{EventField, EventType};
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;

/// What a change takes away from texts.
pub(super) struct Gone<'a> {
    pub(super) kind: Kind<'a>,
    /// The word or label.
    pub(super) name: String,
    /// What it is called now, if it is there under another name.
    pub(super) now: Option<String>,
}

pub(super) enum Kind<'a> {
    /// A table, view, routine, sequence, type or index of this schema.
    Object(&'static str, Ident),
    /// A trigger of a table.
    Trigger(&'a QualifiedName),
    /// A column of a table.
    Column(&'a QualifiedName),
    /// A label of a type.
    Label(&'a QualifiedName),
    /// An attribute of a composite type.
    Attribute(&'a QualifiedName),
    /// A constraint, as a text names it in `ON CONSTRAINT`.
    Constraint(&'a QualifiedName),
    /// An argument of a routine, as a text names it in a call.
    Argument(&'a QualifiedName),
    /// An event type, which stored events keep the name of.
    EventType,
    /// A member of an event type's payload, which stored events keep the name of.
    Member(&'a str),
}

/// The names of event types, and of the members of their payloads, under which new events are not stored any more.
pub(super) fn gone_from_events<'a>(from: &'a Schema, to: &Schema) -> Vec<Gone<'a>> {
    let mut all = Vec::new();
    for old in &from.events {
        let is_heir = |new: &&EventType| new.read_names().any(|it| it == old.name);
        let Some(new) = to.events.iter().filter(is_heir).max_by_key(|it| it.version) else {
            continue;
        };
        if !to.events.iter().any(|it| it.name == old.name) {
            all.push(Gone {
                kind: Kind::EventType,
                name: old.name.clone(),
                now: Some(new.name.clone()),
            });
        }
        let mut add = |lost: Vec<(&str, Option<&str>)>| {
            // Of another event type perhaps.
            let is_written = |name: &str| to.events.iter().any(|it| writes(it, name));
            let lost = lost.into_iter().filter(|(name, _)| !is_written(name));
            all.extend(lost.map(|(name, now)| Gone {
                kind: Kind::Member(&old.name),
                name: name.to_owned(),
                now: now.map(str::to_owned),
            }));
        };
        add(members(&old.fields, &new.fields));
        for ty in &old.types {
            let found = new.types.iter().find(|it| it.name == ty.name);
            match (&ty.shape, found.map(|it| &it.shape)) {
                (DataShape::Struct(was), Some(DataShape::Struct(is))) => {
                    add(members(&was.fields, &is.fields));
                }
                (DataShape::Enum(was), Some(DataShape::Enum(is))) => {
                    add(variants(was, is));
                    for before in &was.variants {
                        let is_heir = |it: &&VariantShape| {
                            it.name == before.name || it.aliases.contains(&before.name)
                        };
                        let heir = is.variants.iter().find(is_heir);
                        if let (Some(DataShape::Struct(was)), Some(Some(DataShape::Struct(is)))) =
                            (&before.content, heir.map(|it| &it.content))
                        {
                            add(members(&was.fields, &is.fields));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    all
}

/// Whether events of a type have a member or variant of this name.
fn writes(event: &EventType, name: &str) -> bool {
    let has = |fields: &[EventField]| fields.iter().any(|it| !it.flattened && it.name == name);
    let content = |it: &VariantShape| {
        it.name == name
            || matches!(&it.content, Some(DataShape::Struct(shape)) if has(&shape.fields))
    };
    has(&event.fields)
        || event.types.iter().any(|ty| match &ty.shape {
            DataShape::Struct(shape) => has(&shape.fields),
            DataShape::Enum(shape) => shape.variants.iter().any(content),
            _ => false,
        })
}

/// The members of an object that are stored under other names, or not at all.
fn members<'a>(was: &'a [EventField], is: &'a [EventField]) -> Vec<(&'a str, Option<&'a str>)> {
    let is_kept = |it: &EventField| is.iter().any(|new| !new.flattened && new.name == it.name);
    let lost = was.iter().filter(|it| !it.flattened && !is_kept(it));
    let named = lost.map(|member| {
        let heir = is.iter().find(|it| it.aliases.contains(&member.name));
        (member.name.as_str(), heir.map(|it| it.name.as_str()))
    });
    named.collect()
}

/// The variants of an enum that are stored under other names.
fn variants<'a>(was: &'a EnumShape, is: &'a EnumShape) -> Vec<(&'a str, Option<&'a str>)> {
    let lost = was
        .variants
        .iter()
        .filter(|it| !is.variants.iter().any(|new| new.name == it.name));
    let named = lost.filter_map(|variant| {
        let heir = is
            .variants
            .iter()
            .find(|it| it.aliases.contains(&variant.name))?;
        Some((variant.name.as_str(), Some(heir.name.as_str())))
    });
    named.collect()
}

/// The names that a change takes away.
pub(super) fn gone<'a>(to: &Schema, change: &'a Change) -> Vec<Gone<'a>> {
    let one = match change {
        Change::Table(edit) => {
            let mut all = sequences_of_table(to, edit);
            all.extend(object(to, edit, ObjectRef::Table));
            return all;
        }
        Change::View(Edit::Alter { from, to }) => {
            let names = from.columns.iter().map(|it| &it.name);
            let lost = names.filter(|name| !to.columns.iter().any(|it| it.name == **name));
            return lost
                .map(|name| Gone::column(&to.name, name, None))
                .collect();
        }
        Change::View(edit) => object(to, edit, ObjectRef::View),
        Change::Routine(Edit::Alter { from, to }) => {
            let names = from.arguments.iter().map(|it| &it.name);
            let lost = names.filter(|name| !to.arguments.iter().any(|it| it.name == **name));
            return lost
                .map(|name| Gone {
                    kind: Kind::Argument(&to.name),
                    name: name.to_string(),
                    now: None,
                })
                .collect();
        }
        Change::Routine(edit) => object(to, edit, ObjectRef::Routine),
        Change::Attribute(ty, edit) => before(edit).map(|(name, now)| Gone {
            kind: Kind::Attribute(ty),
            name: name.to_string(),
            now: now.map(|it| it.to_string()),
        }),
        Change::Constraint(table, edit) => part(to, table, Kind::Constraint(table), edit, |it| {
            it.constraints.iter().map(|it| &it.name).collect()
        }),
        Change::Trigger(table, Edit::Drop(trigger)) => to
            .find_table(table)
            .filter(|it| !it.triggers.iter().any(|it| it.name == trigger.name))
            .map(|_| Gone {
                kind: Kind::Trigger(table),
                name: trigger.name.to_string(),
                now: None,
            }),
        Change::Index(table, edit) => {
            let kind = Kind::Object("index", to.namespace_of(table).clone());
            part(to, table, kind, edit, |it| {
                it.indexes.iter().map(|it| &it.name).collect()
            })
        }
        Change::Partition(table, _, edit) => {
            let kind = Kind::Object("partition", to.namespace_of(table).clone());
            part(to, table, kind, edit, |it| {
                let declared = it.partitioning.iter().flat_map(Partitioning::tree);
                declared.map(|it| &it.name).collect()
            })
        }
        Change::Sequence(edit) => object(to, edit, ObjectRef::Sequence),
        Change::Type(edit) => object(to, edit, ObjectRef::Type),
        Change::Column(table, edit) => {
            let mut all = Vec::new();
            if let Edit::Rename { from, to: now } = edit
                && from.identity.is_some()
            {
                all.push(Gone::sequence(
                    to.namespace_of(table),
                    (&table.name, &from.name),
                    (&table.name, &now.name),
                ));
            }
            let column = before(edit).filter(|(name, _)| {
                let table = to.find_table(table);
                table.is_none_or(|it| it.find_column(name).is_none())
            });
            all.extend(column.map(|(name, now)| Gone::column(table, &name, now)));
            return all;
        }
        Change::Label(ty, Edit::Rename { from: was, to: now }) => Some(Gone {
            kind: Kind::Label(ty),
            name: was.clone(),
            now: Some(now.clone()),
        }),
        _ => None,
    };
    one.into_iter().collect()
}

/// The sequences of its identity columns, whose names follow a table's.
fn sequences_of_table<'a>(to: &Schema, edit: &Edit<Table>) -> Vec<Gone<'a>> {
    let Edit::Rename { from, to: now } = edit else {
        return Vec::new();
    };
    let table = to.find_table(&now.name).unwrap_or(now);
    let numbered = from.columns.iter().filter(|it| it.identity.is_some());
    let kept = numbered.filter(|it| table.find_column(&it.name).is_some());
    let namespace = to.namespace_of(&from.name);
    kept.map(|it| {
        let was = (&from.name.name, &it.name);
        Gone::sequence(namespace, was, (&now.name.name, &it.name))
    })
    .collect()
}

impl<'a> Gone<'a> {
    /// The sequence of an identity column, by the names of table and column.
    fn sequence(namespace: &Ident, was: (&Ident, &Ident), now: (&Ident, &Ident)) -> Self {
        let name = |(table, column)| Ident::of_server(table, column, "seq").to_string();
        Self {
            kind: Kind::Object("sequence", namespace.clone()),
            name: name(was),
            now: Some(name(now)),
        }
    }

    fn column(relation: &'a QualifiedName, name: &Ident, now: Option<Ident>) -> Self {
        Self {
            kind: Kind::Column(relation),
            name: name.to_string(),
            now: now.map(|it| it.to_string()),
        }
    }
}

/// The name that an edit takes away, and the one that takes its place.
fn before<T: Named>(edit: &Edit<T>) -> Option<(T::Name, Option<T::Name>)> {
    match edit {
        Edit::Drop(it) => Some((it.name().clone(), None)),
        Edit::Rename { from, to } => Some((from.name().clone(), Some(to.name().clone()))),
        Edit::Add(_) | Edit::Alter { .. } => None,
    }
}

/// A part of a table, unless the table has one of its kind and name.
fn part<'a, T: Named<Name = Ident>>(
    to: &Schema,
    table: &QualifiedName,
    kind: Kind<'a>,
    edit: &Edit<T>,
    parts: fn(&Table) -> Vec<&Ident>,
) -> Option<Gone<'a>> {
    let (name, now) = before(edit)?;
    let stays = to
        .find_table(table)
        .is_some_and(|it| parts(it).contains(&&name));
    (!stays).then(|| Gone {
        kind,
        name: name.to_string(),
        now: now.map(|it| it.to_string()),
    })
}

fn object<'a, T: Named<Name = QualifiedName>>(
    to: &Schema,
    edit: &Edit<T>,
    reference: fn(QualifiedName) -> ObjectRef,
) -> Option<Gone<'a>> {
    let (name, now) = before(edit)?;
    let namespace = to.namespace_of(&name);
    let is_free = !to.has(&reference(name.clone()));
    is_free.then(|| Gone {
        kind: Kind::Object(T::KIND, namespace.clone()),
        name: name.name.to_string(),
        now: now.map(|it| it.name.to_string()),
    })
}
