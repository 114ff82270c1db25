//! Payloads stored as `bytea`, through the generated functions of such a store.

use eventcore_schema_model::eventcore::{EventStore, Payload};
use eventcore_tests::TestDatabase;
use eventcore_tests::store::{Moved, generated_migrations};

use super::emitted::event_store::{Append, ExpectedVersion, NewEvent, read_feed_page};
use super::emitted::events::find_event;
use super::emitted::streams::read_stream_forward;

#[tokio::test]
async fn an_event_of_bytes_comes_back_as_it_was_stored() {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    for store in [EventStore::simple(), EventStore::partitioned()] {
        client
            .batch_execute("DROP SCHEMA IF EXISTS es CASCADE")
            .await
            .unwrap();
        let store = store
            .namespace("es")
            .declare_namespace()
            .payload(Payload::Bytea);
        for (_, sql) in generated_migrations(store.schema()) {
            client.batch_execute(&sql).await.unwrap();
        }
        let moved = Moved {
            by: i64::MIN,
            note: "e\u{301} \"\\ \u{0}".to_owned(),
        };
        // What is no JSON is not looked into.
        let binary = vec![0, 159, 146, 150];
        let events = [
            NewEvent::new(&moved).unwrap(),
            NewEvent::from_parts("image.stored", 1, binary.clone()).unwrap(),
        ];
        let ids = [events[0].event_id, events[1].event_id];
        let append = Append::new().to("counter", ExpectedVersion::NoStream, events);
        assert_eq!(append.run(&client).await.unwrap().versions, [2]);
        assert!(append.run(&client).await.unwrap().replayed);

        let stream = read_stream_forward(&client, "counter", 1, 10)
            .await
            .unwrap();
        assert_eq!(stream[0].decode::<Moved>().unwrap(), moved);
        assert_eq!(stream[1].event_data, binary);
        let one = find_event(&client, ids[1]).await.unwrap().unwrap();
        assert_eq!(one, stream[1]);
        let feed = read_feed_page(&client, 0, 10).await.unwrap();
        assert_eq!(feed.events, stream);
    }
}
