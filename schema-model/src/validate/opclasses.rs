//! PostgreSQL's operator classes for the model's types, as its catalog lists them in every supported
//! version, and those of the extensions of a definition. The tests ask a server for each.

use crate::exclusion::ExclusionOperator;
use crate::index::IndexMethod;
use crate::name::Ident;
use crate::schema::Schema;
use crate::ty::DataType;

type Takes = fn(&DataType) -> bool;

/// What can be indexed by a method with an operator class.
struct OpClass {
    method: IndexMethod,
    name: &'static str,
    takes: Takes,
    is_default: bool,
}

const fn class(method: IndexMethod, name: &'static str, takes: Takes, is_default: bool) -> OpClass {
    OpClass {
        method,
        name,
        takes,
        is_default,
    }
}

macro_rules! of {
    ($($pattern:tt)+) => {
        |ty| matches!(ty, $($pattern)+)
    };
}

use DataType as T;
use IndexMethod::{Brin, Btree, Gin, Gist, Hash, SpGist};

/// Sorted and hashed types have classes of the same names.
const SCALARS: &[(&str, Takes, bool)] = &[
    ("int2_ops", of!(T::SmallInt), true),
    ("int4_ops", of!(T::Integer), true),
    ("int8_ops", of!(T::BigInt), true),
    ("numeric_ops", of!(T::Numeric(_)), true),
    ("float4_ops", of!(T::Real), true),
    ("float8_ops", of!(T::DoublePrecision), true),
    ("bool_ops", of!(T::Boolean), true),
    ("text_ops", of!(T::Text | T::VarChar(_)), true),
    ("varchar_ops", of!(T::Text | T::VarChar(_)), false),
    ("text_pattern_ops", of!(T::Text | T::VarChar(_)), false),
    ("varchar_pattern_ops", of!(T::Text | T::VarChar(_)), false),
    ("bytea_ops", of!(T::Bytea), true),
    ("uuid_ops", of!(T::Uuid), true),
    ("date_ops", of!(T::Date), true),
    ("time_ops", of!(T::Time), true),
    ("timestamp_ops", of!(T::Timestamp), true),
    ("timestamptz_ops", of!(T::TimestampTz), true),
    ("interval_ops", of!(T::Interval), true),
    ("jsonb_ops", of!(T::Jsonb), true),
    ("inet_ops", of!(T::Inet), true),
    ("xid8_ops", of!(T::Xid8), true),
    ("range_ops", of!(T::Range(_)), true),
    ("enum_ops", of!(T::Named(_)), true),
    ("array_ops", is_sortable_array, true),
];

/// Block ranges: the class names of a type begin so, and end in `_minmax_ops` and the like.
const BLOCK_RANGES: &[(&str, Takes)] = &[
    ("int2", of!(T::SmallInt)),
    ("int4", of!(T::Integer)),
    ("int8", of!(T::BigInt)),
    ("numeric", of!(T::Numeric(_))),
    ("float4", of!(T::Real)),
    ("float8", of!(T::DoublePrecision)),
    ("text", of!(T::Text | T::VarChar(_))),
    ("bytea", of!(T::Bytea)),
    ("uuid", of!(T::Uuid)),
    ("date", of!(T::Date)),
    ("time", of!(T::Time)),
    ("timestamp", of!(T::Timestamp)),
    ("timestamptz", of!(T::TimestampTz)),
    ("interval", of!(T::Interval)),
    ("inet", of!(T::Inet)),
];

const OTHERS: &[OpClass] = &[
    class(Gin, "jsonb_ops", of!(T::Jsonb), true),
    class(Gin, "jsonb_path_ops", of!(T::Jsonb), false),
    class(Gin, "array_ops", is_sortable_array, true),
    class(Gist, "inet_ops", of!(T::Inet), false),
    class(Gist, "range_ops", of!(T::Range(_)), true),
    class(SpGist, "range_ops", of!(T::Range(_)), true),
    class(Brin, "range_inclusion_ops", of!(T::Range(_)), true),
    class(SpGist, "inet_ops", of!(T::Inet), true),
    class(SpGist, "text_ops", of!(T::Text | T::VarChar(_)), true),
    class(Brin, "inet_inclusion_ops", of!(T::Inet), true),
];

fn is_sortable_array(ty: &DataType) -> bool {
    matches!(ty, DataType::Array(element) if element.is_sortable())
}

