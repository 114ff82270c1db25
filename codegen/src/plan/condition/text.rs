//! Conditions as text, in the header of a migration: written, and read back.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{CatalogObject, CatalogState, Condition};
use crate::sql::quote_ident;

/// A text that is no condition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no condition such as `index public.orders_idx is valid`")]
pub struct ConditionError {
    /// The text.
    pub text: String,
}

const STATES: [(CatalogState, &str); 5] = [
    (CatalogState::There, " is there"),
    (CatalogState::Absent, " is not there"),
    (CatalogState::Valid, " is valid"),
    (CatalogState::NotNull, " is not null"),
    (CatalogState::Available, " is available"),
];

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = STATES.iter().find(|(state, _)| *state == self.state);
        let state = state.map_or("", |(_, words)| words);
        write!(formatter, "{}{state}", self.object)
    }
}

impl fmt::Display for CatalogObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(formatter, "schema {name}"),
            Self::Extension(name) => write!(formatter, "extension {name}"),
            Self::ExtensionVersion(version, name) => write!(
                formatter,
                "extension-version {} of {name}",
                quote_ident(version)
            ),
            Self::Table(name) => write!(formatter, "table {name}"),
            Self::View(name) => write!(formatter, "view {name}"),
            Self::Sequence(name) => write!(formatter, "sequence {name}"),
            Self::Index(name) => write!(formatter, "index {name}"),
            Self::Function(name) => write!(formatter, "function {name}"),
            Self::Type(name) => write!(formatter, "type {name}"),
            Self::Partition(name, parent) => {
                write!(formatter, "partition {} of {parent}", quote_ident(name))
            }
            Self::LeafIndex(suffix, table) => {
                write!(formatter, "leaf-index {} of {table}", quote_ident(suffix))
            }
            Self::DomainCheck(name, domain) => {
                write!(formatter, "domain-check {} of {domain}", quote_ident(name))
            }
            Self::Attribute(name, ty) => {
                write!(formatter, "attribute {} of {ty}", quote_ident(name))
            }
            Self::Label(label, ty) => write!(formatter, "label {} of {ty}", quote_ident(label)),
            Self::Column(name, table) => {
                write!(formatter, "column {} of {table}", quote_ident(name))
            }
            Self::Constraint(name, table) => {
                write!(formatter, "constraint {} of {table}", quote_ident(name))
            }
            Self::Trigger(name, table) => {
                write!(formatter, "trigger {} of {table}", quote_ident(name))
            }
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    /// Reads what [`Display`](fmt::Display) wrote.
    fn from_str(text: &str) -> Result<Self, ConditionError> {
        parse(text).ok_or_else(|| ConditionError {
            text: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<Condition> {
    let (object, state) = STATES
        .iter()
        .find_map(|(state, words)| Some((text.strip_suffix(words)?, *state)))?;
    let (kind, name) = object.split_once(' ')?;
    let own = || name.to_owned();
    let object = match kind {
        "schema" => CatalogObject::Namespace(own()),
        "extension" => CatalogObject::Extension(own()),
        "table" => CatalogObject::Table(own()),
        "view" => CatalogObject::View(own()),
        "sequence" => CatalogObject::Sequence(own()),
        "index" => CatalogObject::Index(own()),
        "function" => CatalogObject::Function(own()),
        "type" => CatalogObject::Type(own()),
        "attribute" | "extension-version" | "leaf-index" | "partition" | "domain-check"
        | "label" | "column" | "constraint" | "trigger" => {
            let (name, table) = of_table(name)?;
            match kind {
                "extension-version" => CatalogObject::ExtensionVersion(name, table),
                "partition" => CatalogObject::Partition(name, table),
                "leaf-index" => CatalogObject::LeafIndex(name, table),
                "domain-check" => CatalogObject::DomainCheck(name, table),
                "attribute" => CatalogObject::Attribute(name, table),
                "label" => CatalogObject::Label(name, table),
                "column" => CatalogObject::Column(name, table),
                "constraint" => CatalogObject::Constraint(name, table),
                _ => CatalogObject::Trigger(name, table),
            }
        }
        _ => return None,
    };
    Some(Condition { object, state })
}

/// A name as the catalog has it, and the table behind ` of `.
fn of_table(text: &str) -> Option<(String, String)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (name, table) = text.split_once(" of ")?;
        return Some((name.to_owned(), table.to_owned()));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest.strip_prefix(" of ")?.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CatalogObject, CatalogState, Condition};

    #[test]
    fn what_is_shown_is_read_back() {
        let table = || "public.\"of x\"".to_owned();
        for (object, state, text) in [
            (
                CatalogObject::Index("public.orders_idx".to_owned()),
                CatalogState::Valid,
                "index public.orders_idx is valid",
            ),
            (
                CatalogObject::Column("a \" of b".to_owned(), table()),
                CatalogState::NotNull,
                "column \"a \"\" of b\" of public.\"of x\" is not null",
            ),
            (
                CatalogObject::Constraint("c".to_owned(), table()),
                CatalogState::Absent,
                "constraint c of public.\"of x\" is not there",
            ),
            (
                CatalogObject::LeafIndex("type_key".to_owned(), table()),
                CatalogState::Valid,
                "leaf-index type_key of public.\"of x\" is valid",
            ),
            (
                CatalogObject::Namespace("\"My shop\"".to_owned()),
                CatalogState::There,
                "schema \"My shop\" is there",
            ),
            (
                CatalogObject::Extension("uuid-ossp".to_owned()),
                CatalogState::Available,
                "extension uuid-ossp is available",
            ),
            (
                CatalogObject::ExtensionVersion("1.7".to_owned(), "btree_gist".to_owned()),
                CatalogState::There,
                "extension-version \"1.7\" of btree_gist is there",
            ),
            (
                CatalogObject::Function("public.touch(integer, text)".to_owned()),
                CatalogState::There,
                "function public.touch(integer, text) is there",
            ),
        ] {
            let condition = Condition::new(object, state);
            assert_eq!(condition.to_string(), text);
            assert_eq!(text.parse(), Ok(condition));
        }
        for wrong in [
            "",
            "index x",
            "index x is blue",
            "hat x is there",
            "column x is there",
        ] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }
}
