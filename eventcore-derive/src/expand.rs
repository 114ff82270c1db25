//! The implementation that the derive writes. It decides nothing: what can go wrong is found in
//! `valid`, or by the compiler at the one expression that needs a bound.

use crate::ast::Input;
use crate::attr::Errors;
use crate::fallback;
use crate::payload::{EventField, FieldShape};
use crate::valid::{EventStruct, EventVariant, Valid, validate};
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident};

pub(crate) fn derive(node: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let input = match Input::read(node, &mut errors) {
        Ok(input) => input,
        Err(error) => {
            return fallback::expand(node, &default_crate(), &error.to_compile_error());
        }
    };
    let krate = input
        .options
        .krate
        .as_ref()
        .map_or_else(default_crate, ToTokens::to_token_stream);
    match validate(&input, errors) {
        Ok(Valid::Struct(event)) => expand_struct(input.ident, &krate, &event),
        Ok(Valid::Enum(variants)) => expand_enum(input.ident, &krate, &variants),
        Ok(Valid::Uncompilable) => fallback::expand(node, &krate, &TokenStream::new()),
        Err(error) => fallback::expand(node, &krate, &error.to_compile_error()),
    }
}

pub(crate) fn default_crate() -> TokenStream {
    quote!(::eventcore_schema_model)
}

/// The tokens as if they stood at the span, for the compiler's messages; names resolve as before.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = TokenTree::Group(Group::new(group.delimiter(), at(span, group.stream())));
        }
        token.set_span(token.span().located_at(span));
        token
    });
    moved.collect()
}

fn expand_struct(ident: &Ident, krate: &TokenStream, event: &EventStruct) -> TokenStream {
    let private = quote!(#krate::event::private);
    let EventStruct {
        event_type,
        aliases,
        version,
        fields,
        closed,
        skips,
    } = event;
    let closed = closed.then(|| quote!(.closed()));
    let aliases = (!aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let members = list(
        &quote!(#private::DataShape),
        fields.iter().map(|field| shape_of(krate, &field.shape)),
        krate,
    );
    let fields = fields.iter().map(|field| expand_field(krate, field));
    // At the struct's name, where a missing derive of serde's is to be reported.
    let payload = at(ident.span(), quote!(#private::payload::<#ident>));
    // What serde skips is lost on purpose.
    let equal = if *skips {
        quote!(#private::Option::None)
    } else {
        quote!(#private::Equality::<#ident>::FUNCTION)
    };
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #private::NoEquality as _;
            const __PAYLOAD: #private::Payload<#ident> = #payload(#equal);
            const __SHAPE: #krate::event::EventShape =
                #krate::event::EventShape::new(#event_type, #version, &[#(#fields),*]) #aliases #closed;

            #[automatically_derived]
            impl #krate::event::Event for #ident {
                const SHAPES: &'static [#krate::event::EventShape] = &[__SHAPE];

                fn recorded() -> #private::Vec<#private::EventType> {
                    let mut __types = <#krate::event::DataTypes as ::core::default::Default>::default();
                    let __members = #members;
                    #private::list([#private::EventType::new(&__SHAPE, __members, __types)])
                }

                fn event_type(&self) -> &'static #private::str {
                    #event_type
                }

                fn schema_version(&self) -> #private::i32 {
                    #version
                }

                fn encode(&self) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                    __PAYLOAD.encode(self, &__SHAPE)
                }

                fn encode_for(
                    &self,
                    representation: #krate::event::Representation,
                ) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                    __PAYLOAD.encode_for(self, &__SHAPE, representation)
                }

                fn decode(
                    event_type: &#private::str,
                    schema_version: #private::i32,
                    payload: &[#private::u8],
                ) -> #private::Result<Self, #krate::event::DecodeError> {
                    __PAYLOAD.decode(&__SHAPE, event_type, schema_version, payload)
                }
            }
        };
    }
}

