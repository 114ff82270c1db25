//! What changes take away from the queries of the previous release, which run on while a change is applied.

use super::breach::{Breach, BrokenQueries};
use super::text::Text;
use super::{Change, Edit, breaks};
use crate::column::{Column, Identity};
use crate::composite::Attribute;
use crate::constraint::{Constraint, ConstraintKind, Key};
use crate::grant::{Grant, Privilege};
use crate::index::Index;
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::place::Place;
use crate::routine::Routine;
use crate::schema::Schema;
use crate::ty::DataType;
use crate::user_type::UserType;
use crate::validate::report::{Report, Site};
use crate::validate::usage::Usage;
use crate::view::View;

/// All queries of `from` that the changes break. `renamed` is `from` with the renames carried out.
pub(super) fn find(
    (from, renamed, to): (&Schema, &Schema, &Schema),
    changes: &[Change],
    report: &mut Report,
) -> Vec<BrokenQueries> {
    let all = |schema| queries_of(schema, !changes.is_empty());
    let finder = Finder {
        before: renamed,
        to,
        old: all(from),
        usages: all(renamed),
        changes,
    };
    let mut found: Vec<Found> = changes.iter().flat_map(|it| finder.of_change(it)).collect();
    found.extend(finder.append_only());
    found.retain(|it| !it.broken.queries.is_empty());
    breaks::check(from, to, &found, report);
    found.into_iter().map(|it| it.broken).collect()
}

/// The queries of a schema, if any of them can break.
fn queries_of(schema: &Schema, any: bool) -> Vec<Usage<'_>> {
    let queries = schema.queries.iter().filter(|_| any);
    queries.map(|query| Usage::of(schema, query)).collect()
}

/// Queries that a change breaks.
pub(super) struct Found {
    pub(super) broken: BrokenQueries,
    /// Whether the change has a word of its own.
    pub(super) has_word: bool,
    pub(super) site: Site,
}

struct Finder<'a> {
    /// As it was, under today's names.
    before: &'a Schema,
    to: &'a Schema,
    /// The queries under the names that they know.
    old: Vec<Usage<'a>>,
    /// The same under today's names.
    usages: Vec<Usage<'a>>,
    changes: &'a [Change],
}

