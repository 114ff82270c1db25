//! Extensions of the server that a definition uses, and what is known of those that come with it.

use serde::{Deserialize, Serialize};

use crate::index::IndexMethod;
use crate::is_default;
use crate::name::{Ident, IntoIdent, QualifiedName, idents};
use crate::place::Place;
use crate::schema::Schema;
use crate::ty::DataType;

/// An extension: `CREATE EXTENSION`. One that is there already is taken as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its name.
    pub name: Ident,
    /// The PostgreSQL schema that its objects stand in; the definition's own without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespace: Option<Ident>,
    /// The version of its objects; that of the server without it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub version: Option<String>,
    /// Types that it brings, where that is not known here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub types: Vec<Ident>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// An operator class: method, name, the types that it takes, and whether it is the method's own choice for these.
pub(crate) type OpClass = (IndexMethod, &'static str, fn(&DataType) -> bool, bool);

/// What an extension brings: its types and operator classes.
pub(crate) struct Brought {
    name: &'static str,
    types: &'static [&'static str],
    pub(crate) classes: &'static [OpClass],
}

macro_rules! of {
    ($($pattern:tt)+) => {
        |ty| matches!(ty, $($pattern)+)
    };
}

use DataType as T;
use IndexMethod::{Btree, Gin, Gist, Hash};

/// Those whose types and operator classes are known. The tests ask a server for each.
const KNOWN: &[Brought] = &[
    Brought {
        name: "btree_gist",
        types: &[],
        classes: &[
            (Gist, "gist_int2_ops", of!(T::SmallInt), true),
            (Gist, "gist_int4_ops", of!(T::Integer), true),
            (Gist, "gist_int8_ops", of!(T::BigInt), true),
            (Gist, "gist_numeric_ops", of!(T::Numeric(_)), true),
            (Gist, "gist_float4_ops", of!(T::Real), true),
            (Gist, "gist_float8_ops", of!(T::DoublePrecision), true),
            (Gist, "gist_bool_ops", of!(T::Boolean), true),
            (Gist, "gist_text_ops", of!(T::Text | T::VarChar(_)), true),
            (Gist, "gist_bytea_ops", of!(T::Bytea), true),
            (Gist, "gist_uuid_ops", of!(T::Uuid), true),
            (Gist, "gist_date_ops", of!(T::Date), true),
            (Gist, "gist_time_ops", of!(T::Time), true),
            (Gist, "gist_timestamp_ops", of!(T::Timestamp), true),
            (Gist, "gist_timestamptz_ops", of!(T::TimestampTz), true),
            (Gist, "gist_interval_ops", of!(T::Interval), true),
            (Gist, "gist_enum_ops", of!(T::Named(_)), true),
        ],
    },
    Brought {
        name: "citext",
        types: &["citext"],
        classes: &[
            (Btree, "citext_ops", is_citext, true),
            (Btree, "citext_pattern_ops", is_citext, false),
            (Hash, "citext_ops", is_citext, true),
        ],
    },
    Brought {
        name: "hstore",
        types: &["hstore"],
        classes: &[
            (Btree, "btree_hstore_ops", is_hstore, true),
            (Hash, "hash_hstore_ops", is_hstore, true),
            (Gin, "gin_hstore_ops", is_hstore, true),
            (Gist, "gist_hstore_ops", is_hstore, true),
        ],
    },
    Brought {
        name: "ltree",
        types: &["ltree"],
        classes: &[
            (Btree, "ltree_ops", is_ltree, true),
            (Gist, "gist_ltree_ops", is_ltree, true),
        ],
    },
    Brought {
        name: "pg_trgm",
        types: &[],
        classes: &[
            (Gin, "gin_trgm_ops", of!(T::Text | T::VarChar(_)), false),
            (Gist, "gist_trgm_ops", of!(T::Text | T::VarChar(_)), false),
        ],
    },
];

/// Operator classes that PostgreSQL itself calls unreliable: the index gives other answers than the rows, since two addresses
/// that differ only in their network's length have the same key. Servers before 19 take them by default; `pg_upgrade` to 19
/// refuses a cluster that has such an index.
pub(crate) const UNRELIABLE: [&str; 2] = ["gist_inet_ops", "gist_cidr_ops"];

