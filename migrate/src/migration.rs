//! A numbered migration as a runner gets it: from a folder, or from data that a program embeds.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A numbered migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its number; migrations run in this order.
    pub version: u32,
    /// The words of its file name.
    pub name: Cow<'static, str>,
    /// Its text, to the byte.
    pub sql: Cow<'static, str>,
}

impl Migration {
    /// A migration.
    pub fn new(
        version: u32,
        name: impl Into<Cow<'static, str>>,
        sql: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            version,
            name: name.into(),
            sql: sql.into(),
        }
    }

    /// Its file name, such as `001_create_event_streams.sql`.
    pub fn file_name(&self) -> String {
        format!("{:03}_{}.sql", self.version, self.name)
    }

    /// The SHA-256 of its bytes, in hexadecimal.
    pub fn checksum(&self) -> String {
        sha256(self.sql.as_bytes())
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::Migration;

    #[test]
    fn a_checksum_is_what_sha256sum_says() {
        let migration = Migration::new(1, "x", "abc");
        assert_eq!(
            migration.checksum(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(migration.file_name(), "001_x.sql");
    }
}
