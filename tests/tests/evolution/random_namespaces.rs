//! Random PostgreSQL schemas, and what becomes of them.

use eventcore_schema_model::prelude::*;

use crate::pairs::Pairs;

impl Pairs {
    pub(crate) fn add_namespace(&mut self, schema: &mut Schema) {
        let mut namespace = Namespace::new(self.name("space"));
        namespace.comment = self.random.chance(50).then(|| self.text());
        if self.random.chance(50) {
            let on = ObjectRef::namespace(&namespace.name);
            schema
                .grants
                .push(Grant::new([Privilege::Usage], on, "public"));
        }
        schema.namespaces.push(namespace);
    }

    /// A name, sometimes in a PostgreSQL schema that is declared.
    pub(crate) fn somewhere(&mut self, schema: &Schema, name: String) -> QualifiedName {
        match self.pick(&schema.namespaces).cloned() {
            Some(namespace) if self.random.chance(40) => QualifiedName::new(namespace.name, name),
            _ => Table::new(name).name,
        }
    }

    /// Another comment, or a new one; or it goes, if nothing stands in it.
    pub(crate) fn change_namespace(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.namespaces.len()) else {
            self.add_namespace(schema);
            return;
        };
        let name = schema.namespaces[at].name.clone();
        let is_used = schema.stands_in(&name).is_some();
        if is_used || self.random.chance(40) {
            schema.namespaces[at].comment = self.random.chance(50).then(|| self.text());
            return;
        }
        schema.namespaces.remove(at);
        let on = ObjectRef::Namespace(name);
        schema.grants.retain(|it| it.on != on);
        *schema = schema.clone().drop(on, "nothing stands in it");
    }
}
