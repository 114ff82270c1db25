//! The members of an object as serde reads them: those of flattened structs are members of what they are flattened into.

use crate::event_data::{DataShape, NamedShape, StructShape};
use crate::event_type::EventField;

/// Why stored JSON cannot be read, and what to do.
#[derive(Debug)]
pub(super) struct Unread {
    /// What prevents it, as a sentence.
    pub(super) defect: String,
    /// What to do.
    pub(super) remedy: String,
}

/// The members of an object, with those of flattened structs among them.
pub(super) struct Members<'a> {
    pub(super) all: Vec<Member<'a>>,
    pub(super) closed: bool,
}

/// A member of an object.
pub(super) struct Member<'a> {
    pub(super) field: &'a EventField,
    /// The flattened `Option` of a struct that it belongs to: without a required member it is `None`.
    pub(super) within: Option<&'a StructShape>,
    /// Whether it is one of a flattened struct, which serde reads from what it has buffered.
    pub(super) buffered: bool,
}

impl<'a> Members<'a> {
    pub(super) fn of(fields: &'a [EventField], closed: bool, types: &'a [NamedShape]) -> Self {
        let all = Vec::new();
        let mut members = Self { all, closed };
        members.add(fields, None, types, &mut Vec::new());
        members
    }

    /// `path` are the flattened structs that lead to these fields: one may hold itself.
    fn add(
        &mut self,
        fields: &'a [EventField],
        within: Option<&'a StructShape>,
        types: &'a [NamedShape],
        path: &mut Vec<&'a StructShape>,
    ) {
        for field in fields {
            let inner = match resolved(&field.shape, types) {
                DataShape::Struct(inner) => Some((inner, within)),
                DataShape::Option(inner) => match resolved(inner, types) {
                    DataShape::Struct(inner) => Some((inner, Some(inner))),
                    _ => None,
                },
                _ => None,
            };
            match inner {
                Some((inner, within)) if field.flattened => {
                    if !path.iter().any(|outer| std::ptr::eq(*outer, inner)) {
                        path.push(inner);
                        self.add(&inner.fields, within, types, path);
                        path.pop();
                    }
                }
                _ => self.all.push(Member {
                    field,
                    within,
                    buffered: !path.is_empty(),
                }),
            }
        }
    }

    /// The members that an object may lack.
    pub(super) fn optional(&self) -> Vec<&'a EventField> {
        let fields = self.all.iter().map(|it| it.field);
        fields.filter(|it| it.optional).collect()
    }

    /// The members that are read under a name of this one.
    pub(super) fn read_like(&self, field: &EventField) -> impl Iterator<Item = &Member<'a>> {
        let is_same = |it: &&Member<'_>| field.read_names().any(|name| it.is_read_as(name));
        self.all.iter().filter(is_same)
    }
}

impl Member<'_> {
    pub(super) fn is_read_as(&self, name: &str) -> bool {
        self.field.read_names().any(|it| it == name)
    }

    /// Whether an object may lack it, also where it has others of the same flattened `Option`, in the eyes of `reader`.
    pub(super) fn may_lack(&self, reader: &Member<'_>) -> bool {
        self.field.optional || self.within.is_some() && reader.within.is_none()
    }

    /// Whether objects of the members before have nothing else of the `Option` that it belongs to, which is `None` without it.
    pub(super) fn is_alone(&self, old: &Members<'_>) -> bool {
        self.within.is_some_and(|inner| {
            let mut others = inner.fields.iter().filter(|it| it.name != self.field.name);
            others.all(|field| old.read_like(field).next().is_none())
        })
    }

    /// Whether objects of the members before have nothing of the `Option` that it belongs to, which is `None` then.
    pub(super) fn may_be_absent(&self, old: &Members<'_>) -> bool {
        self.within.is_some_and(|inner| {
            let mut fields = inner.fields.iter();
            fields.all(|field| old.read_like(field).next().is_none())
        })
    }
}

/// The shape that a name refers to, and that a type reads which may refuse values; the last name where names lead in a circle, as in
/// `struct A(Box<A>)`.
pub(super) fn resolved<'a>(shape: &'a DataShape, types: &'a [NamedShape]) -> &'a DataShape {
    let chain = chain(shape, types);
    chain.last().unwrap_or(shape)
}

/// What may refuse values: its names, without the modules in which they are.
pub(super) type Check = Vec<String>;

