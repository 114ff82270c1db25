//! An adopter's workspace, outside of ours: its own xtask, read-model table, queries and event beside the event store.
//! Runs the README's sections about it, block by block.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use eventcore_tests::TestDatabase;
use eventcore_tests::guide::{self, ADOPTERS, Block, Commands, copy, root, scratch};
use std::path::{Path, PathBuf};

/// The workspace, elsewhere, as the repository has it: nothing is generated yet. Its paths to our packages are
/// absolute there, and its lock file is ours, so that it stands on the same versions.
fn workspace() -> PathBuf {
    let folder = scratch("adopter/orders");
    let ours = root().canonicalize().unwrap();
    copy(&root().join("tests/adopter"), &folder, &|path, contents| {
        let generated = path
            .components()
            .any(|part| part.as_os_str() == "generated");
        let by_hand =
            path.ends_with("generated/Cargo.toml") || path.ends_with("generated/src/lib.rs");
        if generated && !by_hand || path.ends_with("Cargo.lock") {
            return None;
        }
        if !path.ends_with("Cargo.toml") {
            return Some(contents);
        }
        let text = String::from_utf8(contents).unwrap();
        Some(
            text.replace("\"../..", &format!("\"{}", ours.display()))
                .into_bytes(),
        )
    })
    .unwrap();
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    folder
}

/// Demands that a block is a file of the workspace, whole or in part.
fn is_shown(block: &Block) {
    let files = [
        "Cargo.toml",
        "app/src/main.rs",
        "schema/src/lib.rs",
        "xtask/src/main.rs",
    ];
    let shown = files.iter().any(|file| {
        let text = std::fs::read_to_string(root().join("tests/adopter").join(file)).unwrap();
        text.contains(&block.text)
    });
    assert!(
        shown,
        "README.md:{}: no file of tests/adopter has this:\n{}",
        block.line, block.text
    );
}

fn list(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_adopters_workspace_generates_compiles_runs_and_changes() {
    let folder = workspace();
    let blocks: Vec<Block> = guide::readme()
        .into_iter()
        .filter(|block| ADOPTERS.contains(&block.section.as_str()))
        .collect();
    let db = TestDatabase::create().await;
    let mut commands = Commands::new(&folder, &scratch("adopter/target"), &db);
    let mut stdout = String::new();
    for block in &blocks {
        match block.language.as_str() {
            "rust" | "toml" => is_shown(block),
            "sh" => stdout = commands.run(&block.text),
            "text" => assert_eq!(stdout, block.text, "README.md:{}", block.line),
            "diff" => change(&folder.join("schema/src/lib.rs"), block),
            other => panic!("README.md:{}: nobody runs a block of `{other}`", block.line),
        }
    }

    // What the blocks left: the store with its own table, founded and filled, and a table that has changed since.
    let migrations = folder.join("generated/orders/migrations");
    assert_eq!(
        list(&migrations),
        [
            "001_create_event_streams.sql",
            "005_create_simple_schema.sql",
            "006_create_order_summary.sql",
            "007_add_shipped_at.sql",
            "008_add_returned_orders.sql",
            "009_add_parcels.sql",
            "010_add_state_index.sql",
            "011_rename_shipped_at.sql",
            "012_widen_grams.sql",
            "013_drop_state_index.sql",
            "migrations.sum"
        ]
    );
    let ours = root().join("generated/simple/migrations/001_create_event_streams.sql");
    let statements = |file: &Path| {
        let text = std::fs::read_to_string(file).unwrap();
        text.split_once("\n\n")
            .map(|(_, statements)| statements.to_owned())
            .unwrap()
    };
    assert_eq!(
        statements(&migrations.join("001_create_event_streams.sql")),
        statements(&ours)
    );
    let client = db.connect().await;
    for (query, expected) in [
        (
            "SELECT count(*) FROM event_log WHERE event_type = 'order.placed'",
            2,
        ),
        ("SELECT sum(total_cents)::bigint FROM order_summary", 2490),
        ("SELECT count(*) FROM verify_events()", 0),
    ] {
        let found: i64 = client.query_one(query, &[]).await.unwrap().get(0);
        assert_eq!(found, expected, "{query}");
    }
    let applied: Vec<i32> = client
        .query(
            "SELECT version::integer FROM eventcore_migrations ORDER BY 1",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(applied, [1, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    let column = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'order_summary' AND column_name = 'sent_at'";
    let found: i64 = client.query_one(column, &[]).await.unwrap().get(0);
    assert_eq!(found, 1);
    let labels = "SELECT count(*) FROM pg_enum WHERE enumtypid = 'order_state'::regtype";
    let found: i64 = client.query_one(labels, &[]).await.unwrap().get(0);
    assert_eq!(found, 3);
    // By hand the same files do.
    let fresh = TestDatabase::create().await;
    for file in list(&migrations) {
        let file = migrations.join(file);
        if file.extension().is_some_and(|ending| ending == "sql") {
            let text = std::fs::read_to_string(&file).unwrap();
            let in_transaction = !text.starts_with("-- no-transaction\n");
            fresh.psql_file(file, in_transaction).succeeds();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own copy")]
fn change(file: &Path, block: &Block) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, guide::apply(&block.text, &text)).unwrap();
}
