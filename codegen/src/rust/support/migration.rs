//! A migration as data. Knows no runner.

/// A migration file, embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number; migrations run in this order.
    pub version: u32,
    /// The words of its file name.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// Whether it runs in a transaction. One that does not is a single statement, to be sent alone.
    pub transactional: bool,
}

impl Migration {
    /// Its file name without the ending, such as `001_create_event_streams`.
    pub fn file_stem(&self) -> String {
        format!("{:03}_{}", self.version, self.name)
    }

    /// Its name as refinery wants it, such as `V1__create_event_streams`, for
    /// `refinery::Migration::unapplied(&migration.refinery_name(), migration.sql)`.
    pub fn refinery_name(&self) -> String {
        format!("V{}__{}", self.version, self.name)
    }
}
