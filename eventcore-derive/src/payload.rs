//! The members of a payload: the names that serde writes and reads them under. Refuses what would be
//! stored and not read back, which nobody notices before the first read.

use crate::ast::named;
use crate::attr::{Errors, FieldOptions};
use crate::serde_attr::{Rename, SerdeOptions, renamed};
use crate::type_text::type_text;
use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Error, Field, Fields, GenericArgument, Ident, LitStr, PathArguments, Type};

pub(crate) struct EventField {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) shape: FieldShape,
    pub(crate) optional: bool,
    pub(crate) flattened: bool,
    /// Further names that it is read under.
    pub(crate) aliases: Vec<String>,
    /// The function that gives its value where it is absent.
    pub(crate) default: Option<String>,
}

/// What a field's JSON is.
pub(crate) enum FieldShape {
    /// That of a type.
    Of(Box<Type>),
    /// That of a type, some values of which this perhaps refuses, under the name that was recorded and its own, if that is another.
    Checked(Box<Type>, String, Option<String>),
    /// What this function makes of a value of a type; of a variant's fields together there is none.
    Function(String, Option<Box<Type>>),
}

impl FieldShape {
    pub(crate) fn of(field: &Field, serde: &SerdeOptions, errors: &mut Errors) -> Self {
        let options = FieldOptions::read(&field.attrs, errors);
        let own = type_text(field.ty.to_token_stream());
        match (options.json, &serde.custom) {
            (Some(json), custom) => {
                let own = custom
                    .as_ref()
                    .map_or_else(|| own.clone(), |path| made_by(path, &own));
                let (by, also) = match options.same_as {
                    Some(recorded) => (recorded.value(), Some(own)),
                    None => (own, None),
                };
                Self::Checked(Box::new(json), by, also)
            }
            (None, Some(path)) => {
                let recorded = options.same_as.map(|it| it.value());
                let by = recorded.unwrap_or_else(|| made_by(path, &own));
                Self::Function(by, Some(Box::new(field.ty.clone())))
            }
            (None, None) => {
                if let Some(recorded) = options.same_as {
                    errors.push(Error::new(
                        recorded.span(),
                        "`same_as` names what a type beside `json = ...`, or a function, was recorded as: there is neither",
                    ));
                }
                Self::Of(Box::new(field.ty.clone()))
            }
        }
    }
}

/// What is recorded of a function that writes or reads values of these types.
pub(crate) fn made_by(path: &LitStr, types: &str) -> String {
    format!("function {} of {types}", path.value())
}

/// A field with what serde is told of it.
struct Member<'a> {
    ident: &'a Ident,
    field: &'a Field,
    serde: SerdeOptions,
    /// None where the field is not written; a flattened field has no name of its own.
    written: Option<Name>,
    /// All names it is read under; none where it is not read.
    read: Vec<Name>,
}

struct Name {
    text: String,
    /// Where the name is spelled out for this field.
    spelled: Option<Span>,
}

/// The fields that are written, in the order of the struct.
pub(crate) fn payload(
    fields: &Fields,
    container: &SerdeOptions,
    errors: &mut Errors,
) -> Vec<EventField> {
    let members: Vec<Member> = named(fields)
        .map(|(ident, field)| Member::read(ident, field, container))
        .collect();
    for member in &members {
        member.comes_back(container, errors);
        if member.written.is_some() {
            told_apart(&member.field.ty, member.serde.flatten, errors);
        }
    }
    same_names_both_ways(&members, container, errors);
    distinct_names(&members, errors);
    members
        .into_iter()
        .filter_map(|member| member.described(container, errors))
        .collect()
}

impl<'a> Member<'a> {
    fn read(ident: &'a Ident, field: &'a Field, container: &SerdeOptions) -> Self {
        let serde = SerdeOptions::read(&field.attrs);
        let source = ident.unraw().to_string();
        let name = |half: fn(&Rename) -> Option<&LitStr>| match half(&serde.rename) {
            Some(name) => Name::spelled(name),
            None => Name {
                text: half(&container.rename_all)
                    .map_or_else(|| source.clone(), |rule| renamed(&source, &rule.value())),
                spelled: None,
            },
        };
        let written = serde
            .skip_serializing
            .is_none()
            .then(|| name(|rename| rename.serialize.as_ref()));
        let read = if serde.skip_deserializing.is_some() || serde.flatten {
            Vec::new()
        } else {
            let own = name(|rename| rename.deserialize.as_ref());
            let aliases = serde.aliases.iter().map(Name::spelled);
            std::iter::once(own).chain(aliases).collect()
        };
        Self {
            ident,
            field,
            serde,
            written,
            read,
        }
    }

    /// Refuses a field that may be absent from what is stored, but not from what is read, or the
    /// other way round.
    fn comes_back(&self, container: &SerdeOptions, errors: &mut Errors) {
        let ident = self.ident;
        let serde = &self.serde;
        let default = serde.default || container.default;
        match (&serde.skip_serializing, &serde.skip_deserializing) {
            (Some(option), None) if serde.flatten || !default => {
                // serde asks no default of a flattened field.
                let mend = if serde.flatten {
                    "leave it out of both with `skip`"
                } else {
                    "say with `default` what it is then, or leave it out of both with `skip`"
                };
                let message = format!(
                    "`{ident}` is left out of what is stored, but read back from it: {mend}"
                );
                errors.push(Error::new(option.span(), message));
            }
            (None, Some(option)) if !serde.flatten => {
                let message = format!(
                    "`{ident}` is stored, but not read, so that its value never comes back: leave it out of both with `skip`"
                );
                errors.push(Error::new(option.span(), message));
            }
            (None, None) if !self.optional(container) && !serde.flatten => {
                if let Some(option) = &serde.skip_serializing_if {
                    let message = format!(
                        "an event stored without `{ident}` cannot be read back: say with `default` what it is then"
                    );
                    errors.push(Error::new(option.span(), message));
                }
            }
            _ => {}
        }
    }

