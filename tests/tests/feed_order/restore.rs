//! A store that was dumped and restored: same order, same checkpoints, and it goes on above what it has.

use std::path::Path;
use std::process::Command;

use eventcore_generated::event_store::{Append, ExpectedVersion, read_feed_page};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_tests::store::{moves, store};
use eventcore_tests::{TestDatabase, on_both_layouts};
use tokio_postgres::Client;

use super::verdict::Seen;

on_both_layouts!(dump_and_restore_keep_the_order);

async fn append(client: &Client, stream: &str) -> i64 {
    let call = Append::new().to(stream, ExpectedVersion::Any, moves(1));
    call.run(client).await.unwrap().positions[0]
}

async fn feed(client: &Client, after: i64) -> Vec<Seen> {
    let page = read_feed_page(client, after, 1000).await.unwrap();
    page.events.into_iter().map(Seen::from).collect()
}

async fn dump_and_restore_keep_the_order(layout: Layout) {
    let original = store(layout).await;
    let client = original.connect().await;
    for number in 0..60 {
        let rolled_back = number % 5 == 0;
        client.batch_execute("BEGIN").await.unwrap();
        append(&client, &format!("s-{}", number % 7)).await;
        let end = if rolled_back { "ROLLBACK" } else { "COMMIT" };
        client.batch_execute(end).await.unwrap();
    }
    let checkpoint = feed(&client, 0).await[20].position;
    // The last position is one that nobody has: the sequence is part of the store.
    client.batch_execute("BEGIN").await.unwrap();
    let burned = append(&client, "burned").await;
    client.batch_execute("ROLLBACK").await.unwrap();

    let restored = copy(&original, layout).await;
    let copy = restored.connect().await;
    assert_eq!(feed(&copy, 0).await, feed(&client, 0).await);
    assert_eq!(feed(&copy, checkpoint).await.len(), 48 - 21);
    assert_eq!(verify_events(&copy).await.unwrap(), []);

    // An open append of the original holds back the original alone: markers are a database's own.
    client.batch_execute("BEGIN").await.unwrap();
    append(&client, "s-0").await;
    let next = append(&copy, "s-0").await;
    assert!(next > burned, "{next} after {burned}");
    assert_eq!(feed(&copy, burned).await.len(), 1);
    let version = feed(&copy, burned).await[0].version;
    let before = feed(&copy, 0).await;
    let before = before
        .iter()
        .rfind(|event| event.stream == "s-0" && event.position < next);
    assert_eq!(version, before.unwrap().version + 1);
    let refused = copy.execute("DELETE FROM event_log", &[]).await;
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "ES020");
    assert_eq!(verify_events(&copy).await.unwrap(), []);
}

/// By `pg_dump` where the server's programs include it; else as `pg_dump --data-only` would, over the migrations.
async fn copy(original: &TestDatabase<'static>, layout: Layout) -> TestDatabase<'static> {
    // The folder that the server is found in may hold links to some programs only.
    let postgres = original.server().address().bin_dir.join("postgres");
    let program = postgres.canonicalize().unwrap().with_file_name("pg_dump");
    if program.exists() {
        let dump = dump(original, &program);
        let restored = TestDatabase::create().await;
        restored.psql_file(dump.path(), true).succeeds();
        return restored;
    }
    // The packages of 16 to 18 hold servers without pg_dump, and one of another version refuses.
    assert!(
        original.server().version().major >= 16,
        "{}",
        program.display()
    );
    let restored = store(layout).await;
    let client = original.connect().await;
    let rows = client
        .query(
            "SELECT format('INSERT INTO event_streams SELECT (json_populate_record(NULL::event_streams, %L)).*', to_json(s)) FROM event_streams AS s
             UNION ALL
             SELECT format('INSERT INTO event_log SELECT (json_populate_record(NULL::event_log, %L)).*', to_json(e)) FROM event_log AS e
             UNION ALL
             SELECT format('SELECT setval(''events_position_seq'', %s)', last_value) FROM events_position_seq",
            &[],
        )
        .await
        .unwrap();
    let statements: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let copy = restored.connect().await;
    copy.batch_execute(&statements.join(";\n")).await.unwrap();
    restored
}

fn dump(original: &TestDatabase<'_>, program: &Path) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(program)
        .arg("--dbname")
        .arg(original.url())
        .arg("--file")
        .arg(file.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    file
}
