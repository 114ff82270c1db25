//! What must be there before an object can be created: what the server looks up then.

use crate::constraint::ConstraintKind;
use crate::expr::Expr;
use crate::migration::ObjectRef;
use crate::name::QualifiedName;
use crate::routine::Language;
use crate::schema::Schema;
use crate::table::Table;
use crate::template::{Binding, Segment, Template};
use crate::ty::DataType;
use crate::user_type::UserType;

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
                if let UserType::Domain(domain) = ty {
                    domain.default.iter().for_each(|it| self.sequences(it));
                    let checks = domain.checks.iter().map(|it| &it.condition);
                    checks.chain(&domain.default).for_each(|it| self.calls(it));
                }
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
                index
                    .iter()
                    .flat_map(|it| it.expressions())
                    .for_each(|it| self.calls(it));
            }
            ObjectRef::View(name) => {
                if let Some(view) = schema.find_view(name) {
                    self.template(&view.body);
                }
            }
            ObjectRef::Routine(name) => {
                let Some(routine) = schema.find_routine(name) else {
                    return;
                };
                routine.types().into_iter().for_each(|ty| self.ty(ty));
                if routine.language != Language::PlPgSql {
                    self.template(&routine.body);
                }
            }
            ObjectRef::Partitions(name) => {
                self.add(ObjectRef::Table(name.clone()));
                let policy = schema.find_policy(name).into_iter();
                for trigger in policy.flat_map(|policy| &policy.leaf.triggers) {
                    self.add(ObjectRef::Routine(trigger.function.clone()));
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        for column in &table.columns {
            self.ty(&column.ty);
            column.default.iter().for_each(|it| self.sequences(it));
            let computed = column.default.iter().chain(&column.generated);
            computed.for_each(|it| self.calls(it));
        }
        for constraint in &table.constraints {
            constraint
                .expressions()
                .into_iter()
                .for_each(|it| self.calls(it));
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
        // Declared partitions come with their table.
        let declared = table.partitioning.iter().flat_map(|it| &it.leaf.triggers);
        for trigger in table.triggers.iter().chain(declared) {
            self.add(ObjectRef::Routine(trigger.function.clone()));
        }
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

    /// The definition's own routines that raw texts call.
    fn calls(&mut self, expr: &Expr) {
        for routine in &self.schema.routines {
            if expr.calls(routine.name.name.as_str()) {
                self.add(ObjectRef::Routine(routine.name.clone()));
            }
        }
    }

    fn sequences(&mut self, expr: &Expr) {
        if let Expr::NextValue(sequence) = expr {
            self.add(ObjectRef::Sequence(sequence.clone()));
        }
        expr.operands()
            .into_iter()
            .for_each(|it| self.sequences(it));
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
