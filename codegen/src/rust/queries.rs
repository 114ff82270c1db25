//! A file for each query module: for each query its text, its description, an async function and a
//! prepared form of it. And `modules.rs`, which names all files.

use eventcore_schema_model::name::Ident;
use eventcore_schema_model::query::{Cardinality, Query};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::merge::{Merged, MergedQuery};
use super::source::{doc, file, raw_doc, text, uses};
use super::{EmitError, names, types};
use crate::output::OutputFile;

/// Clippy's limit for arguments.
const MAX_ARGUMENTS: usize = 7;

pub(super) fn emit(merged: &Merged<'_>, module: &Ident) -> Result<OutputFile, EmitError> {
    let name = names::snake("module", module.as_str())?;
    let queries: Vec<_> = merged
        .queries
        .iter()
        .filter(|q| q.query.module == *module)
        .collect();
    let mut items = Vec::new();
    for query in &queries {
        items.push(Emitter::new(merged, query)?.items()?);
    }
    let items = quote!(#(#items)*);
    let imports = uses(&items, IMPORTS);
    let rows = row_imports(&queries)?;
    let path = name.to_string();
    file(
        format!("src/{}.rs", path.trim_start_matches("r#")),
        &merged.source(),
        &format!(
            "Queries of the module `{module}`. Each stands here as its text, its description, a function, and a \
             prepared form.\n\nThe function takes one round trip and leaves nothing on the connection, so it works \
             behind a transaction\npooler. The prepared form spares the server the planning, on the connection that \
             prepared it."
        ),
        quote! { #imports #rows #items },
    )
}

/// `modules.rs`: the crate's only list of modules, and of queries.
pub(super) fn emit_modules(
    merged: &Merged<'_>,
    files: &[OutputFile],
) -> Result<OutputFile, EmitError> {
    let mut modules: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("src/")?.strip_suffix(".rs"))
        .collect();
    modules.sort_unstable();
    let modules = modules
        .iter()
        .map(|module| names::snake("module", module))
        .collect::<Result<Vec<_>, _>>()?;
    let infos = merged
        .queries
        .iter()
        .map(|merged| {
            let module = names::snake("module", merged.query.module.as_str())?;
            let info = names::screaming("query", merged.query.name.as_str())?;
            Ok(quote!(&#module::#info))
        })
        .collect::<Result<Vec<_>, EmitError>>()?;
    file(
        "src/modules.rs".to_owned(),
        &merged.source(),
        "All modules of the crate, and all its queries.",
        quote! {
            #(pub mod #modules;)*

            /// Every query, as data: for tests and tools.
            pub static QUERIES: &[&statement::QueryInfo] = &[#(#infos),*];
        },
    )
}

/// Names that the items of a query can use.
const IMPORTS: &[(&str, &[&str])] = &[
    (
        "chrono",
        &["DateTime", "NaiveDate", "NaiveDateTime", "NaiveTime", "Utc"],
    ),
    ("tokio_postgres", &["GenericClient"]),
    ("tokio_postgres::types", &["Type"]),
    ("uuid", &["Uuid"]),
    ("super::error", &["Error"]),
    ("super::layout", &["Layout"]),
    ("super::numeric", &["Numeric"]),
    ("super::range", &["Range"]),
    (
        "super::statement",
        &["ColumnInfo", "ParamInfo", "Prepared", "QueryInfo", "Rows"],
    ),
    ("super::value", &["Inet", "Interval", "RawJson", "Xid8"]),
];

/// `use` items for the rows of these queries.
fn row_imports(queries: &[&MergedQuery<'_>]) -> Result<TokenStream, EmitError> {
    let mut rows = queries
        .iter()
        .filter_map(|merged| merged.query.row.as_ref())
        .map(|row| names::camel("row", row.name.as_str()))
        .collect::<Result<Vec<_>, _>>()?;
    rows.sort();
    rows.dedup();
    Ok(if rows.is_empty() {
        TokenStream::new()
    } else {
        quote!(use super::rows::{#(#rows),*};)
    })
}

/// The items of one query.
struct Emitter<'a> {
    merged: &'a MergedQuery<'a>,
    query: &'a Query,
    /// Only in some of the stores.
    partial: bool,
    info: proc_macro2::Ident,
    function: proc_macro2::Ident,
    prepared: proc_macro2::Ident,
    /// `name: Type` for each parameter.
    arguments: Vec<TokenStream>,
    /// `&name` for each parameter.
    values: Vec<TokenStream>,
}

impl<'a> Emitter<'a> {
    fn new(all: &Merged<'_>, merged: &'a MergedQuery<'a>) -> Result<Self, EmitError> {
        let query = merged.query;
        let name = query.name.as_str();
        let mut arguments = Vec::new();
        let mut values = Vec::new();
        for param in &query.params {
            let ident = argument_name(param.name.as_str())?;
            let ty = types::argument(&param.ty, param.nullable, param.nullable_elements);
            arguments.push(quote!(#ident: #ty));
            values.push(quote!(&#ident));
        }
        Ok(Self {
            merged,
            query,
            partial: merged.texts.len() < all.layouts.len(),
            info: names::screaming("query", name)?,
            function: names::snake("query", name)?,
            prepared: names::camel("query", name)?,
            arguments,
            values,
        })
    }

    fn items(&self) -> Result<TokenStream, EmitError> {
        let (texts, entries) = self.texts()?;
        let info = self.info(&entries);
        let function = self.function()?;
        // A utility command cannot gain from being prepared: it is not planned.
        let prepared = if self.query.outside_transaction {
            TokenStream::new()
        } else {
            self.prepared()?
        };
        Ok(quote! { #texts #info #function #prepared })
    }

    /// The constants that hold the text, and `(Layout::…, constant)` for each store.
    fn texts(&self) -> Result<(TokenStream, Vec<TokenStream>), EmitError> {
        let name = &self.query.name;
        let mut constants = TokenStream::new();
        let mut entries = Vec::new();
        let texts = self.merged.texts.iter().zip(self.merged.text_constants()?);
        for (at, ((layout, sql), constant)) in texts.enumerate() {
            let variant = names::camel("store", layout.as_str())?;
            let note = if self.merged.is_shared() {
                String::new()
            } else {
                format!(" in the store `{layout}`")
            };
            entries.push(quote!((Layout::#variant, #constant)));
            if at > 0 && self.merged.is_shared() {
                continue;
            }
            let text_doc = raw_doc(&format!("The text of `{name}`{note}."));
            let literal = text(sql);
            constants.extend(quote! {
                #text_doc
                pub const #constant: &str = #literal;
            });
        }
        Ok((constants, entries))
    }

    fn info(&self, entries: &[TokenStream]) -> TokenStream {
        let info = &self.info;
        let name = self.query.name.as_str();
        let info_doc = raw_doc(&format!("What `{name}` takes and returns."));
        let params = self.query.params.iter().map(|param| {
            let name = param.name.as_str();
            let ty = types::driver(&param.ty);
            let nullable = param.nullable;
            quote!(ParamInfo { name: #name, ty: #ty, nullable: #nullable })
        });
        let columns = self
            .query
            .row
            .iter()
            .flat_map(|row| &row.columns)
            .map(|column| {
                let name = column.name.as_str();
                let ty = types::driver(&column.ty);
                let nullable = column.nullable;
                quote!(ColumnInfo { name: #name, ty: #ty, nullable: #nullable })
            });
        let outside = self.query.outside_transaction;
        quote! {
            #info_doc
            pub static #info: QueryInfo = QueryInfo {
                name: #name,
                texts: &[#(#entries),*],
                params: &[#(#params),*],
                columns: &[#(#columns),*],
                outside_transaction: #outside,
            };
        }
    }

    /// The returned type, and the method of a call that returns it.
    fn result(&self) -> Result<(TokenStream, TokenStream), EmitError> {
        let row = match &self.query.row {
            Some(row) => names::camel("row", row.name.as_str())?,
            None => format_ident!("Row"),
        };
        Ok(match self.query.cardinality {
            Cardinality::None => (quote!(()), quote!(none)),
            Cardinality::One => (quote!(#row), quote!(one)),
            Cardinality::Optional => (quote!(Option<#row>), quote!(optional)),
            Cardinality::Many => (quote!(Vec<#row>), quote!(many)),
            Cardinality::Stream => (quote!(Rows<#row>), quote!(stream)),
            Cardinality::Affected => (quote!(u64), quote!(affected)),
        })
    }

    fn function(&self) -> Result<TokenStream, EmitError> {
        let Self {
            info,
            function,
            arguments,
            values,
            ..
        } = self;
        let (result, method) = self.result()?;
        let docs = self.function_doc();
        let allow = self.allow(1);
        let (layout, call) = if self.merged.is_shared() {
            (None, quote!(#info.unnamed()))
        } else {
            (
                Some(quote!(layout: Layout,)),
                quote!(#info.unnamed_in(layout)?),
            )
        };
        Ok(quote! {
            #docs
            #allow
            pub async fn #function(
                client: &impl GenericClient, #layout #(#arguments),*
            ) -> Result<#result, Error> {
                #call.#method(client, &[#(#values),*]).await
            }
        })
    }

    fn prepared(&self) -> Result<TokenStream, EmitError> {
        let Self {
            info,
            prepared,
            arguments,
            values,
            ..
        } = self;
        let (result, method) = self.result()?;
        let struct_doc = raw_doc(&format!("[`{}`], prepared on a connection.", self.function));
        let allow = self.allow(1);
        let (layout, prepare) = if self.merged.is_shared() {
            (None, quote!(#info.prepare(client)))
        } else {
            (
                Some(quote!(layout: Layout,)),
                quote!(#info.prepare_in(layout, client)),
            )
        };
        let verb = match self.query.cardinality {
            Cardinality::None | Cardinality::Affected => quote!(execute),
            _ => quote!(query),
        };
        let verb_doc = raw_doc(&format!(
            "As [`{}`], in one round trip, on the connection that prepared it.\n\n# Errors\nAs there.",
            self.function
        ));
        // A tuple struct would also be a value, and `V2` of a query `v2` is one already: its description.
        Ok(quote! {
            #struct_doc
            #[derive(Clone, Debug)]
            pub struct #prepared { prepared: Prepared }

            impl #prepared {
                /// Prepares it on a connection: one round trip.
                ///
                /// # Errors
                /// When the server refuses the text, or the connection fails.
                pub async fn prepare(client: &impl GenericClient, #layout) -> Result<Self, Error> {
                    Ok(Self { prepared: #prepare.await? })
                }

                #verb_doc
                #allow
                pub async fn #verb(
                    &self, client: &impl GenericClient, #(#arguments),*
                ) -> Result<#result, Error> {
                    self.prepared.call().#method(client, &[#(#values),*]).await
                }
            }
        })
    }

    fn allow(&self, others: usize) -> Option<TokenStream> {
        let layout = usize::from(!self.merged.is_shared());
        (self.arguments.len() + others + layout > MAX_ARGUMENTS).then(|| {
            quote! {
                #[allow(clippy::too_many_arguments, reason = "an argument for each parameter of the query")]
            }
        })
    }

    fn function_doc(&self) -> TokenStream {
        let query = self.query;
        let mut docs = doc(&query.doc);
        let mut say = |markdown: &str| docs.extend(raw_doc(markdown));
        if !self.merged.is_shared() {
            say(
                "\nIts text depends on the `layout`, which is the one of the store in the database.",
            );
        }
        if self.partial {
            let names: Vec<String> = self
                .merged
                .texts
                .iter()
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            say(&format!(
                "\nOnly for a store of the layout {}.",
                names.join(", ")
            ));
        }
        if query.outside_transaction {
            say("\nCannot run inside a transaction: give a client, not a transaction.");
        }
        if query.cardinality == Cardinality::Stream {
            say(
                "\nRows come as they arrive. Until all are read, other requests on the same connection wait.",
            );
        }
        if !query.params.is_empty() {
            docs.extend(raw_doc("\n# Arguments"));
        }
        for param in &query.params {
            let name = param.name.as_str();
            let text = format!("- `{name}`: {}", param.doc.trim());
            docs.extend(doc(&text));
        }
        let rows = match query.cardinality {
            Cardinality::One => ", or returns no row or several",
            Cardinality::Optional => ", or returns several rows",
            _ => "",
        };
        docs.extend(raw_doc(&format!(
            "\n# Errors\nWhen the server refuses it{rows}, when a value cannot be decoded, or when the connection fails."
        )));
        docs
    }
}

/// `client` and `layout` are taken.
fn argument_name(name: &str) -> Result<proc_macro2::Ident, EmitError> {
    let ident = names::snake("parameter", name)?;
    Ok(if ident == "client" || ident == "layout" {
        format_ident!("{ident}_")
    } else {
        ident
    })
}