    /// Whether serde reads a payload that lacks the field.
    fn optional(&self, container: &SerdeOptions) -> bool {
        let absent_is_none = is_option(&self.field.ty) && !self.serde.custom_read;
        absent_is_none || self.serde.default || container.default
    }

    /// All names that the field takes in the payload.
    fn names(&self) -> impl Iterator<Item = &Name> {
        let written = self.written.iter().filter(|_| !self.serde.flatten);
        // The name as it is read first: it is the one with an alias to point at.
        self.read.iter().chain(written)
    }

    fn described(self, container: &SerdeOptions, errors: &mut Errors) -> Option<EventField> {
        let shape = FieldShape::of(self.field, &self.serde, errors);
        let optional = self.optional(container);
        let name = self.written?.text;
        let read = self.read.into_iter().map(|read| read.text);
        Some(EventField {
            aliases: read.filter(|read| *read != name).collect(),
            name,
            ty: type_text(self.field.ty.to_token_stream()),
            shape,
            optional,
            flattened: self.serde.flatten,
            default: self.serde.default_function.as_ref().map(LitStr::value),
        })
    }
}

impl Name {
    fn spelled(name: &LitStr) -> Self {
        Self {
            text: name.value(),
            spelled: Some(name.span()),
        }
    }
}

/// Refuses a field that is written under a name it is not read under. Where the struct's
/// `rename_all` is the cause, it is told once, at the first field that it concerns.
fn same_names_both_ways(members: &[Member], container: &SerdeOptions, errors: &mut Errors) {
    let mut told = false;
    for member in members {
        let (Some(written), [read, ..]) = (&member.written, member.read.as_slice()) else {
            continue;
        };
        if member.read.iter().any(|name| name.text == written.text) {
            continue;
        }
        let own = member.serde.rename.option.as_ref();
        if own.is_none() && std::mem::replace(&mut told, true) {
            continue;
        }
        let option = own.or(container.rename_all.option.as_ref());
        let message = format!(
            "`{}` is stored as `{stored}`, but read as `{}`, so that no stored value comes back: use one name for both, or add `alias = \"{stored}\"` to the field",
            member.ident,
            read.text,
            stored = written.text.escape_debug(),
        );
        let span = option.map_or_else(|| member.ident.span(), Ident::span);
        errors.push(Error::new(span, message));
    }
}

/// Refuses two fields that take one name, once for each pair. Both directions count as one: a name
/// that one field writes and another reads puts a value where it does not belong.
fn distinct_names(members: &[Member], errors: &mut Errors) {
    for (at, later) in members.iter().enumerate() {
        for earlier in &members[..at] {
            let shared = later.names().find_map(|name| {
                let other = earlier.names().find(|other| other.text == name.text)?;
                Some((name, other))
            });
            if let Some((name, other)) = shared {
                let span = name.spelled.or(other.spelled);
                let message = format!(
                    "the fields `{}` and `{}` share the name `{}` in the payload, so that they cannot be told apart: give each its own",
                    earlier.ident, later.ident, name.text,
                );
                errors.push(Error::new(
                    span.unwrap_or_else(|| later.ident.span()),
                    message,
                ));
            }
        }
    }
}

/// Refuses types of which JSON makes one value out of two, or which serde cannot read where they stand.
fn told_apart(ty: &Type, is_flattened: bool, errors: &mut Errors) {
    for inner in type_arguments(ty) {
        if is_option(ty) && is_option(inner) {
            let message = "JSON has one null for `None` and `Some(None)`, so that the two cannot be told apart: use one `Option`, or an enum of three variants";
            errors.push(Error::new_spanned(inner, message));
        }
        told_apart(inner, is_flattened, errors);
    }
    let names_128_bits = ["i128", "u128"].iter().any(|name| is_named(ty, name));
    if is_flattened && names_128_bits {
        let message = "serde reads no integer of 128 bits out of a flattened field: use one of 64 bits, a text, or a field of its own";
        errors.push(Error::new_spanned(ty, message));
    }
}

/// The types that a type is made of, such as `T` in `Vec<T>`.
fn type_arguments(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Path(path) => {
            let arguments = path.path.segments.iter().map(|segment| &segment.arguments);
            let generic = arguments.filter_map(|arguments| match arguments {
                PathArguments::AngleBracketed(generic) => Some(&generic.args),
                _ => None,
            });
            let types = generic.flatten().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            types.collect()
        }
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Array(array) => vec![&array.elem],
        Type::Group(group) => type_arguments(&group.elem),
        _ => Vec::new(),
    }
}

fn is_option(ty: &Type) -> bool {
    is_named(ty, "Option")
}

fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == name),
        // As a `macro_rules` macro hands a type on.
        Type::Group(group) => is_named(&group.elem, name),
        _ => false,
    }
}
