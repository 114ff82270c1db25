//! From a schema, or from the changes between two, to ordered steps: which migration does what, in which order, what it
//! locks and what it risks. Knows no SQL text but the names of objects.

mod action;
mod condition;
mod evolution;
mod founding;
mod graph;
mod hazard;
mod lock;
mod order;

use eventcore_schema_model::migration::ObjectRef;
use thiserror::Error;

pub use action::{
    Action, AttributeChange, Commented, DomainChange, LabelPlace, LeafChange, LeafPart,
    PartitionedKey, Renamed, TableChange,
};
pub use condition::{CatalogObject, CatalogState, Condition, ConditionError};
pub use evolution::{EvolutionError, plan_evolution};
pub use founding::{catalog_names, plan_founding};
pub use hazard::Hazard;
pub use lock::{Lock, LockMode, LockReach};

/// A numbered migration: one step, and so one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMigration {
    /// Its number.
    pub version: u32,
    /// The words of its file name.
    pub slug: String,
    /// Which of how many steps of one change it is, from 1; nothing for a founding one.
    pub place: Option<(usize, usize)>,
    /// What it does.
    pub step: Step,
}

/// What runs in one transaction, or one statement outside of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is for, one sentence.
    pub purpose: String,
    /// What it does, in order.
    pub actions: Vec<Action>,
    /// How it is run.
    pub execution: Execution,
    /// What it locks that was there before.
    pub locks: Vec<Lock>,
    /// What a reviewer must know.
    pub hazards: Vec<Hazard>,
    /// How long it waits for a lock and works; as the session has it without them.
    pub timeouts: Option<Timeouts>,
    /// What must hold before.
    pub needs: Vec<Condition>,
    /// What holds when it is done.
    pub leaves: Vec<Condition>,
}

/// How a step is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// In one transaction.
    Transaction,
    /// One statement, outside of any transaction.
    Outside,
    /// The statements that one query over the catalog returns, each outside of any transaction.
    Expanded,
}

/// How long a step waits for a lock and works, in milliseconds; no limit where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// `lock_timeout`
    pub lock: Option<u32>,
    /// `statement_timeout`
    pub statement: Option<u32>,
}

/// Why migrations cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A name was given, but no migration is to be named.
    #[error(
        "`--name {name}` names no migration: the database need not change. Event types, queries, documentation and the order of \
         columns need no migration; leave `--name` out"
    )]
    NothingToName {
        /// The name.
        name: String,
    },
    /// What others rest on, and the server keeps as it is.
    #[error(
        "{}; give up what rests on it in this migration, and add it again in the next",
        rests.join("; ")
    )]
    RestedOn {
        /// What rests on what, a clause each.
        rests: Vec<String>,
    },
    /// Objects that cannot be created one after the other.
    #[error(
        "these need each other in a circle, or stand behind one: {}; take one of the references out, or add it \
         in a migration written by hand",
        objects.join("; ")
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
        self.step.execution == Execution::Transaction
    }
}

impl Step {
    /// A step that creates objects of a store that is not in use yet.
    fn founding(purpose: String, objects: &[ObjectRef], locks: Vec<Lock>) -> Self {
        Self {
            purpose,
            actions: objects.iter().cloned().map(Action::Create).collect(),
            execution: Execution::Transaction,
            locks,
            hazards: Vec::new(),
            timeouts: None,
            needs: Vec::new(),
            leaves: Vec::new(),
        }
    }
}
