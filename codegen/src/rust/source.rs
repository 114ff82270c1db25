//! From tokens to the text of a file: layout by prettyplease, blank lines between items, string
//! constants that read as the SQL they hold.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote;

use super::EmitError;
use crate::output::{OutputFile, Syntax};

/// A file of items, with a blank line between them.
pub(super) fn file(
    path: String,
    source: &str,
    doc: &str,
    items: TokenStream,
) -> Result<OutputFile, EmitError> {
    let text = items_text(&path, items)?;
    Ok(file_of(path, source, doc, [text]))
}

/// A file of items that are text already.
pub(super) fn file_of(
    path: String,
    source: &str,
    doc: &str,
    texts: impl IntoIterator<Item = String>,
) -> OutputFile {
    let mut body = String::new();
    for line in doc.lines() {
        body.push_str(if line.is_empty() { "//!" } else { "//! " });
        body.push_str(line);
        body.push('\n');
    }
    body.push_str(
        "\n#![allow(clippy::doc_markdown, reason = \"documentation comes from the definition, as it is\")]\n",
    );
    body.extend(texts);
    OutputFile::lockstep(path, Syntax::Rust, source, body)
}

/// The text of items, each behind a blank line.
pub(super) fn items_text(path: &str, items: TokenStream) -> Result<String, EmitError> {
    let not_rust = |reason: syn::Error| EmitError::NotRust {
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    let parsed: syn::File = syn::parse2(items).map_err(not_rust)?;
    let mut result = String::new();
    let mut previous_flat = false;
    for item in parsed.items {
        let flat = matches!(
            item,
            syn::Item::Use(_) | syn::Item::Mod(syn::ItemMod { content: None, .. })
        );
        let roomy = matches!(item, syn::Item::Impl(_) | syn::Item::Mod(_));
        if !(flat && previous_flat) {
            result.push('\n');
        }
        previous_flat = flat;
        let text = prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![item],
        });
        result.push_str(&if roomy { with_blank_lines(&text) } else { text });
    }
    Ok(result)
}

/// `use` items for those of the candidates (path and names) that the items name.
pub(super) fn uses(items: &TokenStream, candidates: &[(&str, &[&str])]) -> TokenStream {
    let mut named = BTreeSet::new();
    collect_names(items, &mut named);
    let mut lines = TokenStream::new();
    for (path, names) in candidates {
        let used: Vec<Ident> = names
            .iter()
            .filter(|name| named.contains(**name))
            .map(|name| Ident::new(name, Span::call_site()))
            .collect();
        let path = path
            .split("::")
            .map(|step| Ident::new(step, Span::call_site()));
        if !used.is_empty() {
            lines.extend(quote!(use #(#path::)* {#(#used),*};));
        }
    }
    lines
}

fn collect_names(tokens: &TokenStream, named: &mut BTreeSet<String>) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) => {
                named.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect_names(&group.stream(), named),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// A blank line after each member of an impl or module that spans lines. Only for items that hold no
/// multi-line string.
fn with_blank_lines(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        result.push_str(line);
        result.push('\n');
        if line == "    }" && lines.peek().is_some_and(|next| *next != "}") {
            result.push('\n');
        }
    }
    result
}

/// Documentation attributes for a text of the definition; brackets and angles are not markup there.
pub(super) fn doc(text: &str) -> TokenStream {
    let mut escaped = String::with_capacity(text.len());
    let mut in_code = false;
    for letter in text.trim().chars() {
        in_code ^= letter == '`';
        if !in_code && matches!(letter, '[' | ']' | '<' | '>' | '*') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    raw_doc(&escaped)
}

/// Documentation attributes for a text in Markdown.
pub(super) fn raw_doc(text: &str) -> TokenStream {
    // Rust refuses a carriage return alone in a comment.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = text.lines().map(|line| {
        let line = if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

/// A string constant whose lines stand in the file as they are.
pub(super) fn text(value: &str) -> Literal {
    if !value.contains('\n') {
        return Literal::string(value);
    }
    let escaped = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\r', "\\r");
    // The line break after the backslash is not part of the text, nor is white space after it.
    let first = if value.starts_with(char::is_whitespace) {
        ""
    } else {
        "\\\n"
    };
    format!("\"{first}{escaped}\"")
        .parse()
        .unwrap_or_else(|_| Literal::string(value))
}
