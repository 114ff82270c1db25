//! What one change loses and a later one has again: on a database that runs both, it comes back empty.

use super::{Change, Edit, TypeChange, changes};
use crate::column::Column;
use crate::name::{Ident, QualifiedName};
use crate::partition::Partition;
use crate::schema::Schema;
use crate::validate::report::Report;

/// What is lost between `before` and `planned` and there again in `definition`, each in words. Whatever a migration in between
/// held is gone then: rows, values, counts, or parts of values.
pub fn taken_back(before: &Schema, planned: &Schema, definition: &Schema) -> Vec<String> {
    // What is wrong with either change is reported where it is planned.
    let (renamed, losses) = changes(before, planned, &mut Report::default());
    let (_, returns) = changes(planned, definition, &mut Report::default());
    let losses = losses.iter();
    losses
        .filter_map(|loss| {
            let lost = Lost {
                schemas: (&renamed, planned),
                definition,
                returns: &returns,
            };
            lost.in_words(loss)
        })
        .collect()
}

/// A change that loses something is looked for among those that follow.
struct Lost<'a> {
    /// Before the change, under the names of after it, and after it.
    schemas: (&'a Schema, &'a Schema),
    definition: &'a Schema,
    returns: &'a [Change],
}

impl Lost<'_> {
    fn in_words(&self, loss: &Change) -> Option<String> {
        match loss {
            Change::Table(Edit::Drop(table)) => self.finds(|it| match it {
                Change::Table(Edit::Add(back)) => self
                    .same(&back.name, &table.name)
                    .then(|| format!("table `{}`", back.name)),
                _ => None,
            }),
            Change::Sequence(Edit::Drop(sequence)) => self.finds(|it| match it {
                Change::Sequence(Edit::Add(back)) => self
                    .same(&back.name, &sequence.name)
                    .then(|| format!("sequence `{}`", back.name)),
                _ => None,
            }),
            Change::Column(table, Edit::Drop(column)) => {
                let table = self.now_called(table);
                self.finds(|it| match it {
                    Change::Column(of, Edit::Add(back)) => {
                        let is_it = self.same(of, &table) && back.name == column.name;
                        is_it.then(|| in_words("column", &back.name, of))
                    }
                    _ => None,
                })
            }
            Change::Column(table, Edit::Alter { from, to }) => {
                let table = self.now_called(table);
                self.finds(|it| match it {
                    Change::Column(of, Edit::Alter { from: was, to: is }) => {
                        let name = is.renamed_from.as_ref().unwrap_or(&is.name);
                        let is_it =
                            self.same(of, &table) && (is.name == to.name || *name == to.name);
                        let returns = self.loses_values(from, to) && was.ty != is.ty
                            || loses_count(from, to) && loses_count(is, was);
                        (is_it && returns).then(|| in_words("column", &is.name, of))
                    }
                    _ => None,
                })
            }
            Change::Attribute(ty, Edit::Drop(attribute)) => {
                let ty = self.now_called(ty);
                self.finds(|it| match it {
                    Change::Attribute(of, Edit::Add(back)) => {
                        let is_it = self.same(of, &ty) && back.name == attribute.name;
                        is_it.then(|| in_words("attribute", &back.name, of))
                    }
                    _ => None,
                })
            }
            Change::Partition(table, _, Edit::Drop(partition))
                if !self.is_kept(table, partition) =>
            {
                let table = self.now_called(table);
                self.finds(|it| match it {
                    Change::Partition(of, _, Edit::Add(back)) => {
                        let is_it = back.name == partition.name || back.bound == partition.bound;
                        (self.same(of, &table) && is_it)
                            .then(|| in_words("partition", &back.name, of))
                    }
                    _ => None,
                })
            }
            _ => None,
        }
    }

    fn finds(&self, found: impl Fn(&Change) -> Option<String>) -> Option<String> {
        self.returns.iter().find_map(found)
    }

    fn same(&self, left: &QualifiedName, right: &QualifiedName) -> bool {
        self.definition.same_name(left, right)
    }

    /// What a table or type of the plan is called by the definition.
    fn now_called(&self, name: &QualifiedName) -> QualifiedName {
        let renamed = self.returns.iter().find_map(|change| match change {
            Change::Table(Edit::Rename { from, to }) => {
                self.same(&from.name, name).then(|| to.name.clone())
            }
            Change::Type(Edit::Rename { from, to }) => {
                self.same(from.name(), name).then(|| to.name().clone())
            }
            _ => None,
        });
        renamed.unwrap_or_else(|| name.clone())
    }

    /// Whether values of a column may lose a part when its type changes.
    fn loses_values(&self, from: &Column, to: &Column) -> bool {
        from.ty != to.ty
            && TypeChange::between_columns(self.schemas, from, to) != TypeChange::CatalogOnly
    }

    /// Whether a partition that goes stays as a table.
    fn is_kept(&self, table: &QualifiedName, partition: &Partition) -> bool {
        let table = self.schemas.1.find_table(table);
        let mut words = table.into_iter().flat_map(|it| &it.dropped_partitions);
        words.any(|word| word.name == partition.name && word.kept)
    }
}

/// Whether the numbers that a column has given are forgotten.
fn loses_count(from: &Column, to: &Column) -> bool {
    from.identity.is_some() && to.identity.is_none()
}

fn in_words(kind: &str, name: &Ident, of: &QualifiedName) -> String {
    format!("{kind} `{name}` of `{of}`")
}
