//! All indexes of a table in one list: its own, its partitions', and those behind keys.

use eventcore_schema_model::index::Index;
use eventcore_schema_model::lint::{Allow, LintCode};
use eventcore_schema_model::name::Ident;
use eventcore_schema_model::place::Place;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::table::Table;
use eventcore_schema_model::validate::{IndexShape, ObjectPath};

use super::is_allowed;

/// An index, or the index behind a key.
pub(super) struct Entry<'a> {
    pub(super) path: ObjectPath,
    pub(super) name: &'a Ident,
    pub(super) place: Place,
    pub(super) shape: IndexShape,
    /// The index; a key has none.
    pub(super) index: Option<&'a Index>,
    table_allows: &'a [Allow],
}

impl Entry<'_> {
    /// Whether the index, or its table, silences a lint.
    pub(super) fn allows(&self, code: LintCode) -> bool {
        let own = self.index.map_or(&[][..], |index| &index.allows);
        is_allowed(code, &[own, self.table_allows])
    }

    /// The word for it in messages.
    pub(super) fn kind(&self) -> &'static str {
        if self.index.is_some() { "index" } else { "key" }
    }
}

/// Every index and key of a table. A partitioned table's partitions hold those of the table and those of
/// the policy side by side, so they are compared as one list.
pub(super) fn entries<'a>(schema: &Schema, table: &'a Table) -> Vec<Entry<'a>> {
    let owner = ObjectPath::new("table", &table.name);
    let leaf = table.leaf();
    let leaf_owner = owner.child("leaf", &table.name);
    let groups = [
        (&owner, &table.constraints[..], &table.indexes[..]),
        (
            &leaf_owner,
            leaf.map_or(&[][..], |leaf| &leaf.constraints),
            leaf.map_or(&[][..], |leaf| &leaf.indexes),
        ),
    ];
    let mut found = Vec::new();
    for (owner, constraints, indexes) in groups {
        for constraint in constraints {
            if let Some(shape) = IndexShape::of_key(schema, constraint, table) {
                found.push(Entry {
                    path: owner.child("constraint", &constraint.name),
                    name: &constraint.name,
                    place: constraint.place,
                    shape,
                    index: None,
                    table_allows: &table.allows,
                });
            }
        }
        found.extend(indexes.iter().map(|index| Entry {
            path: owner.child("index", &index.name),
            name: &index.name,
            place: index.place,
            shape: IndexShape::of(schema, index, table),
            index: Some(index),
            table_allows: &table.allows,
        }));
    }
    found
}
