//! `#[derive(EventData)]`: the shape of a struct or enum that events hold, as serde writes it by its attributes.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, GenericParam, LitStr, Type, Variant, parse_quote};

use crate::attr::{Errors, Options};
use crate::expand::{at, default_crate, expand_field, list, shape_of};
use crate::payload::{EventField, FieldShape, made_by, payload};
use crate::serde_attr::{Rename, SerdeOptions, renamed_variant};
use crate::type_text::type_text;
use syn::ext::IdentExt;

pub(crate) fn derive(node: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let options = Options::read(&node.attrs, &mut errors);
    let krate = options
        .krate
        .as_ref()
        .map_or_else(default_crate, ToTokens::to_token_stream);
    for option in ["type", "alias", "version"] {
        if let Some(name) = options.name(option) {
            let message = format!(
                "`{name}` belongs on an event: derive `Event` on it, and `EventData` on what it holds"
            );
            errors.push(Error::new(name.span(), message));
        }
    }
    if let Some(lifetime) = node.generics.lifetimes().next() {
        let message =
            "an event owns its data: it cannot borrow, as it outlives the row it is read from";
        return Error::new_spanned(lifetime, message).to_compile_error();
    }
    let shape = Derived { krate: &krate }.shape(node, &options, &mut errors);
    match errors.finish() {
        Ok(()) => expand(node, &krate, &shape),
        Err(error) => {
            let shape = quote!(::core::unreachable!());
            let (error, expanded) = (error.to_compile_error(), expand(node, &krate, &shape));
            quote!(#error #expanded)
        }
    }
}

fn expand(node: &DeriveInput, krate: &TokenStream, shape: &TokenStream) -> TokenStream {
    let ident = &node.ident;
    let mut generics = node.generics.clone();
    for param in &mut generics.params {
        if let GenericParam::Type(param) = param {
            param.bounds.push(parse_quote!(#krate::event::EventData));
        }
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::event::EventData for #ident #ty_generics #where_clause {
            fn shape(mut __types: &mut #krate::event::DataTypes) -> #krate::event_data::DataShape {
                #shape
            }
        }
    }
}

struct Derived<'a> {
    krate: &'a TokenStream,
}

impl Derived<'_> {
    fn shape(&self, node: &DeriveInput, options: &Options, errors: &mut Errors) -> TokenStream {
        let serde = SerdeOptions::read(&node.attrs);
        if let Some(option) = options.name("same_as").filter(|_| !serde.may_refuse) {
            let message =
                "`same_as` names what a type with `try_from` was recorded as; this one has none";
            errors.push(Error::new(option.span(), message));
        }
        // What is written is compared with what is read when an event is stored.
        if let Some(text) = &serde.read_as {
            let Ok(ty) = text.parse::<Type>() else {
                // serde's own derive reports it.
                return quote!(::core::unreachable!());
            };
            let ty = Box::new(ty);
            let same_as = options.same_as.as_ref().map(LitStr::value);
            let own = node.ident.to_string();
            let (by, also) = match same_as {
                Some(recorded) => (recorded, Some(own)),
                None => (own, None),
            };
            return shape_of(
                self.krate,
                &if serde.may_refuse {
                    FieldShape::Checked(ty, by, also)
                } else {
                    FieldShape::Of(ty)
                },
            );
        }
        let krate = self.krate;
        let named = |shape: TokenStream| {
            quote! {
                __types.named::<Self>(|mut __types: &mut #krate::event::DataTypes| #shape)
            }
        };
        match &node.data {
            Data::Struct(data) => self.transparent(&data.fields, &serde, errors).map_or_else(
                || named(self.of_struct(&data.fields, &serde, errors)),
                // By name too, as it may hold itself.
                named,
            ),
            Data::Enum(data) => named(self.of_enum(data.variants.iter(), &serde, errors)),
            Data::Union(data) => {
                let message = "a union has no shape in JSON; use a struct or an enum";
                errors.push(Error::new(data.union_token.span, message));
                TokenStream::new()
            }
        }
    }

    /// The one field that serde writes in place of the struct.
    fn transparent(
        &self,
        fields: &Fields,
        serde: &SerdeOptions,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let is_newtype = matches!(fields, Fields::Unnamed(_)) && fields.len() == 1;
        if !serde.transparent && !is_newtype {
            return None;
        }
        let of_fields = fields
            .iter()
            .map(|field| (field, SerdeOptions::read(&field.attrs)));
        let (field, serde) = { of_fields }.find(|(_, serde)| serde.skip_serializing.is_none())?;
        Some(shape_of(self.krate, &FieldShape::of(field, &serde, errors)))
    }

    /// The JSON of a struct's fields; with `tag` serde writes the struct's name among them, and does not read it.
    fn of_struct(&self, fields: &Fields, serde: &SerdeOptions, errors: &mut Errors) -> TokenStream {
        let content = self.content(fields, serde, errors);
        let (Some(tag), Fields::Named(_)) = (&serde.tag, fields) else {
            return content;
        };
        let krate = self.krate;
        quote!(#krate::event::private::tagged(#tag, #content))
    }

    /// The JSON of fields, be they a struct's or a variant's.
    fn content(
        &self,
        fields: &Fields,
        container: &SerdeOptions,
        errors: &mut Errors,
    ) -> TokenStream {
        let krate = self.krate;
        let private = quote!(#krate::event::private);
        match fields {
            Fields::Named(_) => {
                let fields = payload(fields, container, errors);
                let fields = fields.iter().map(|field| self.field(field));
                let fields = list(&quote!(#private::EventField), fields, krate);
                let closed = container.deny_unknown_fields.is_some();
                quote!(#private::DataShape::Struct(#private::StructShape { fields: #fields, closed: #closed }))
            }
            Fields::Unnamed(_) => {
                let elements = fields.iter().filter_map(|field| {
                    let serde = SerdeOptions::read(&field.attrs);
                    let half = match (&serde.skip_serializing, &serde.skip_deserializing) {
                        (Some(_), Some(_)) => return None,
                        (half, other) => half.as_ref().or(other.as_ref()),
                    };
                    if let Some(option) = half {
                        let message = "this element is left out of what is stored or out of what is read, so that the others change \
                                       their places: leave it out of both with `skip`";
                        errors.push(Error::new(option.span(), message));
                    }
                    Some(shape_of(krate, &FieldShape::of(field, &serde, errors)))
                });
                let elements: Vec<TokenStream> = elements.collect();
                let elements = elements.into_iter();
                let elements = list(&quote!(#private::DataShape), elements, krate);
                quote!(#private::DataShape::Tuple(#elements))
            }
            Fields::Unit => quote!(#private::DataShape::Null),
        }
    }

    fn field(&self, field: &EventField) -> TokenStream {
        let krate = self.krate;
        let (described, shape) = (expand_field(krate, field), shape_of(krate, &field.shape));
        quote!(#krate::event::private::EventField::new(&#described, #shape))
    }

    fn of_enum<'a>(
        &self,
        variants: impl Iterator<Item = &'a Variant>,
        serde: &SerdeOptions,
        errors: &mut Errors,
    ) -> TokenStream {
        let krate = self.krate;
        let private = quote!(#krate::event::private);
        let text = |text: &LitStr| quote!(#private::text(#text));
        let tagging = match (&serde.tag, &serde.content) {
            _ if serde.untagged => quote!(Untagged),
            (Some(tag), Some(content)) => {
                let (tag, content) = (text(tag), text(content));
                quote!(Adjacent(#tag, #content))
            }
            (Some(tag), None) => {
                let tag = text(tag);
                quote!(Internal(#tag))
            }
            (None, _) => quote!(External),
        };
        let mut names = BTreeMap::new();
        let variants: Vec<TokenStream> = variants
            .filter_map(|variant| self.variant(variant, serde, &mut names, errors))
            .collect();
        let variants = list(&quote!(#private::VariantShape), variants.into_iter(), krate);
        quote! {
            #private::DataShape::Enum(#private::EnumShape {
                tagging: #private::Tagging::#tagging,
                variants: #variants,
            })
        }
    }

    fn variant(
        &self,
        variant: &Variant,
        container: &SerdeOptions,
        names: &mut BTreeMap<String, String>,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let krate = self.krate;
        let private = quote!(#krate::event::private);
        let mut serde = SerdeOptions::read(&variant.attrs);
        if serde.skip_serializing.is_some() {
            return None;
        }
        let source = variant.ident.unraw().to_string();
        if let Some(option) = &serde.skip_deserializing {
            let message = format!(
                "`{source}` is stored, but not read, so that its value never comes back: leave it out of both with `skip`"
            );
            errors.push(Error::new(option.span(), message));
        }
        let name = |half: fn(&Rename) -> Option<&LitStr>| {
            let own = half(&serde.rename).map(LitStr::value);
            let rule = half(&container.rename_all).map(LitStr::value);
            own.unwrap_or_else(|| {
                rule.map_or_else(|| source.clone(), |rule| renamed_variant(&source, &rule))
            })
        };
        let written = name(|rename| rename.serialize.as_ref());
        let read = name(|rename| rename.deserialize.as_ref());
        let mut aliases: Vec<String> = serde.aliases.iter().map(LitStr::value).collect();
        if read != written {
            if !aliases.contains(&written) {
                let message = format!(
                    "`{source}` is stored as `{written}`, but read as `{read}`, so that no stored value comes back: use one name for \
                     both, or add `alias = \"{written}\"` to the variant"
                );
                errors.push(Error::new(variant.ident.span(), message));
            }
            aliases.push(read);
        }
        aliases.retain(|alias| *alias != written);
        if !container.untagged && !serde.untagged {
            for name in std::iter::once(&written).chain(&aliases) {
                match names.insert(name.clone(), source.clone()) {
                    Some(other) if other != source => {
                        let message = format!(
                            "the variants `{other}` and `{source}` share the name `{name}`, so that they cannot be told apart: give \
                             each its own"
                        );
                        errors.push(Error::new(variant.ident.span(), message));
                    }
                    _ => {}
                }
            }
        }
        if serde.rename_all.option.is_none() {
            serde.rename_all = Rename {
                option: container.rename_all_fields.option.clone(),
                serialize: container.rename_all_fields.serialize.clone(),
                deserialize: container.rename_all_fields.deserialize.clone(),
            };
        }
        if serde.deny_unknown_fields.is_none() {
            serde
                .deny_unknown_fields
                .clone_from(&container.deny_unknown_fields);
        }
        let content = match (&serde.custom, &variant.fields) {
            (Some(path), fields) => {
                let by = made_by(path, &type_text(fields.to_token_stream()));
                Some(shape_of(krate, &FieldShape::Function(by, None)))
            }
            (None, Fields::Unit) => None,
            (None, fields) => Some(
                self.transparent(fields, &serde, errors)
                    .unwrap_or_else(|| self.content(fields, &serde, errors)),
            ),
        };
        let content = content.map_or_else(
            || quote!(#private::Option::None),
            |content| quote!(#private::Option::Some(#content)),
        );
        let aliases = aliases.iter().map(|alias| quote!(#private::text(#alias)));
        let aliases = list(&quote!(#private::String), aliases, krate);
        let (other, untagged) = (serde.other, serde.untagged);
        Some(at(
            variant.span(),
            quote! {
                #private::VariantShape {
                    name: #private::text(#written),
                    aliases: #aliases,
                    content: #content,
                    other: #other,
                    untagged: #untagged,
                }
            },
        ))
    }
}
