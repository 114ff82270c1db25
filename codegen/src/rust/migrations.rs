//! `migrations.rs`: each store's migrations as data, for runners that are libraries and for tests.

use quote::quote;

use super::merge::Merged;
use super::source::{file, raw_doc};
use super::{EmitError, MigrationFile, StoreFiles, names};
use crate::output::OutputFile;

pub(super) fn emit(
    merged: &Merged<'_>,
    stores: &[StoreFiles<'_>],
) -> Result<OutputFile, EmitError> {
    let mut constants = Vec::new();
    let mut variants = Vec::new();
    let mut lists = Vec::new();
    for StoreFiles { store, migrations } in stores {
        let name = store.schema.name.as_str();
        let constant = names::screaming("store", name)?;
        let doc = raw_doc(&format!("The migrations of the store `{name}`, in order."));
        let entries = migrations.iter().map(|migration| {
            let MigrationFile {
                version,
                slug,
                transactional,
            } = migration;
            let path = format!("../{}/migrations/{version:03}_{slug}.sql", store.folder);
            let version = proc_macro2::Literal::u32_unsuffixed(*version);
            quote! {
                Migration {
                    version: #version,
                    name: #slug,
                    sql: include_str!(#path),
                    transactional: #transactional,
                }
            }
        });
        constants.push(quote! {
            #doc
            pub static #constant: &[Migration] = &[#(#entries),*];
        });
        variants.push(names::camel("store", name)?);
        lists.push(constant);
    }
    file(
        "src/migrations.rs".to_owned(),
        &merged.source(),
        "The migrations as data: for runners that are libraries, for embedding, for tests.",
        quote! {
            use super::layout::Layout;
            pub use super::migration::Migration;

            #(#constants)*

            /// The migrations of a store, in order.
            pub fn migrations(layout: Layout) -> &'static [Migration] {
                match layout { #(Layout::#variants => #lists),* }
            }
        },
    )
}
