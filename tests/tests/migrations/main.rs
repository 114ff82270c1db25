//! The committed migrations on a real server: by hand and by the runners that people use, once and twice, as files and
//! as data, against `schema.sql`, under other names, and with the locks that their headers promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod by_psql;
mod files;
mod locks;
mod order;
mod parameters;
mod runners;
mod same_catalog;
mod settings;

use std::path::{Path, PathBuf};

use tokio_postgres::Client;

/// A committed store: its folder's name, and the files that R4 names.
struct Store {
    folder: &'static str,
    files: &'static [&'static str],
}

const STORES: [Store; 2] = [
    Store {
        folder: "simple",
        files: &[
            "001_create_event_streams.sql",
            "005_create_simple_schema.sql",
        ],
    },
    Store {
        folder: "partitioned",
        files: &[
            "001_create_event_streams.sql",
            "002_create_events.sql",
            "003_create_performance_indexes.sql",
            "004_create_partitioning_strategy.sql",
        ],
    },
];

impl Store {
    fn path(&self, below: &str) -> PathBuf {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../generated"))
            .join(self.folder)
            .join(below)
    }

    fn migrations(&self) -> impl Iterator<Item = PathBuf> {
        self.files
            .iter()
            .map(|file| self.path("migrations").join(file))
    }

    fn text(&self, below: &str) -> String {
        let path = self.path(below);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

/// Runs SQL text, and shows what the server refused.
async fn run(client: &Client, sql: &str) {
    if let Err(error) = client.batch_execute(sql).await {
        panic!("{error}: {:?}\n{sql}", error.as_db_error());
    }
}

/// Appends one event to a stream that has `version` events, as an application without Rust would. `payload` is the
/// column's type.
async fn append(client: &Client, namespace: &str, payload: &str, stream: &str, version: i64) {
    let value = if payload == "bytea" {
        "convert_to('{\"n\": 1}', 'UTF8')"
    } else {
        "'{\"n\": 1}'"
    };
    run(
        client,
        &format!(
            "SELECT {namespace}.append_events(
                 ARRAY['{stream}']::text[], ARRAY[{version}]::bigint[], ARRAY[1]::integer[], ARRAY[NULL]::uuid[],
                 ARRAY['OrderPlaced']::text[], ARRAY[{value}]::{payload}[], ARRAY[1]::integer[], ARRAY['{{}}']::jsonb[],
                 ARRAY[NULL]::uuid[], ARRAY[NULL]::uuid[], ARRAY['ada']::text[])"
        ),
    )
    .await;
}

/// Everything stored, in the feed's order, as text.
async fn stored(client: &Client, namespace: &str) -> Vec<String> {
    let rows = client
        .query(
            &format!("SELECT e::text FROM {namespace}.event_log AS e ORDER BY e.global_position"),
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The month that partitions are made from.
async fn month(client: &Client) -> String {
    let row = client
        .query_one("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')", &[])
        .await
        .unwrap();
    row.get(0)
}