fn is_named(ty: &DataType, name: &str) -> bool {
    matches!(ty, DataType::Named(found) if found.name == *name)
}

fn is_citext(ty: &DataType) -> bool {
    is_named(ty, "citext")
}

fn is_hstore(ty: &DataType) -> bool {
    is_named(ty, "hstore")
}

fn is_ltree(ty: &DataType) -> bool {
    is_named(ty, "ltree")
}

impl Extension {
    /// An extension, in the definition's own PostgreSQL schema and the version that the server installs by itself.
    #[track_caller]
    pub fn new(name: impl IntoIdent) -> Self {
        Self {
            name: name.into_ident(),
            namespace: None,
            version: None,
            types: Vec::new(),
            place: Place::here(),
        }
    }

    /// Sets the PostgreSQL schema that its objects stand in.
    pub fn namespace(mut self, namespace: impl IntoIdent) -> Self {
        self.namespace = Some(namespace.into_ident());
        self
    }

    /// Sets the version of its objects. A later one is an `ALTER EXTENSION ... UPDATE TO`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Names types that it brings, for columns: those of `btree_gist`, `citext`, `hstore`, `ltree` and
    /// `pg_trgm` are known.
    pub fn brings_types<I: IntoIdent>(mut self, names: impl IntoIterator<Item = I>) -> Self {
        self.types.extend(idents(names));
        self
    }

    /// What is known of it.
    pub(crate) fn brought(&self) -> Option<&'static Brought> {
        KNOWN.iter().find(|it| self.name == *it.name)
    }

    /// The names of its types.
    pub fn type_names(&self) -> Vec<Ident> {
        let known = self.brought().into_iter().flat_map(|it| it.types);
        let mut names = idents(known.copied());
        names.extend(self.types.iter().cloned());
        names
    }
}

impl Schema {
    /// The extension of this name.
    pub fn find_extension(&self, name: &Ident) -> Option<&Extension> {
        self.extensions.iter().find(|it| it.name == *name)
    }

    /// The PostgreSQL schema that the objects of an extension stand in.
    pub fn home_of<'a>(&'a self, extension: &'a Extension) -> &'a Ident {
        extension.namespace.as_ref().unwrap_or(&self.namespace)
    }

    /// The extension that brings the type of this name.
    pub fn extension_of(&self, name: &QualifiedName) -> Option<&Extension> {
        self.extensions.iter().find(|it| {
            self.home_of(it) == self.namespace_of(name) && it.type_names().contains(&name.name)
        })
    }

    /// Whether a type, not counting arrays of it, is one that an extension brings.
    pub(crate) fn is_of_extension(&self, ty: &DataType) -> bool {
        matches!(ty, DataType::Named(name) if self.extension_of(name).is_some())
    }

    /// The PostgreSQL schema of an operator class, if an extension of the definition brings it.
    pub fn namespace_of_class(&self, class: &Ident) -> Option<&Ident> {
        let has = |it: &&Extension| {
            let mut classes = it.brought().into_iter().flat_map(|it| it.classes);
            classes.any(|(_, name, ..)| *class == **name)
        };
        self.extensions.iter().find(has).map(|it| self.home_of(it))
    }
}

/// The extension that is known to bring a type of this name.
pub(crate) fn bringing_type(name: &Ident) -> Option<&'static str> {
    let mut known = KNOWN.iter();
    let found = known.find(|it| it.types.iter().any(|own| *name == **own));
    found.map(|it| it.name)
}

/// The extension that is known to bring an operator class of this name for the method.
pub(crate) fn bringing_class(method: IndexMethod, class: &str) -> Option<&'static str> {
    let brings = |it: &&Brought| {
        let mut classes = it.classes.iter();
        classes.any(|(own, name, ..)| *own == method && *name == class)
    };
    KNOWN.iter().find(brings).map(|it| it.name)
}

/// The extension that is known to bring an operator class for the method and type that the server takes by itself.
pub(crate) fn bringing_default(method: IndexMethod, ty: &DataType) -> Option<&'static str> {
    let brings = |it: &&Brought| {
        let mut classes = it.classes.iter();
        classes.any(|(own, _, takes, is_default)| *own == method && *is_default && takes(ty))
    };
    KNOWN.iter().find(brings).map(|it| it.name)
}
