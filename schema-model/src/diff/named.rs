//! What all objects have in common that can say which name they had before.

use crate::column::Column;
use crate::composite::Attribute;
use crate::constraint::Constraint;
use crate::index::Index;
use crate::name::{Ident, QualifiedName};
use crate::partition::Partition;
use crate::place::Place;
use crate::routine::Routine;
use crate::sequence::Sequence;
use crate::table::Table;
use crate::user_type::UserType;
use crate::view::View;

/// An object that can say which name it had before.
pub(super) trait Named: Clone + PartialEq {
    type Name: Clone + ToString;
    const KIND: &'static str;
    /// The function of `ObjectRef` that refers to one.
    const REFERENCE: &'static str = Self::KIND;
    fn name(&self) -> &Self::Name;
    fn renamed_from(&self) -> Option<&Self::Name>;
    fn place(&self) -> Place;
    /// The same under this name, without a word on the one before.
    fn under(&self, name: &Self::Name) -> Self;
    /// The same as a server sees it, under this name.
    fn seen(&self, name: &Self::Name) -> Self {
        self.under(name)
    }
}

macro_rules! named {
    ($($object:ty, $name:ty, $kind:literal $(, $seen:ident)?;)+) => {$(
        impl Named for $object {
            type Name = $name;
            const KIND: &'static str = $kind;
            fn name(&self) -> &$name {
                &self.name
            }
            fn renamed_from(&self) -> Option<&$name> {
                self.renamed_from.as_ref()
            }
            fn place(&self) -> Place {
                self.place
            }
            fn under(&self, name: &$name) -> Self {
                Self { name: name.clone(), renamed_from: None, ..self.clone() }
            }
            $(fn seen(&self, name: &$name) -> Self {
                let mut $seen = self.under(name);
                $seen.forget_what_no_server_sees();
                $seen
            })?
        }
    )+};
}

named! {
    Sequence, QualifiedName, "sequence";
    Table, QualifiedName, "table";
    View, QualifiedName, "view", seen;
    Routine, QualifiedName, "routine", seen;
    Column, Ident, "column";
    Constraint, Ident, "constraint";
    Index, Ident, "index";
    Partition, Ident, "partition";
    Attribute, Ident, "attribute";
}

impl Named for UserType {
    type Name = QualifiedName;
    const KIND: &'static str = "type";
    const REFERENCE: &'static str = "user_type";
    fn name(&self) -> &QualifiedName {
        self.name()
    }
    fn renamed_from(&self) -> Option<&QualifiedName> {
        self.renamed_from()
    }
    fn place(&self) -> Place {
        self.place()
    }
    fn under(&self, name: &QualifiedName) -> Self {
        self.under(name)
    }
}

impl View {
    /// Removes what the definition states for programs alone.
    fn forget_what_no_server_sees(&mut self) {
        self.body.forget_what_is_unused();
        for column in &mut self.columns {
            column.nullable = true;
        }
    }
}

impl Routine {
    /// Removes what the definition states for programs alone.
    fn forget_what_no_server_sees(&mut self) {
        self.body.forget_what_is_unused();
    }
}
