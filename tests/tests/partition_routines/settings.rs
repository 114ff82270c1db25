//! What operators set on the table holds for the partitions that are made later.

use eventcore_schema_model::prelude::*;

use super::{events, texts};

#[tokio::test]
async fn a_new_partition_follows_its_table() {
    let (db, client) = events(BoundEncoding::UuidV7).await;
    let made = |month: &'static str| format!("SELECT create_monthly_partition(DATE '{month}-01')");
    client.query(&made("2024-01"), &[]).await.unwrap();
    let space = format!("{}_space", db.name());
    let set = format!(
        "SET allow_in_place_tablespaces = on;
         CREATE TABLESPACE {space} LOCATION '';
         ALTER TABLE events SET TABLESPACE {space};
         ALTER TABLE events REPLICA IDENTITY USING INDEX events_pkey;
         ALTER TABLE events ALTER COLUMN stream SET STATISTICS 500;
         ALTER TABLE events ALTER COLUMN stream SET (n_distinct = -0.25, n_distinct_inherited = -0.5)"
    );
    for statement in set.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    // Neither the caller's own tablespace nor what the function set outlasts the call.
    client
        .batch_execute("SET default_tablespace = 'pg_default'")
        .await
        .unwrap();
    client.query(&made("2024-02"), &[]).await.unwrap();
    assert_eq!(
        texts(&client, "SHOW default_tablespace").await,
        ["pg_default"]
    );
    let spaces = |name: &str| {
        format!(
            "SELECT format('%s %s', regexp_replace(c.relname, '^events_2024_', ''), coalesce(t.spcname, '-'))
               FROM pg_class AS c
               LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
              WHERE c.oid = '{name}'::regclass
                 OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '{name}'::regclass AND NOT EXISTS
                                 (SELECT FROM pg_inherits WHERE inhrelid = indexrelid))
              ORDER BY 1"
        )
    };
    let own =
        |space: &str| ["02", "02_stream_idx", "02_stream_key"].map(|it| format!("{it} {space}"));
    assert_eq!(texts(&client, &spaces("events_2024_02")).await, own(&space));
    let attributes =
        "SELECT format('%s %s %s %s', c.relname, c.relreplident, a.attstattarget, a.attoptions)
           FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
          WHERE c.relname LIKE 'events\\_2024\\___' AND a.attname = 'stream' ORDER BY 1";
    let found = texts(&client, attributes).await;
    assert_eq!(
        found[1],
        "events_2024_02 i 500 {n_distinct=-0.25,n_distinct_inherited=-0.5}"
    );
    assert!(found[0].starts_with("events_2024_01 d "), "{found:?}");
    for identity in ["FULL", "NOTHING"] {
        let set = format!("ALTER TABLE events REPLICA IDENTITY {identity}");
        client.batch_execute(&set).await.unwrap();
        client.query(&made("2024-03"), &[]).await.unwrap();
        let of_march = "SELECT relreplident::text FROM pg_class WHERE relname = 'events_2024_03'";
        assert_eq!(
            texts(&client, of_march).await,
            [identity[..1].to_lowercase()]
        );
        client
            .batch_execute("DROP TABLE events_2024_03")
            .await
            .unwrap();
    }
    // Partitions stay where they are when the table goes back.
    client
        .batch_execute("ALTER TABLE events SET TABLESPACE pg_default")
        .await
        .unwrap();
    client.query(&made("2024-04"), &[]).await.unwrap();
    let april = texts(&client, &spaces("events_2024_04")).await;
    assert_eq!(april[0], "04 -");
    let drop = format!("DROP TABLE events; DROP TABLESPACE {space}");
    for statement in drop.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
}
