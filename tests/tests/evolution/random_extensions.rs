//! Random extensions, and columns of the types that they bring.

use eventcore_schema_model::prelude::*;

use crate::pairs::Pairs;

/// Those that every server of the tests has.
const KNOWN: [&str; 5] = ["btree_gist", "citext", "hstore", "ltree", "pg_trgm"];

impl Pairs {
    pub(crate) fn add_extension(&mut self, schema: &mut Schema) {
        let name = *self.pick(&KNOWN).unwrap();
        let mut known = schema.extensions.iter();
        if known.any(|it| it.name == *name) {
            return;
        }
        let mut extension = Extension::new(name);
        if let Some(home) = self.pick(&schema.namespaces).cloned()
            && self.random.chance(50)
        {
            extension = extension.namespace(home.name);
        }
        schema.extensions.push(extension);
    }

    /// A type of one of the extensions.
    pub(crate) fn brought(&mut self, schema: &Schema) -> Option<DataType> {
        let extension = self.pick(&schema.extensions)?.clone();
        let name = extension.type_names().into_iter().next()?;
        let home = schema.home_of(&extension);
        Some(if *home == schema.namespace {
            DataType::named(&name)
        } else {
            DataType::named(QualifiedName::new(home, name))
        })
    }

    /// A new one, or one that nothing uses goes.
    pub(crate) fn change_extension(&mut self, schema: &mut Schema) {
        let Some(at) = self.place(schema.extensions.len()) else {
            self.add_extension(schema);
            return;
        };
        let mut columns = schema.tables.iter().flat_map(|it| &it.columns);
        let name = schema.extensions[at].name.clone();
        let is_used = columns.any(|column| {
            let extension = column.ty.name().and_then(|it| schema.extension_of(it));
            extension.is_some_and(|it| it.name == name)
        });
        if !is_used {
            schema.extensions.remove(at);
            let gone = ObjectRef::Extension(name);
            *schema = schema.clone().drop(gone, "nothing uses it");
        }
    }
}
