//! `eventcore-migrate` and `cargo xtask migrate` on a real server: from nothing, once more, after psql, against every
//! database that tells another story, killed at every kind of moment, and two at once.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests put files in place by hand, and fail by panic"
)]

#[path = "../support/authority.rs"]
mod authority;
mod causes;
mod command;
mod expanded;
mod fixture;
mod layouts;
mod look;
mod outside;
mod pooler;
mod refusals;
mod servers;
mod skip;
mod takeover;
mod tls;
mod together;
mod transaction;
