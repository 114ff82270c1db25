//! A new name in all that names an object.

use super::types;
use crate::constraint::{Constraint, ConstraintKind};
use crate::expr::{Expr, RawExpr};
use crate::index::Index;
use crate::lexer::{Token, TokenKind, tokens};
use crate::migration::ObjectRef;
use crate::name::{Ident, QualifiedName};
use crate::partition::Partitioning;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Template};
use crate::trigger::{Trigger, TriggerEvent};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Type,
    Relation,
    Sequence,
    Routine,
}

/// Renames an object, and it in all that names it.
pub(super) fn rename_everywhere(
    schema: &mut Schema,
    kind: Kind,
    old: &QualifiedName,
    new: &QualifiedName,
) {
    let own = schema.namespace.clone();
    let namespace = |name: &QualifiedName| name.namespace.clone().unwrap_or_else(|| own.clone());
    let swap = |name: &mut QualifiedName| {
        if name.name == old.name && namespace(name) == namespace(old) {
            *name = new.clone();
        }
    };
    match kind {
        Kind::Type => types::each_name(schema, swap),
        Kind::Relation => {
            for table in &mut schema.tables {
                swap(&mut table.name);
                for constraint in &mut table.constraints {
                    if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                        swap(&mut key.references);
                    }
                }
            }
            schema
                .views
                .iter_mut()
                .for_each(|view| swap(&mut view.name));
        }
        Kind::Sequence => {
            schema
                .sequences
                .iter_mut()
                .for_each(|it| swap(&mut it.name));
            for column in schema
                .tables
                .iter_mut()
                .flat_map(|table| &mut table.columns)
            {
                if let Some(value) = &mut column.default {
                    each(value, &mut |expr| {
                        if let Expr::NextValue(name) = expr {
                            swap(name);
                        }
                    });
                }
            }
        }
        Kind::Routine => {
            schema.routines.iter_mut().for_each(|it| swap(&mut it.name));
            for table in &mut schema.tables {
                table
                    .triggers
                    .iter_mut()
                    .for_each(|it| swap(&mut it.function));
                if let Some(partitioning) = &mut table.partitioning {
                    let policy = partitioning.policy.iter_mut().map(|it| &mut it.leaf);
                    for leaf in policy.chain([&mut partitioning.leaf]) {
                        leaf.triggers
                            .iter_mut()
                            .for_each(|it| swap(&mut it.function));
                    }
                }
            }
        }
    }
    for template in templates(schema) {
        for binding in template.bindings.values_mut() {
            match (binding, kind) {
                (Binding::Relation(name), Kind::Relation)
                | (Binding::Sequence(name), Kind::Sequence)
                | (Binding::Routine(name), Kind::Routine) => swap(name),
                _ => {}
            }
        }
    }
    for grant in &mut schema.grants {
        match (&mut grant.on, kind) {
            (
                ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Partitions(name),
                Kind::Relation,
            )
            | (ObjectRef::Type(name), Kind::Type)
            | (ObjectRef::Sequence(name), Kind::Sequence)
            | (ObjectRef::Routine(name), Kind::Routine) => swap(name),
            _ => {}
        }
    }
}

pub(super) fn templates(schema: &mut Schema) -> impl Iterator<Item = &mut Template> {
    let views = schema.views.iter_mut().map(|view| &mut view.body);
    let routines = schema.routines.iter_mut().map(|routine| &mut routine.body);
    let queries = schema.queries.iter_mut().map(|query| &mut query.body);
    views.chain(routines).chain(queries)
}

/// Renames a column, and it in all that names it.
pub(super) fn rename_column(schema: &mut Schema, table: &QualifiedName, old: &Ident, new: &Ident) {
    let own = schema.namespace.clone();
    let is_table = |name: &QualifiedName| {
        name.name == table.name
            && name.namespace.as_ref().unwrap_or(&own) == table.namespace.as_ref().unwrap_or(&own)
    };
    let swap = |name: &mut Ident| {
        if name == old {
            *name = new.clone();
        }
    };
    for known in &mut schema.tables {
        for constraint in &mut known.constraints {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && is_table(&key.references)
            {
                key.referenced_columns.iter_mut().for_each(swap);
            }
        }
        if is_table(&known.name) {
            rename_in_table(known, &swap);
        }
    }
    for template in templates(schema) {
        let keys: Vec<String> = template
            .bindings
            .iter()
            .filter(|(_, binding)| matches!(binding, Binding::Relation(name) if is_table(name)))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            template.text = template
                .text
                .replace(&format!("{{{key}.{old}}}"), &format!("{{{key}.{new}}}"));
        }
    }
}

