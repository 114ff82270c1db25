//! `rows.rs`: a struct for each row, decoded column by column without a panic.

use eventcore_schema_model::query::Row;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::merge::Merged;
use super::source::{doc, file, uses};
use super::{EmitError, names, types};
use crate::output::OutputFile;

pub(super) fn emit(merged: &Merged<'_>) -> Result<OutputFile, EmitError> {
    let rows = merged
        .rows
        .values()
        .map(|row| struct_of(row))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = quote!(#(#rows)*);
    let imports = uses(
        &rows,
        &[
            (
                "chrono",
                &["DateTime", "NaiveDate", "NaiveDateTime", "NaiveTime", "Utc"],
            ),
            ("tokio_postgres", &["Row"]),
            ("uuid", &["Uuid"]),
            ("super::error", &["Error"]),
            ("super::numeric", &["Numeric"]),
            ("super::range", &["Range"]),
            ("super::statement", &["FromRow", "Reader"]),
            ("super::value", &["Inet", "Interval", "RawJson", "Xid8"]),
        ],
    );
    file(
        "src/rows.rs".to_owned(),
        &merged.source(),
        "What the queries return: a struct for each row. A column is an `Option` where it can be NULL, and only there.",
        quote! { #imports #rows },
    )
}

fn struct_of(row: &Row) -> Result<TokenStream, EmitError> {
    let name = names::camel("row", row.name.as_str())?;
    let row_doc = doc(&row.doc);
    let mut fields = Vec::new();
    let mut reads = Vec::new();
    let mut columns = Vec::new();
    for (index, column) in row.columns.iter().enumerate() {
        let text = column.name.as_str();
        let field = names::snake("column", text)?;
        let ty = types::owned(&column.ty, column.nullable);
        let field_doc = doc(&column.doc);
        let index = Literal::usize_unsuffixed(index);
        fields.push(quote! { #field_doc pub #field: #ty });
        reads.push(quote! { #field: row.get(#index)? });
        columns.push(text);
    }
    Ok(quote! {
        #row_doc
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name { #(#fields),* }

        impl FromRow for #name {
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];

            fn from_row(row: &Row, query: &'static str) -> Result<Self, Error> {
                let row = Reader::new(row, query, Self::COLUMNS)?;
                Ok(Self { #(#reads),* })
            }
        }
    })
}
