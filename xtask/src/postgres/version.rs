//! PostgreSQL's version numbers: what they look like, which ones we support.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::PostgresError;

/// A major version, such as 18.
pub type MajorVersion = u16;

/// The major versions that this project supports, oldest first.
pub const SUPPORTED: [MajorVersion; 5] = [15, 16, 17, 18, 19];

/// The version of a server's programs, such as 15.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerVersion {
    /// 15 in 15.18.
    pub major: MajorVersion,
    /// 18 in 15.18; 0 in a beta.
    pub minor: u16,
}

impl ServerVersion {
    /// Whether this project supports it.
    pub fn is_supported(self) -> bool {
        SUPPORTED.contains(&self.major)
    }

    /// Reads what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    pub(super) fn from_program_output(output: &str) -> Option<Self> {
        output.split_once("(PostgreSQL) ")?.1.parse().ok()
    }
}

impl FromStr for ServerVersion {
    type Err = PostgresError;

    /// Accepts `15.18`, `15.18 (Debian …)`, `19beta1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PostgresError::Version {
            text: text.to_owned(),
            help: "a version looks like 15.18 or 19beta1",
        };
        let (major, rest) = leading_number(text.trim()).ok_or_else(error)?;
        let minor = rest
            .strip_prefix('.')
            .and_then(leading_number)
            .map_or(0, |(minor, _)| minor);
        Ok(Self { major, minor })
    }
}

fn leading_number(text: &str) -> Option<(u16, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl TryFrom<String> for ServerVersion {
    type Error = PostgresError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ServerVersion> for String {
    fn from(version: ServerVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::ServerVersion;

    fn check(output: &str, expected: Option<(u16, u16)>) {
        let version = ServerVersion::from_program_output(output);
        assert_eq!(version.map(|v| (v.major, v.minor)), expected, "{output}");
    }

    #[test]
    fn program_output_is_read() {
        check("postgres (PostgreSQL) 18.4\n", Some((18, 4)));
        check(
            "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
            Some((15, 18)),
        );
        check("postgres (PostgreSQL) 19beta1\n", Some((19, 0)));
        check("postgres (PostgreSQL) 19devel\n", Some((19, 0)));
        check("psql: not found", None);
        check("", None);
    }
}