fn rename_in_table(table: &mut Table, swap: &impl Fn(&mut Ident)) {
    for column in &mut table.columns {
        swap(&mut column.name);
        let values = column.default.iter_mut().chain(&mut column.generated);
        values.for_each(|value| in_expr(value, swap));
    }
    table
        .constraints
        .iter_mut()
        .for_each(|it| in_constraint(it, swap));
    table.indexes.iter_mut().for_each(|it| in_index(it, swap));
    table
        .triggers
        .iter_mut()
        .for_each(|it| in_trigger(it, swap));
    if let Some(partitioning) = &mut table.partitioning {
        in_partitioning(partitioning, swap);
    }
}

fn in_partitioning(partitioning: &mut Partitioning, swap: &impl Fn(&mut Ident)) {
    partitioning.key.columns_mut().iter_mut().for_each(swap);
    let policy = partitioning.policy.iter_mut().map(|it| &mut it.leaf);
    for leaf in policy.chain([&mut partitioning.leaf]) {
        leaf.constraints
            .iter_mut()
            .for_each(|it| in_constraint(it, swap));
        leaf.indexes.iter_mut().for_each(|it| in_index(it, swap));
        leaf.triggers.iter_mut().for_each(|it| in_trigger(it, swap));
    }
    let below = partitioning.partitions.iter_mut();
    below
        .filter_map(|it| it.partitioning.as_mut())
        .for_each(|it| in_partitioning(it, swap));
}

fn in_constraint(constraint: &mut Constraint, swap: &impl Fn(&mut Ident)) {
    match &mut constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            key.columns
                .iter_mut()
                .chain(&mut key.include)
                .for_each(swap);
        }
        ConstraintKind::Check(condition) => in_expr(condition, swap),
        ConstraintKind::Exclude(exclusion) => {
            let parts = exclusion.parts.iter_mut().map(|part| &mut part.part.value);
            parts
                .chain(&mut exclusion.predicate)
                .for_each(|value| in_expr(value, swap));
            exclusion.include.iter_mut().for_each(swap);
        }
        ConstraintKind::ForeignKey(key) => key.columns.iter_mut().for_each(swap),
    }
}

fn in_index(index: &mut Index, swap: &impl Fn(&mut Ident)) {
    let parts = index.parts.iter_mut().map(|part| &mut part.value);
    parts
        .chain(&mut index.predicate)
        .for_each(|value| in_expr(value, swap));
    index.include.iter_mut().for_each(swap);
}

fn in_trigger(trigger: &mut Trigger, swap: &impl Fn(&mut Ident)) {
    trigger
        .when
        .iter_mut()
        .for_each(|value| in_expr(value, swap));
    for event in &mut trigger.events {
        if let TriggerEvent::Update(columns) = event {
            columns.iter_mut().for_each(swap);
        }
    }
}

fn in_expr(expr: &mut Expr, swap: &impl Fn(&mut Ident)) {
    each(expr, &mut |expr| match expr {
        Expr::Column(name) | Expr::New(name) | Expr::Old(name) => swap(name),
        Expr::Raw(raw) => in_raw(raw, swap),
        _ => {}
    });
}

/// The server follows a column's name in what it has read, and so does a text, as far as it says which columns it reads. One that has the
/// word for something else too counts as changed.
fn in_raw(raw: &mut RawExpr, swap: &impl Fn(&mut Ident)) {
    for column in &mut raw.columns {
        let before = column.clone();
        swap(column);
        if *column == before {
            continue;
        }
        let is_it = |token: &Token<'_>| match token.kind {
            TokenKind::Word => before == *token.text.to_lowercase(),
            TokenKind::QuotedName => before == *token.text.trim_matches('"'),
            _ => false,
        };
        let parts = tokens(&raw.sql).map(|token| {
            if is_it(&token) {
                column.as_str()
            } else {
                token.text
            }
        });
        raw.sql = parts.collect::<String>();
    }
}

pub(super) fn each(expr: &mut Expr, visit: &mut impl FnMut(&mut Expr)) {
    visit(expr);
    for operand in expr.operands_mut() {
        each(operand, visit);
    }
}
