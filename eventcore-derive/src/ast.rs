//! The derive's input as it was written: a struct or an enum with its options, nothing judged yet
//! but that the item is one of the two.

use crate::attr::{Errors, Options};
use syn::{Data, DeriveInput, Error, Field, Fields, Generics, Ident, Variant};

pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) options: Options,
    pub(crate) attrs: &'a [syn::Attribute],
    pub(crate) item: Item<'a>,
}

pub(crate) enum Item<'a> {
    Struct(&'a Fields),
    Enum(Vec<&'a Variant>),
}

impl<'a> Input<'a> {
    pub(crate) fn read(node: &'a DeriveInput, errors: &mut Errors) -> syn::Result<Self> {
        let item = match &node.data {
            Data::Struct(data) => Item::Struct(&data.fields),
            Data::Enum(data) => Item::Enum(data.variants.iter().collect()),
            Data::Union(data) => {
                let message = "a union cannot be an event: its payload has no fixed fields; use a struct or an enum of events";
                return Err(Error::new(data.union_token.span, message));
            }
        };
        Ok(Self {
            ident: &node.ident,
            generics: &node.generics,
            options: Options::read(&node.attrs, errors),
            attrs: &node.attrs,
            item,
        })
    }
}

/// The named fields of a struct; none for other kinds.
pub(crate) fn named(fields: &Fields) -> impl Iterator<Item = (&Ident, &Field)> {
    fields
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?, field)))
}
