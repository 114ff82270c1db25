//! Unguessable text for passwords and folder names, from the system's own source.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;

use super::error::PostgresError;

/// `bytes` random bytes in hexadecimal.
pub(super) fn hex(bytes: usize) -> Result<String, PostgresError> {
    let mut buffer = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut buffer))
        .map_err(PostgresError::io("read /dev/urandom"))?;
    Ok(buffer.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
