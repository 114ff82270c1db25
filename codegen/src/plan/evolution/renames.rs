//! Renames, which come before all else.

use eventcore_schema_model::diff::{Breach, Change, Edit};
use eventcore_schema_model::lexer::{TokenKind, tokens};
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::routine::{Language, Routine};

use super::super::Hazard;
use super::super::action::{Action, Renamed};
use super::super::graph::{Node, Phase};
use super::objects::is_replaceable;
use super::policies::routines_of;
use super::{Planner, in_sql, of_table};
use crate::sql::quote_literal;

impl Planner<'_> {
    /// All renames, in one transaction with the bodies that name what is renamed: the server keeps those as text. Returns the
    /// routines whose new bodies it has.
    pub(super) fn renames<'c>(&mut self, changes: &'c [Change]) -> Vec<&'c QualifiedName> {
        let mut all = Node::new(Phase::Rename, String::new(), Vec::new());
        all.alone = true;
        for change in changes {
            let Some((label, rename, broken)) = self.rename(change) else {
                continue;
            };
            let comma = if all.label.is_empty() { "" } else { ", " };
            all.label = format!("{}{comma}{label}", all.label);
            all.actions.push(Action::Rename(rename));
            all.actions.extend(identity_sequences(change));
            if let Change::Partition(table, _, Edit::Rename { from, to }) = change {
                all.actions.extend(self.parts_of_partition(table, from, to));
            }
            all.hazards.extend(broken);
        }
        if all.actions.is_empty() {
            return Vec::new();
        }
        let rewritten = rewritten(changes);
        let is_rewritten = |it: &Routine| rewritten.iter().any(|other| other.name == it.name);
        let bodies = self.from.routines.iter().zip(&self.renamed.routines);
        all.actions.extend(
            bodies
                .filter(|(before, after)| {
                    before.body != after.body
                        && before.language != Language::SqlAtomic
                        && !is_rewritten(after)
                })
                .map(|(_, after)| Action::ReplaceRoutine(after.clone())),
        );
        for routine in &rewritten {
            all.label = format!("{}, routine `{}` is replaced", all.label, routine.name);
            all.actions.push(Action::ReplaceRoutine((*routine).clone()));
        }
        for (old, new) in self.from.tables.iter().zip(&self.renamed.tables) {
            let before = routines_of(self.from, &old.name);
            let after = routines_of(self.renamed, &new.name).into_iter();
            let stale = after.filter(|routine| !before.contains(routine));
            all.actions.extend(stale.map(Action::ReplaceRoutine));
        }
        self.add(all);
        rewritten.into_iter().map(|it| &it.name).collect()
    }

    /// What a rename does, as a clause and as an action, and what programs no longer find. What belongs to a renamed
    /// table goes by the table's new name.
    fn rename(&self, change: &Change) -> Option<(String, Renamed, Option<Hazard>)> {
        let object = |object: ObjectRef, word: &str| {
            let name = object.name();
            let what = format!("{word} {}", self.sql(&name));
            self.breach(&Breach::Object(object.clone()), what)
        };
        Some(match change {
            Change::Table(Edit::Rename { from, to }) => (
                format!("table `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Table(from.name.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Table(from.name.clone()), "table")),
            ),
            Change::View(Edit::Rename { from, to }) => (
                format!("view `{}` is renamed to `{}`", from.name, to.name),
                match from.materialized {
                    Some(_) => Renamed::MaterializedView(from.name.clone(), to.name.name.clone()),
                    None => Renamed::View(from.name.clone(), to.name.name.clone()),
                },
                Some(object(ObjectRef::View(from.name.clone()), "view")),
            ),
            Change::Type(Edit::Rename { from, to }) => (
                format!("type `{}` is renamed to `{}`", from.name(), to.name()),
                Renamed::Type(from.name().clone(), to.name().name.clone()),
                Some(object(ObjectRef::Type(from.name().clone()), "type")),
            ),
            Change::Label(ty, Edit::Rename { from, to }) => (
                format!("label `{from}` of `{ty}` is renamed to `{to}`"),
                Renamed::Label(ty.clone(), from.clone(), to.clone()),
                Some(Hazard::BreaksPrevious {
                    what: format!("label {} of {}", quote_literal(from), self.sql(ty)),
                    queries: Vec::new(),
                }),
            ),
            Change::Attribute(ty, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("attribute", &from.name, ty),
                    to.name
                ),
                Renamed::Attribute(ty.clone(), from.name.clone(), to.name.clone()),
                Some(self.breach(
                    &Breach::Attributes(ty.clone()),
                    in_sql(self.to, "attribute", &from.name, ty),
                )),
            ),
            Change::Sequence(Edit::Rename { from, to }) => (
                format!("sequence `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Sequence(from.name.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Sequence(from.name.clone()), "sequence")),
            ),
            Change::Routine(Edit::Rename { from, to }) => (
                format!("routine `{}` is renamed to `{}`", from.name, to.name),
                Renamed::Routine(from.clone(), to.name.name.clone()),
                Some(object(ObjectRef::Routine(from.name.clone()), "function")),
            ),
            Change::Column(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("column", &from.name, table),
                    to.name
                ),
                Renamed::Column(table.clone(), from.name.clone(), to.name.clone()),
                Some(self.breach(
                    &Breach::Column(table.clone(), from.name.clone()),
                    in_sql(self.to, "column", &from.name, table),
                )),
            ),
            Change::Constraint(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("constraint", &from.name, table),
                    to.name
                ),
                Renamed::Constraint(table.clone(), from.name.clone(), to.name.clone()),
                self.key_breach(table, &from.name),
            ),
            Change::Index(table, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("index", &from.name, table),
                    to.name
                ),
                Renamed::Index(table.clone(), from.name.clone(), to.name.clone()),
                None,
            ),
            Change::Partition(table, _, Edit::Rename { from, to }) => (
                format!(
                    "{} is renamed to `{}`",
                    of_table("partition", &from.name, table),
                    to.name
                ),
                Renamed::Table(table.sibling(&from.name), to.name.clone()),
                Some(Hazard::BreaksPrevious {
                    what: format!("partition {}", self.beside(table, &from.name)),
                    queries: Vec::new(),
                }),
            ),
            _ => return None,
        })
    }
}

