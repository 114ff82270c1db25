//! What must be there before an object can be created: what the server looks up then.

use crate::constraint::ConstraintKind;
use crate::expr::Expr;
use crate::index::Index;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::partition::LeafTemplate;
use crate::routine::Language;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Segment, Template};
use crate::ty::DataType;

impl Schema {
    /// What must be there before an object can be created, the definition's or not. The server looks into the body of a
    /// routine then only if its language is SQL.
    pub fn needs(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let mut needs = Needs {
            schema: self,
            found: Vec::new(),
        };
        for namespace in self.namespaces_for(object) {
            needs.add(ObjectRef::Namespace(namespace.name.clone()));
        }
        needs.of(object);
        needs.found.retain(|it| !self.same_object(it, object));
        needs.found
    }

    /// The sequences that expressions draw from, and the definition's own routines that their raw texts call.
    pub fn named_by<'e>(&self, expressions: impl IntoIterator<Item = &'e Expr>) -> Vec<ObjectRef> {
        let mut named = Vec::new();
        let mut open: Vec<&Expr> = expressions.into_iter().collect();
        while let Some(expr) = open.pop() {
            match expr {
                Expr::NextValue(sequence) => named.push(ObjectRef::Sequence(sequence.clone())),
                Expr::Raw(_) => {
                    let called = self.routines.iter();
                    let called = called.filter(|it| expr.calls(it.name.name.as_str()));
                    named.extend(called.map(|it| ObjectRef::Routine(it.name.clone())));
                }
                _ => open.extend(expr.operands()),
            }
        }
        named
    }

    /// The table whose partition policy makes a routine.
    fn maker_of(&self, routine: &QualifiedName) -> Option<&Table> {
        let object = ObjectRef::Routine(routine.clone());
        let mut tables = self.tables.iter();
        tables.find(|table| self.brings(&ObjectRef::Partitions(table.name.clone()), &object))
    }
}

struct Needs<'s> {
    schema: &'s Schema,
    found: Vec<ObjectRef>,
}

impl Needs<'_> {
    fn add(&mut self, object: ObjectRef) {
        if !self.found.contains(&object) {
            self.found.push(object);
        }
    }

    fn of(&mut self, object: &ObjectRef) {
        let schema = self.schema;
        match object {
            ObjectRef::Namespace(_) | ObjectRef::Extension(_) | ObjectRef::Sequence(_) => {}
            ObjectRef::Type(name) => {
                let Some(ty) = schema.find_type(name) else {
                    return;
                };
                ty.parts().into_iter().for_each(|part| self.ty(part));
                self.named_by(ty.expressions());
            }
            ObjectRef::Table(name) => {
                if let Some(table) = schema.find_table(name) {
                    self.table(table);
                }
            }
            ObjectRef::Index(table, name) => {
                self.add(ObjectRef::Table(table.clone()));
                let table = schema.find_table(table);
                let index = table.and_then(|it| it.indexes.iter().find(|it| it.name == *name));
                self.named_by(index.into_iter().flat_map(Index::expressions));
            }
            ObjectRef::View(name) => {
                if let Some(view) = schema.find_view(name) {
                    self.template(&view.body);
                    self.named_by(view.indexes().iter().flat_map(Index::expressions));
                }
            }
            ObjectRef::Routine(name) => {
                let Some(routine) = schema.find_routine(name) else {
                    return;
                };
                routine.types().into_iter().for_each(|ty| self.ty(ty));
                self.named_by(routine.expressions());
                if routine.language != Language::PlPgSql {
                    self.template(&routine.body);
                }
            }
            ObjectRef::Partitions(name) => {
                self.add(ObjectRef::Table(name.clone()));
                if let Some(policy) = schema.find_policy(name) {
                    self.leaf(&policy.leaf);
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        for column in &table.columns {
            self.ty(&column.ty);
        }
        self.named_by(table.expressions());
        for constraint in &table.constraints {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            self.add(ObjectRef::Table(key.references.clone()));
            let Some(target) = self.schema.find_table(&key.references) else {
                continue;
            };
            let index = target.unique_indexes(&key.referenced_columns).next();
            if let Some(index) = index.filter(|_| !target.has_key(&key.referenced_columns)) {
                self.add(ObjectRef::Index(target.name.clone(), index.name.clone()));
            }
        }
        for trigger in &table.triggers {
            self.add(ObjectRef::Routine(trigger.function.clone()));
        }
        // Declared partitions come with their table.
        if let Some(partitioning) = &table.partitioning {
            self.leaf(&partitioning.leaf);
        }
    }

    fn leaf(&mut self, leaf: &LeafTemplate) {
        for trigger in &leaf.triggers {
            self.add(ObjectRef::Routine(trigger.function.clone()));
        }
        self.named_by(leaf.expressions());
    }

    fn ty(&mut self, ty: &DataType) {
        let Some(name) = ty.name() else {
            return;
        };
        self.add(match self.schema.extension_of(name) {
            Some(extension) => ObjectRef::Extension(extension.name.clone()),
            None => ObjectRef::Type(name.clone()),
        });
    }

    fn named_by<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr>) {
        for object in self.schema.named_by(expressions) {
            self.add(object);
        }
    }

    fn template(&mut self, template: &Template) {
        for segment in template.segments().unwrap_or_default() {
            let Segment::Placeholder { key, .. } = segment else {
                continue;
            };
            match template.bindings.get(key) {
                Some(Binding::Relation(name)) => self.add(match self.schema.find_view(name) {
                    Some(_) => ObjectRef::View(name.clone()),
                    None => ObjectRef::Table(name.clone()),
                }),
                Some(Binding::Sequence(name)) => self.add(ObjectRef::Sequence(name.clone())),
                Some(Binding::Routine(name)) => self.add(match self.schema.maker_of(name) {
                    Some(table) => ObjectRef::Partitions(table.name.clone()),
                    None => ObjectRef::Routine(name.clone()),
                }),
                Some(Binding::Type(ty)) => self.ty(ty),
                _ => {}
            }
        }
    }
}
