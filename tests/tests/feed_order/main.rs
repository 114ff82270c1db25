//! The order of the feed under hostile writers, over the generated functions (D18): every committed event once, in
//! order, whatever the writers do. The harness itself is guarded: without the marker it must find lost events.
//!
//! `EVENTCORE_SOAK_SECONDS` makes the writing longer, `EVENTCORE_SOAK_SEED` repeats a choice of acts.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod harness;
mod poller;
mod readers;
mod restore;
mod soak;
mod transactions;
mod verdict;
mod writer;