/// What may refuse values on the way to a shape.
pub(super) fn checks(shape: &DataShape, types: &[NamedShape]) -> Vec<Check> {
    let chain = chain(shape, types);
    let checks = chain.filter_map(|it| match it {
        DataShape::Checked { by, also, .. } => {
            let names = std::iter::once(by).chain(also);
            Some(names.map(|it| without_modules(it)).collect())
        }
        _ => None,
    });
    checks.collect()
}

/// Whether both refuse the same values.
pub(super) fn is_same_check(left: &Check, right: &Check) -> bool {
    left.iter().any(|it| right.contains(it))
}

/// `Option<IpAddr>` for `Option<std::net::IpAddr>`: a `use` may bring the rest.
pub(super) fn without_modules(text: &str) -> String {
    let mut all = String::new();
    for part in
        text.split_inclusive(|it: char| !it.is_alphanumeric() && !['_', ':', '#'].contains(&it))
    {
        all.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    all
}

/// What refuses or makes values of the one, and of the other, where that is all in which two shapes differ at their first difference.
pub(super) fn other_check(
    (new, new_types): (&DataShape, &[NamedShape]),
    (old, old_types): (&DataShape, &[NamedShape]),
) -> Option<(String, String)> {
    use DataShape as S;
    let (is, was) = (checks(new, new_types), checks(old, old_types));
    let mut pairs = is.iter().zip(&was);
    if let Some((is, was)) = pairs.find(|(is, was)| !is_same_check(is, was)) {
        return Some((was.first()?.clone(), is.last()?.clone()));
    }
    match (resolved(new, new_types), resolved(old, old_types)) {
        (S::Made { by, .. }, S::Made { by: was, .. }) if by != was => {
            Some((was.clone(), by.clone()))
        }
        (S::Option(new), S::Option(old))
        | (S::List(new), S::List(old))
        | (S::Set(new), S::Set(old))
        | (S::Array(new, _), S::Array(old, _))
        | (S::Map(_, new), S::Map(_, old)) => other_check((new, new_types), (old, old_types)),
        _ => None,
    }
}

/// The shape, and each shape that it refers to in turn.
fn chain<'a>(shape: &'a DataShape, types: &'a [NamedShape]) -> impl Iterator<Item = &'a DataShape> {
    let mut names = types.len();
    std::iter::successors(Some(shape), move |shape| match shape {
        DataShape::Type(name) if names > 0 => {
            names -= 1;
            let found = types.iter().find(|it| it.name == *name);
            found.map(|it| &it.shape)
        }
        DataShape::Checked { shape, .. } => Some(&**shape),
        _ => None,
    })
}

/// Members that stood by themselves and are flattened, or the other way round: serde takes what was stored for absent.
pub(super) fn moved(path: &str, old: &[EventField], new: &[EventField]) -> Vec<Unread> {
    let mut all = Vec::new();
    for is in new {
        let was = old
            .iter()
            .find(|it| it.name == is.name && it.flattened != is.flattened);
        if was.is_some() {
            let name = within(path, &is.name);
            let (before, now) = if is.flattened {
                ("an object of its own", "flattened")
            } else {
                ("flattened", "an object of its own")
            };
            all.push(Unread {
                defect: format!("the member `{name}` was {before} and is {now}, where stored values are not found"),
                remedy: format!("keep `{name}` as it was, and add a member of another name"),
            });
        }
    }
    all
}

/// A member that stored objects lack; where one was removed, it may be the same under another name.
pub(super) fn missing(
    path: &str,
    old: &Members<'_>,
    new: &Members<'_>,
    field: &EventField,
) -> Unread {
    let name = within(path, &field.name);
    let gone = old.all.iter().map(|it| it.field).filter(|field| {
        let is_read = new.all.iter().any(|it| it.is_read_as(&field.name));
        !field.flattened && !is_read
    });
    let renamed: Vec<String> = gone
        .map(|it| {
            let gone = &it.name;
            format!("`#[serde(rename = {gone:?})]`, which keeps its stored name, or `#[serde(alias = {gone:?})]`, which reads both")
        })
        .collect();
    let default = format!("add `#[serde(default)]` to `{name}`");
    Unread {
        defect: format!("they lack the required member `{name}`"),
        remedy: if renamed.is_empty() {
            default
        } else {
            let renamed = renamed.join(" or ");
            format!("if the member was renamed, add to `{name}` {renamed}; if it is new, {default}")
        },
    }
}

pub(super) fn within(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

pub(super) fn at(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" at `{path}`")
    }
}
