//! Reads of `#[serde(...)]` what changes the names of a payload's fields. What it does not know it
//! passes over: serde itself reports what is wrong there.

use proc_macro2::TokenTree;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Ident, LitStr, Result, Token};

/// The options of a struct or of a field that matter here.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each stands for an attribute that is there or not"
)]
pub(crate) struct SerdeOptions {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) flatten: bool,
    pub(crate) skipped: bool,
    pub(crate) default: bool,
    /// `with` or `deserialize_with`: a missing field is an error then, also of an `Option`.
    pub(crate) custom_read: bool,
    /// The name of an option that makes the payload something else than the struct's fields.
    pub(crate) other_payload: Option<Ident>,
}

impl SerdeOptions {
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            // An error is one that serde's own derive reports.
            let _ = attr.parse_nested_meta(|meta| options.option(&meta));
        }
        options
    }

    fn option(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let Some(name) = meta.path.get_ident() else {
            return skip_value(meta);
        };
        match name.to_string().as_str() {
            "rename" => return serialize_name(meta, &mut self.rename),
            "rename_all" => return serialize_name(meta, &mut self.rename_all),
            "flatten" => self.flatten = true,
            "skip" | "skip_serializing" => self.skipped = true,
            "default" => self.default = true,
            "with" | "deserialize_with" => self.custom_read = true,
            "into" | "transparent" | "tag" => self.other_payload = Some(name.clone()),
            _ => {}
        }
        skip_value(meta)
    }
}

/// `rename = "x"`, or the serializing half of `rename(serialize = "x", deserialize = "y")`.
fn serialize_name(meta: &ParseNestedMeta, into: &mut Option<String>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        *into = Some(meta.value()?.parse::<LitStr>()?.value());
        return Ok(());
    }
    meta.parse_nested_meta(|half| {
        let value = half.value()?.parse::<LitStr>()?.value();
        if half.path.is_ident("serialize") {
            *into = Some(value);
        }
        Ok(())
    })
}

fn skip_value(meta: &ParseNestedMeta) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// A field's name under `#[serde(rename_all = "...")]`; unchanged under a rule that serde refuses.
pub(crate) fn renamed(field: &str, rule: &str) -> String {
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_uppercase(),
        "PascalCase" => pascal(field),
        "camelCase" => {
            let name = pascal(field);
            let mut chars = name.chars();
            chars.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(chars).collect()
            })
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

fn pascal(field: &str) -> String {
    let upper = |word: &str| {
        let mut chars = word.chars();
        chars
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(chars)
            .collect::<String>()
    };
    field.split('_').map(upper).collect()
}
