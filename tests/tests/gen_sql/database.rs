//! `gen-sql --database-url`: what only a server knows of a definition.

use std::time::Duration;

use eventcore_tests::TestDatabase;

use super::project::Project;
use super::repository::{founded, git};

const SHOP: &str = "store shop\ntable orders\n";

#[tokio::test]
async fn a_query_that_the_server_refuses_is_not_generated() {
    let db = TestDatabase::create().await;
    let url = db.url();
    let cases = [
        ("SELECT o.id FROM public.orders AS o", ""),
        (
            "SELECT o.number FROM public.orders AS o",
            "column o.number does not exist",
        ),
        (
            "SELECT o.id, 1 FROM public.orders AS o",
            "declares 1 columns, and the text selects 2",
        ),
        (
            "SELECT o.id::integer FROM public.orders AS o",
            "declares column `id` of type bigint, and the text selects `id` of type int4 there",
        ),
        (
            "SELECT o.id AS n FROM public.orders AS o",
            "the text selects `n` of type int8 there",
        ),
        ("SELECT FROM public.orders AS o", "the text selects 0"),
    ];
    for (text, refusal) in cases {
        // One in brackets is looked into by a server alone.
        let text = format!("({text})");
        let project = Project::new(&format!("{SHOP}query find {text}\n"));
        let ran = project.run(&["--database-url", &url]);
        if refusal.is_empty() {
            ran.expect(0);
            project.run(&["--check", "--database-url", &url]).expect(0);
            continue;
        }
        let ran = ran.expect(1);
        ran.says("one query or view does not fit");
        ran.says("query `find`: ").says(refusal);
        assert!(
            !project.path("shop").exists(),
            "a refused run wrote something"
        );
        // Without a database nothing is known of it.
        project.run(&[]).expect(0);
    }
    let client = db.connect().await;
    let left = "SELECT datname FROM pg_database WHERE datname LIKE 'eventcore_definition%'";
    // Other tests have theirs for a moment.
    for _ in 0..300 {
        if client.query(left, &[]).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a throw-away database is left");
}

#[tokio::test]
async fn a_retired_event_is_looked_for_in_the_log() {
    let db = TestDatabase::create().await;
    let url = db.url();
    let project = Project::new(&format!("{SHOP}event order.placed\nmember total\n"));
    project.run(&[]).expect(0);
    project.define(&format!("{SHOP}retire order.placed\n"));
    let before = project.contents();
    let not_asked = project.run(&["--dry-run"]).expect(0);
    not_asked.says(
        "no database was asked whether its log contains events of the retired `order.placed`",
    );
    // A database without a log, one with another event, and one with such an event.
    project
        .run(&["--dry-run", "--database-url", &url])
        .expect(0);
    let client = db.connect().await;
    let log =
        "CREATE TABLE event_log (event_type text); INSERT INTO event_log VALUES ('order.sent')";
    client.batch_execute(log).await.unwrap();
    project
        .run(&["--dry-run", "--database-url", &url])
        .expect(0);
    let event = "INSERT INTO event_log VALUES ('order.placed')";
    client.batch_execute(event).await.unwrap();
    let refused = project.run(&["--database-url", &url]).expect(1);
    refused.says("the database has events of type `order.placed`");
    assert_eq!(project.contents(), before, "a refused run wrote something");
    client
        .batch_execute("DELETE FROM event_log WHERE event_type = 'order.placed'")
        .await
        .unwrap();
    project.run(&["--database-url", &url]).expect(0);
    // Also later, and where everything is fresh.
    project.run(&["--check", "--database-url", &url]).expect(0);
    client.batch_execute(event).await.unwrap();
    project
        .run(&["--check", "--database-url", &url])
        .expect(1)
        .says("the database has events of type `order.placed`");
}

#[tokio::test]
async fn a_view_declares_what_the_server_finds() {
    let db = TestDatabase::create().await;
    let url = db.url();
    let project = Project::new("");
    // A plain SELECT is looked into without a server.
    for (text, says) in [
        (
            "WITH one AS (SELECT 1::bigint AS id) SELECT id FROM one",
            "",
        ),
        (
            "WITH one AS (SELECT 1 AS id) SELECT id FROM one",
            "view `seen`: it declares column `id` of type bigint, and the text selects `id` of type integer there",
        ),
        (
            "WITH one AS (SELECT 1::bigint AS n) SELECT n FROM one",
            "the text selects `n` of type bigint",
        ),
        (
            "WITH one AS (SELECT 1::bigint AS id) SELECT id, id AS n FROM one",
            "view `seen`: it declares 1 columns, and the text selects 2",
        ),
        (
            "WITH one AS (SELECT 1::bigint AS id) SELECT nothing FROM one",
            "does not create the definition's schema in a throw-away database: column \"nothing\" does not exist (42703), at `WITH one AS (SELECT 1::bigint AS id) SELECT nothing FROM one;` in `CREATE VIEW public.seen",
        ),
    ] {
        project.define(&format!("{SHOP}view seen {text}\n"));
        let ran = project.run(&["--dry-run", "--database-url", &url]);
        if says.is_empty() {
            ran.expect(0);
        } else {
            ran.expect(1).says(says);
        }
    }
}

#[tokio::test]
async fn an_event_of_this_branch_alone_is_looked_for_in_the_log() {
    let db = TestDatabase::create().await;
    let url = db.url();
    let project = founded(SHOP);
    git(&project, &["checkout", "--quiet", "-b", "work"]);
    project.define(&format!("{SHOP}event order.placed\nmember total\n"));
    project.run(&[]).expect(0);
    let log =
        "CREATE TABLE event_log (event_type text); INSERT INTO event_log VALUES ('order.placed')";
    db.connect().await.batch_execute(log).await.unwrap();
    project.define(&format!("{SHOP}event order.placed\nmember amount\n"));
    let before = project.contents();
    let refused = project.run(&["--database-url", &url]).expect(1);
    refused.says("the database has events of type `order.placed`");
    assert_eq!(project.contents(), before, "a refused run wrote something");
    project.run(&[]).expect(0);
}

#[test]
fn a_database_that_does_not_answer_is_named() {
    let project = Project::new(SHOP);
    let nowhere = "postgres://nobody@127.0.0.1:1/none";
    project
        .run(&["--database-url", nowhere])
        .expect(1)
        .says("127.0.0.1:1");
    assert!(!project.path("shop").exists());
}

#[tokio::test]
async fn stored_events_of_a_type_that_is_not_declared_are_named() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let log = "CREATE TABLE event_log (event_type text);
         INSERT INTO event_log VALUES ('order.sent'), ('order.placed'), ('order.sent'), ('order.closed')";
    client.batch_execute(log).await.unwrap();
    let project = Project::new(&format!("{SHOP}event order.placed\nmember total\n"));
    let ran = project.run(&["--database-url", &db.url()]).expect(0);
    ran.says("has events of type `order.closed`, which the definition does not declare")
        .says("has events of type `order.sent`, which");
    assert!(
        !ran.stderr.contains("of type `order.placed`"),
        "{}",
        ran.stderr
    );
}
