//! What must hold in the catalog before and after a step: data that a migration's header shows to a reader, that a
//! runner reads back from it, and that a server can be asked. Knows no step.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::sql::lexer::tokens;
use crate::sql::{quote_ident, quote_literal};

/// A state of one object in the catalog, such as `index public.orders_idx is valid`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Which object.
    pub object: CatalogObject,
    /// In which state.
    pub state: CatalogState,
}

/// An object that a condition is about. The names of relations, functions and types are SQL, qualified, and quoted
/// where they need it; those of columns, constraints and triggers stand as the catalog has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogObject {
    /// A PostgreSQL schema.
    Namespace(String),
    /// An extension.
    Extension(String),
    /// A version and its extension.
    ExtensionVersion(String, String),
    /// A table.
    Table(String),
    /// A view.
    View(String),
    /// A sequence.
    Sequence(String),
    /// An index.
    Index(String),
    /// A function, with its argument types: `public.touch()`.
    Function(String),
    /// A type.
    Type(String),
    /// The index, or that of the key, that each partition of a table has by this suffix after its own name.
    LeafIndex(String, String),
    /// A partition and the table or partition that it belongs to.
    Partition(String, String),
    /// An attribute and its composite type.
    Attribute(String, String),
    /// A label and its enum type.
    Label(String, String),
    /// A check and its domain.
    DomainCheck(String, String),
    /// A column and its table.
    Column(String, String),
    /// A constraint and its table.
    Constraint(String, String),
    /// A trigger and its table.
    Trigger(String, String),
}

/// A state that an object can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogState {
    /// It exists.
    There,
    /// It does not exist.
    Absent,
    /// An index that the server uses, with all that belongs to it on partitions; a constraint that was found to hold
    /// for all rows.
    Valid,
    /// A column or domain that refuses NULL.
    NotNull,
    /// An extension that the server can install.
    Available,
}

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

impl Condition {
    /// A condition.
    pub fn new(object: CatalogObject, state: CatalogState) -> Self {
        Self { object, state }
    }

