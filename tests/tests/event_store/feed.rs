//! The feed: pages, filters, checkpoints, and what it refuses (D18). Its order under hostile writers is
//! proved in `feed_order`.

use eventcore_generated::columns::event_log;
use eventcore_generated::error::Error;
use eventcore_generated::event_store::{
    Append, ExpectedVersion, NewEvent, read_feed_page, read_filtered_feed_page,
};
use eventcore_generated::feed::{feed_horizon, horizon_lag, read_events_by_type};
use eventcore_generated::layout::Layout;
use eventcore_generated::store_error::StoreError;
use eventcore_tests::store::{Closed, store};
use tokio_postgres::Client;

use super::{append, moves, on_both_layouts};

on_both_layouts!(
    an_empty_store_has_an_empty_feed,
    pages_follow_each_other,
    a_filter_moves_the_checkpoint_past_what_it_leaves_out,
    events_of_some_types_in_order,
    an_open_append_holds_the_feed_back,
    the_feed_refuses_an_old_snapshot_and_a_checkpoint_ahead,
);

async fn an_empty_store_has_an_empty_feed(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    let page = read_feed_page(&client, 0, 10).await.unwrap();
    assert_eq!(
        (page.events.len(), page.checkpoint, page.horizon),
        (0, 0, 0)
    );
}

async fn pages_follow_each_other(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 4).await;
    append(&client, "b", 3).await;
    let (mut after, mut seen, mut pages) = (0, Vec::new(), 0);
    loop {
        let page = read_feed_page(&client, after, 3).await.unwrap();
        after = page.checkpoint;
        seen.extend(page.events.into_iter().map(|event| event.global_position));
        if after == page.horizon {
            break;
        }
        pages += 1;
        assert!(pages < 10);
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted());
}

async fn a_filter_moves_the_checkpoint_past_what_it_leaves_out(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "order-1", 3).await;
    let closed = NewEvent::new(&Closed { for_good: true }).unwrap();
    Append::new()
        .to("order-1", ExpectedVersion::Any, [closed])
        .run(&client)
        .await
        .unwrap();
    let last = append(&client, "stock-1", 3).await.positions[2];

    let orders = || event_log::STREAM_ID.starts_with("order-");
    let closed = || event_log::EVENT_TYPE.eq("counter.closed");
    let page = read_filtered_feed_page(&client, 0, orders().and(closed()), 10)
        .await
        .unwrap();
    assert_eq!((page.events.len(), page.checkpoint), (1, last));
    let page = read_filtered_feed_page(&client, 0, orders(), 2)
        .await
        .unwrap();
    assert_eq!(
        (page.events.len(), page.checkpoint),
        (2, page.events[1].global_position)
    );
    let none = event_log::USER_ID.eq("nobody");
    let page = read_filtered_feed_page(&client, 0, none, 2).await.unwrap();
    assert_eq!((page.events.len(), page.checkpoint), (0, last));
}

async fn events_of_some_types_in_order(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 2).await;
    let closed = NewEvent::new(&Closed { for_good: false }).unwrap();
    Append::new()
        .to("b", ExpectedVersion::Any, [closed])
        .run(&client)
        .await
        .unwrap();
    append(&client, "a", 1).await;
    let horizon = feed_horizon(&client, 0).await.unwrap().horizon;
    let of = async |types: &[&str]| {
        read_events_by_type(&client, types, 0, horizon, 10)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(of(&["counter.closed"]).await, 1);
    assert_eq!(of(&["counter.closed", "counter.moved"]).await, 4);
    assert_eq!(of(&["counter.opened"]).await, 0);
}

async fn horizon(client: &Client, after: i64) -> Result<i64, Error> {
    feed_horizon(client, after).await.map(|row| row.horizon)
}

async fn an_open_append_holds_the_feed_back(layout: Layout) {
    let db = store(layout).await;
    let (reader, writer) = (db.connect().await, db.connect().await);
    let mut open = db.connect().await;
    let first = append(&writer, "a", 1).await.positions[0];

    let transaction = open.transaction().await.unwrap();
    let call = Append::new().to("slow", ExpectedVersion::Any, moves(1));
    let slow = call.run(&transaction).await.unwrap().positions[0];
    let later = append(&writer, "b", 1).await.positions[0];
    assert!(first < slow && slow < later);
    assert_eq!(horizon(&reader, 0).await.unwrap(), first);
    let lag = horizon_lag(&reader).await.unwrap();
    assert_eq!(
        (lag.len(), lag[0].position, lag[0].positions_behind),
        (1, first, later - first)
    );
    assert!(lag[0].pid.is_some() && lag[0].age.is_some());

    transaction.commit().await.unwrap();
    assert_eq!(horizon(&reader, 0).await.unwrap(), later);
    let page = read_feed_page(&reader, first, 10).await.unwrap();
    let positions: Vec<i64> = page
        .events
        .iter()
        .map(|event| event.global_position)
        .collect();
    assert_eq!(positions, [slow, later]);
    assert!(horizon_lag(&reader).await.unwrap().is_empty());
}

async fn the_feed_refuses_an_old_snapshot_and_a_checkpoint_ahead(layout: Layout) {
    let db = store(layout).await;
    let mut client = db.connect().await;
    let last = append(&client, "a", 1).await.positions[0];
    let Err(Error::Store(refused)) = horizon(&client, last + 1).await else {
        panic!()
    };
    let StoreError::CheckpointAhead(ahead) = *refused else {
        panic!("{refused}")
    };
    assert_eq!((ahead.checkpoint, ahead.last), (last + 1, last));

    let snapshot = client
        .build_transaction()
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = snapshot.start().await.unwrap();
    let refused = feed_horizon(&transaction, 0).await.unwrap_err();
    assert_eq!(refused.as_store(), Some(&StoreError::FeedIsolation));
}
