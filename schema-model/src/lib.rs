//! What a PostgreSQL schema for an event store is, as plain data: the definition types, the rules that
//! prove a definition well-formed, and the EventCore schema itself. Knows no I/O, no driver and no SQL
//! text but the bodies of reviewed routines, views and queries.
//!
//! A definition is a [`schema::Schema`] built by chained calls; [`validate::validate`] turns it into a
//! [`validate::ValidSchema`] or into every [`validate::Violation`] at once.
//!
//! ```
//! use eventcore_schema_model::prelude::*;
//!
//! let orders = Table::new("order_summary")
//!     .column(Column::new("order_id", DataType::Uuid))
//!     .column(Column::new("total_cents", DataType::BigInt).default(0))
//!     .primary_key(["order_id"])
//!     .check("order_summary_total_check", col("total_cents").ge(0))
//!     .comment("One row per order, kept by the order projection.");
//! let schema = Schema::new("orders").table(orders);
//! assert!(validate(schema).is_ok());
//! ```

#![warn(clippy::unwrap_used)]

pub mod column;
pub mod composite;
pub mod constraint;
pub mod diff;
pub mod domain;
pub mod event;
pub mod event_data;
pub mod event_type;
pub mod eventcore;
pub mod evolution;
pub mod exclusion;
pub mod expr;
pub mod extension;
mod find;
pub mod grant;
pub mod index;
pub mod lexer;
pub mod lint;
pub mod migration;
pub mod name;
pub mod namespace;
mod needs;
pub mod partition;
mod pieces;
pub mod place;
pub mod query;
pub mod routine;
pub mod rust_name;
pub mod schema;
pub mod sequence;
pub mod server;
pub mod snapshot;
pub mod storage;
pub mod table;
pub mod template;
pub mod trigger;
pub mod ty;
pub mod user_type;
pub mod validate;
pub mod view;

pub use event::{Event, EventData};
#[cfg(feature = "derive")]
pub use eventcore_derive::{Event, EventData};

/// Everything that a definition file needs, in one `use`.
pub mod prelude {
    pub use crate::column::{Column, Identity};
    pub use crate::composite::{Attribute, Composite};
    pub use crate::constraint::{Constraint, ForeignKey, ForeignKeyAction};
    pub use crate::domain::{Domain, value};
    pub use crate::event::EventShape;
    pub use crate::exclusion::{Exclusion, ExclusionOperator};
    pub use crate::expr::{Expr, Function, Literal, Volatility, call, col, lit, new, old};
    pub use crate::extension::Extension;
    pub use crate::grant::{Grant, Privilege};
    pub use crate::index::{Index, IndexMethod, IndexPart, Serves};
    pub use crate::lint::LintCode;
    pub use crate::migration::{Migration, ObjectRef};
    pub use crate::name::{Ident, QualifiedName};
    pub use crate::namespace::Namespace;
    pub use crate::partition::{
        BoundEncoding, BoundValue, LeafTemplate, Partition, PartitionBound, PartitionInterval,
        PartitionKey, PartitionPolicy, Partitioning,
    };
    pub use crate::query::{Access, Cardinality, Param, Query, Row};
    pub use crate::routine::{Argument, Language, Parallel, Returns, Routine, Security};
    pub use crate::schema::Schema;
    pub use crate::sequence::Sequence;
    pub use crate::storage::StorageParameter;
    pub use crate::table::Table;
    pub use crate::template::{Binding, Template};
    pub use crate::trigger::{Trigger, TriggerEvent, TriggerLevel, TriggerTiming};
    pub use crate::ty::{DataType, RangeOf};
    pub use crate::user_type::{EnumType, UserType};
    pub use crate::validate::{ValidSchema, Violations, validate};
    pub use crate::view::{Materialized, View};
}

/// Whether a field holds its default and can be left out of the schema snapshot.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