impl Finder<'_> {
    fn of_change(&self, change: &Change) -> Vec<Found> {
        match change {
            Change::Extension(edit) => self.gone(edit, |it| ObjectRef::Extension(it.name.clone())),
            Change::Type(Edit::Alter { to, .. }) => self.domain(to.name()),
            Change::Type(edit) => self.gone(edit, |it| ObjectRef::Type(it.name().clone())),
            Change::Attribute(ty, edit) => self.attribute(ty, edit),
            Change::Sequence(edit) => self.gone(edit, |it| ObjectRef::Sequence(it.name.clone())),
            Change::Table(edit) => self.gone(edit, |it| ObjectRef::Table(it.name.clone())),
            Change::View(Edit::Alter { from, to }) => self.view(from, to),
            Change::View(edit) => self.gone(edit, |it| ObjectRef::View(it.name.clone())),
            Change::Routine(Edit::Alter { from, to }) => self.routine(from, to),
            Change::Routine(edit) => self.gone(edit, |it| ObjectRef::Routine(it.name.clone())),
            Change::Column(table, edit) => self.column(table, edit),
            Change::Constraint(table, edit) => self.constraint(table, edit),
            Change::Index(table, edit) => self.index(table, edit),
            Change::Grant(edit) => self.grant(edit),
            // No query names a partition. A text may hold a label that gets another text; that change has its word.
            // Nor does it stand in a PostgreSQL schema that goes: what does goes first, by words of its own.
            Change::Namespace(_)
            | Change::Label(..)
            | Change::Trigger(..)
            | Change::Policy(..)
            | Change::Leaf(_)
            | Change::Partition(..) => Vec::new(),
        }
    }

    fn found(
        usages: &[Usage<'_>],
        breach: Breach,
        has_word: bool,
        site: Site,
        breaks: impl Fn(&Usage<'_>) -> bool,
    ) -> Found {
        let queries = usages.iter().filter(|usage| breaks(usage));
        let queries = queries.map(|usage| usage.name.clone()).collect();
        Found {
            broken: BrokenQueries { breach, queries },
            has_word,
            site,
        }
    }

    /// An object as a whole that is renamed or given up, which has its word.
    fn gone<T>(&self, edit: &Edit<T>, object: impl Fn(&T) -> ObjectRef) -> Vec<Found> {
        let (usages, object) = match edit {
            Edit::Rename { from, .. } => (&self.old, object(from)),
            Edit::Drop(it) => (&self.usages, object(it)),
            Edit::Add(_) | Edit::Alter { .. } => return Vec::new(),
        };
        let site = Site::new(object.kind(), object.name(), Place::default());
        let breach = Breach::Object(object.clone());
        vec![Self::found(usages, breach, true, site, |it| {
            it.names(&object)
        })]
    }

    /// The columns that a domain no longer gives a default, or that it keeps from being NULL.
    fn domain(&self, name: &QualifiedName) -> Vec<Found> {
        let mut found = Vec::new();
        for table in &self.to.tables {
            let before = self.before.find_table(&table.name);
            for column in &table.columns {
                let old = before.and_then(|it| it.find_column(&column.name));
                let is_of = column
                    .ty
                    .name()
                    .is_some_and(|it| self.to.same_name(it, name));
                let Some(old) = old.filter(|old| is_of && *old == column) else {
                    continue;
                };
                let refuses = self.before.takes_null(old) && !self.to.takes_null(column);
                let needs = !self.before.needs_value(old) && self.to.needs_value(column);
                if refuses || needs {
                    let (table, name) = (table.name.clone(), column.name.clone());
                    let breach = if refuses {
                        Breach::NotNull
                    } else {
                        Breach::Default
                    };
                    let breach = breach(table.clone(), name.clone());
                    let site = self.site_of(&table).child("column", &name, column.place);
                    let breaks = |it: &Usage<'_>| {
                        needs && it.leaves_out(&table, &name)
                            || refuses && it.may_write_null(&table, &name)
                    };
                    found.push(Self::found(&self.usages, breach, false, site, breaks));
                }
            }
        }
        found
    }

    /// The text form of a value has all attributes in their order.
    fn attribute(&self, ty: &QualifiedName, edit: &Edit<Attribute>) -> Vec<Found> {
        let has_word = match edit {
            Edit::Add(_) => false,
            Edit::Alter { from, to } if from.ty != to.ty => false,
            Edit::Alter { .. } => return Vec::new(),
            Edit::Drop(_) | Edit::Rename { .. } => true,
        };
        let place = self.to.find_type(ty).map(UserType::place);
        let site = Site::new("type", ty, place.unwrap_or_default());
        let object = ObjectRef::Type(ty.clone());
        let breach = Breach::Attributes(ty.clone());
        vec![Self::found(&self.usages, breach, has_word, site, |it| {
            it.names(&object)
        })]
    }

    fn view(&self, from: &View, to: &View) -> Vec<Found> {
        let same = |name: &Ident, ty: &DataType| {
            let mut columns = to.columns.iter();
            columns.any(|it| it.name == *name && is_alike(&it.ty, ty))
        };
        let site = Site::new("view", &to.name, to.place);
        let lost = from.columns.iter().filter(|it| !same(&it.name, &it.ty));
        let lost = lost.map(|column| {
            let site = site.part("column", &column.name);
            let breach = Breach::Column(to.name.clone(), column.name.clone());
            Self::found(&self.usages, breach, false, site, |it| {
                it.names_column(&to.name, &column.name)
            })
        });
        let mut found: Vec<Found> = lost.collect();
        let is_written = |schema: &Schema| schema.not_written_through(&to.name).is_none();
        if is_written(self.before) && !is_written(self.to) {
            let breach = Breach::Written(to.name.clone());
            found.push(Self::found(&self.usages, breach, false, site, |it| {
                it.writes_through(&to.name)
            }));
        }
        found
    }

    /// Tables that are append-only from now on.
    fn append_only(&self) -> Vec<Found> {
        let was = |name: &QualifiedName| {
            let before = self.before.find_table(name);
            before.is_none_or(|it| it.append_only)
        };
        let tables = self.to.tables.iter();
        let new = tables.filter(|it| it.append_only && !was(&it.name));
        new.map(|table| {
            let breach = Breach::AppendOnly(table.name.clone());
            let site = Site::new("table", &table.name, table.place);
            Self::found(&self.usages, breach, false, site, |it| {
                !it.changes(&table.name).is_empty()
            })
        })
        .collect()
    }

    fn routine(&self, from: &Routine, to: &Routine) -> Vec<Found> {
        if to.takes_calls_of(from) {
            return Vec::new();
        }
        let object = ObjectRef::Routine(to.name.clone());
        let site = Site::new("routine", &to.name, to.place);
        let breach = Breach::Object(object.clone());
        vec![Self::found(&self.usages, breach, false, site, |it| {
            it.names(&object)
        })]
    }

    fn site_of(&self, table: &QualifiedName) -> Site {
        let place = self.to.find_table(table).map(|it| it.place);
        Site::new("table", table, place.unwrap_or_default())
    }

    /// The name of a table before its rename.
    fn old_name<'b>(&'b self, table: &'b QualifiedName) -> &'b QualifiedName {
        let mut tables = self.changes.iter().filter_map(|change| match change {
            Change::Table(Edit::Rename { from, to }) => Some((&from.name, &to.name)),
            _ => None,
        });
        let renamed = tables.find(|(_, new)| self.to.same_name(new, table));
        renamed.map_or(table, |(old, _)| old)
    }

    fn column(&self, table: &QualifiedName, edit: &Edit<Column>) -> Vec<Found> {
        let site = |column: &Column| {
            self.site_of(table)
                .child("column", &column.name, column.place)
        };
        let of = |name: &Ident| (table.clone(), name.clone());
        let today = |breach, has_word, column: &Column, breaks: &dyn Fn(&Usage<'_>) -> bool| {
            Self::found(&self.usages, breach, has_word, site(column), breaks)
        };
        match edit {
            Edit::Rename { from, to } => {
                let before = self.old_name(table);
                let breach = Breach::Column(table.clone(), from.name.clone());
                let outwards = Breach::Outwards(table.clone(), from.name.clone());
                vec![
                    Self::found(&self.old, outwards, false, site(to), |it| {
                        it.falls_outwards(before, &from.name)
                    }),
                    Self::found(&self.old, breach, true, site(to), |it| {
                        it.names_column(before, &from.name)
                    }),
                ]
            }
            Edit::Drop(column) => {
                let (table, name) = of(&column.name);
                let breach = Breach::Column(table.clone(), name.clone());
                let outwards = Breach::Outwards(table.clone(), name.clone());
                vec![
                    today(outwards, false, column, &|it| {
                        it.falls_outwards(&table, &name)
                    }),
                    today(breach, true, column, &|it| it.names_column(&table, &name)),
                ]
            }
            Edit::Add(column) => {
                let (table, name) = of(&column.name);
                let added = Breach::Added(table.clone(), name.clone());
                let mut found = vec![today(added, false, column, &|it| {
                    let text = Text::of(self.to, it.body, Vec::new());
                    text.capture(&table, &name, true).is_some()
                })];
                if self.to.needs_value(column) {
                    let wanted = Breach::NotNull(table.clone(), name.clone());
                    let leaves_out = |it: &Usage<'_>| it.leaves_out(&table, &name);
                    found.push(today(wanted, false, column, &leaves_out));
                }
                found
            }
            Edit::Alter { from, to } => {
                let (table, name) = of(&to.name);
                let mut found = Vec::new();
                let mut add = |breach: fn(QualifiedName, Ident) -> Breach,
                               has_word: bool,
                               breaks: &dyn Fn(&Usage<'_>) -> bool| {
                    let breach = breach(table.clone(), name.clone());
                    found.push(today(breach, has_word, to, breaks));
                };
                if !is_alike(&from.ty, &to.ty) {
                    add(Breach::Column, true, &|it| it.names_column(&table, &name));
                }
                let leaves_out = |it: &Usage<'_>| it.leaves_out(&table, &name);
                let (took, takes) = (self.before.takes_null(from), self.to.takes_null(to));
                if took && !takes {
                    add(Breach::NotNull, false, &|it| {
                        self.to.needs_value(to) && leaves_out(it)
                            || it.may_write_null(&table, &name)
                    });
                } else if !self.before.needs_value(from) && self.to.needs_value(to) {
                    add(Breach::Default, false, &leaves_out);
                }
                if !took && takes {
                    add(Breach::Null, false, &|it| {
                        it.reads_as_not_null(&table, &name)
                    });
                }
                let is_numbered =
                    from.identity != to.identity && to.identity == Some(Identity::Always);
                if is_numbered || from.generated.is_none() && to.generated.is_some() {
                    add(Breach::Given, false, &|it| it.gives_value(&table, to));
                }
                found
            }
        }
    }

    fn constraint(&self, table: &QualifiedName, edit: &Edit<Constraint>) -> Vec<Found> {
        let mut found = self.deferred(table, edit);
        let (old, keeps_name) = match edit {
            Edit::Rename { from, .. } | Edit::Drop(from) => (from, false),
            Edit::Alter { from, to } if from.kind != to.kind => (from, true),
            Edit::Add(_) | Edit::Alter { .. } => return found,
        };
        if let Some(key) = old.key() {
            found.extend(self.key(table, &old.name, key, keeps_name));
        }
        found
    }

    /// An exclusion that is deferred from now on.
    fn deferred(&self, table: &QualifiedName, edit: &Edit<Constraint>) -> Vec<Found> {
        let constraint = match edit {
            Edit::Add(to) => to,
            Edit::Alter { from, to } if !is_deferred(from) => to,
            _ => return Vec::new(),
        };
        if !is_deferred(constraint) {
            return Vec::new();
        }
        let name = &constraint.name;
        let breach = Breach::Deferred(table.clone(), name.clone());
        let site = self
            .site_of(table)
            .child("constraint", name, constraint.place);
        vec![Self::found(&self.usages, breach, false, site, |it| {
            it.conflicts_on_any(table)
        })]
    }

    fn index(&self, table: &QualifiedName, edit: &Edit<Index>) -> Vec<Found> {
        let (Edit::Drop(old) | Edit::Alter { from: old, .. }) = edit else {
            return Vec::new();
        };
        match old.column_names().filter(|_| old.unique) {
            Some(columns) => self.key(table, &old.name, &Key::new(columns), true),
            None => Vec::new(),
        }
    }

    /// Columns that something kept unique, as long as nothing else does.
    fn key(&self, table: &QualifiedName, name: &Ident, key: &Key, keeps_name: bool) -> Vec<Found> {
        let keeps = self.keeps_unique(table, key);
        let breach = Breach::Key(table.clone(), name.clone());
        let site = self.site_of(table).part("key", name);
        let breaks = |it: &Usage<'_>| {
            !keeps && it.conflicts_on(table, name, key)
                || !keeps_name && it.names_constraint(table, name)
        };
        vec![Self::found(&self.usages, breach, false, site, breaks)]
    }

    /// Whether the definition keeps columns unique.
    fn keeps_unique(&self, table: &QualifiedName, key: &Key) -> bool {
        let columns = &key.columns;
        let table = self.to.find_table(table);
        table.is_some_and(|it| it.has_key(columns) || it.unique_indexes(columns).next().is_some())
    }

    fn grant(&self, edit: &Edit<Grant>) -> Vec<Found> {
        let (grant, lost): (&Grant, Vec<Privilege>) = match edit {
            Edit::Drop(grant) => (grant, grant.privileges.clone()),
            Edit::Alter { from, to } => {
                let lost = from.privileges.iter().copied();
                (
                    from,
                    lost.filter(|it| !to.privileges.contains(it)).collect(),
                )
            }
            Edit::Add(_) | Edit::Rename { .. } => return Vec::new(),
        };
        // What is gone takes its privileges along.
        if !self.to.has(&grant.on) {
            return Vec::new();
        }
        let site = Site::new(grant.on.kind(), grant.on.name(), grant.place);
        let breach = Breach::Privileges(grant.on.clone(), grant.to.clone());
        vec![Self::found(&self.usages, breach, false, site, |it| {
            it.names(&grant.on) && it.needs(&lost)
        })]
    }
}

/// Whether an exclusion is checked at the end of transactions.
fn is_deferred(constraint: &Constraint) -> bool {
    matches!(&constraint.kind, ConstraintKind::Exclude(exclusion) if exclusion.deferred)
}

/// Whether a program that was written for the one type reads and writes the other.
fn is_alike(left: &DataType, right: &DataType) -> bool {
    use DataType::{Array, Numeric, Text, VarChar};
    match (left, right) {
        (Text | VarChar(_), Text | VarChar(_)) | (Numeric(_), Numeric(_)) => true,
        (Array(left), Array(right)) => is_alike(left, right),
        _ => left == right,
    }
}

impl Usage<'_> {
    /// Whether, once a column is gone, its name means a column of another query around the one that reads it.
    fn falls_outwards(&self, table: &QualifiedName, column: &Ident) -> bool {
        Text::of(self.schema, self.body, Vec::new()).falls_outwards(table, column)
    }
}
