//! From what was written to what can be expanded: every rule of the derive, and the message of each.
//! All errors of an item are collected.

use crate::ast::{Input, Item};
use crate::attr::{Errors, Options};
use crate::payload::{EventField, payload};
use crate::serde_attr::SerdeOptions;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Fields, GenericArgument, GenericParam, Generics, Ident, Lifetime, LitInt,
    LitStr, PathArguments, Type, Variant,
};

/// As long as the store's column `event_type` allows.
const TYPE_NAME_CHARS: usize = 255;

pub(crate) enum Valid<'a> {
    Struct(EventStruct),
    Enum(Vec<EventVariant<'a>>),
    /// The compiler is sure to refuse the item itself, and its error is enough.
    Uncompilable,
}

pub(crate) struct EventStruct {
    pub(crate) event_type: LitStr,
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) version: i32,
    pub(crate) fields: Vec<EventField>,
    pub(crate) closed: bool,
    /// Whether a field is left out of what is stored.
    pub(crate) skips: bool,
}

pub(crate) struct EventVariant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
}

/// Judges the input; errors found while reading it come along.
pub(crate) fn validate<'a>(input: &Input<'a>, mut errors: Errors) -> syn::Result<Valid<'a>> {
    no_generics(input.generics, &mut errors);
    if let Some(name) = input.options.name("same_as") {
        let message = "`same_as` belongs on a type with `try_from` that an event holds, or beside `json = ...` on a field";
        errors.push(Error::new(name.span(), message));
    }
    let valid = match &input.item {
        Item::Struct(fields) => event_struct(input, fields, &mut errors).map(Valid::Struct),
        Item::Enum(variants) => {
            let variants = event_enum(input, variants, &mut errors);
            // The expansion repeats these types, and would repeat the errors of their lifetimes.
            let undeclared = input.generics.params.is_empty();
            Some(
                if undeclared && variants.iter().any(|variant| borrows(variant.ty)) {
                    Valid::Uncompilable
                } else {
                    Valid::Enum(variants)
                },
            )
        }
    };
    errors.finish()?;
    valid.ok_or_else(|| Error::new(input.ident.span(), "not an event"))
}

fn no_generics(generics: &Generics, errors: &mut Errors) {
    if let Some(param) = generics.params.first() {
        let message = match param {
            GenericParam::Lifetime(_) => {
                "an event owns its data: it cannot borrow, as it outlives the row it is read from"
            }
            _ => {
                "an event cannot be generic: one stored name stands for one payload; derive `Event` on each concrete struct"
            }
        };
        errors.push(Error::new_spanned(param, message));
    }
}

fn event_struct(input: &Input, fields: &Fields, errors: &mut Errors) -> Option<EventStruct> {
    match fields {
        Fields::Named(_) => {}
        Fields::Unit => errors.push(Error::new(
            input.ident.span(),
            format!("a unit struct's payload is `null`, to which no field can be added later; write `struct {} {{}}`", input.ident),
        )),
        Fields::Unnamed(unnamed) => errors.push(Error::new(
            unnamed.paren_token.span.join(),
            "an event's fields have names: its payload is a JSON object, to which fields can be added later",
        )),
    }
    let serde = SerdeOptions::read(input.attrs);
    if let Some(option) = &serde.other_payload {
        errors.push(Error::new(
            option.span(),
            format!("with serde's `{option}` the payload is not written and read as the struct's own fields, so `Event` cannot describe it: derive `Event` on a struct whose fields are the payload"),
        ));
    }
    let event_type = event_type(input, errors);
    let aliases = aliases(input, errors);
    let version = version(&input.options, errors);
    let skips = fields.iter().any(|field| {
        let serde = SerdeOptions::read(&field.attrs);
        serde.skip_serializing.is_some()
    });
    let fields = payload(fields, &serde, errors);
    Some(EventStruct {
        event_type: event_type?,
        aliases,
        version: version?,
        fields,
        closed: serde.deny_unknown_fields.is_some(),
        skips,
    })
}

fn event_type(input: &Input, errors: &mut Errors) -> Option<LitStr> {
    let Some(name) = &input.options.event_type else {
        if !input.options.has("type") && !input.options.unread {
            let proposal = proposal(&input.ident.unraw().to_string());
            errors.push(Error::new(
                input.ident.span(),
                format!("the name the event is stored under is missing: add `#[event(type = \"{proposal}\")]`; it must not change when the struct is renamed"),
            ));
        }
        return None;
    };
    is_type_name(name, errors).then(|| name.clone())
}

/// Names that events of the type were stored under before.
fn aliases(input: &Input, errors: &mut Errors) -> Vec<LitStr> {
    let names = input.options.aliases.iter();
    let aliases: Vec<LitStr> = names
        .filter(|it| is_type_name(it, errors))
        .cloned()
        .collect();
    let own = input.options.event_type.iter();
    for (at, alias) in aliases.iter().enumerate() {
        if own
            .clone()
            .chain(&aliases[..at])
            .any(|it| it.value() == alias.value())
        {
            let message =
                "this is a name of the event type already: an alias is a name that it had before";
            errors.push(Error::new(alias.span(), message));
        }
    }
    aliases
}