/// The server names the sequence of an identity column after table and column, and keeps that name.
fn identity_sequences(change: &Change) -> Vec<Action> {
    let rename = |(old_table, old): (&QualifiedName, &Ident),
                  (table, new): (&QualifiedName, &Ident)| {
        let old = Ident::of_server(&old_table.name, old, "seq");
        let new = Ident::of_server(&table.name, new, "seq");
        let rename = Renamed::Sequence(old_table.sibling(&old), new.clone());
        (old != new).then_some(Action::Rename(rename))
    };
    match change {
        Change::Table(Edit::Rename { from, to }) => {
            let columns = from
                .columns
                .iter()
                .filter(|column| column.identity.is_some());
            columns
                .filter_map(|it| rename((&from.name, &it.name), (&to.name, &it.name)))
                .collect()
        }
        Change::Column(table, Edit::Rename { from, to }) if from.identity.is_some() => {
            let rename = rename((table, &from.name), (table, &to.name));
            rename.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Routines whose bodies have a name that is gone with the renames, and whose new ones need nothing that comes later.
fn rewritten(changes: &[Change]) -> Vec<&Routine> {
    let (mut old, mut later) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Table(Edit::Rename { from, .. }) => old.push(from.name.name.as_str()),
            Change::View(Edit::Rename { from, .. }) => old.push(from.name.name.as_str()),
            Change::Sequence(Edit::Rename { from, .. }) => old.push(from.name.name.as_str()),
            Change::Routine(Edit::Rename { from, .. }) => old.push(from.name.name.as_str()),
            Change::Type(Edit::Rename { from, .. }) => old.push(from.name().name.as_str()),
            Change::Column(_, Edit::Rename { from, .. }) => old.push(from.name.as_str()),
            Change::Attribute(_, Edit::Rename { from, .. }) => old.push(from.name.as_str()),
            Change::Label(_, Edit::Rename { from, .. }) => old.push(from.as_str()),
            Change::Label(_, Edit::Add(it)) => later.push(it.as_str()),
            Change::Table(Edit::Add(it)) => later.push(it.name.name.as_str()),
            Change::View(Edit::Add(it) | Edit::Alter { to: it, .. }) => {
                later.push(it.name.name.as_str());
            }
            Change::Sequence(Edit::Add(it)) => later.push(it.name.name.as_str()),
            Change::Routine(Edit::Add(it)) => later.push(it.name.name.as_str()),
            Change::Type(Edit::Add(it)) => later.push(it.name().name.as_str()),
            Change::Column(_, Edit::Add(it)) => later.push(it.name.as_str()),
            Change::Column(_, Edit::Alter { from, to }) if from.ty != to.ty => {
                later.push(to.name.as_str());
            }
            Change::Attribute(_, Edit::Add(it) | Edit::Alter { to: it, .. }) => {
                later.push(it.name.as_str());
            }
            _ => {}
        }
    }
    let routines = changes.iter().filter_map(|change| match change {
        Change::Routine(Edit::Alter { from, to })
            if is_replaceable(from, to) && from.security == to.security =>
        {
            Some((from, to))
        }
        _ => None,
    });
    routines
        .filter(|(from, to)| {
            to.language != Language::SqlAtomic && has_any(from, &old) && !has_any(to, &later)
        })
        .map(|(_, to)| to)
        .collect()
}

/// Whether a routine's text has one of these names as a word, or as a constant.
pub(super) fn has_any(routine: &Routine, names: &[&str]) -> bool {
    tokens(&routine.body.text).any(|token| {
        let word = match token.kind {
            TokenKind::Word => token.text.to_lowercase(),
            TokenKind::QuotedName => token.text.trim_matches('"').to_owned(),
            TokenKind::Constant => token.text.trim_matches('\'').to_owned(),
            _ => return false,
        };
        names.contains(&word.as_str())
    })
}