/// Every class of a method, with whether it takes the type and whether it is its default. A type that an extension brings
/// is taken by classes of that extension alone.
fn classes(schema: &Schema, method: IndexMethod, ty: &DataType) -> Vec<(String, bool, bool)> {
    let owner = match ty {
        DataType::Named(name) => schema.extension_of(name),
        _ => None,
    };
    let mut found = own_classes(method, ty);
    if owner.is_some() || !schema.is_sortable(ty) && *ty != DataType::Json {
        for (_, takes, _) in &mut found {
            *takes = false;
        }
    }
    for extension in &schema.extensions {
        let classes = extension.brought().into_iter().flat_map(|it| it.classes);
        let can_take = owner.is_none_or(|it| it.name == extension.name);
        let classes = classes.filter(|(own, ..)| *own == method);
        found.extend(classes.map(|(_, name, takes, is_default)| {
            let takes = can_take && schema.is_sortable(ty) && takes(ty);
            ((*name).to_owned(), takes, *is_default)
        }));
    }
    found
}

/// The same without extensions.
fn own_classes(method: IndexMethod, ty: &DataType) -> Vec<(String, bool, bool)> {
    let mut found: Vec<(String, bool, bool)> = OTHERS
        .iter()
        .filter(|class| class.method == method)
        .map(|class| (class.name.to_owned(), (class.takes)(ty), class.is_default))
        .collect();
    match method {
        Btree | Hash => found.extend(
            SCALARS
                .iter()
                .map(|(name, takes, is_default)| ((*name).to_owned(), takes(ty), *is_default)),
        ),
        Brin => {
            for (prefix, takes) in BLOCK_RANGES {
                let mut add = |ending: &str, is_default| {
                    found.push((format!("{prefix}_{ending}"), takes(ty), is_default));
                };
                add("minmax_ops", *prefix != "inet");
                add("bloom_ops", false);
                if !matches!(*prefix, "text" | "bytea") {
                    add("minmax_multi_ops", false);
                }
            }
        }
        Gin | Gist | SpGist => {}
    }
    found
}

/// Whether the method knows a class of this name, and whether that takes the type.
pub(super) fn takes(
    schema: &Schema,
    method: IndexMethod,
    name: &str,
    ty: &DataType,
) -> Option<bool> {
    let found = classes(schema, method, ty).into_iter();
    let mut found = found.filter(|(class, ..)| class == name);
    let first = found.next()?;
    Some(first.1 || found.any(|(_, takes, _)| takes))
}

/// The class that the method uses for the type when none is named.
pub(super) fn default_class(schema: &Schema, method: IndexMethod, ty: &DataType) -> Option<String> {
    let mut found = classes(schema, method, ty).into_iter();
    found
        .find(|(_, takes, is_default)| *takes && *is_default)
        .map(|(name, ..)| name)
}

/// The operators by which an exclusion with such an index compares values of the type, by the class that is named or the
/// default one; none where the method takes no such type.
pub(super) fn excludes_by(
    schema: &Schema,
    method: IndexMethod,
    ty: &DataType,
    class: Option<&Ident>,
) -> Vec<ExclusionOperator> {
    use ExclusionOperator::{Adjacent, Equal, NotEqual, Overlaps};
    match (method, ty) {
        (Gist | SpGist, T::Range(_)) => vec![Equal, Overlaps, Adjacent],
        (SpGist, T::Inet) => vec![Equal, NotEqual, Overlaps],
        (Gist, T::Inet) if class.is_some_and(|it| *it == "inet_ops") => {
            vec![Equal, NotEqual, Overlaps]
        }
        (SpGist, ty) if ty.is_text() => vec![Equal],
        (Btree | Hash, _) => vec![Equal],
        // Those of btree_gist.
        (Gist, ty) if default_class(schema, method, ty).is_some() => vec![Equal, NotEqual],
        _ => Vec::new(),
    }
}

/// The names of the method's classes that take the type; of all its classes when there is no type.
pub(super) fn names(schema: &Schema, method: IndexMethod, ty: Option<&DataType>) -> Vec<String> {
    let any = DataType::Json;
    classes(schema, method, ty.unwrap_or(&any))
        .into_iter()
        .filter(|(_, takes, _)| ty.is_none() || *takes)
        .map(|(name, ..)| name)
        .collect()
}
