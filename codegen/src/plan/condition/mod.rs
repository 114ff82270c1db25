//! What must hold in the catalog before and after a step: data that a migration's header shows to a reader, that a
//! runner reads back from it, and that a server can be asked. Knows no step.

mod question;
mod text;

pub use text::ConditionError;

/// A state of one object in the catalog, such as `index public.orders_idx is valid`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Which object.
    pub object: CatalogObject,
    /// In which state.
    pub state: CatalogState,
}

/// An object that a condition is about. The names of relations, functions and types are SQL, qualified, and quoted
/// where they need it; those of columns, constraints and triggers stand as the catalog has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogObject {
    /// A PostgreSQL schema.
    Namespace(String),
    /// An extension.
    Extension(String),
    /// A version and its extension.
    ExtensionVersion(String, String),
    /// A table.
    Table(String),
    /// A view.
    View(String),
    /// A sequence.
    Sequence(String),
    /// An index.
    Index(String),
    /// A function, with its argument types: `public.touch()`.
    Function(String),
    /// A type.
    Type(String),
    /// The index, or that of the key, that each partition of a table has by this suffix after its own name.
    LeafIndex(String, String),
    /// A partition and the table or partition that it belongs to.
    Partition(String, String),
    /// An attribute and its composite type.
    Attribute(String, String),
    /// A label and its enum type.
    Label(String, String),
    /// A check and its domain.
    DomainCheck(String, String),
    /// A column and its table.
    Column(String, String),
    /// A constraint and its table.
    Constraint(String, String),
    /// A trigger and its table.
    Trigger(String, String),
}

/// A state that an object can be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogState {
    /// It exists.
    There,
    /// It does not exist.
    Absent,
    /// An index that the server uses, with all that belongs to it on partitions; a constraint that was found to hold
    /// for all rows.
    Valid,
    /// A column or domain that refuses NULL.
    NotNull,
    /// An extension that the server can install.
    Available,
}

impl Condition {
    /// A condition.
    pub fn new(object: CatalogObject, state: CatalogState) -> Self {
        Self { object, state }
    }
}
