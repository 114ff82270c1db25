//! The definition as a whole.

use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::composite::Composite;
use crate::domain::Domain;
use crate::event::Event;
use crate::event_type::EventType;
use crate::evolution::{BrokenObject, DroppedObject};
use crate::expr::Expr;
use crate::extension::Extension;
use crate::grant::Grant;
use crate::is_default;
use crate::migration::{Migration, ObjectRef};
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::namespace::Namespace;
use crate::partition::PartitionPolicy;
use crate::place::Place;
use crate::query::Query;
use crate::routine::Routine;
use crate::sequence::Sequence;
use crate::server::ServerMajor;
use crate::table::Table;
use crate::template::Binding;
use crate::ty::DataType;
use crate::user_type::{EnumType, UserType};
use crate::view::View;

/// The desired state of a database, as data. [`validate`](crate::validate::validate) proves it
/// well-formed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// What the definition is called; for an event store its layout.
    pub name: Ident,
    /// The PostgreSQL schema of every name that has none of its own.
    pub namespace: Ident,
    /// The oldest server that it is for. Migrations are planned for it, and refused by older ones.
    #[serde(default, skip_serializing_if = "is_default")]
    pub minimum_server: ServerMajor,
    /// What it holds, a sentence for its documentation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// PostgreSQL schemas that it brings; others are there before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub namespaces: Vec<Namespace>,
    /// Extensions of the server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub extensions: Vec<Extension>,
    /// Types of its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub types: Vec<UserType>,
    /// Sequences.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sequences: Vec<Sequence>,
    /// Tables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tables: Vec<Table>,
    /// Views.
    #[serde(default, skip_serializing_if = "is_default")]
    pub views: Vec<View>,
    /// Routines.
    #[serde(default, skip_serializing_if = "is_default")]
    pub routines: Vec<Routine>,
    /// Privileges.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grants: Vec<Grant>,
    /// Queries.
    #[serde(default, skip_serializing_if = "is_default")]
    pub queries: Vec<Query>,
    /// The event types that are stored.
    #[serde(default, skip_serializing_if = "is_default")]
    pub events: Vec<EventType>,
    /// Objects that it no longer has, and whose data or users are given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped: Vec<DroppedObject>,
    /// Objects whose changes break queries that the previous release runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub breaking: Vec<BrokenObject>,
    /// The founding migrations. Objects that none lists come with the first that needs them, or with one more after all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub migrations: Vec<Migration>,
    /// The least number of a migration after the founding ones.
    #[serde(default, skip_serializing_if = "is_default")]
    pub first_later_version: u32,
}

impl Schema {
    /// An empty definition in the PostgreSQL schema `public`.
    pub fn new(name: impl IntoIdent) -> Self {
        Self {
            name: name.into_ident(),
            namespace: Ident::unchecked("public"),
            minimum_server: ServerMajor::default(),
            description: String::new(),
            namespaces: Vec::new(),
            extensions: Vec::new(),
            types: Vec::new(),
            sequences: Vec::new(),
            tables: Vec::new(),
            views: Vec::new(),
            routines: Vec::new(),
            grants: Vec::new(),
            queries: Vec::new(),
            events: Vec::new(),
            dropped: Vec::new(),
            breaking: Vec::new(),
            migrations: Vec::new(),
            first_later_version: 1,
        }
    }

    /// Sets the PostgreSQL schema of every name that has none of its own.
    pub fn namespace(mut self, namespace: impl IntoIdent) -> Self {
        self.namespace = namespace.into_ident();
        self
    }

    /// Sets the oldest server that it is for, by the major version of PostgreSQL: 15 without this word. Plans use what
    /// only newer servers can where that is easier on a busy database, and older servers refuse such migrations.
    pub fn minimum_server(mut self, major: u16) -> Self {
        self.minimum_server = ServerMajor(major);
        self
    }

    /// Sets the description.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Declares a PostgreSQL schema, which its migrations then make before all that stands in it. One that is not declared
    /// has to be there before: who runs the database makes it, and grants USAGE on it.
    pub fn declare_namespace(mut self, namespace: Namespace) -> Self {
        self.namespaces.push(namespace);
        self
    }

    /// Adds an extension, which its migrations create before all that may use it.
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Adds a type, such as an [`EnumType`].
    pub fn user_type(mut self, ty: impl Into<UserType>) -> Self {
        self.types.push(ty.into());
        self
    }

    /// Adds a sequence.
    pub fn sequence(mut self, sequence: Sequence) -> Self {
        self.sequences.push(sequence);
        self
    }

