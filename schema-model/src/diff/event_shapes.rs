//! What a shape of JSON is, looked at alone.

use super::event_members::{checks, is_same_check, resolved};
use crate::event_data::{DataShape, EnumShape, NamedShape, Tagging, VariantShape};
use crate::event_type::EventField;

impl EnumShape {
    /// Whether each variant is its name as a text.
    pub(super) fn is_text(&self) -> bool {
        let mut variants = self.variants.iter();
        self.tagging == Tagging::External && variants.all(|it| it.content.is_none() && !it.untagged)
    }
}

/// Whether two shapes are the same, whatever the names of their Rust types are.
pub(super) fn is_same<'a>(
    (new, new_types): (&'a DataShape, &'a [NamedShape]),
    (old, old_types): (&'a DataShape, &'a [NamedShape]),
    seen: &mut Vec<(&'a str, &'a str)>,
) -> bool {
    use DataShape as S;
    if let (S::Type(to), S::Type(from)) = (new, old) {
        if seen.contains(&(to, from)) {
            return true;
        }
        seen.push((to, from));
    }
    let (is, was) = (checks(new, new_types), checks(old, old_types));
    let mut pairs = is.iter().zip(&was);
    if is.len() != was.len() || !pairs.all(|(is, was)| is_same_check(is, was)) {
        return false;
    }
    let (new, old) = (resolved(new, new_types), resolved(old, old_types));
    let mut same = |to, from| is_same((to, new_types), (from, old_types), seen);
    match (new, old) {
        (S::Option(to), S::Option(from))
        | (S::List(to), S::List(from))
        | (S::Set(to), S::Set(from)) => same(to, from),
        (S::Array(to, length), S::Array(from, was)) => length == was && same(to, from),
        (S::Tuple(to), S::Tuple(from)) => {
            to.len() == from.len() && to.iter().zip(from).all(|(to, from)| same(to, from))
        }
        (S::Map(to_key, to), S::Map(from_key, from)) => same(to_key, from_key) && same(to, from),
        (S::Struct(to), S::Struct(from)) => {
            to.closed == from.closed
                && to.fields.len() == from.fields.len()
                && to.fields.iter().zip(&from.fields).all(|(to, from)| {
                    let of = |it: &EventField| {
                        (
                            it.name.clone(),
                            it.optional,
                            it.flattened,
                            it.aliases.clone(),
                            it.default.clone(),
                        )
                    };
                    of(to) == of(from) && same(&to.shape, &from.shape)
                })
        }
        (
            S::Made { by, shape: to },
            S::Made {
                by: was,
                shape: from,
            },
        ) => by == was && same(to, from),
        (S::Enum(to), S::Enum(from)) => {
            to.tagging == from.tagging
                && to.variants.len() == from.variants.len()
                && to.variants.iter().zip(&from.variants).all(|(to, from)| {
                    let of = |it: &VariantShape| {
                        (it.name.clone(), it.aliases.clone(), it.other, it.untagged)
                    };
                    let content = match (&to.content, &from.content) {
                        (Some(to), Some(from)) => same(to, from),
                        (to, from) => to == from,
                    };
                    of(to) == of(from) && content
                })
        }
        (to, from) => to == from,
    }
}

/// Whether a flattened value may be written with a member of a name.
pub(super) fn may_write<'a>(
    shape: &'a DataShape,
    name: &str,
    types: &'a [NamedShape],
    seen: &mut Vec<&'a str>,
) -> bool {
    use DataShape as S;
    if let S::Type(of) = shape {
        if seen.contains(&of.as_str()) {
            return false;
        }
        seen.push(of);
    }
    match resolved(shape, types) {
        S::Null => false,
        S::Option(inner) => may_write(inner, name, types, seen),
        S::Struct(shape) => shape.fields.iter().any(|it| {
            it.read_names().any(|it| it == name)
                || it.flattened && may_write(&it.shape, name, types, seen)
        }),
        S::Enum(shape) => {
            let own = match &shape.tagging {
                Tagging::External => shape
                    .variants
                    .iter()
                    .any(|it| !it.untagged && it.name == name),
                Tagging::Internal(tag) => tag == name,
                Tagging::Adjacent(tag, content) => tag == name || content == name,
                Tagging::Untagged => false,
            };
            let is_open = |it: &VariantShape| {
                it.untagged || matches!(shape.tagging, Tagging::Internal(_) | Tagging::Untagged)
            };
            let mut open = shape.variants.iter().filter(|it| is_open(it));
            own || open.any(|it| {
                let content = it.content.as_ref();
                content.is_some_and(|content| may_write(content, name, types, seen))
            })
        }
        // Whatever names there are.
        _ => true,
    }
}

pub(super) fn is_plain<'a>(
    shape: &'a DataShape,
    types: &'a [NamedShape],
    seen: &mut Vec<&'a str>,
) -> bool {
    use DataShape as S;
    if let S::Type(name) = shape {
        if seen.contains(&name.as_str()) {
            return true;
        }
        seen.push(name);
    }
    let mut plain = |shape| is_plain(shape, types, seen);
    match resolved(shape, types) {
        S::Null | S::Bool | S::Char | S::Text | S::Format(_) | S::Float(_) | S::Anything => true,
        S::Integer(ty) => bits(ty).is_some_and(|(_, bits)| bits <= 64),
        // None of the two last is resolved.
        S::Raw | S::Made { .. } | S::Other(_) | S::Type(_) | S::Checked { .. } => false,
        S::Option(inner) | S::List(inner) | S::Set(inner) | S::Array(inner, _) => plain(inner),
        S::Tuple(elements) => elements.iter().all(plain),
        S::Map(_, value) => plain(value),
        S::Struct(shape) => shape.fields.iter().all(|it| plain(&it.shape)),
        S::Enum(shape) => shape
            .variants
            .iter()
            .all(|it| it.content.as_ref().is_none_or(&mut plain)),
    }
}

/// Whether an integer type has a sign, and its bits.
pub(super) fn bits(ty: &str) -> Option<(bool, u32)> {
    let bits = match ty.get(1..)? {
        "size" => 64,
        bits => bits.parse().ok()?,
    };
    match ty.get(..1)? {
        "i" => Some((true, bits)),
        "u" => Some((false, bits)),
        _ => None,
    }
}
