//! Types of the definition's own.

use eventcore_schema_model::column::Column;
use eventcore_schema_model::diff::{Breach, Edit};
use eventcore_schema_model::domain::Domain;
use eventcore_schema_model::migration::ObjectRef;
use eventcore_schema_model::name::{Ident, QualifiedName};
use eventcore_schema_model::ty::DataType;
use eventcore_schema_model::user_type::UserType;

use super::super::action::{Action, Commented, DomainChange, LabelPlace};
use super::super::graph::{Node, Phase, Thing};
use super::super::lock::tables_with;
use super::super::{CatalogObject, CatalogState, Condition, Hazard};
use super::Planner;
use crate::sql::quote_ident;

impl Planner<'_> {
    /// The definition's own types among these.
    pub(super) fn types<'t>(&self, types: impl IntoIterator<Item = &'t DataType>) -> Vec<Thing> {
        let names = types.into_iter().filter_map(DataType::name);
        names.map(|name| Thing::Type(self.absolute(name))).collect()
    }

    pub(super) fn user_type(&mut self, edit: &Edit<UserType>) {
        let is = |name: &QualifiedName, state| {
            Condition::new(CatalogObject::Type(self.sql(name)), state)
        };
        let node = match edit {
            Edit::Add(ty) => {
                let name = ty.name();
                let create = Action::Create(ObjectRef::Type(name.clone()));
                let label = format!("type `{name}` is created");
                Node::new(Phase::Expand, label, vec![create])
                    .needs(self.types(ty.parts()))
                    .needs(self.named_by(ty.expressions()))
                    .makes([Thing::Type(self.absolute(name))])
                    .before([is(name, CatalogState::Absent)])
                    .leaves([is(name, CatalogState::There)])
            }
            Edit::Drop(ty) => {
                let name = ty.name();
                let drop = Action::DropType(name.clone());
                Node::new(
                    Phase::Contract,
                    format!("type `{name}` is dropped"),
                    vec![drop],
                )
                .releases(self.types(ty.parts()))
                .releases(self.named_by(ty.expressions()))
                .removes([Thing::Type(self.absolute(name))])
                .hazard(self.breach(
                    &Breach::Object(ObjectRef::Type(name.clone())),
                    format!("type {}", self.sql(name)),
                ))
                .before([is(name, CatalogState::There)])
                .leaves([is(name, CatalogState::Absent)])
            }
            Edit::Alter {
                from: UserType::Domain(from),
                to: UserType::Domain(to),
            } => return self.alter_domain(from, to),
            Edit::Alter { to, .. } => {
                let name = to.name();
                let object = Commented::Type(name.clone());
                let comment = Action::Comment(object, to.comment().cloned());
                Node::new(
                    Phase::Expand,
                    format!("type `{name}` is altered"),
                    vec![comment],
                )
            }
            Edit::Rename { .. } => return,
        };
        self.add(node);
    }

    /// New values keep a new check at once; those that are there are looked at in a step of its own.
    fn alter_domain(&mut self, from: &Domain, to: &Domain) {
        let name = &to.name;
        let change = |change| Action::AlterDomain(name.clone(), change);
        let is = |check: &Ident, state| {
            let object = CatalogObject::DomainCheck(check.to_string(), self.sql(name));
            Condition::new(object, state)
        };
        let mut actions = Vec::new();
        let (mut needs, mut conditions, mut validations) = (Vec::new(), Vec::new(), Vec::new());
        match (&from.default, &to.default) {
            (before, Some(after)) if before.as_ref() != Some(after) => {
                needs.extend(self.named_by([after]));
                actions.push(change(DomainChange::SetDefault(after.clone())));
            }
            (Some(_), None) => actions.push(change(DomainChange::DropDefault)),
            _ => {}
        }
        if from.not_null && !to.not_null {
            actions.push(change(DomainChange::DropNotNull));
        }
        let mut released = self.named_by(&from.default);
        let gone = from.checks.iter().filter(|it| !to.checks.contains(it));
        for check in gone {
            released.extend(self.named_by([&check.condition]));
            actions.push(change(DomainChange::DropCheck(check.name.clone())));
            conditions.push(is(&check.name, CatalogState::Absent));
        }
        let new = to.checks.iter().filter(|it| !from.checks.contains(it));
        for check in new {
            needs.extend(self.named_by([&check.condition]));
            actions.push(change(DomainChange::AddUnvalidated(check.clone())));
            conditions.retain(|it: &Condition| *it != is(&check.name, CatalogState::Absent));
            conditions.push(is(&check.name, CatalogState::There));
            validations.push(&check.name);
        }
        if from.comment != to.comment {
            let object = Commented::Type(name.clone());
            actions.push(Action::Comment(object, to.comment.clone()));
        }
        let of_domain = |check: &Ident| {
            format!(
                "{} of domain {}",
                quote_ident(check.as_str()),
                self.sql(name)
            )
        };
        let mut chain = Vec::new();
        if !actions.is_empty() {
            let node = Node::new(
                Phase::Expand,
                format!("domain `{name}` is altered"),
                actions,
            );
            let is_of = |it: &Column| {
                let domain = self.to.find_domain(&it.ty);
                domain.is_some_and(|it| self.to.same_name(&it.name, name))
            };
            let tables = self.to.tables.iter();
            let fed = tables.flat_map(|table| table.columns.iter().map(move |it| (table, it)));
            let fed = fed.filter(|(_, it)| it.default.is_none() && is_of(it));
            let counts = fed.filter_map(|(table, it)| self.continues(&table.name, it));
            let node = self.continuing(node, counts.collect());
            let refused = validations.iter().map(|check| Hazard::RefusesRows {
                what: of_domain(check),
            });
            chain.push(
                node.needs(needs)
                    .needs(self.types([&to.base]))
                    .releases(released)
                    .hazards(refused)
                    .hazards(self.default_breaches(to))
                    .leaves(conditions),
            );
        }
        for check in validations {
            let label = format!("values of the domain `{name}` are held against `{check}`");
            let validate = change(DomainChange::Validate(check.clone()));
            let what = of_domain(check);
            let node = self.look_at_values(Phase::Validate, label, validate, name, what);
            chain.push(
                node.before([is(check, CatalogState::There)])
                    .leaves([is(check, CatalogState::Valid)]),
            );
        }
        if !from.not_null && to.not_null {
            let label = format!("domain `{name}` refuses NULL");
            let enforce = change(DomainChange::SetNotNull);
            let what = format!("NOT NULL of domain {}", self.sql(name));
            let refused = Hazard::RefusesRows { what: what.clone() };
            let node = self.look_at_values(Phase::Enforce, label, enforce, name, what);
            let node = node.hazard(refused);
            let object = CatalogObject::Type(self.sql(name));
            chain.push(node.leaves([Condition::new(object, CatalogState::NotNull)]));
        }
        self.add_chain(chain);
    }

    /// That queries leave columns of the domain to its default, which goes.
    fn default_breaches(&self, domain: &Domain) -> Vec<Hazard> {
        if domain.default.is_some() {
            return Vec::new();
        }
        let tables = self.to.tables.iter();
        let columns = tables.flat_map(|table| table.columns.iter().map(move |it| (table, it)));
        let is_of = |ty: &DataType| {
            let name = ty.name();
            name.is_some_and(|it| self.to.same_name(it, &domain.name))
        };
        columns
            .filter(|(_, column)| is_of(&column.ty))
            .filter_map(|(table, column)| self.default_breach(&table.name, &column.name))
            .collect()
    }

    /// A step that reads all tables with a column of the domain while writes to them wait.
    fn look_at_values(
        &self,
        phase: Phase,
        label: String,
        action: Action,
        domain: &QualifiedName,
        what: String,
    ) -> Node {
        let mut node = Node::new(phase, label, vec![action]).hazard(Hazard::MayNotFit { what });
        node.alone = true;
        node.long = true;
        for table in tables_with(self.renamed, domain) {
            node = node.hazard(Hazard::ScansTable {
                table: self.sql(table),
            });
        }
        node
    }

    /// A new label is of use only when the transaction that adds it is over: a step of its own, before all others that
    /// have to do with the type.
    pub(super) fn label(&mut self, ty: &QualifiedName, edit: &Edit<String>) {
        let (Edit::Add(label), Some(UserType::Enum(defined))) = (edit, self.to.find_type(ty))
        else {
            return;
        };
        let Some(at) = defined.labels.iter().position(|known| known == label) else {
            return;
        };
        // Labels come one after the other in their order, so the one before is there. The first one of all comes
        // before the first that was there so far.
        let place = match (at.checked_sub(1), self.renamed.find_type(ty)) {
            (Some(before), _) => LabelPlace::After(defined.labels[before].clone()),
            (None, Some(UserType::Enum(old))) if !old.labels.is_empty() => {
                LabelPlace::Before(old.labels[0].clone())
            }
            (None, _) => return,
        };
        let is = |state| Condition::new(CatalogObject::Label(label.clone(), self.sql(ty)), state);
        let add = Action::AddLabel(ty.clone(), label.clone(), place);
        let mut node = Node::new(
            Phase::Label,
            format!("label `{label}` is added to `{ty}`"),
            vec![add],
        )
        .makes([Thing::Type(self.absolute(ty))])
        .before([is(CatalogState::Absent)])
        .leaves([is(CatalogState::There)]);
        node.alone = true;
        self.add(node);
    }
}
