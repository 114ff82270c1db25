//! What the derive writes beside its errors, or the compiler's own: an implementation that compiles,
//! so that code which uses the event adds no errors to the one that matters.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) fn expand(node: &DeriveInput, krate: &TokenStream, errors: &TokenStream) -> TokenStream {
    let private = quote!(#krate::event::private);
    let ident = &node.ident;
    let (impl_generics, ty_generics, where_clause) = node.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        impl #impl_generics #krate::event::Event for #ident #ty_generics #where_clause {
            const SHAPES: &'static [#krate::event::EventShape] = &[];

            fn recorded() -> #private::Vec<#private::EventType> {
                ::core::unreachable!()
            }

            fn event_type(&self) -> &'static #private::str {
                ::core::unreachable!()
            }

            fn schema_version(&self) -> #private::i32 {
                ::core::unreachable!()
            }

            fn encode(&self) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                ::core::unreachable!()
            }

            fn encode_for(
                &self,
                _: #krate::event::Representation,
            ) -> #private::Result<#private::Vec<#private::u8>, #krate::event::EncodeError> {
                ::core::unreachable!()
            }

            fn decode(
                _: &#private::str,
                _: #private::i32,
                _: &[#private::u8],
            ) -> #private::Result<Self, #krate::event::DecodeError> {
                ::core::unreachable!()
            }
        }
    }
}
