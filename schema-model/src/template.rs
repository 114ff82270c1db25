//! Reviewed SQL texts with placeholders for the definition's own names: `{events}` stands for a table,
//! `{events.stream_id}` for a column that must exist there, `{{` and `}}` for braces. How a name is
//! written is the renderer's business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::is_default;
use crate::name::{Ident, IntoName, QualifiedName};
use crate::ty::DataType;

/// SQL text over the definition's own names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The text, with placeholders.
    pub text: String,
    /// What each placeholder stands for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bindings: BTreeMap<String, Binding>,
    /// Words and labels that stand in it and mean no object of the definition, with what they mean.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mentions: BTreeMap<String, String>,
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// A table or view: `{name}` its qualified name, `{name.column}` one of its columns,
    /// `{name.*}` all of its columns, `{name:literal}` its qualified name as a string constant.
    Relation(QualifiedName),
    /// A sequence: its qualified name, or with `:literal` that name as a string constant.
    Sequence(QualifiedName),
    /// A routine: its qualified name.
    Routine(QualifiedName),
    /// A whole number.
    Integer(i64),
    /// A data type.
    Type(DataType),
    /// A text: with `:literal` a string constant; without, as it stands.
    Text(String),
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// A placeholder.
    Placeholder {
        /// The key into [`Template::bindings`].
        key: &'a str,
        /// The column after the dot; `*` for all.
        column: Option<&'a str>,
        /// Whether `:literal` asks for a string constant.
        literal: bool,
    },
}

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// `{` without its `}`.
    #[error("the placeholder that opens in line {line} is never closed; write {{{{ for a brace")]
    Unclosed {
        /// Line in the template, from 1.
        line: usize,
    },
    /// `}` without its `{`.
    #[error("a closing brace in line {line} belongs to no placeholder; write }}}} for a brace")]
    Unopened {
        /// Line in the template, from 1.
        line: usize,
    },
    /// A placeholder whose name is not one.
    #[error("`{{{text}}}` in line {line} is no placeholder; write {{{{ and }}}} for braces")]
    Malformed {
        /// What stands between the braces.
        text: String,
        /// Line in the template, from 1.
        line: usize,
    },
}

impl Binding {
    fn as_relation(&self) -> Option<&QualifiedName> {
        match self {
            Self::Relation(name) => Some(name),
            _ => None,
        }
    }
}

impl Template {
    /// A text without bindings yet.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            bindings: BTreeMap::new(),
            mentions: BTreeMap::new(),
        }
    }

    /// A text without placeholders, whatever braces it has.
    pub(crate) fn verbatim(text: &str) -> Self {
        Self::new(text.replace('{', "{{").replace('}', "}}"))
    }

    /// States that a word or label of the text is no name of the definition, though one was called so before, and what it is.
    pub fn mentions(mut self, word: impl Into<String>, meaning: impl Into<String>) -> Self {
        self.mentions.insert(word.into(), meaning.into());
        self
    }

    /// Binds a placeholder.
    pub fn bind(mut self, key: impl Into<String>, binding: Binding) -> Self {
        self.bindings.insert(key.into(), binding);
        self
    }

    /// Binds a placeholder to a table or view.
    pub fn relation(self, key: impl Into<String>, name: impl IntoName) -> Self {
        self.bind(key, Binding::Relation(name.into_name()))
    }

    /// Binds a placeholder to a routine.
    pub fn routine(self, key: impl Into<String>, name: impl IntoName) -> Self {
        self.bind(key, Binding::Routine(name.into_name()))
    }

    /// Binds a placeholder to a sequence.
    pub fn sequence(self, key: impl Into<String>, name: impl IntoName) -> Self {
        self.bind(key, Binding::Sequence(name.into_name()))
    }

    /// Removes what does not reach the server: bindings of no placeholder, and what `.mentions(...)` states.
    pub(crate) fn forget_what_is_unused(&mut self) {
        self.mentions.clear();
        let Ok(segments) = self.segments() else {
            return;
        };
        let used: Vec<String> = segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Placeholder { key, .. } => Some((*key).to_owned()),
                Segment::Text(_) => None,
            })
            .collect();
        self.bindings.retain(|key, _| used.contains(key));
    }

    /// The relations that placeholders are bound to.
    pub(crate) fn relations(&self) -> impl Iterator<Item = &QualifiedName> {
        self.bindings.values().filter_map(Binding::as_relation)
    }

    /// The relation that a placeholder is bound to.
    pub(crate) fn relation_of(&self, key: &str) -> Option<&QualifiedName> {
        self.bindings.get(key).and_then(Binding::as_relation)
    }

    /// The text cut into plain pieces and placeholders.
    ///
    /// # Errors
    /// When braces do not match or a placeholder is malformed.
    pub fn segments(&self) -> Result<Vec<Segment<'_>>, TemplateError> {
        let text = self.text.as_str();
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let mut segments = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']) {
            let brace = at + found;
            let symbol = &text[brace..=brace];
            if text[brace + 1..].starts_with(symbol) {
                segments.push(Segment::Text(&text[start..=brace]));
                at = brace + 2;
                start = at;
                continue;
            }
            if symbol == "}" {
                return Err(TemplateError::Unopened { line: line(brace) });
            }
            let Some(length) = text[brace..].find('}') else {
                return Err(TemplateError::Unclosed { line: line(brace) });
            };
            if start < brace {
                segments.push(Segment::Text(&text[start..brace]));
            }
            let inner = &text[brace + 1..brace + length];
            segments.push(placeholder(inner).ok_or_else(|| TemplateError::Malformed {
                text: inner.to_owned(),
                line: line(brace),
            })?);
            at = brace + length + 1;
            start = at;
        }
        if start < text.len() {
            segments.push(Segment::Text(&text[start..]));
        }
        Ok(segments)
    }
}

fn placeholder(inner: &str) -> Option<Segment<'_>> {
    let (path, literal) = match inner.strip_suffix(":literal") {
        Some(path) => (path, true),
        None => (inner, false),
    };
    let (key, column) = match path.split_once('.') {
        Some((key, column)) => (key, Some(column)),
        None => (path, None),
    };
    let is_key = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let fits = is_key(key)
        && column.is_none_or(|column| column == "*" || Ident::new(column).is_ok())
        && !(literal && column.is_some());
    fits.then_some(Segment::Placeholder {
        key,
        column,
        literal,
    })
}

impl From<&str> for Template {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
