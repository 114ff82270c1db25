//! Reads of `#[serde(...)]` what changes the members of a payload: their names, and whether they are
//! there. What serde itself refuses it passes over, but for a note that serde will.

use proc_macro2::TokenTree;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Ident, LitStr, Result, Token};

/// The options of a struct or of a field that matter here.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "serde's own options")]
pub(crate) struct SerdeOptions {
    pub(crate) rename: Rename,
    pub(crate) rename_all: Rename,
    /// Further names that the field is read under.
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) flatten: bool,
    pub(crate) skip_serializing: Option<Ident>,
    pub(crate) skip_serializing_if: Option<Ident>,
    pub(crate) skip_deserializing: Option<Ident>,
    pub(crate) default: bool,
    /// The path in `default = "..."`.
    pub(crate) default_function: Option<LitStr>,
    pub(crate) deny_unknown_fields: Option<Ident>,
    /// `with` or `deserialize_with`: a missing field is an error then, also of an `Option`.
    pub(crate) custom_read: bool,
    /// The path in `with`, `serialize_with` or `deserialize_with`.
    pub(crate) custom: Option<LitStr>,
    pub(crate) rename_all_fields: Rename,
    pub(crate) tag: Option<LitStr>,
    pub(crate) content: Option<LitStr>,
    pub(crate) untagged: bool,
    pub(crate) other: bool,
    pub(crate) transparent: bool,
    /// The type in `from` or `try_from`: what is read.
    pub(crate) read_as: Option<LitStr>,
    /// Whether it is `try_from`.
    pub(crate) may_refuse: bool,
    /// The name of an option that makes the payload something else than the struct's fields.
    pub(crate) other_payload: Option<Ident>,
}

/// What `rename` or `rename_all` says of each direction.
#[derive(Default)]
pub(crate) struct Rename {
    /// The option's name, where it stands there.
    pub(crate) option: Option<Ident>,
    pub(crate) serialize: Option<LitStr>,
    pub(crate) deserialize: Option<LitStr>,
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
            "rename" => return self.rename.read(name, meta, &mut self.aliases),
            "rename_all" => return self.rename_all.read(name, meta, &mut Vec::new()),
            "alias" => {
                self.aliases.push(meta.value()?.parse()?);
                return Ok(());
            }
            "flatten" => self.flatten = true,
            "skip" => {
                self.skip_serializing = Some(name.clone());
                self.skip_deserializing = Some(name.clone());
            }
            "skip_serializing" => self.skip_serializing = Some(name.clone()),
            "skip_serializing_if" => self.skip_serializing_if = Some(name.clone()),
            "skip_deserializing" => self.skip_deserializing = Some(name.clone()),
            "default" => {
                self.default = true;
                if meta.input.peek(Token![=]) {
                    self.default_function = Some(meta.value()?.parse()?);
                }
                return Ok(());
            }
            "deny_unknown_fields" => self.deny_unknown_fields = Some(name.clone()),
            "rename_all_fields" => {
                return self.rename_all_fields.read(name, meta, &mut Vec::new());
            }
            "with" | "deserialize_with" => {
                self.custom_read = true;
                self.custom = Some(meta.value()?.parse()?);
                return Ok(());
            }
            "serialize_with" => {
                let path = meta.value()?.parse()?;
                self.custom.get_or_insert(path);
                return Ok(());
            }
            "content" => {
                self.content = Some(meta.value()?.parse()?);
                return Ok(());
            }
            "untagged" => self.untagged = true,
            "other" => self.other = true,
            "from" | "try_from" | "into" | "transparent" | "tag" => {
                self.other_payload.get_or_insert_with(|| name.clone());
                return self.other_payload(name, meta);
            }
            _ => {}
        }
        skip_value(meta)
    }
}

impl SerdeOptions {
    fn other_payload(&mut self, name: &Ident, meta: &ParseNestedMeta) -> Result<()> {
        if name == "transparent" {
            self.transparent = true;
            return Ok(());
        }
        let text = meta.value()?.parse()?;
        if name == "tag" {
            self.tag = Some(text);
        } else if name != "into" {
            self.read_as = Some(text);
            self.may_refuse = name == "try_from";
        }
        Ok(())
    }
}

impl Rename {
    /// `rename = "x"`, or `rename(serialize = "x", deserialize = "y")`, where each further name to
    /// deserialize is one more alias.
    fn read(
        &mut self,
        option: &Ident,
        meta: &ParseNestedMeta,
        aliases: &mut Vec<LitStr>,
    ) -> Result<()> {
        self.option = Some(option.clone());
        if meta.input.peek(Token![=]) {
            let name: LitStr = meta.value()?.parse()?;
            self.serialize = Some(name.clone());
            self.deserialize = Some(name);
            return Ok(());
        }
        meta.parse_nested_meta(|half| {
            let name = half.value()?.parse()?;
            if half.path.is_ident("serialize") {
                self.serialize = Some(name);
            } else if self.deserialize.is_none() {
                self.deserialize = Some(name);
            } else {
                aliases.push(name);
            }
            Ok(())
        })
    }
}

fn skip_value(meta: &ParseNestedMeta) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// A field's name under `#[serde(rename_all = "...")]`; unchanged under a rule that serde refuses.
/// Like serde's own, it changes the letters of ASCII alone.
pub(crate) fn renamed(field: &str, rule: &str) -> String {
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(field),
        "camelCase" => {
            let mut name = pascal(field);
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            name
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

/// A variant's name under `#[serde(rename_all = "...")]`; unchanged under a rule that serde refuses.
pub(crate) fn renamed_variant(variant: &str, rule: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in variant.char_indices() {
        if at > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    match rule {
        "lowercase" => variant.to_ascii_lowercase(),
        "UPPERCASE" => variant.to_ascii_uppercase(),
        "camelCase" => {
            let mut name = variant.to_owned();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            name
        }
        "snake_case" => snake,
        "SCREAMING_SNAKE_CASE" => snake.to_ascii_uppercase(),
        "kebab-case" => snake.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake.to_ascii_uppercase().replace('_', "-"),
        _ => variant.to_owned(),
    }
}

fn pascal(field: &str) -> String {
    let upper = |word: &str| {
        let mut word = word.to_owned();
        if let Some(first) = word.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        word
    };
    field.split('_').map(upper).collect()
}
