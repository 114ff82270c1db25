//! Renamed types and labels, in all that names them.

use super::super::composites::as_composite;
use super::super::{Change, Edit};
use super::everywhere::{each, templates};
use super::{asked, rename};
use crate::constraint::ConstraintKind;
use crate::domain::Domain;
use crate::expr::{Expr, Literal};
use crate::index::Index;
use crate::name::{Ident, QualifiedName};
use crate::routine::Returns;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::Binding;
use crate::trigger::Trigger;
use crate::ty::DataType;
use crate::user_type::{EnumType, UserType};
use crate::validate::Code;
use crate::validate::report::{Report, Site};

/// Visits every name of a type, where it is defined and where it is used.
pub(super) fn each_name(schema: &mut Schema, visit: impl Fn(&mut QualifiedName)) {
    let used = |ty: &mut DataType| {
        if let Some(name) = ty.name_mut() {
            visit(name);
        }
    };
    for ty in &mut schema.types {
        visit(ty.name_mut());
        if let UserType::Domain(ty) = ty {
            used(&mut ty.base);
            rules(ty).for_each(|value| in_value(value, &used));
        } else if let UserType::Composite(ty) = ty {
            ty.attributes.iter_mut().for_each(|it| used(&mut it.ty));
        }
    }
    for table in &mut schema.tables {
        for column in &mut table.columns {
            used(&mut column.ty);
        }
        for value in values(table) {
            in_value(value, &used);
        }
    }
    for view in &mut schema.views {
        view.columns.iter_mut().for_each(|it| used(&mut it.ty));
    }
    for routine in &mut schema.routines {
        for argument in &mut routine.arguments {
            used(&mut argument.ty);
            argument
                .default
                .iter_mut()
                .for_each(|value| in_value(value, &used));
        }
        match &mut routine.returns {
            Returns::Value(ty) | Returns::SetOf(ty) => used(ty),
            Returns::Table(columns) => columns.iter_mut().for_each(|(_, ty)| used(ty)),
            Returns::Void | Returns::Trigger => {}
        }
    }
    for template in templates(schema) {
        for binding in template.bindings.values_mut() {
            if let Binding::Type(ty) = binding {
                used(ty);
            }
        }
    }
}

fn in_value(value: &mut Expr, used: &impl Fn(&mut DataType)) {
    each(value, &mut |expr| match expr {
        Expr::Cast(_, ty) | Expr::Literal(Literal::Typed(_, ty)) => used(ty),
        Expr::Raw(raw) => used(&mut raw.ty),
        _ => {}
    });
}

/// Carries out the renames of attributes, which `renamed` does not have yet.
pub(super) fn attributes(
    renamed: &mut Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    for ty in to.types.iter().filter_map(as_composite) {
        let Some(UserType::Composite(before)) = renamed.find_type(&ty.name).cloned() else {
            continue;
        };
        let site = Site::new("type", &ty.name, ty.place);
        let pairs = asked(
            Some(&site),
            &before.attributes,
            &ty.attributes,
            Ident::eq,
            report,
        );
        for (old, new) in pairs {
            let types = renamed
                .types
                .iter_mut()
                .filter(|it| it.name() == &before.name);
            for known in types {
                if let UserType::Composite(known) = known {
                    let attributes = known.attributes.iter_mut();
                    for it in attributes.filter(|it| it.name == old.name) {
                        it.name = new.name.clone();
                    }
                }
            }
            changes.push(Change::Attribute(ty.name.clone(), rename(old, new)));
        }
    }
}

/// Carries out the renames of labels, which `renamed` does not have yet.
pub(super) fn labels(
    renamed: &mut Schema,
    to: &Schema,
    report: &mut Report,
    changes: &mut Vec<Change>,
) {
    for ty in &to.types {
        let UserType::Enum(ty) = ty else { continue };
        let Some(UserType::Enum(before)) = renamed.find_type(&ty.name).cloned() else {
            continue;
        };
        for (at, word) in ty.renamed_labels.iter().enumerate() {
            let has = |ty: &EnumType, label: &String| ty.labels.contains(label);
            let (defect, remedy) = match (has(&before, &word.from), has(&before, &word.to)) {
                (_, true) if before.renamed_labels.contains(word) => continue,
                (true, false)
                    if ty.renamed_labels[..at]
                        .iter()
                        .any(|it| it.from == word.from) =>
                {
                    (
                        "another one is too",
                        "remove one of the two `.renamed_label(...)`: that label is new",
                    )
                }
                (true, false) if has(ty, &word.from) => (
                    "the type still has that one",
                    "take one of them out, or `.renamed_label(...)`",
                ),
                (true, false) if has(ty, &word.to) => {
                    rename_label(renamed, &ty.name, &word.from, &word.to);
                    let name = ty.name.clone();
                    let (from, to) = (word.from.clone(), word.to.clone());
                    changes.push(Change::Label(name, Edit::Rename { from, to }));
                    continue;
                }
                (_, false) => (
                    "the migrations so far lead to no such label, or the type has no label of the new text",
                    "mend the two texts, or take `.renamed_label(...)` out",
                ),
                (_, true) => (
                    "the migrations so far lead to a label of the new text already",
                    "rename through a third text, in two migrations, or take `.renamed_label(...)` out",
                ),
            };
            let site = Site::new("type", &ty.name, ty.place);
            let site = site.part("label", word.to.escape_debug());
            let defect = format!(
                "it is renamed from `{}`, but {defect}",
                word.from.escape_debug()
            );
            report.add(Code::SM070, &site, defect, remedy);
        }
    }
}

