//! The definition as a whole.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::event_type::EventType;
use crate::evolution::{BrokenObject, DroppedObject, RetiredEvent};
use crate::extension::Extension;
use crate::grant::Grant;
use crate::is_default;
use crate::migration::{Migration, ObjectRef};
use crate::name::{Ident, IntoIdent, IntoName, QualifiedName};
use crate::namespace::Namespace;
use crate::place::Place;
use crate::query::Query;
use crate::routine::Routine;
use crate::sequence::Sequence;
use crate::server::ServerMajor;
use crate::table::Table;
use crate::user_type::UserType;
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
    /// Event types in the shapes that were recorded before: stored events may still have them. Definitions have none; the lock
    /// file keeps them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub former_events: Vec<EventType>,
    /// Objects that it no longer has, and whose data or users are given up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped: Vec<DroppedObject>,
    /// Objects whose changes break queries that the previous release runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub breaking: Vec<BrokenObject>,
    /// Event types of which the log contains no event in the shape recorded so far.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retired: Vec<RetiredEvent>,
    /// Tables that `.edit_table(...)` was to change, and that were not there.
    #[serde(skip)]
    pub unknown_edits: Vec<(QualifiedName, Place)>,
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
            former_events: Vec::new(),
            dropped: Vec::new(),
            breaking: Vec::new(),
            retired: Vec::new(),
            unknown_edits: Vec::new(),
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

    /// Adds a type, such as an [`EnumType`](crate::user_type::EnumType).
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

    /// Changes a table that was added before, such as one of an event store. A name that no such table has is a violation.
    #[track_caller]
    pub fn edit_table(mut self, name: impl IntoName, edit: impl FnOnce(Table) -> Table) -> Self {
        let name = name.into_name();
        let place = self
            .tables
            .iter()
            .position(|table| self.same_name(&table.name, &name));
        if let Some(place) = place {
            let table = self.tables.remove(place);
            self.tables.insert(place, edit(table));
        } else {
            self.unknown_edits.push((name, Place::here()));
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
    #[track_caller]
    pub fn event<E: Event>(mut self) -> Self {
        let place = Place::here();
        let types = E::recorded().into_iter();
        self.events
            .extend(types.map(|it| EventType { place, ..it }));
        self
    }

    /// Every recorded event type: those of the definition, and those in the shapes that they had before.
    pub fn recorded_events(&self) -> impl Iterator<Item = &EventType> {
        self.events.iter().chain(&self.former_events)
    }

    /// States that the log contains no event of this type in the shape recorded so far, and gives the reason: the type
    /// may be taken out, or change so that such events could not be read. The statement applies to the change it is
    /// made with; a later change needs a statement with a reason of its own. Nothing is checked in a database.
    #[track_caller]
    pub fn retire(mut self, event_type: impl Into<String>, reason: impl Into<String>) -> Self {
        self.retired.push(RetiredEvent {
            name: event_type.into(),
            reason: reason.into(),
            place: Place::here(),
        });
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
}
