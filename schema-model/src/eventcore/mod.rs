//! The EventCore event store as code, in two layouts that share columns, routines and queries.
//!
//! Read it as the specification of the store: [`streams`] and [`events`] are its tables, [`indexes`] what
//! makes each purpose fast, [`partitions`] how months come and go, [`routines`] what runs inside the
//! database, [`grants`] who may do what, [`queries`] what applications ask, [`migrations`] which numbered file creates what.

pub mod events;
pub mod grants;
pub mod indexes;
pub mod migrations;
pub mod partitions;
pub mod queries;
pub mod routines;
mod stream_pages;
pub mod streams;

use crate::name::{Ident, IntoIdent, QualifiedName};
use crate::namespace::Namespace;
use crate::schema::Schema;
use crate::server::ServerMajor;
use crate::ty::DataType;

/// The simple layout with every parameter at its default: one table, up to about a million events a month.
pub fn simple() -> Schema {
    EventStore::simple().schema()
}

/// The partitioned layout with every parameter at its default: a partition a month.
pub fn partitioned() -> Schema {
    EventStore::partitioned().schema()
}

/// The two shapes of the event store. Applications see no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One table.
    Simple,
    /// A table partitioned by month.
    Partitioned,
}

/// How payloads are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Searchable; slower to write and read, not faithful to the byte, refuses `\u0000`.
    Jsonb,
    /// The text as written; checked to be JSON, not searchable.
    Json,
    /// Bytes; not checked, not searchable, fastest.
    Bytea,
}

impl Payload {
    /// The type of the payload column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Jsonb => DataType::Jsonb,
            Self::Json => DataType::Json,
            Self::Bytea => DataType::Bytea,
        }
    }
}

/// The parameters of the store.
#[derive(Clone, Debug)]
pub struct EventStore {
    layout: Layout,
    name: Option<Ident>,
    namespace: Ident,
    declares_namespace: bool,
    streams: Ident,
    events: Ident,
    payload: Payload,
    payload_search: Option<bool>,
    months_ahead: u32,
    retention_months: Option<u32>,
    writer_role: Option<Ident>,
    reader_role: Option<Ident>,
    minimum_server: ServerMajor,
}

impl EventStore {
    /// The simple layout: tables `event_streams` and `events_simple`.
    pub fn simple() -> Self {
        Self::new(Layout::Simple, "events_simple")
    }

    /// The partitioned layout: tables `event_streams` and `events`, 6 months made ahead, nothing dropped.
    pub fn partitioned() -> Self {
        Self::new(Layout::Partitioned, "events")
    }

    fn new(layout: Layout, events: &str) -> Self {
        Self {
            layout,
            name: None,
            namespace: "public".into_ident(),
            declares_namespace: false,
            streams: "event_streams".into_ident(),
            events: events.into_ident(),
            payload: Payload::Jsonb,
            payload_search: None,
            months_ahead: 6,
            retention_months: None,
            writer_role: None,
            reader_role: None,
            minimum_server: ServerMajor::default(),
        }
    }

    /// Sets what the definition is called in documentation and in the generated `Layout`: `simple` or `partitioned`
    /// without it.
    pub fn name(mut self, name: impl IntoIdent) -> Self {
        self.name = Some(name.into_ident());
        self
    }

    /// Sets the PostgreSQL schema of the whole store; it must exist when the migrations run, and roles need USAGE on it,
    /// unless [`EventStore::declare_namespace`] sees to both.
    pub fn namespace(mut self, namespace: impl IntoIdent) -> Self {
        self.namespace = namespace.into_ident();
        self
    }

    /// Lets the migrations make the PostgreSQL schema of the store, and grant USAGE on it to its roles.
    pub fn declare_namespace(mut self) -> Self {
        self.declares_namespace = true;
        self
    }

    /// Sets the table names.
    pub fn tables(mut self, streams: impl IntoIdent, events: impl IntoIdent) -> Self {
        self.streams = streams.into_ident();
        self.events = events.into_ident();
        self
    }

    /// Sets how payloads are stored. Only [`Payload::Jsonb`] can be searched; the others are not, unless
    /// [`EventStore::payload_search`] demands it, which is a violation then.
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Sets whether payloads can be searched by containment: yes without it, where they are `jsonb`. The index for it
    /// costs more than any other.
    pub fn payload_search(mut self, search: bool) -> Self {
        self.payload_search = Some(search);
        self
    }

    /// Sets how many months beyond the current one are kept ready.
    pub fn months_ahead(mut self, months: u32) -> Self {
        self.months_ahead = months;
        self
    }

    /// Sets how many past months are kept when old partitions are dropped.
    pub fn retention_months(mut self, months: u32) -> Self {
        self.retention_months = Some(months);
        self
    }

    /// Lets a role append, through `append_events` alone, and read. It must exist when the migrations run.
    pub fn writer_role(mut self, role: impl IntoIdent) -> Self {
        self.writer_role = Some(role.into_ident());
        self
    }

    /// Lets a role read. It must exist when the migrations run.
    pub fn reader_role(mut self, role: impl IntoIdent) -> Self {
        self.reader_role = Some(role.into_ident());
        self
    }

    /// Sets the oldest server that the store is for. From 19 on the store's feed can be read on a physical standby
    /// (`standby_horizon`), and `repack_streams` gives back the space of dead rows.
    pub fn minimum_server(mut self, major: u16) -> Self {
        self.minimum_server = ServerMajor(major);
        self
    }

    /// The definition that these parameters give.
    pub fn schema(&self) -> Schema {
        let (name, description) = match self.layout {
            Layout::Simple => ("simple", "An event store in one table."),
            Layout::Partitioned => (
                "partitioned",
                "An event store with a partition for each month.",
            ),
        };
        let name = self.name.clone().unwrap_or_else(|| name.into_ident());
        let schema = Schema::new(name)
            .namespace(&self.namespace)
            .minimum_server(self.minimum_server.0)
            .description(description);
        let schema = if self.declares_namespace {
            schema.declare_namespace(Namespace::new(&self.namespace))
        } else {
            schema
        };
        let schema = schema.table(streams::table(self));
        let schema = events::add(self, schema);
        let schema = routines::add(self, schema);
        let schema = queries::add(self, schema);
        let schema = grants::add(self, schema);
        migrations::add(self, schema)
    }

    /// Whether payloads can be searched.
    fn searches_payload(&self) -> bool {
        self.payload_search
            .unwrap_or(self.payload == Payload::Jsonb)
    }

    fn streams_name(&self) -> QualifiedName {
        QualifiedName {
            namespace: None,
            name: self.streams.clone(),
        }
    }

    fn events_name(&self) -> QualifiedName {
        QualifiedName {
            namespace: None,
            name: self.events.clone(),
        }
    }
}
