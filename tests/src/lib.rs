//! What the integration tests stand on: running servers, fresh databases, `psql`. Knows nothing of event stores.
//!
//! A test asks for a database of its own; everything behind it (finding or fetching PostgreSQL, starting a server once,
//! stopping it) happens by itself, under `cargo xtask test` and under plain `cargo test`. What is missing makes the test
//! fail with a message that says what to install. Only what a build of PostgreSQL lacks is left out, aloud.
//!
//! ```no_run
//! use eventcore_tests::TestDatabase;
//!
//! #[tokio::test]
//! async fn a_table_can_be_filled() {
//!     let db = TestDatabase::create().await;
//!     db.psql(["-c", "CREATE TABLE t (n int)"]).succeeds();
//!     let client = db.connect().await;
//!     let rows = client.execute("INSERT INTO t VALUES (1), (2)", &[]).await.unwrap();
//!     assert_eq!(rows, 2);
//! } // the database is dropped here
//! ```
//!
//! - The session time zone is not UTC and the collation is not C where the server has ICU, as in real life: say what you
//!   mean in SQL.
//! - Roles belong to the whole server: name them after the database (`db.name()`), or ask for a server of your own with
//!   [`Server::dedicated`], as also for settings, TLS, and anything that other tests must not feel. A database drops
//!   only if nothing in it is owned elsewhere, so drop such roles yourself or leave them: the server is thrown away.
//! - [`Server::version`] says which version a test runs on; a test that needs a newer one asserts the older one's
//!   behaviour too.
//! - A test target that learns nothing from a second version is named in `on-one-version` in this package's `Cargo.toml`, and then runs on
//!   one version only.

pub mod catalog;
mod database;
pub mod guide;
pub mod hostile;
pub mod locks;
mod psql;
pub mod random;
mod server;
pub mod store;

pub use database::TestDatabase;
pub use eventcore_xtask::postgres::{ServerOptions, ServerVersion, TlsFiles};
pub use psql::PsqlOutput;
pub use server::{Part, Server, not_run};
