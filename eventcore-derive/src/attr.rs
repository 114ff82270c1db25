//! Reads `#[event(...)]` into options, each with the token to point at. Whether an option fits where
//! it stands is for `valid` to say.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseBuffer;
use syn::{Attribute, Error, Ident, Lit, LitInt, LitStr, Path, Result, Type};

/// The options of one item.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) event_type: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) krate: Option<Path>,
    /// What a type that refuses values was recorded as, and refuses no others than.
    pub(crate) same_as: Option<LitStr>,
    /// The names seen, with or without a good value.
    seen: Vec<Ident>,
    /// Something stands there that no option was read from: it may be what is missing elsewhere.
    pub(crate) unread: bool,
}

impl Options {
    /// Reads all `event` attributes; each option that cannot be read adds an error.
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            let Ok(list) = attr.meta.require_list() else {
                errors.push(Error::new_spanned(
                    &attr.meta,
                    "options stand in parentheses: `#[event(type = \"...\")]`",
                ));
                options.unread = true;
                continue;
            };
            let mut told = false;
            let read = list.parse_nested_meta(|meta| {
                let option = options.option(&meta, errors);
                told = option.is_err();
                option
            });
            options.unread |= read.is_err();
            // What syn says of the text between two options does not say what belongs there.
            errors.catch(read.map_err(|error| if told { error } else { between(error.span()) }));
        }
        options
    }

    /// Whether an option of this name stands there, be its value good or bad.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.seen.iter().any(|seen| seen == name)
    }

    /// The name token of an option.
    pub(crate) fn name(&self, name: &str) -> Option<&Ident> {
        self.seen.iter().find(|seen| *seen == name)
    }

    fn option(&mut self, meta: &ParseNestedMeta, errors: &mut Errors) -> Result<()> {
        let Some(name) = meta.path.get_ident().cloned() else {
            return Err(Error::new_spanned(&meta.path, unknown(&meta.path)));
        };
        if !["type", "alias", "version", "crate", "same_as"]
            .iter()
            .any(|known| name == known)
        {
            return Err(Error::new(name.span(), unknown(&meta.path)));
        }
        let again = name != "alias" && self.has(&name.to_string());
        if again {
            errors.push(Error::new(name.span(), format!("`{name}` is given twice")));
        } else {
            self.seen.push(name.clone());
        }
        let value = meta.value().map_err(|_| {
            Error::new(
                name.span(),
                format!("`{name}` needs a value: `{}`", example(&name)),
            )
        })?;
        if name == "crate" {
            let path = value.call(Path::parse_mod_style).map_err(|error| {
                Error::new(
                    error.span(),
                    "`crate` takes a path: `crate = my_crate::events`",
                )
            })?;
            self.krate.get_or_insert(path);
            return Ok(());
        }
        let wrong = |span| {
            let kind = if name == "version" {
                "a whole number"
            } else {
                "a string"
            };
            Error::new(span, format!("`{name}` takes {kind}: `{}`", example(&name)))
        };
        let start = value.span();
        match value.parse::<Lit>() {
            Ok(Lit::Str(text)) if name == "type" => drop(self.event_type.get_or_insert(text)),
            Ok(Lit::Str(text)) if name == "alias" => self.aliases.push(text),
            Ok(Lit::Str(text)) if name == "same_as" => drop(self.same_as.get_or_insert(text)),
            Ok(Lit::Int(number)) if name == "version" => drop(self.version.get_or_insert(number)),
            Ok(other) => errors.push(wrong(other.span())),
            Err(_) => return Err(wrong(start)),
        }
        Ok(())
    }
}

/// The options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    /// `json = T`: a type that is written and read as the same JSON.
    pub(crate) json: Option<Type>,
    /// `same_as = "..."`: what the field's type was recorded as, and refuses no other values than.
    pub(crate) same_as: Option<LitStr>,
}

impl FieldOptions {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            let read = attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("same_as") {
                    let recorded = meta.value().and_then(ParseBuffer::parse);
                    options.same_as = Some(recorded.map_err(|error| {
                        Error::new(error.span(), "`same_as` takes a string: `same_as = \"IpAddr\"`")
                    })?);
                    return Ok(());
                }
                if !meta.path.is_ident("json") {
                    return Err(Error::new_spanned(
                        &meta.path,
                        "a field has the options `json = String`, which names a type that is written and read as the same JSON, and \
                         `same_as`; others belong on the struct that is the event",
                    ));
                }
                let ty = meta.value().and_then(ParseBuffer::parse);
                options.json = Some(ty.map_err(|error| {
                    Error::new(error.span(), "`json` needs a type: `json = String`")
                })?);
                Ok(())
            });
            errors.catch(read);
        }
        options
    }
}

fn between(span: Span) -> Error {
    Error::new(
        span,
        "options stand as `name = value`, with one comma between two: `#[event(type = \"order.placed\", version = 2)]`",
    )
}

fn example(option: &Ident) -> &'static str {
    match option.unraw().to_string().as_str() {
        "type" => "type = \"order.placed\"",
        "alias" => "alias = \"order.created\"",
        "version" => "version = 2",
        "same_as" => "same_as = \"Email\"",
        _ => "crate = my_crate::events",
    }
}

fn unknown(path: &Path) -> String {
    let name: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    format!(
        "unknown option `{}`; known are `type`, `alias`, `version` and `crate`",
        name.join("::")
    )
}

/// Errors on their way to the compiler, all of one derive at once.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn catch(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.push(error);
        }
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
