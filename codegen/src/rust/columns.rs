//! `columns.rs`: tables and views with typed columns, for filters.

use std::collections::BTreeSet;

use eventcore_schema_model::name;
use eventcore_schema_model::query::{Query, Row};
use eventcore_schema_model::template::Binding;
use proc_macro2::TokenStream;
use quote::quote;

use super::merge::{Merged, MergedColumn, MergedRelation};
use super::parallel::{self, Job};
use super::source::{doc, file_of, items_text, raw_doc};
use super::{EmitError, distinct, names, types};
use crate::output::OutputFile;

/// With many relations this is most of what is emitted, so each of them is a piece of work.
pub(super) fn emit(merged: &Merged<'_>) -> Result<OutputFile, EmitError> {
    let path = "src/columns.rs";
    let jobs = merged.relations.iter().map(|relation| {
        let job = move || items_text(path, module(merged, relation)?);
        Box::new(job) as Job<'_, Result<String, EmitError>>
    });
    let modules = parallel::all(jobs.collect()).into_iter();
    Ok(file_of(
        path.to_owned(),
        &merged.source(),
        "The tables and views with their columns, typed: what [`Filter`](super::filter::Filter) and \
         [`Select`](super::select::Select) are built from.",
        modules.collect::<Result<Vec<_>, _>>()?,
    ))
}

fn module(merged: &Merged<'_>, relation: &MergedRelation<'_>) -> Result<TokenStream, EmitError> {
    let text = relation.name.as_str();
    let module = merged.module_of(relation)?;
    let note = in_layouts(merged, &relation.layouts);
    let module_doc = raw_doc(&format!("Columns of `{text}`{note}."));
    let marker_doc = raw_doc(&format!("The relation `{text}`."));
    let namespace = relation.namespace.as_str();
    let columns = relation
        .columns
        .iter()
        .map(|column| constant(merged, relation, column))
        .collect::<Result<Vec<_>, _>>()?;
    let own_types = own_types(relation)?;
    let read = rows_read_from(merged, relation);
    let fitting = merged
        .rows
        .values()
        .filter(|row| read.contains(&row.name) && fits(row, relation))
        .map(|row| names::camel("row", row.name.as_str()))
        .collect::<Result<Vec<_>, _>>()?;
    let row_path = fitting.iter().map(|row| quote!(super::super::rows::#row));
    Ok(quote! {
        #module_doc
        pub mod #module {
            use super::super::filter::{Column, Source};
            use super::super::sql_type;

            #marker_doc
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct Relation;

            impl Source for Relation {
                const NAMESPACE: &'static str = #namespace;
                const NAME: &'static str = #text;
            }

            #(impl super::super::select::SelectFrom<Relation> for #row_path {})*

            #(#own_types)*

            #(#columns)*
        }
    })
}

/// The definition's own types of a relation's columns.
fn own_types(relation: &MergedRelation<'_>) -> Result<Vec<TokenStream>, EmitError> {
    let mut types: Vec<(&name::Ident, &str)> = Vec::new();
    for column in &relation.columns {
        if let (Some(name), Some(sql)) = (column.ty.name(), &column.own_type) {
            types.push((&name.name, sql));
        }
    }
    types.sort();
    types.dedup();
    distinct::idents("type", types.iter().map(|(name, _)| *name), names::camel)?;
    let markers = types.into_iter().map(|(name, sql)| {
        let marker = types::type_name(name.as_str())?;
        let line = raw_doc(&format!("The type `{name}`; its values are given as text."));
        let array = format!("{sql}[]");
        Ok(quote! {
            #line
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct #marker;

            impl sql_type::TypeName for #marker {
                const NAME: &'static str = #sql;
                const ARRAY: &'static str = #array;
            }
        })
    });
    markers.collect()
}

fn constant(
    merged: &Merged<'_>,
    relation: &MergedRelation<'_>,
    column: &MergedColumn<'_>,
) -> Result<TokenStream, EmitError> {
    let text = column.name.as_str();
    let name = names::screaming("column", text)?;
    let ty = types::marker(column.ty)?;
    let mut line = format!("`{text}`, `{}`", column.ty);
    if column.nullable {
        line.push_str(", can be NULL");
    }
    if column.layouts.len() < relation.layouts.len() {
        line.push_str(&in_layouts(merged, &column.layouts));
    }
    line.push('.');
    let line = raw_doc(&line);
    let comment = column.comment.map(|comment| {
        let comment = doc(comment);
        quote! { #[doc = ""] #comment }
    });
    Ok(quote! {
        #line #comment
        pub const #name: Column<Relation, #ty> = Column::new(#text);
    })
}

/// Which stores have it, if not all do.
fn in_layouts(merged: &Merged<'_>, layouts: &[&name::Ident]) -> String {
    if layouts.len() == merged.layouts.len() {
        return String::new();
    }
    let names: Vec<String> = layouts.iter().map(|name| format!("`{name}`")).collect();
    format!(", only in {}", names.join(", "))
}

/// The rows of the queries that read the relation. Rows fit many relations by accident: from all of them,
/// 1,500 queries on 500 tables that all have an `id` came to 750,000 impls.
fn rows_read_from<'a>(
    merged: &Merged<'a>,
    relation: &MergedRelation<'_>,
) -> BTreeSet<&'a name::Ident> {
    let reads = |query: &Query| {
        query.body.bindings.values().any(|binding| match binding {
            Binding::Relation(name) => {
                name.name == *relation.name
                    && name
                        .namespace
                        .as_ref()
                        .is_none_or(|own| own == relation.namespace)
            }
            _ => false,
        })
    };
    let queries = merged.queries.iter().map(|known| known.query);
    let rows = queries
        .filter(|query| reads(query))
        .filter_map(|query| query.row.as_ref());
    rows.map(|row| &row.name).collect()
}

/// Whether a row can be selected from a relation: each of its columns is there, in each store, with the
/// same type, and is an `Option` where it can be NULL.
fn fits(row: &Row, relation: &MergedRelation<'_>) -> bool {
    row.columns.iter().all(|wanted| {
        relation.columns.iter().any(|column| {
            *column.name == wanted.name
                && *column.ty == wanted.ty
                && (wanted.nullable || !column.nullable)
                && column.layouts.len() == relation.layouts.len()
        })
    })
}