    /// Adds a table.
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Changes a table that was added before, such as one of an event store; nothing where there is none of this name.
    pub fn edit_table(mut self, name: impl IntoName, edit: impl FnOnce(Table) -> Table) -> Self {
        let name = name.into_name();
        let place = self
            .tables
            .iter()
            .position(|table| self.same_name(&table.name, &name));
        if let Some(place) = place {
            let table = self.tables.remove(place);
            self.tables.insert(place, edit(table));
        }
        self
    }

    /// Adds a view.
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// Adds a routine.
    pub fn routine(mut self, routine: Routine) -> Self {
        self.routines.push(routine);
        self
    }

    /// Adds a grant.
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }

    /// Adds a query.
    pub fn query(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }

    /// Adds the event types of `E`.
    pub fn event<E: Event>(mut self) -> Self {
        self.events.extend(E::SHAPES.iter().map(EventType::from));
        self
    }

    /// Gives up an object that the definition no longer has, with its data and to the cost of who uses it, and says
    /// why.
    #[track_caller]
    pub fn drop(mut self, object: ObjectRef, reason: impl Into<String>) -> Self {
        self.dropped.push(DroppedObject {
            object,
            reason: reason.into(),
            place: Place::here(),
        });
        self
    }

    /// Allows the changes of an object to break queries that the previous release runs, and says why. It counts for the
    /// changes that it is said with: later ones need a reason of their own.
    #[track_caller]
    pub fn breaks(mut self, object: ObjectRef, reason: impl Into<String>) -> Self {
        self.breaking.push(BrokenObject {
            object,
            reason: reason.into(),
            place: Place::here(),
        });
        self
    }

    /// Adds a founding migration.
    pub fn migration(mut self, migration: Migration) -> Self {
        self.migrations.push(migration);
        self
    }

    /// Sets the least number of a migration after the founding ones.
    pub fn first_later_version(mut self, version: u32) -> Self {
        self.first_later_version = version;
        self
    }

    /// The PostgreSQL schema that a name stands in.
    pub fn namespace_of<'a>(&'a self, name: &'a QualifiedName) -> &'a Ident {
        name.namespace.as_ref().unwrap_or(&self.namespace)
    }

    /// Whether two names stand for the same object.
    pub fn same_name(&self, left: &QualifiedName, right: &QualifiedName) -> bool {
        left.name == right.name && self.namespace_of(left) == self.namespace_of(right)
    }

    /// The PostgreSQL schema of this name, if it is declared.
    pub fn find_namespace(&self, name: &Ident) -> Option<&Namespace> {
        self.namespaces.iter().find(|it| it.name == *name)
    }

    /// The type of this name.
    pub fn find_type(&self, name: &QualifiedName) -> Option<&UserType> {
        self.types.iter().find(|ty| self.same_name(ty.name(), name))
    }

    /// The enum type that a column's type is, if it is one.
    pub fn find_enum(&self, ty: &DataType) -> Option<&EnumType> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Enum(ty) => Some(ty),
            UserType::Domain(_) | UserType::Composite(_) => None,
        }
    }

    /// The domain that a type is, if it is one.
    pub fn find_domain(&self, ty: &DataType) -> Option<&Domain> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Domain(ty) => Some(ty),
            UserType::Enum(_) | UserType::Composite(_) => None,
        }
    }

    /// The composite type that a type is, if it is one.
    pub fn find_composite(&self, ty: &DataType) -> Option<&Composite> {
        let DataType::Named(name) = ty else {
            return None;
        };
        match self.find_type(name)? {
            UserType::Composite(ty) => Some(ty),
            UserType::Enum(_) | UserType::Domain(_) => None,
        }
    }

    /// Whether values of the type have an order that stays as it is: that of a composite type changes with its attributes.
    pub(crate) fn is_sortable(&self, ty: &DataType) -> bool {
        let base = self.base_of(ty);
        base.is_sortable() && self.find_composite(self.base_of(base.element())).is_none()
    }

    /// The domains that a type is made of, from the type itself down; none where it is no domain.
    pub fn domains_of<'a>(&'a self, ty: &'a DataType) -> impl Iterator<Item = &'a Domain> {
        let next = |domain: &&'a Domain| self.find_domain(&domain.base);
        // A circle of domains is an error of its own.
        std::iter::successors(self.find_domain(ty), next).take(self.types.len())
    }

    /// Whether a value of the type can break a rule of a domain.
    pub fn has_rules(&self, ty: &DataType) -> bool {
        self.domains_of(ty).any(Domain::has_rules)
    }

    /// Whether the type is a domain over an enum type: the server's operators for enums do not take those.
    pub fn is_over_enum(&self, ty: &DataType) -> bool {
        self.find_domain(ty).is_some() && self.find_enum(self.base_of(ty)).is_some()
    }

    /// Whether a domain lets no value of the type be NULL.
    pub fn refuses_null(&self, ty: &DataType) -> bool {
        self.domains_of(ty).any(|domain| domain.not_null)
    }

    /// What the server gives a column that an INSERT leaves out: its own default, or that of its domain.
    pub fn default_of<'a>(&'a self, column: &'a Column) -> Option<&'a Expr> {
        let of_domain = || {
            self.domains_of(&column.ty)
                .find_map(|it| it.default.as_ref())
        };
        column.default.as_ref().or_else(of_domain)
    }

    /// The type itself, or the one below a domain: what operators and programs see.
    pub fn base_of<'a>(&'a self, ty: &'a DataType) -> &'a DataType {
        self.domains_of(ty).last().map_or(ty, |domain| &domain.base)
    }

    /// The table of this name.
    pub fn find_table(&self, name: &QualifiedName) -> Option<&Table> {
        self.tables
            .iter()
            .find(|table| self.same_name(&table.name, name))
    }

    /// The view of this name.
    pub fn find_view(&self, name: &QualifiedName) -> Option<&View> {
        self.views
            .iter()
            .find(|view| self.same_name(&view.name, name))
    }

    /// The routine of this name.
    pub fn find_routine(&self, name: &QualifiedName) -> Option<&Routine> {
        self.routines
            .iter()
            .find(|routine| self.same_name(&routine.name, name))
    }

    /// The sequence of this name.
    pub fn find_sequence(&self, name: &QualifiedName) -> Option<&Sequence> {
        self.sequences
            .iter()
            .find(|sequence| self.same_name(&sequence.name, name))
    }

    /// The query of this name.
    pub fn find_query(&self, name: &Ident) -> Option<&Query> {
        self.queries.iter().find(|query| query.name == *name)
    }

    /// The partition policy of the table of this name.
    pub fn find_policy(&self, table: &QualifiedName) -> Option<&PartitionPolicy> {
        let partitioning = self.find_table(table)?.partitioning.as_ref()?;
        partitioning.policy.as_deref()
    }

    /// Whether a routine of this name is defined, or made from a partition policy.
    pub fn has_routine(&self, name: &QualifiedName) -> bool {
        let policies = self.tables.iter().filter_map(|table| {
            let partitioning = table.partitioning.as_ref()?;
            partitioning.policy.as_deref()
        });
        let mut made = policies.flat_map(PartitionPolicy::routine_names);
        self.find_routine(name).is_some() || made.any(|made| self.same_name(made, name))
    }

    /// The names of the columns of a table or view; none when there is no such relation.
    pub fn columns_of(&self, relation: &QualifiedName) -> Vec<&Ident> {
        if let Some(table) = self.find_table(relation) {
            return table.columns.iter().map(|column| &column.name).collect();
        }
        let view = self.find_view(relation);
        let columns = view.into_iter().flat_map(|view| &view.columns);
        columns.map(|column| &column.name).collect()
    }

    /// The type of a column of a table or view.
    pub fn column_type(&self, relation: &QualifiedName, column: &Ident) -> Option<&DataType> {
        if let Some(table) = self.find_table(relation) {
            return table.find_column(column).map(|column| &column.ty);
        }
        let columns = &self.find_view(relation)?.columns;
        let found = columns.iter().find(|found| found.name == *column);
        found.map(|found| &found.ty)
    }

    /// The table itself, or the tables that a view's body binds, through views between too.
    pub fn tables_below(&self, relation: &QualifiedName) -> Vec<&Table> {
        let mut tables: Vec<&Table> = Vec::new();
        let mut seen: Vec<&QualifiedName> = Vec::new();
        let mut open = vec![relation];
        while let Some(name) = open.pop() {
            if let Some(table) = self.find_table(name) {
                if !tables.iter().any(|known| known.name == table.name) {
                    tables.push(table);
                }
            } else if let Some(view) = self.find_view(name)
                && !seen.contains(&&view.name)
            {
                seen.push(&view.name);
                open.extend(
                    view.body
                        .bindings
                        .values()
                        .filter_map(|binding| match binding {
                            Binding::Relation(name) => Some(name),
                            _ => None,
                        }),
                );
            }
        }
        tables
    }
}
