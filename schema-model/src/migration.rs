//! Which numbered migration creates which objects. The files' text is codegen's business.

use serde::{Deserialize, Serialize};

use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::namespace::Namespace;
use crate::partition::PartitionPolicy;
use crate::place::Place;
use crate::schema::Schema;
use crate::user_type::UserType;

/// A founding migration: a numbered file that creates the listed objects, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Its number; files sort by it.
    pub version: u32,
    /// The words of its file name, `[a-z0-9_]`.
    pub slug: Ident,
    /// What it is for, one sentence.
    pub purpose: String,
    /// What it creates, in order.
    pub creates: Vec<ObjectRef>,
    /// Where it was defined.
    #[serde(skip)]
    pub place: Place,
}

/// A reference to an object of the definition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectRef {
    /// A PostgreSQL schema that is declared.
    Namespace(Ident),
    /// An extension.
    Extension(Ident),
    /// A type of the definition's own.
    Type(QualifiedName),
    /// A sequence.
    Sequence(QualifiedName),
    /// A table, with its columns, constraints and triggers, and those of its indexes that no migration
    /// lists.
    Table(QualifiedName),
    /// An index, by table and name.
    Index(QualifiedName, Ident),
    /// A view.
    View(QualifiedName),
    /// A routine.
    Routine(QualifiedName),
    /// The partition routines of a table and its first partitions.
    Partitions(QualifiedName),
}

impl ObjectRef {
    /// A PostgreSQL schema that is declared.
    pub fn namespace(name: impl IntoIdent) -> Self {
        Self::Namespace(name.into_ident())
    }

    /// An extension.
    pub fn extension(name: impl IntoIdent) -> Self {
        Self::Extension(name.into_ident())
    }

    /// A type of the definition's own.
    pub fn user_type(name: impl IntoName) -> Self {
        Self::Type(name.into_name())
    }

    /// A sequence.
    pub fn sequence(name: impl IntoName) -> Self {
        Self::Sequence(name.into_name())
    }

    /// A table.
    pub fn table(name: impl IntoName) -> Self {
        Self::Table(name.into_name())
    }

    /// An index of a table.
    pub fn index(table: impl IntoName, name: impl IntoIdent) -> Self {
        Self::Index(table.into_name(), name.into_ident())
    }

    /// A view.
    pub fn view(name: impl IntoName) -> Self {
        Self::View(name.into_name())
    }

    /// A routine.
    pub fn routine(name: impl IntoName) -> Self {
        Self::Routine(name.into_name())
    }

    /// The partition routines of a table and its first partitions.
    pub fn partitions(table: impl IntoName) -> Self {
        Self::Partitions(table.into_name())
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Namespace(_) => "namespace",
            Self::Extension(_) => "extension",
            Self::Type(_) => "type",
            Self::Sequence(_) => "sequence",
            Self::Table(_) | Self::Partitions(_) => "table",
            Self::Index(..) => "index",
            Self::View(_) => "view",
            Self::Routine(_) => "routine",
        }
    }

    /// Its name; of partitions and indexes that of their table, and of what stands in no PostgreSQL schema its bare name.
    pub fn name(&self) -> QualifiedName {
        match self {
            Self::Namespace(name) | Self::Extension(name) => name.into_name(),
            Self::Type(name)
            | Self::Sequence(name)
            | Self::Table(name)
            | Self::Index(name, _)
            | Self::View(name)
            | Self::Routine(name)
            | Self::Partitions(name) => name.clone(),
        }
    }
}

impl Schema {
    /// Whether it has an object.
    pub fn has(&self, object: &ObjectRef) -> bool {
        match object {
            ObjectRef::Namespace(name) => self.find_namespace(name).is_some(),
            ObjectRef::Extension(name) => self.find_extension(name).is_some(),
            ObjectRef::Type(name) => self.find_type(name).is_some(),
            ObjectRef::Sequence(name) => self.find_sequence(name).is_some(),
            ObjectRef::Table(name) => self.find_table(name).is_some(),
            ObjectRef::View(name) => self.find_view(name).is_some(),
            ObjectRef::Routine(name) => self.has_routine(name),
            ObjectRef::Partitions(name) => self.find_policy(name).is_some(),
            ObjectRef::Index(table, name) => self
                .find_table(table)
                .is_some_and(|table| table.indexes.iter().any(|it| it.name == *name)),
        }
    }

