//! What a run tells while it goes on. What becomes of it, on a terminal or in a log, is the listener's business.

use std::time::Duration;

use eventcore_codegen::plan::Condition;

use crate::watcher::Progress;
use crate::work::Kind;

/// Listens to a run.
pub trait Observer: Send {
    /// Something happened.
    fn observe(&mut self, event: &Event<'_>);
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another run is at it; this one waits.
    Waiting {
        /// Who, such as `pid 4711 (eventcore-migrate, user app)`.
        holder: &'a str,
        /// For how long at most; without an end if none.
        at_most: Option<Duration>,
    },
    /// Before anything is applied: an object is not as the last run left it.
    Drifted {
        /// The object's name.
        object: &'a str,
    },
    /// The run's role is not the one that owns the store: new objects belong to another owner.
    OtherOwner {
        /// The role of the run.
        role: &'a str,
        /// The owner of what was migrated before.
        owner: &'a str,
    },
    /// The last run was on a server of another major version, and the objects cannot be compared with what it left.
    NotCompared {
        /// Why not.
        reason: &'a str,
    },
    /// A migration was applied under another number or name, or with other comments; its record follows its file.
    Moved {
        /// What it was called.
        was: &'a str,
        /// What it is called now.
        file: &'a str,
    },
    /// A migration was recorded as applied, without running it.
    Recorded {
        /// Its file.
        file: &'a str,
        /// Whether it changes rows: a baseline compares objects, and cannot tell whether that was done.
        changes_rows: bool,
    },
    /// A migration was recorded without running it, as it rests on one that was skipped.
    Skipped {
        /// Its file.
        file: &'a str,
    },
    /// A migration starts.
    Started {
        /// Its file.
        file: &'a str,
        /// How it is run.
        kind: Kind,
        /// Whether an earlier run started it and did not finish it.
        resumed: bool,
    },
    /// An earlier run was interrupted after the last statement; there is nothing left to do but to record that.
    FoundDone {
        /// The migration's file.
        file: &'a str,
    },
    /// What an interrupted attempt left is cleared away.
    Clearing {
        /// The migration's file.
        file: &'a str,
        /// The statement.
        statement: &'a str,
    },
    /// A statement outside of a transaction starts.
    Statement {
        /// The migration's file.
        file: &'a str,
        /// The statement.
        statement: &'a str,
    },
    /// A statement has been at work for a while.
    Progress {
        /// The migration's file.
        file: &'a str,
        /// How far it is, and whom it waits for.
        progress: &'a Progress,
    },
    /// An attempt failed and is made again.
    Retrying {
        /// The migration's file.
        file: &'a str,
        /// How many attempts failed.
        failed: u32,
        /// How many are made at most.
        attempts: u32,
        /// When the next one is made.
        delay: Duration,
        /// What the server said.
        reason: &'a str,
    },
    /// The statements ran, and more came up meanwhile: the queries are asked again.
    ExpandingAgain {
        /// The migration's file.
        file: &'a str,
        /// What does not hold yet.
        missing: &'a [Condition],
    },
    /// A migration is applied.
    Applied {
        /// Its file.
        file: &'a str,
        /// How many statements ran.
        statements: usize,
        /// How long it took.
        duration: Duration,
    },
}

impl Observer for Silent {
    fn observe(&mut self, _event: &Event<'_>) {}
}

impl<F: FnMut(&Event<'_>) + Send> Observer for F {
    fn observe(&mut self, event: &Event<'_>) {
        self(event);
    }
}