/// A `Vec` of these elements, none too.
pub(crate) fn list(
    element: &TokenStream,
    elements: impl Iterator<Item = TokenStream>,
    krate: &TokenStream,
) -> TokenStream {
    let elements: Vec<TokenStream> = elements.collect();
    let count = elements.len();
    quote!(#krate::event::private::list::<#element, #count>([#(#elements),*]))
}

/// The shape of a field, from the types collected so far in `__types`.
pub(crate) fn shape_of(krate: &TokenStream, shape: &FieldShape) -> TokenStream {
    match shape {
        // At the field's type, where one without a shape is to be reported.
        FieldShape::Of(ty) => at(
            ty.span(),
            quote!(<#ty as #krate::event::EventData>::shape(&mut __types)),
        ),
        FieldShape::Checked(ty, by, also) => {
            let shape = shape_of(krate, &FieldShape::Of(ty.clone()));
            let also = also.as_ref().map_or_else(
                || quote!(::core::option::Option::None),
                |also| quote!(::core::option::Option::Some(#also)),
            );
            quote!(#krate::event::private::checked(#by, #also, #shape))
        }
        FieldShape::Function(by, None) => {
            quote!(#krate::event::private::DataShape::Other(#krate::event::private::text(#by)))
        }
        FieldShape::Function(by, Some(ty)) => quote!({
            #[allow(unused_imports)]
            use #krate::event::private::NoShape as _;
            #krate::event::private::made(#by, #krate::event::private::KnownShape::<#ty>::SHAPE, &mut __types)
        }),
    }
}

pub(crate) fn expand_field(krate: &TokenStream, field: &EventField) -> TokenStream {
    let EventField {
        name,
        ty,
        shape: _,
        optional,
        flattened,
        aliases,
        default,
    } = field;
    let default = default.as_ref().map(|it| quote!(.default(#it)));
    let optional = optional.then(|| quote!(.optional()));
    let flattened = flattened.then(|| quote!(.flattened()));
    let aliases = (!aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    quote!(#krate::event::PayloadField::new(#name, #ty) #optional #flattened #aliases #default)
}

fn expand_enum(ident: &Ident, krate: &TokenStream, variants: &[EventVariant]) -> TokenStream {
    let private = quote!(#krate::event::private);
    let count = variants.len();
    let names: Vec<&Ident> = variants.iter().map(|variant| variant.ident).collect();
    let texts = names.iter().map(ToString::to_string);
    let types = variants.iter().map(|variant| variant.ty);
    let codecs: Vec<Ident> = (0..count)
        .map(|index| format_ident!("__VARIANT_{index}"))
        .collect();
    // Each at its variant's type, where one that is no event, or another's, is to be reported.
    let made = variants.iter().map(|variant| {
        let ty = variant.ty;
        at(ty.span(), quote!(#private::variant::<#ty>()))
    });
    let distinct = variants.iter().enumerate().map(|(index, variant)| {
        at(
            variant.ident.span(),
            quote!(#private::assert_distinct(&__SHAPES, &__NAMES, #index)),
        )
    });
    quote! {
        const _: () = {
            #(const #codecs: #private::Variant<#types> = #made;)*
            const __NAMES: [&#private::str; #count] = [#(#texts),*];
            const __SHAPES: [&[#krate::event::EventShape]; #count] = [#(#codecs.shapes),*];
            const __COUNT: #private::usize = 0 #(+ #codecs.shapes.len())*;
            #(const _: () = #distinct;)*

            #[automatically_derived]
            impl #krate::event::Event for #ident {
                const SHAPES: &'static [#krate::event::EventShape] = &#private::concat::<__COUNT>(&__SHAPES);

                fn recorded() -> #private::Vec<#private::EventType> {
                    #private::recorded(&[#(#codecs.recorded),*])
                }

                fn event_type(&self) -> &'static #private::str {
                    match self {
                        #(Self::#names(event) => (#codecs.event_type)(event),)*
                    }
                }

                fn schema_version(&self) -> #private::i32 {
                    match self {
                        #(Self::#names(event) => (#codecs.schema_version)(event),)*
                    }
                }

                fn encode(&self) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                    match self {
                        #(Self::#names(event) => (#codecs.encode)(event),)*
                    }
                }

                fn encode_for(
                    &self,
                    representation: #krate::event::Representation,
                ) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                    match self {
                        #(Self::#names(event) => (#codecs.encode_for)(event, representation),)*
                    }
                }

                fn decode(
                    event_type: &#private::str,
                    schema_version: #private::i32,
                    payload: &[#private::u8],
                ) -> #private::Result<Self, #krate::event::DecodeError> {
                    #(
                        if #codecs.holds(event_type) {
                            return (#codecs.decode)(event_type, schema_version, payload).map(Self::#names);
                        }
                    )*
                    #private::Err(#private::unknown_type(event_type, Self::SHAPES))
                }
            }
        };
    }
}
