//! What is in a database, as text that can be compared: the server's own description of every object that a user made,
//! in a fixed order. Knows nothing of models; two databases are alike when their texts are.

use std::error::Error as _;
use std::fmt::Write as _;

use similar::TextDiff;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

const OBJECTS: &str = include_str!("catalog.sql");
const SET_PATH: &str = "SELECT set_config('search_path', $1, false)";

/// Describes everything that is in the database, but for the relations of these names (a runner's ledger, say).
///
/// Owners, privileges, comments, storage parameters and the partition tree are part of it; data, statistics and the
/// positions of sequences are not.
///
/// # Panics
/// When the server refuses.
pub async fn describe(client: &Client, without: &[&str]) -> String {
    // Names are shown with their namespace, whatever the session's path, which is put back afterwards.
    let path: String = one(client, "SELECT current_setting('search_path')", &[]).await;
    let _: String = one(client, SET_PATH, &[&""]).await;
    let rows = client
        .query(OBJECTS, &[&without])
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}", error.source()));
    let _: String = one(client, SET_PATH, &[&path]).await;
    let mut text = String::new();
    for row in rows {
        let _ = writeln!(text, "{}", row.get::<_, &str>(0));
    }
    text
}

async fn one(client: &Client, query: &str, params: &[&(dyn ToSql + Sync)]) -> String {
    client
        .query_one(query, params)
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}", error.source()))
        .get(0)
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
