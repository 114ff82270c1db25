//! From a schema to ordered steps: which migration does what, in which order, and what it locks. Knows no
//! SQL text.

mod founding;
mod lock;
mod order;

use eventcore_schema_model::migration::ObjectRef;
use thiserror::Error;

pub use founding::plan_founding;
pub use lock::{Lock, LockMode};

/// A migration as ordered steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMigration {
    /// Its number.
    pub version: u32,
    /// The words of its file name.
    pub slug: String,
    /// What it is for, one sentence.
    pub purpose: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// What runs in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// What it locks that was there before its migration.
    pub locks: Vec<Lock>,
    /// Whether it can run inside a transaction.
    pub transactional: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Creates an object with what belongs to it: comments, triggers, grants.
    Create(ObjectRef),
}

/// Why migrations cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A name was given, but no migration is to be named.
    #[error(
        "`--name {name}` names no migration: every object of the definition is created by a migration \
         that has a name already"
    )]
    NothingToName {
        /// The name.
        name: String,
    },
    /// Objects that cannot be created one after the other.
    #[error(
        "these need each other in a circle, or stand behind one: {}; take one of the references out, or add it \
         in a migration written by hand",
        objects.join(", ")
    )]
    Circle {
        /// What cannot be created.
        objects: Vec<String>,
    },
}

impl PlannedMigration {
    /// Its file name without the ending, such as `001_create_event_streams`.
    pub fn file_stem(&self) -> String {
        format!("{:03}_{}", self.version, self.slug)
    }

    /// Whether it runs in one transaction.
    pub fn transactional(&self) -> bool {
        self.steps.iter().all(|step| step.transactional)
    }
}
