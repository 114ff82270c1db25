//! `cargo xtask gen-sql` and `cargo xtask rebase` as processes on real folders and git repositories: what is ours is
//! mended, what is recorded is kept, and no moment of death leaves half a file or half a history.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests put files in place by hand, and fail by panic"
)]

mod amend;
mod database;
mod events;
mod export;
mod files;
mod history;
mod kill;
mod project;
mod rebase;
mod repository;