fn is_type_name(name: &LitStr, errors: &mut Errors) -> bool {
    let text = name.value();
    let chars = text.chars().count();
    let refused = |c: &char| c.is_whitespace() || c.is_control();
    let message = if text.is_empty() {
        "an event type's name cannot be empty".to_owned()
    } else if chars > TYPE_NAME_CHARS {
        format!(
            "an event type's name has at most {TYPE_NAME_CHARS} characters, this one has {chars}"
        )
    } else if let Some(bad) = text.chars().find(refused) {
        format!(
            "an event type's name holds no white space and no control characters, this one holds {bad:?}"
        )
    } else {
        return true;
    };
    errors.push(Error::new(name.span(), message));
    false
}

/// `OrderPlaced` becomes `order.placed`, `OrderLineAddedEvent` becomes `order_line.added`.
fn proposal(ident: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut after_lower = false;
    for c in ident.chars().filter(|c| c.is_alphanumeric()) {
        match words.last_mut() {
            Some(word) if !(after_lower && c.is_uppercase()) => word.extend(c.to_lowercase()),
            _ => words.push(c.to_lowercase().collect()),
        }
        after_lower = !c.is_uppercase();
    }
    // The name of a type of events does not say so once more.
    if words.len() > 1 && words.last().is_some_and(|word| word == "event") {
        words.pop();
    }
    match words.split_last() {
        Some((verb, [])) => verb.clone(),
        Some((verb, noun)) => format!("{}.{verb}", noun.join("_")),
        None => "order.placed".to_owned(),
    }
}

fn version(options: &Options, errors: &mut Errors) -> Option<i32> {
    let Some(literal) = &options.version else {
        return (!options.has("version")).then_some(1);
    };
    let version = parse_version(literal);
    if version.is_none() {
        errors.push(Error::new(
            literal.span(),
            format!("a schema version is a whole number from 1 to {}", i32::MAX),
        ));
    }
    version
}

fn parse_version(literal: &LitInt) -> Option<i32> {
    literal.base10_parse().ok().filter(|version| *version >= 1)
}

fn event_enum<'a>(
    input: &Input<'a>,
    variants: &[&'a Variant],
    errors: &mut Errors,
) -> Vec<EventVariant<'a>> {
    for option in ["type", "alias", "version"] {
        if let Some(name) = input.options.name(option) {
            errors.push(Error::new(
                name.span(),
                format!("`{name}` belongs on the structs that the variants hold: an enum is a set of event types"),
            ));
        }
    }
    if variants.is_empty() {
        errors.push(Error::new(
            input.ident.span(),
            "an enum without variants holds no event; add a variant for each event type",
        ));
    }
    variants
        .iter()
        .filter_map(|variant| event_variant(variant, input.ident, errors))
        .collect()
}

fn event_variant<'a>(
    variant: &'a Variant,
    enum_ident: &Ident,
    errors: &mut Errors,
) -> Option<EventVariant<'a>> {
    no_options(&variant.attrs, "a variant", errors);
    let ident = &variant.ident;
    let (span, found) = match &variant.fields {
        Fields::Unnamed(fields) => match fields.unnamed.first() {
            Some(field) if fields.unnamed.len() == 1 => {
                no_options(&field.attrs, "a field", errors);
                if is_itself(&field.ty, enum_ident) {
                    errors.push(Error::new_spanned(
                        &field.ty,
                        format!("an enum of events cannot hold itself, as its event types would have no end: write `{ident}(EventStruct)`"),
                    ));
                    return None;
                }
                return Some(EventVariant {
                    ident,
                    ty: &field.ty,
                });
            }
            _ => (fields.paren_token.span.join(), "several values"),
        },
        Fields::Named(fields) => (fields.brace_token.span.join(), "fields of its own"),
        Fields::Unit => (ident.span(), "no value"),
    };
    let found = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.is_empty() => "no value",
        _ => found,
    };
    errors.push(Error::new(
        span,
        format!("a variant holds one event: write `{ident}(EventStruct)` where this has {found}"),
    ));
    None
}

/// Whether the type is the enum's own, in a `Box` or not. A circle through another enum is not seen
/// from here, and the compiler's to report.
fn is_itself(ty: &Type, enum_ident: &Ident) -> bool {
    let Type::Path(path) = ty else { return false };
    if path.path.is_ident("Self") || path.path.is_ident(enum_ident) {
        return true;
    }
    match path
        .path
        .segments
        .last()
        .map(|last| (&last.ident, &last.arguments))
    {
        Some((name, PathArguments::AngleBracketed(list))) if name == "Box" => {
            matches!(list.args.first(), Some(GenericArgument::Type(inner)) if is_itself(inner, enum_ident))
        }
        _ => false,
    }
}

/// Whether the type has a lifetime that its surroundings would have to declare.
fn borrows(ty: &Type) -> bool {
    let declared = |lifetime: &Lifetime| lifetime.ident == "static";
    match ty {
        Type::Reference(reference) => !reference.lifetime.as_ref().is_some_and(declared),
        Type::Path(path) => path.path.segments.iter().any(|segment| {
            let PathArguments::AngleBracketed(list) = &segment.arguments else {
                return false;
            };
            list.args.iter().any(|argument| match argument {
                GenericArgument::Lifetime(lifetime) => !declared(lifetime),
                GenericArgument::Type(ty) => borrows(ty),
                _ => false,
            })
        }),
        _ => false,
    }
}

fn no_options(attrs: &[Attribute], what: &str, errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
        let span: Span = attr.path().span();
        errors.push(Error::new(
            span,
            format!("{what} has no `event` options: they belong on the struct that is the event"),
        ));
    }
}
