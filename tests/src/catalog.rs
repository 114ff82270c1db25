//! What is in a database, as text that can be compared: the server's own description of every object that a user made,
//! in a fixed order. Knows nothing of models; two databases are alike when their texts are.

use std::error::Error as _;
use std::fmt::Write as _;

use similar::TextDiff;
use tokio_postgres::Client;

/// Describes everything that is in the database, but for the relations of these names (a runner's ledger, say).
///
/// Owners, privileges, comments, storage parameters and the partition tree are part of it; data, statistics and the
/// positions of sequences are not.
///
/// # Panics
/// When the server refuses.
pub async fn describe(client: &Client, without: &[&str]) -> String {
    let lines = eventcore_migrate::catalog::read(client, without)
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}", error.source()));
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{}", line.text);
    }
    text
}

/// Demands that two descriptions are the same.
///
/// # Panics
/// With a diff, when they are not.
#[track_caller]
pub fn assert_same(expected: &str, found: &str) {
    assert!(
        expected == found,
        "the catalogs differ:\n{}",
        TextDiff::from_lines(expected, found)
            .unified_diff()
            .header("expected", "found")
    );
}