/// The server keeps constants of an enum type as labels, and so follows a rename.
fn rename_label(schema: &mut Schema, name: &QualifiedName, old: &str, new: &str) {
    let own = schema.namespace.clone();
    let is_meant = |other: &QualifiedName| {
        let namespace = |name: &QualifiedName| name.namespace.clone().unwrap_or(own.clone());
        other.name == name.name && namespace(other) == namespace(name)
    };
    let is_of = |ty: &DataType| matches!(ty, DataType::Named(name) if is_meant(name));
    let value = [Ident::unchecked("value")];
    for ty in &mut schema.types {
        match ty {
            UserType::Enum(ty) if is_meant(&ty.name) => {
                for label in ty.labels.iter_mut().filter(|label| *label == old) {
                    new.clone_into(label);
                }
            }
            UserType::Domain(ty) if is_of(&ty.base) => {
                let label = Label {
                    columns: &value,
                    is_of: &is_of,
                    old,
                    new,
                };
                ty.default.iter_mut().for_each(|it| label.replace(it));
                rules(ty).for_each(|it| each(it, &mut |expr| label.compared(expr)));
            }
            _ => {}
        }
    }
    for table in &mut schema.tables {
        let columns = table.columns.iter().filter(|column| is_of(&column.ty));
        let columns: Vec<Ident> = columns.map(|column| column.name.clone()).collect();
        let label = Label {
            columns: &columns,
            is_of: &is_of,
            old,
            new,
        };
        for column in table.columns.iter_mut().filter(|column| is_of(&column.ty)) {
            column
                .default
                .iter_mut()
                .for_each(|value| label.replace(value));
        }
        for value in values(table) {
            each(value, &mut |expr| label.compared(expr));
        }
    }
}

/// A label that gets another text, and how a constant of its type is told.
struct Label<'a> {
    columns: &'a [Ident],
    is_of: &'a dyn Fn(&DataType) -> bool,
    old: &'a str,
    new: &'a str,
}

impl Label<'_> {
    /// Replaces the constant, if it is this label.
    fn replace(&self, expr: &mut Expr) {
        if let Expr::Literal(Literal::Text(text)) = expr
            && text == self.old
        {
            self.new.clone_into(text);
        }
    }

    /// Replaces constants that take the type of what stands beside them, or say themselves that they have it.
    fn compared(&self, expr: &mut Expr) {
        match expr {
            Expr::Literal(Literal::Typed(text, ty)) if (self.is_of)(ty) && text == self.old => {
                self.new.clone_into(text);
            }
            Expr::Cast(operand, ty) if (self.is_of)(ty) => self.replace(operand),
            _ => {
                let has_type = |operand: &&Expr| match operand {
                    Expr::Column(name) | Expr::New(name) | Expr::Old(name) => {
                        self.columns.contains(name)
                    }
                    Expr::Cast(_, ty) | Expr::Literal(Literal::Typed(_, ty)) => (self.is_of)(ty),
                    _ => false,
                };
                if expr.operands().iter().any(has_type) {
                    for operand in expr.operands_mut() {
                        self.replace(operand);
                    }
                }
            }
        }
    }
}

/// Every expression of a domain.
fn rules(domain: &mut Domain) -> impl Iterator<Item = &mut Expr> {
    let checks = domain.checks.iter_mut().map(|check| &mut check.condition);
    domain.default.iter_mut().chain(checks)
}

/// Every expression of a table.
fn values(table: &mut Table) -> Vec<&mut Expr> {
    let mut found: Vec<&mut Expr> = Vec::new();
    for column in &mut table.columns {
        found.extend(column.default.iter_mut().chain(&mut column.generated));
    }
    let check = |kind| match kind {
        &mut ConstraintKind::Check(ref mut condition) => Some(condition),
        _ => None,
    };
    found.extend(
        table
            .constraints
            .iter_mut()
            .filter_map(|it| check(&mut it.kind)),
    );
    found.extend(table.indexes.iter_mut().flat_map(in_index));
    found.extend(table.triggers.iter_mut().flat_map(in_trigger));
    let policy = table.partitioning.as_mut();
    if let Some(policy) = policy.and_then(|it| it.policy.as_mut()) {
        let leaf = &mut policy.leaf;
        found.extend(
            leaf.constraints
                .iter_mut()
                .filter_map(|it| check(&mut it.kind)),
        );
        found.extend(leaf.indexes.iter_mut().flat_map(in_index));
        found.extend(leaf.triggers.iter_mut().flat_map(in_trigger));
    }
    found
}

fn in_index(index: &mut Index) -> impl Iterator<Item = &mut Expr> {
    let parts = index.parts.iter_mut().map(|part| &mut part.value);
    parts.chain(&mut index.predicate)
}

fn in_trigger(trigger: &mut Trigger) -> impl Iterator<Item = &mut Expr> {
    trigger.when.iter_mut()
}