    /// Whether two references stand for the same object.
    pub fn same_object(&self, left: &ObjectRef, right: &ObjectRef) -> bool {
        match (left, right) {
            (ObjectRef::Namespace(left), ObjectRef::Namespace(right))
            | (ObjectRef::Extension(left), ObjectRef::Extension(right)) => left == right,
            (ObjectRef::Type(left), ObjectRef::Type(right))
            | (ObjectRef::Sequence(left), ObjectRef::Sequence(right))
            | (ObjectRef::Table(left), ObjectRef::Table(right))
            | (ObjectRef::View(left), ObjectRef::View(right))
            | (ObjectRef::Routine(left), ObjectRef::Routine(right))
            | (ObjectRef::Partitions(left), ObjectRef::Partitions(right)) => {
                self.same_name(left, right)
            }
            (ObjectRef::Index(left_table, left), ObjectRef::Index(right_table, right)) => {
                left == right && self.same_name(left_table, right_table)
            }
            _ => false,
        }
    }

    /// The names of all objects that stand in a PostgreSQL schema, apart from those that belong to another.
    fn object_names(&self) -> impl Iterator<Item = &QualifiedName> {
        let tables = self.tables.iter().map(|it| &it.name);
        let policies = self.tables.iter().filter_map(|it| {
            let partitioning = it.partitioning.as_ref()?;
            partitioning.policy.as_deref()
        });
        let types = self.types.iter().map(UserType::name);
        let sequences = self.sequences.iter().map(|it| &it.name);
        let views = self.views.iter().map(|it| &it.name);
        let routines = self.routines.iter().map(|it| &it.name);
        types
            .chain(sequences)
            .chain(tables)
            .chain(views)
            .chain(routines)
            .chain(policies.flat_map(PartitionPolicy::routine_names))
    }

    /// The name of the first object that stands in a PostgreSQL schema, if one does.
    pub fn stands_in(&self, namespace: &Ident) -> Option<QualifiedName> {
        let mut names = self.object_names();
        let found = names.find(|name| self.namespace_of(name) == namespace);
        let mut extensions = self.extensions.iter();
        let extension = extensions.find(|it| self.home_of(it) == namespace);
        found
            .cloned()
            .or_else(|| extension.map(|it| (&it.name).into_name()))
    }

    /// The declared PostgreSQL schemas that an object needs: those that it, or what it brings, stands in.
    pub fn namespaces_for(&self, object: &ObjectRef) -> Vec<&Namespace> {
        let own = match object {
            ObjectRef::Namespace(_) => None,
            _ => Some(object.name()),
        };
        let made = match object {
            ObjectRef::Partitions(table) => {
                let policy = self.find_policy(table).into_iter();
                policy.flat_map(PartitionPolicy::routine_names).collect()
            }
            _ => Vec::new(),
        };
        let names = own.iter().chain(made);
        let mut needed: Vec<&Ident> = match object {
            ObjectRef::Extension(name) => {
                let extension = self.find_extension(name).into_iter();
                extension.map(|it| self.home_of(it)).collect()
            }
            _ => names.map(|name| self.namespace_of(name)).collect(),
        };
        needed.sort();
        needed.dedup();
        let declared = self.namespaces.iter();
        declared.filter(|it| needed.contains(&&it.name)).collect()
    }

    /// Whether creating one object makes the other: itself, or a routine of a partition policy.
    pub fn brings(&self, object: &ObjectRef, other: &ObjectRef) -> bool {
        if let (ObjectRef::Partitions(table), ObjectRef::Routine(name)) = (object, other) {
            let policy = self.find_policy(table).into_iter();
            let mut made = policy.flat_map(PartitionPolicy::routine_names);
            return made.any(|made| self.same_name(made, name));
        }
        self.same_object(object, other)
    }
}

impl Migration {
    /// A migration that creates nothing yet.
    #[track_caller]
    pub fn new(version: u32, slug: impl IntoIdent, purpose: impl Into<String>) -> Self {
        Self {
            version,
            slug: slug.into_ident(),
            purpose: purpose.into(),
            creates: Vec::new(),
            place: Place::here(),
        }
    }

    /// Adds an object.
    pub fn creates(mut self, object: ObjectRef) -> Self {
        self.creates.push(object);
        self
    }

    /// Its file name without the ending, such as `001_create_event_streams`.
    pub fn file_stem(&self) -> String {
        format!("{:03}_{}", self.version, self.slug)
    }
}
