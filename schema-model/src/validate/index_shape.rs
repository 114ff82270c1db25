//! Indexes and keys in one form, in which two can be compared. Knows no rule.

use super::opclasses::default_class;
use super::typing::type_of;
use crate::constraint::Constraint;
use crate::expr::Expr;
use crate::index::{Index, IndexMethod, IndexPart, NullsOrder};
use crate::name::Ident;
use crate::schema::Schema;
use crate::table::Table;

/// An index in the form in which two can be compared: defaults written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexShape {
    /// The access method.
    pub method: IndexMethod,
    /// The parts, each with its operator class, collation and place of NULLs.
    pub parts: Vec<IndexPart>,
    /// Columns stored but not part of the key.
    pub include: Vec<Ident>,
    /// The rows that it covers; all without it.
    pub predicate: Option<Expr>,
    /// Whether it refuses equal keys.
    pub unique: bool,
    /// Whether two NULLs count as equal.
    pub nulls_not_distinct: bool,
}

impl IndexShape {
    /// The shape of an index.
    pub fn of(schema: &Schema, index: &Index, table: &Table) -> Self {
        let parts = index
            .parts
            .iter()
            .map(|part| normal(schema, part, index.method, table));
        Self {
            method: index.method,
            parts: parts.collect(),
            include: index.include.clone(),
            predicate: index.predicate.clone(),
            unique: index.unique,
            nulls_not_distinct: index.nulls_not_distinct,
        }
    }

    /// The shape of the index behind a primary or unique key.
    pub fn of_key(schema: &Schema, constraint: &Constraint, table: &Table) -> Option<Self> {
        let key = constraint.key()?;
        let part = |name: &Ident| {
            let part = IndexPart::new(Expr::Column(name.clone()));
            normal(schema, &part, IndexMethod::Btree, table)
        };
        Some(Self {
            method: IndexMethod::Btree,
            parts: key.columns.iter().map(part).collect(),
            include: key.include.clone(),
            predicate: None,
            unique: true,
            nulls_not_distinct: key.nulls_not_distinct,
        })
    }

    /// Whether this one does all that the other does, in the same way.
    pub fn covers(&self, other: &Self) -> bool {
        self.method == other.method
            && self.parts == other.parts
            && self.include == other.include
            && self.predicate == other.predicate
            && (self.unique == other.unique && self.nulls_not_distinct == other.nulls_not_distinct
                || self.unique && !other.unique)
    }
}

fn normal(schema: &Schema, part: &IndexPart, method: IndexMethod, table: &Table) -> IndexPart {
    let mut part = part.clone();
    let ty = type_of(schema, &part.value, &table.columns).ok().flatten();
    if let (None, Some(ty)) = (&part.opclass, ty) {
        part.opclass = default_class(schema, method, &ty).map(Ident::unchecked);
    }
    if let (None, Expr::Column(name)) = (&part.collation, &part.value) {
        part.collation = table
            .find_column(name)
            .and_then(|column| column.collation.clone());
    }
    if part.nulls.is_none() && method == IndexMethod::Btree {
        part.nulls = Some(if part.descending {
            NullsOrder::First
        } else {
            NullsOrder::Last
        });
    }
    part
}
