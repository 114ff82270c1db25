//! Tables, views, sequences, indexes and keys share one name space in each PostgreSQL schema, together with
//! what the server and the partition routines name by themselves.

use std::collections::BTreeMap;

use super::code::Code;
use super::names::LEAF_SUFFIX_BYTES;
use super::report::{Report, Site};
use crate::name::Ident;
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;
use crate::user_type::UserType;

/// What has a name already, by PostgreSQL schema and name.
type Taken<'a> = BTreeMap<(&'a Ident, &'a Ident), String>;

pub(super) fn check(schema: &Schema, report: &mut Report) {
    let mut taken = Taken::new();
    let mut take = |site: &Site, namespace, name, what: String| {
        if let Some(other) = taken.get(&(namespace, name)) {
            report.add(
                Code::SM003,
                site,
                format!("its name is that of {other}, in the PostgreSQL schema `{namespace}`"),
                "rename one: tables, views, sequences, indexes and keys share one name space",
            );
        } else {
            taken.insert((namespace, name), what);
        }
    };
    let tables = schema.tables.iter();
    let tables = tables.map(|table| ("table", &table.name, table.place));
    let views = schema.views.iter();
    let views = views.map(|view| ("view", &view.name, view.place));
    let sequences = schema.sequences.iter();
    let sequences = sequences.map(|sequence| ("sequence", &sequence.name, sequence.place));
    for (kind, name, place) in tables.chain(views).chain(sequences) {
        let site = Site::new(kind, name, place);
        let what = format!("{kind} `{name}`");
        take(&site, schema.namespace_of(name), &name.name, what);
    }
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        let namespace = schema.namespace_of(&table.name);
        for constraint in &table.constraints {
            if constraint.has_index() {
                let site = site.child("constraint", &constraint.name, constraint.place);
                let what = format!("key `{}` of table `{}`", constraint.name, table.name);
                take(&site, namespace, &constraint.name, what);
            }
        }
        for index in &table.indexes {
            let site = site.child("index", &index.name, index.place);
            let what = format!("index `{}` of table `{}`", index.name, table.name);
            take(&site, namespace, &index.name, what);
        }
    }
    for view in &schema.views {
        let site = Site::new("view", &view.name, view.place);
        for index in view.indexes() {
            let site = site.child("index", &index.name, index.place);
            let what = format!("index `{}` of view `{}`", index.name, view.name);
            take(&site, schema.namespace_of(&view.name), &index.name, what);
        }
    }
    for table in &schema.tables {
        let site = Site::new("table", &table.name, table.place);
        let namespace = schema.namespace_of(&table.name);
        let declared = table.partitioning.iter().flat_map(Partitioning::tree);
        for partition in declared {
            let site = site.child("partition", &partition.name, partition.place);
            let what = format!("partition `{}` of table `{}`", partition.name, table.name);
            take(&site, namespace, &partition.name, what);
        }
    }
    let mut numbering = BTreeMap::new();
    for table in &schema.tables {
        check_declared_parts(schema, report, table, &taken);
        check_identities(schema, report, table, &taken, &mut numbering);
        check_partitions(schema, report, table, &taken);
    }
}

/// The server names an identity column's sequence. It takes another name if that one is gone, so that the
/// order of creation would decide which of two relations is called so, and fail if it is the other one. `numbering` holds
/// the names that the server gives, by PostgreSQL schema and name.
fn check_identities<'a>(
    schema: &'a Schema,
    report: &mut Report,
    table: &'a Table,
    taken: &Taken<'_>,
    numbering: &mut BTreeMap<(&'a Ident, Ident), String>,
) {
    let namespace = schema.namespace_of(&table.name);
    for column in table.columns.iter().filter(|it| it.identity.is_some()) {
        let name = Ident::of_server(&table.name.name, &column.name, "seq");
        let other = taken.get(&(namespace, &name));
        if let Some(other) = other.or_else(|| numbering.get(&(namespace, name.clone()))) {
            let site = Site::new("table", &table.name, table.place);
            report.add(
                Code::SM003,
                &site.child("column", &column.name, column.place),
                format!("the server gives its sequence the name of {other}"),
                "rename one, or number the column by a sequence of its own: `.default(next_value(...))`",
            );
        }
        let what = format!(
            "the sequence of column `{}` of table `{}`",
            column.name, table.name
        );
        numbering.insert((namespace, name), what);
    }
}

