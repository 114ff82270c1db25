//! Throw-away PostgreSQL servers: finding the programs, getting them where they are missing, starting and stopping.
//! Knows nothing of schemas, of generated files and of any database driver; readiness is `pg_ctl -w`'s word.
//!
//! ```no_run
//! use eventcore_xtask::postgres::{Home, Search, ServerOptions, ServerUser, Workspace, obtain};
//!
//! let user = ServerUser::choose()?;
//! let home = Home::below(&Workspace::here()?.target_directory, &user)?;
//! let search = Search::of_this_machine(Vec::new(), &home);
//! let installation = obtain(&search, &home, &user, None)?;
//! let server = ServerOptions::default().start(&installation, &user)?;
//! println!("{}", server.address().url("postgres"));
//! // Dropping `server`, or any end of this process, stops the server and removes its data.
//! # Ok::<(), eventcore_xtask::postgres::PostgresError>(())
//! ```

mod address;
mod error;
mod fetch;
mod find;
mod guardian;
mod home;
mod os_user;
mod psql;
mod random;
mod server;
mod version;
mod workspace;

pub use address::{PSQL_VARIABLE, SERVER_VARIABLE, ServerAddress};
pub use error::{Attempt, PostgresError};
pub use fetch::{Fetchers, fetched_versions, obtain, obtain_psql, obtain_with};
pub use find::{FoundVersions, Installation, PG_BIN_VARIABLE, Search, Source};
pub use home::Home;
pub use os_user::ServerUser;
pub use psql::find_psql;
pub use server::{Server, ServerOptions, TlsFiles};
pub use version::{MajorVersion, SUPPORTED, ServerVersion};
pub use workspace::Workspace;
pub(crate) use workspace::cargo;
