//! `verify_events` finds what nothing but a superuser without triggers, or a broken disk, can bring about (D17).

use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_generated::rows::Finding;
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::store;
use tokio_postgres::Client;

use super::{append, run};

on_both_layouts!(the_check_finds_each_planted_fault);

/// What is done to a store of 4 events each in streams a and b, at positions 1 to 4 and 5 to 8; what is found, and in
/// which stream.
const FAULTS: &[(&str, &[(&str, &str)])] = &[
    (
        "DELETE FROM {log} WHERE stream_id = 'a' AND event_version = 2",
        &[("version gap", "a")],
    ),
    (
        "UPDATE {log} SET global_position = CASE event_version WHEN 2 THEN 103 ELSE 102 END
          WHERE stream_id = 'a' AND event_version IN (2, 3);
         UPDATE {log} SET global_position = global_position - 100 WHERE global_position > 100",
        &[("position order", "a")],
    ),
    (
        "{drop_position_keys}; UPDATE {log} SET global_position = 4 WHERE stream_id = 'b' AND event_version = 1",
        &[("position twice", "*")],
    ),
    (
        "{drop_checks}; UPDATE {log} SET event_id = overlay(event_id::text placing '4' from 15 for 1)::uuid WHERE stream_id = 'a' AND event_version = 2;
         UPDATE event_streams SET first_event_id = '00000000-0000-0000-0000-000000000000' WHERE stream_id = 'a'",
        &[("event id", "a")],
    ),
    (
        "{drop_checks}; UPDATE {log} SET created_at = created_at + INTERVAL '1 hour' WHERE stream_id = 'b' AND event_version = 3",
        &[("created_at", "b")],
    ),
    (
        "SELECT setval('events_position_seq', 7)",
        &[("position ahead", "b")],
    ),
    (
        "DELETE FROM event_streams WHERE stream_id = 'a'",
        &[("no stream row", "a")],
    ),
    (
        "UPDATE event_streams SET stream_version = 9 WHERE stream_id = 'b'",
        &[("stream version", "b")],
    ),
    // The last event is lost.
    (
        "DELETE FROM {log} WHERE stream_id = 'b' AND event_version = 4",
        &[("stream version", "b")],
    ),
    // All of a stream's events are lost.
    (
        "DELETE FROM {log} WHERE stream_id = 'b'",
        &[("stream version", "b")],
    ),
    // All events are lost.
    (
        "DELETE FROM {log}",
        &[("stream version", "a"), ("stream version", "b")],
    ),
    (
        "DELETE FROM {log} WHERE stream_id = 'b' AND event_version = 1",
        &[("first version", "b")],
    ),
    (
        "UPDATE event_streams SET first_event_id = last_event_id WHERE stream_id = 'a'",
        &[("stream bounds", "a")],
    ),
    (
        "UPDATE event_streams SET last_event_id = NULL WHERE stream_id = 'b'",
        &[("stream bounds", "b")],
    ),
];

/// Every trigger and rule off for the session, and what only stands in the way of planting.
async fn plant(client: &Client, layout: Layout, fault: &str) {
    let (log, leaves) = match layout {
        Layout::Simple => ("events_simple", "c.oid = 'events_simple'::regclass"),
        Layout::Partitioned => (
            "events",
            "c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass)",
        ),
    };
    let drop = |kind: &str, which: &str| {
        format!(
            "DO $$ DECLARE r record; BEGIN
                 FOR r IN SELECT c.oid::regclass AS leaf, k.conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
                           WHERE k.contype = '{kind}' AND ({leaves} OR c.oid = '{log}'::regclass) AND k.coninhcount = 0 AND {which}
                 LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.leaf, r.conname); END LOOP;
             END $$"
        )
    };
    let fault = fault
        .replace("{log}", log)
        .replace(
            "{drop_position_keys}",
            &drop("u", "k.conname LIKE '%global_position%'"),
        )
        .replace("{drop_checks}", &drop("c", "true"));
    run(
        client,
        &format!("SET session_replication_role = replica; {fault}"),
    )
    .await;
    run(client, "RESET session_replication_role").await;
}

async fn the_check_finds_each_planted_fault(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 4).await;
    append(&client, "b", 4).await;
    assert_eq!(verify_events(&client).await.unwrap(), []);
    for (fault, expected) in FAULTS {
        // The fault, and the sequence's value, which no rollback brings back, are undone.
        run(&client, "BEGIN").await;
        plant(&client, layout, fault).await;
        let findings = verify_events(&client).await.unwrap();
        let found: Vec<(&str, &str)> = findings
            .iter()
            .map(|finding| (finding.finding.as_str(), stream(finding, expected)))
            .collect();
        assert_eq!(found, *expected, "{fault}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.detail.is_some()));
        run(&client, "ROLLBACK; SELECT setval('events_position_seq', 8)").await;
        assert_eq!(verify_events(&client).await.unwrap(), [], "after {fault}");
    }
}

/// The stream of a finding, or `*` where either may be named.
fn stream<'a>(finding: &'a Finding, expected: &[(&str, &str)]) -> &'a str {
    if expected == [("position twice", "*")] {
        return "*";
    }
    finding.stream_id.as_deref().unwrap_or_default()
}