    /// A SELECT of one boolean: whether it holds. NULL counts as no.
    pub fn query(&self) -> String {
        let exists = match &self.object {
            CatalogObject::Index(name) if self.state == CatalogState::Valid => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indexrelid = pg_catalog.to_regclass({}) \
                 AND i.indisvalid)",
                quote_literal(name)
            ),
            CatalogObject::Table(name)
            | CatalogObject::View(name)
            | CatalogObject::Sequence(name)
            | CatalogObject::Index(name) => {
                format!(
                    "pg_catalog.to_regclass({}) IS NOT NULL",
                    quote_literal(name)
                )
            }
            CatalogObject::Namespace(name) => {
                format!(
                    "pg_catalog.to_regnamespace({}) IS NOT NULL",
                    quote_literal(name)
                )
            }
            CatalogObject::Extension(name) => self.of_extension(name, None),
            CatalogObject::ExtensionVersion(version, name) => {
                self.of_extension(name, Some(version))
            }
            CatalogObject::Function(name) => of_function(name),
            CatalogObject::Type(name) if self.state == CatalogState::NotNull => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE t.oid = pg_catalog.to_regtype({}) \
                 AND t.typnotnull)",
                quote_literal(name)
            ),
            CatalogObject::Type(name) => {
                format!("pg_catalog.to_regtype({}) IS NOT NULL", quote_literal(name))
            }
            CatalogObject::Partition(name, parent) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid \
                 WHERE i.inhparent = pg_catalog.to_regclass({}) AND c.relname = {})",
                quote_literal(parent),
                quote_literal(name)
            ),
            CatalogObject::LeafIndex(suffix, table) => self.of_each_leaf(suffix, table),
            CatalogObject::DomainCheck(name, domain) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.contypid = pg_catalog.to_regtype({}) \
                 AND o.conname = {}{})",
                quote_literal(domain),
                quote_literal(name),
                match self.state {
                    CatalogState::Valid => " AND o.convalidated",
                    _ => "",
                }
            ),
            CatalogObject::Label(label, ty) => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = pg_catalog.to_regtype({}) \
                 AND e.enumlabel = {})",
                quote_literal(ty),
                quote_literal(label)
            ),
            CatalogObject::Attribute(name, table) | CatalogObject::Column(name, table) => {
                self.of_table("pg_attribute", "att", "attrelid", name, table)
            }
            CatalogObject::Constraint(name, table) => {
                self.of_table("pg_constraint", "con", "conrelid", name, table)
            }
            CatalogObject::Trigger(name, table) => {
                self.of_table("pg_trigger", "tg", "tgrelid", name, table)
            }
        };
        match self.state {
            CatalogState::Absent => format!("SELECT NOT {exists}"),
            _ => format!("SELECT {exists}"),
        }
    }

    fn of_extension(&self, name: &str, version: Option<&str>) -> String {
        let (catalog, own_name, own_version) = match self.state {
            CatalogState::Available => ("pg_available_extension_versions", "name", "version"),
            _ => ("pg_extension", "extname", "extversion"),
        };
        let version = version.map_or_else(String::new, |version| {
            format!(" AND e.{own_version} = {}", quote_literal(version))
        });
        format!(
            "EXISTS (SELECT FROM pg_catalog.{catalog} AS e WHERE e.{own_name} = {}{version})",
            quote_literal(name)
        )
    }

    /// Whether each partition has it, or, where none is to have it, whether one does.
    fn of_each_leaf(&self, suffix: &str, table: &str) -> String {
        let has = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS o ON o.oid = i.indexrelid \
             WHERE i.indrelid = c.oid AND i.indisvalid AND o.relname = c.relname || {})",
            quote_literal(&format!("_{suffix}"))
        );
        let leaves = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({})) AS t \
             JOIN pg_catalog.pg_class AS c ON c.oid = t.relid WHERE t.isleaf AND c.relkind = 'r'",
            quote_literal(table)
        );
        match self.state {
            CatalogState::Absent => format!("{leaves} AND {has})"),
            _ => format!("NOT {leaves} AND NOT {has})"),
        }
    }

    fn of_table(
        &self,
        catalog: &str,
        prefix: &str,
        owner: &str,
        name: &str,
        table: &str,
    ) -> String {
        let mut wanted = format!(
            "o.{owner} = pg_catalog.to_regclass({}) AND o.{prefix}name = {}",
            quote_literal(table),
            quote_literal(name)
        );
        if catalog == "pg_attribute" {
            wanted.push_str(" AND o.attnum > 0 AND NOT o.attisdropped");
        }
        match self.state {
            CatalogState::Valid => wanted.push_str(" AND o.convalidated"),
            CatalogState::NotNull => wanted.push_str(" AND o.attnotnull"),
            CatalogState::There | CatalogState::Absent | CatalogState::Available => {}
        }
        format!("EXISTS (SELECT FROM pg_catalog.{catalog} AS o WHERE {wanted})")
    }
}

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

/// Whether a function is there, by its name and the types of its arguments. Servers before 16 end a question about types
/// that are not there with an error.
fn of_function(signature: &str) -> String {
    let mut depth = 0_usize;
    let mut arguments = vec![String::new()];
    for token in tokens(signature) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        match token.text {
            "(" if depth == 1 => arguments = vec![String::new()],
            ")" if depth == 0 => {}
            "," if depth == 1 => arguments.push(String::new()),
            text => arguments
                .last_mut()
                .into_iter()
                .for_each(|it| it.push_str(text)),
        }
    }
    let types = arguments.iter().map(|it| it.trim());
    let types = types.filter(|it| !it.is_empty());
    let mut are_there: Vec<String> = types
        .map(|ty| format!("pg_catalog.to_regtype({}) IS NOT NULL", quote_literal(ty)))
        .collect();
    are_there.dedup();
    let is_there = format!(
        "pg_catalog.to_regprocedure({}) IS NOT NULL",
        quote_literal(signature)
    );
    if are_there.is_empty() {
        return is_there;
    }
    format!(
        "(CASE WHEN {} THEN {is_there} ELSE FALSE END)",
        are_there.join(" AND ")
    )
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