/// A relation named as a partition would be, or as a key or index of one, stands in that partition's way,
/// months later.
fn check_partitions(schema: &Schema, report: &mut Report, table: &Table, taken: &Taken<'_>) {
    let Some(policy) = schema.find_policy(&table.name) else {
        return;
    };
    let site = Site::new("table", &table.name, table.place);
    let namespace = schema.namespace_of(&table.name);
    let keys = policy.leaf.constraints.iter().map(|it| &it.name);
    let indexes = policy.leaf.indexes.iter().map(|it| &it.name);
    let suffixes: Vec<&Ident> = keys.chain(indexes).collect();
    // Partitions of before a rename keep their names.
    let former = table.renamed_from.as_ref().map(|it| &it.name);
    let former = former.filter(|it| **it != table.name.name);
    // A table brings a type of its name.
    let types = schema.types.iter().map(UserType::name);
    let types = types.map(|it| (schema.namespace_of(it), &it.name));
    let mut others = schema
        .tables
        .iter()
        .filter(|it| schema.namespace_of(&it.name) == namespace);
    let again =
        others.find(|it| Some(&it.name.name) == former && schema.find_policy(&it.name).is_some());
    if let Some(other) = again {
        report.add(
            Code::SM003,
            &Site::new("table", &other.name, other.place),
            format!(
                "its partitions would get the names of partitions that `{}` created before it was renamed",
                table.name
            ),
            "choose another name",
        );
    }
    let known = taken.keys().copied().chain(types);
    let known = known.filter(|(own, _)| *own == namespace);
    let prefixes = [Some(&table.name.name), former].into_iter().flatten();
    let rests = known.flat_map(|(_, name)| {
        let rest = |prefix: &Ident| name.as_str().strip_prefix(prefix.as_str());
        prefixes
            .clone()
            .filter_map(move |it| Some((name, rest(it)?)))
    });
    for (name, rest) in rests {
        let Some((leaf, rest)) = rest.split_at_checked(LEAF_SUFFIX_BYTES) else {
            continue;
        };
        let is_leaf = is_month(leaf) || (policy.default_partition && leaf == "_default");
        let suffix = rest.strip_prefix('_').unwrap_or_default();
        let what = if rest.is_empty() {
            "a partition of it"
        } else if suffixes.iter().any(|own| **own == suffix) {
            "a key or index of a partition of it"
        } else {
            continue;
        };
        if is_leaf {
            report.add(
                Code::SM003,
                &site,
                format!("{what} will have the name of `{name}`"),
                "rename that relation: a table's name, a year and a month, or `default` where the policy wants \
                 such a partition, belong to its partitions",
            );
        }
    }
}

/// The keys and indexes of declared partitions are named after those.
fn check_declared_parts(schema: &Schema, report: &mut Report, table: &Table, taken: &Taken<'_>) {
    let Some(partitioning) = &table.partitioning else {
        return;
    };
    let namespace = schema.namespace_of(&table.name);
    let site = Site::new("table", &table.name, table.place);
    let keys = partitioning.leaf.constraints.iter().map(|it| &it.name);
    let indexes = partitioning.leaf.indexes.iter().map(|it| &it.name);
    let suffixes: Vec<&Ident> = keys.chain(indexes).collect();
    for partition in partitioning.tree() {
        for suffix in &suffixes {
            let name = Ident::unchecked(format!("{}_{suffix}", partition.name));
            if let Some(other) = taken.get(&(namespace, &name)) {
                report.add(
                    Code::SM003,
                    &site.child("partition", &partition.name, partition.place),
                    format!("its `{suffix}` has the name of {other}"),
                    "rename one: a partition's name is the beginning of those of its keys and indexes",
                );
            }
        }
    }
}

fn is_month(suffix: &str) -> bool {
    suffix.char_indices().all(|(at, c)| match at {
        0 | 5 => c == '_',
        _ => c.is_ascii_digit(),
    })
}
