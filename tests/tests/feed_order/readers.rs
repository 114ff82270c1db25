//! Single rules of the feed, each by a story of its own: naive readers, checkpoints, two stores, long transactions.

use eventcore_generated::columns::event_log;
use eventcore_generated::event_store::{
    Append, Appended, ExpectedVersion, read_feed_page, read_filtered_feed_page,
};
use eventcore_generated::feed::{feed_horizon, horizon_lag};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::verify_events;
use eventcore_schema_model::eventcore::EventStore;
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::{generated_migrations, moves, store};
use tokio_postgres::Client;
use uuid::Uuid;

on_both_layouts!(
    naive_readers_lose_events,
    a_checkpoint_never_goes_back,
    a_forged_marker_hint_hides_no_open_append,
    two_stores_do_not_hold_each_other_back,
    twenty_thousand_appends_in_a_transaction_take_one_lock,
);

async fn append(client: &Client, stream: &str) -> Appended {
    let call = Append::new().to(stream, ExpectedVersion::Any, moves(1));
    call.run(client).await.unwrap()
}

async fn run(client: &Client, statements: &str) {
    let done = client.batch_execute(statements).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

/// The tag of the store's markers, as its own function has it.
async fn tag(client: &Client) -> i64 {
    let query = "SELECT (regexp_match(prosrc, '>> 16 = (\\d+)'))[1]::bigint FROM pg_proc WHERE oid = 'feed_horizon'::regproc";
    number(client, query).await
}

async fn naive_readers_lose_events(layout: Layout) {
    let db = store(layout).await;
    let (slow, fast) = (db.connect().await, db.connect().await);
    let reader = db.connect().await;
    let by_position =
        "SELECT global_position, event_id FROM event_log WHERE global_position > $1 ORDER BY 1";
    let by_id = "SELECT event_id FROM event_log WHERE event_id > $1 ORDER BY 1";
    let (mut position, mut id, mut checkpoint) = (0_i64, Uuid::nil(), 0);
    let mut found = [0, 0, 0];
    run(&slow, "BEGIN").await;
    append(&slow, "slow").await;
    append(&fast, "fast").await;
    for turn in 0..2 {
        let rows = reader.query(by_position, &[&position]).await.unwrap();
        found[0] += rows.len();
        position = rows.last().map_or(position, |row| row.get(0));
        let rows = reader.query(by_id, &[&id]).await.unwrap();
        found[1] += rows.len();
        id = rows.last().map_or(id, |row| row.get(0));
        let page = read_feed_page(&reader, checkpoint, 10).await.unwrap();
        found[2] += page.events.len();
        checkpoint = page.checkpoint;
        if turn == 0 {
            run(&slow, "COMMIT").await;
        }
    }
    assert_eq!(found, [1, 1, 2], "by position, by id, by the feed");
}

async fn a_checkpoint_never_goes_back(layout: Layout) {
    let db = store(layout).await;
    let (client, other) = (db.connect().await, db.connect().await);
    for _ in 0..5 {
        append(&client, "a").await;
    }
    let last = read_feed_page(&client, 0, 10).await.unwrap().checkpoint;
    append(&client, "a").await;
    // A marker far below the checkpoint: nobody's append, but whoever may connect may take such a lock.
    let key = tag(&client).await << 48;
    run(
        &other,
        &format!("BEGIN; SELECT pg_advisory_xact_lock_shared({key})"),
    )
    .await;
    let lag = horizon_lag(&client).await.unwrap();
    assert_eq!((lag.len(), lag[0].position), (1, 0));
    assert_eq!(feed_horizon(&client, last).await.unwrap().horizon, last);
    let page = read_feed_page(&client, last, 10).await.unwrap();
    assert_eq!(
        (page.events.len(), page.checkpoint, page.horizon),
        (0, last, last)
    );
    let all = event_log::STREAM_ID.eq("a");
    let page = read_filtered_feed_page(&client, last, all, 10)
        .await
        .unwrap();
    assert_eq!(
        (page.events.len(), page.checkpoint, page.horizon),
        (0, last, last)
    );

    run(&other, "COMMIT").await;
    let page = read_feed_page(&client, last, 10).await.unwrap();
    assert_eq!((page.events.len(), page.checkpoint), (1, last + 1));
}

async fn a_forged_marker_hint_hides_no_open_append(layout: Layout) {
    let db = store(layout).await;
    let (client, other) = (db.connect().await, db.connect().await);
    let tag = tag(&client).await;
    let first = append(&client, "a").await.positions[0];
    for hint in ["999999", "0", "-1", "", "9223372036854775807"] {
        run(
            &other,
            &format!("BEGIN; SET LOCAL eventcore.marker_{tag} = '{hint}'"),
        )
        .await;
        let open = append(&other, "open").await.positions[0];
        append(&client, "a").await;
        let horizon = feed_horizon(&client, 0).await.unwrap().horizon;
        assert!(horizon < open, "`{hint}`: {horizon} of {open}");
        run(&other, "COMMIT").await;
        assert!(feed_horizon(&client, first).await.unwrap().horizon > open);
    }
}

async fn two_stores_do_not_hold_each_other_back(layout: Layout) {
    let db = store(layout).await;
    let (client, other) = (db.connect().await, db.connect().await);
    run(&client, "CREATE SCHEMA other").await;
    let second = match layout {
        Layout::Simple => EventStore::partitioned(),
        Layout::Partitioned => EventStore::simple(),
    };
    for (_, migration) in generated_migrations(second.namespace("other").schema()) {
        run(&client, &migration).await;
    }
    let elsewhere = "SELECT other.append_events(ARRAY['a'], ARRAY[-1::bigint], ARRAY[1], ARRAY[other.new_event_id()], ARRAY['t'], ARRAY['{}'::jsonb], NULL, NULL, NULL, NULL, NULL)";
    let horizon = "SELECT other.feed_horizon(0)";

    run(&other, &format!("BEGIN; {elsewhere}")).await;
    let last = append(&client, "a").await.positions[0];
    assert_eq!(feed_horizon(&client, 0).await.unwrap().horizon, last);
    assert!(horizon_lag(&client).await.unwrap().is_empty());
    assert_eq!(number(&client, horizon).await, 0);
    // A transaction may write to both; each of them waits for it.
    let open = append(&other, "b").await.positions[0];
    append(&client, "a").await;
    assert!(feed_horizon(&client, 0).await.unwrap().horizon < open);
    run(&other, "COMMIT").await;
    assert_eq!(number(&client, horizon).await, 1);

    run(&other, "BEGIN").await;
    append(&other, "c").await;
    run(&client, elsewhere).await;
    assert_eq!(number(&client, horizon).await, 2);
    run(&other, "COMMIT").await;
}

async fn twenty_thousand_appends_in_a_transaction_take_one_lock(layout: Layout) {
    const APPENDS: i64 = 20_000;
    let db = store(layout).await;
    let (client, other) = (db.connect().await, db.connect().await);
    let before = append(&client, "before").await.positions[0];
    let block = "BEGIN; DO $$ BEGIN FOR i IN 1..20000 LOOP
        PERFORM append_events(ARRAY['long'], ARRAY[i - 1::bigint], ARRAY[1], ARRAY[new_event_id()], ARRAY['t'], ARRAY['{}'::jsonb], NULL, NULL, NULL, NULL, NULL);
    END LOOP; END $$";
    run(&other, block).await;
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(number(&client, locks).await, 1);
    assert_eq!(feed_horizon(&client, 0).await.unwrap().horizon, before);
    run(&other, "COMMIT").await;
    let horizon = feed_horizon(&client, 0).await.unwrap().horizon;
    assert_eq!(horizon, before + APPENDS);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}
