//! Who may do what: a writer appends through the function alone, a reader reads, nobody else does anything.

use eventcore_generated::event_store::{Append, ExpectedVersion, read_feed_page};
use eventcore_generated::layout::Layout;
use eventcore_generated::monitoring::{health, list_partitions, verify_events};
use eventcore_generated::streams::{find_stream, read_stream_forward};
use eventcore_schema_model::eventcore::EventStore;
use eventcore_tests::TestDatabase;
use eventcore_tests::store::generated;
use tokio_postgres::Client;

use super::{moves, on_both_layouts};

on_both_layouts!(
    a_writer_has_one_way_to_write_and_a_reader_none,
    roles_work_where_functions_are_not_public,
);

async fn as_role(db: &TestDatabase<'_>, role: &str) -> Client {
    let client = db.connect().await;
    client
        .batch_execute(&format!("SET ROLE \"{role}\""))
        .await
        .unwrap();
    client
}

async fn is_denied(client: &Client, statement: &str) {
    let error = client.batch_execute(statement).await.unwrap_err();
    assert_eq!(
        error.code().unwrap().code(),
        "42501",
        "{statement}: {error}"
    );
}

async fn a_writer_has_one_way_to_write_and_a_reader_none(layout: Layout) {
    let db = TestDatabase::create().await;
    let owner = db.connect().await;
    let [writer, reader, stranger] =
        ["writer", "reader", "stranger"].map(|role| format!("{} {role}", db.name()));
    for role in [&writer, &reader, &stranger] {
        owner
            .batch_execute(&format!("CREATE ROLE \"{role}\""))
            .await
            .unwrap();
    }
    let (store, log) = match layout {
        Layout::Simple => (EventStore::simple(), "public.events_simple"),
        Layout::Partitioned => (EventStore::partitioned(), "public.events"),
    };
    let files = generated(store.writer_role(&*writer).reader_role(&*reader).schema());
    owner.batch_execute(&files["schema.sql"]).await.unwrap();

    let append = || Append::new().to("a", ExpectedVersion::Any, moves(1));
    let (write, read) = (as_role(&db, &writer).await, as_role(&db, &reader).await);
    append().run(&write).await.unwrap();
    for client in [&write, &read] {
        assert_eq!(
            read_stream_forward(client, "a", 1, 9).await.unwrap().len(),
            1
        );
        assert_eq!(
            find_stream(client, "a")
                .await
                .unwrap()
                .unwrap()
                .stream_version,
            1
        );
        assert_eq!(read_feed_page(client, 0, 9).await.unwrap().events.len(), 1);
        for change in [
            format!("INSERT INTO {log} SELECT * FROM {log}"),
            format!("UPDATE {log} SET user_id = 'x'"),
            format!("DELETE FROM {log}"),
            format!("TRUNCATE {log}"),
            "UPDATE public.event_streams SET stream_version = 9".to_owned(),
            "SELECT nextval('public.events_position_seq')".to_owned(),
        ] {
            is_denied(client, &change).await;
        }
    }
    let refused = append().run(&read).await.unwrap_err();
    assert_eq!(refused.sql_state(), Some("42501"));

    let strange = as_role(&db, &stranger).await;
    assert!(append().run(&strange).await.is_err());
    is_denied(&strange, "SELECT * FROM public.event_log").await;
    owner
        .batch_execute(&format!(
            "DROP OWNED BY \"{writer}\", \"{reader}\"; DROP ROLE \"{writer}\", \"{reader}\", \"{stranger}\""
        ))
        .await
        .unwrap();
}

/// A database whose owner takes from everybody what PostgreSQL gives to everybody.
async fn roles_work_where_functions_are_not_public(layout: Layout) {
    let db = TestDatabase::create().await;
    let owner = db.connect().await;
    let [writer, reader] = ["app", "reports"].map(|role| format!("{} {role}", db.name()));
    for role in [&writer, &reader] {
        let create = format!("CREATE ROLE \"{role}\"");
        owner.batch_execute(&create).await.unwrap();
    }
    let withheld = "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC";
    owner.batch_execute(withheld).await.unwrap();
    let store = match layout {
        Layout::Simple => EventStore::simple(),
        Layout::Partitioned => EventStore::partitioned(),
    };
    let files = generated(store.writer_role(&*writer).reader_role(&*reader).schema());
    owner.batch_execute(&files["schema.sql"]).await.unwrap();
    let (write, read) = (as_role(&db, &writer).await, as_role(&db, &reader).await);
    let append = Append::new().to("a", ExpectedVersion::Any, moves(1));
    append.run(&write).await.unwrap();
    for client in [&write, &read] {
        let stream = read_stream_forward(client, "a", 1, 9).await.unwrap();
        assert_eq!(stream.len(), 1);
        assert_eq!(read_feed_page(client, 0, 9).await.unwrap().events.len(), 1);
        assert_eq!(health(client).await.unwrap().last_position, 1);
        assert_eq!(verify_events(client).await.unwrap(), []);
        assert!(!list_partitions(client).await.unwrap().is_empty());
    }
    let drop =
        format!("DROP OWNED BY \"{writer}\", \"{reader}\"; DROP ROLE \"{writer}\", \"{reader}\"");
    owner.batch_execute(&drop).await.unwrap();
}

/// Months come also where a reader is dropped who was there when the routine was made, and the reader can be taken out.
#[tokio::test]
async fn months_come_without_a_role_that_is_gone() {
    let db = TestDatabase::create().await;
    let owner = db.connect().await;
    let reader = format!("{}_reports", db.name());
    owner
        .batch_execute(&format!("CREATE ROLE {reader}"))
        .await
        .unwrap();
    let files = generated(EventStore::partitioned().reader_role(&*reader).schema());
    owner.batch_execute(&files["schema.sql"]).await.unwrap();
    let drop = format!("DROP OWNED BY {reader}; DROP ROLE {reader}");
    owner.batch_execute(&drop).await.unwrap();
    let month = "SELECT create_monthly_partition((now() + INTERVAL '9 months')::date)";
    owner.batch_execute(month).await.unwrap();
    let client = db.connect().await;
    let append = Append::new().to("a", ExpectedVersion::Any, moves(1));
    append.run(&client).await.unwrap();
}
