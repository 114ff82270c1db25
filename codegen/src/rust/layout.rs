//! `layout.rs`: the stores that share the crate.

use quote::quote;

use super::merge::Merged;
use super::source::{file, raw_doc};
use super::{EmitError, names};
use crate::output::OutputFile;

pub(super) fn emit(merged: &Merged<'_>) -> Result<OutputFile, EmitError> {
    let texts: Vec<&str> = merged.layouts.iter().map(|name| name.as_str()).collect();
    let variants = merged
        .layouts
        .iter()
        .map(|name| names::camel("store", name.as_str()))
        .collect::<Result<Vec<_>, _>>()?;
    let docs = texts
        .iter()
        .map(|name| raw_doc(&format!("The store `{name}`.")));
    file(
        "src/layout.rs".to_owned(),
        &merged.source(),
        "Which of the stores a database holds.",
        quote! {
            use std::fmt;

            /// A store: one shape of the schema, with migrations of its own.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum Layout { #(#docs #variants),* }

            impl Layout {
                /// All of them.
                pub const ALL: &'static [Self] = &[#(Self::#variants),*];

                /// Its name, as the definition gives it.
                pub const fn name(self) -> &'static str {
                    match self { #(Self::#variants => #texts),* }
                }
            }

            impl fmt::Display for Layout {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str(self.name())
                }
            }
        },
    )
}
