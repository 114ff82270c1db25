//! What the server does not let go of what changes, and no migration drops: routines with SQL-standard bodies, and views
//! over routines.

use eventcore_schema_model::constraint::ConstraintKind;
use eventcore_schema_model::diff::{Change, Edit};
use eventcore_schema_model::expr::Expr;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::routine::Language;
use eventcore_schema_model::schema::Schema;
use eventcore_schema_model::template::{Binding, Template};
use eventcore_schema_model::ty::DataType;
use eventcore_schema_model::view::View;

use super::blocked::is_blocking;
use super::objects::is_replaceable;
use super::policies::routines_of;
use super::{Planner, of_table};

impl Planner<'_> {
    /// Routines with SQL-standard bodies, and views over routines, that the server does not let go of what changes.
    pub(super) fn rested_on(&self, changes: &[Change]) -> Vec<String> {
        let mut relations: Vec<(&QualifiedName, Option<&Ident>)> = Vec::new();
        let mut routines: Vec<&QualifiedName> = Vec::new();
        let mut views: Vec<&View> = Vec::new();
        for change in changes {
            match change {
                Change::Column(table, Edit::Drop(column) | Edit::Alter { from: column, .. })
                    if is_blocking(change, table) =>
                {
                    relations.push((table, Some(&column.name)));
                    self.add_views_in_the_way(change, &mut views);
                }
                Change::View(Edit::Alter { from, to }) if !to.takes_place_of(from) => {
                    relations.push((&from.name, None));
                    self.add_views_over(&from.name, &mut views);
                }
                Change::Routine(Edit::Alter { from, to }) if !is_replaceable(from, to) => {
                    routines.push(&from.name);
                }
                _ => {}
            }
        }
        let made_anew = self.policy_routines_made_anew();
        routines.extend(&made_anew);
        relations.extend(views.iter().map(|view| (&view.name, None)));
        let same =
            |left: &QualifiedName, right: &QualifiedName| self.renamed.same_name(left, right);
        // A body rests on the columns that it names, and on a view as a whole.
        let names = |body: &Template, column: Option<&Ident>| {
            column.is_none_or(|it| body.text.contains(it.as_str()) || body.text.contains(".*"))
        };
        let on = |body: &Template| -> Option<String> {
            let found = body.bindings.values().find_map(|binding| match binding {
                Binding::Relation(name) => relations
                    .iter()
                    .find(|(it, column)| same(it, name) && names(body, *column))
                    .map(|(it, _)| it),
                Binding::Routine(name) => routines.iter().find(|it| same(it, name)),
                _ => None,
            });
            found.map(ToString::to_string)
        };
        let stays = |name: &QualifiedName| self.to.find_routine(name).is_some();
        let bodies = self.renamed.routines.iter();
        let bodies = bodies
            .filter(|it| it.language == Language::SqlAtomic && stays(&it.name))
            .filter_map(|it| {
                Some(format!(
                    "routine `{}` rests on `{}`, which changes",
                    it.name,
                    on(&it.body)?
                ))
            });
        let views = self.renamed.views.iter();
        let views = views.filter(|it| self.to.find_view(&it.name).is_some());
        let over = views.filter_map(|view| {
            let called = view
                .body
                .bindings
                .values()
                .find_map(|binding| match binding {
                    Binding::Routine(name) if routines.iter().any(|it| same(it, name)) => {
                        Some(name)
                    }
                    _ => None,
                })?;
            Some(format!(
                "view `{}` rests on `{called}`, which changes",
                view.name
            ))
        });
        let expressions = routines.iter().flat_map(|it| self.on_routine(it));
        let attributes = changes
            .iter()
            .filter_map(|change| self.on_attribute(change));
        let keys = changes.iter().filter_map(|change| self.on_key(change));
        let rests = bodies.chain(over).chain(expressions);
        rests.chain(attributes).chain(keys).collect()
    }

    /// The routines of policies that the server cannot put in the place of those that are there.
    fn policy_routines_made_anew(&self) -> Vec<QualifiedName> {
        let mut anew = Vec::new();
        for table in &self.to.tables {
            let before = routines_of(self.renamed, &table.name);
            let pairs = before.into_iter().zip(routines_of(self.to, &table.name));
            let pairs =
                pairs.filter(|(from, to)| from.name == to.name && !is_replaceable(from, to));
            anew.extend(pairs.map(|(from, _)| from.name));
        }
        anew
    }

    /// What holds an expression that calls a routine, before and after.
    fn on_routine(&self, routine: &QualifiedName) -> Vec<String> {
        let calls = |schema: &Schema, expressions: &mut dyn Iterator<Item = &Expr>| {
            let routine = ObjectRef::Routine(routine.clone());
            let mut named = schema.named_by(expressions).into_iter();
            named.any(|it| schema.same_object(&it, &routine))
        };
        let mut found = Vec::new();
        for before in &self.renamed.tables {
            let Some(after) = self.to.find_table(&before.name) else {
                continue;
            };
            let columns = before.columns.iter().filter_map(|column| {
                let is = after.find_column(&column.name)?;
                let called = calls(self.renamed, &mut column.expressions())
                    && calls(self.to, &mut is.expressions());
                called.then(|| of_table("column", &column.name, &before.name))
            });
            let triggers = before.triggers.iter().filter_map(|trigger| {
                let mut now = after.triggers.iter();
                let is = now.find(|it| it.name == trigger.name)?;
                let called = calls(self.renamed, &mut trigger.when.iter())
                    && calls(self.to, &mut is.when.iter());
                called.then(|| of_table("trigger", &trigger.name, &before.name))
            });
            found.extend(columns.chain(triggers));
        }
        for before in &self.renamed.types {
            if let Some(after) = self.to.find_type(before.name())
                && calls(self.renamed, &mut before.expressions().into_iter())
                && calls(self.to, &mut after.expressions().into_iter())
            {
                found.push(format!("domain `{}`", before.name()));
            }
        }
        for before in &self.renamed.routines {
            if let Some(after) = self.to.find_routine(&before.name)
                && !self.to.same_name(&before.name, routine)
                && calls(self.renamed, &mut before.expressions())
                && calls(self.to, &mut after.expressions())
            {
                found.push(format!("routine `{}`", before.name));
            }
        }
        let rests = found.into_iter();
        rests
            .map(|it| format!("{it} rests on `{routine}`, which changes"))
            .collect()
    }

    /// A view or an SQL-standard body that groups by a whole primary key: it may show other columns of the row for that, and
    /// rests on the key then.
    fn on_key(&self, change: &Change) -> Option<String> {
        let Change::Constraint(
            table,
            Edit::Drop(constraint)
            | Edit::Alter {
                from: constraint, ..
            },
        ) = change
        else {
            return None;
        };
        let ConstraintKind::PrimaryKey(key) = &constraint.kind else {
            return None;
        };
        let groups = |body: &Template| {
            let mut bound = body.bindings.values();
            let reads = bound.any(|binding| match binding {
                Binding::Relation(name) => self.renamed.same_name(name, table),
                _ => false,
            });
            let text = body.text.to_lowercase();
            let words: Vec<&str> = text.split_whitespace().collect();
            let text = words.join(" ");
            let mut behind = text.split("group by").skip(1);
            let columns = || key.columns.iter().map(|it| it.as_str().to_lowercase());
            // A number stands for a column that is selected.
            let has_number = |it: &str| {
                let mut words = it.split([' ', ',', ';', ')']);
                words.any(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
            };
            let names_all = |it: &str| columns().all(|column| it.contains(&column));
            reads && behind.any(|it| names_all(it) || has_number(it) && names_all(&text))
        };
        let object = self.resting(groups, |_| false)?;
        Some(format!(
            "{object} groups by the primary key of `{table}`, which changes"
        ))
    }

    /// A view, or a routine with an SQL-standard body, that stays and whose body or types are so.
    fn resting(
        &self,
        body: impl Fn(&Template) -> bool,
        ty: impl Fn(&DataType) -> bool,
    ) -> Option<String> {
        let mut views = self.renamed.views.iter();
        let view = views.find(|it| self.to.find_view(&it.name).is_some() && body(&it.body));
        if let Some(view) = view {
            return Some(format!("view `{}`", view.name));
        }
        let mut routines = self.renamed.routines.iter();
        let routine = routines.find(|it| {
            it.language == Language::SqlAtomic
                && self.to.find_routine(&it.name).is_some()
                && (body(&it.body) || it.types().into_iter().any(&ty))
        })?;
        Some(format!("routine `{}`", routine.name))
    }

    /// A view or an SQL-standard body that may read an attribute which goes. A text is not parsed: the attribute's name, and
    /// a relation with a column of the type or the type itself, count as that.
    fn on_attribute(&self, change: &Change) -> Option<String> {
        let Change::Attribute(ty, Edit::Drop(attribute)) = change else {
            return None;
        };
        let is = |it: &DataType| {
            let name = it.name();
            name.is_some_and(|it| self.renamed.same_name(it, ty))
        };
        let reads = |body: &Template| {
            let mut bound = body.bindings.values();
            body.text.contains(attribute.name.as_str())
                && bound.any(|binding| match binding {
                    Binding::Type(it) => is(it),
                    Binding::Relation(name) => {
                        let columns = self.renamed.columns_of(name).into_iter();
                        let mut types = columns.filter_map(|it| self.renamed.column_type(name, it));
                        types.any(is)
                    }
                    _ => false,
                })
        };
        let object = self.resting(reads, is)?;
        Some(format!(
            "{object} may rest on attribute `{}` of `{ty}`, which goes",
            attribute.name
        ))
    }
}
