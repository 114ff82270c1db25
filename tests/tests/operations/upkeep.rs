//! Reindexing and statistics, in both layouts, beside traffic (R12).

use std::time::Duration;

use eventcore_generated::layout::Layout;
use eventcore_generated::maintenance::{
    analyze_events, analyze_streams, reindex_events, reindex_streams,
};
use eventcore_generated::monitoring::{health, list_partitions, verify_events};
use eventcore_tests::on_both_layouts;
use eventcore_tests::store::store;
use tokio_postgres::Client;

use super::{Traffic, append};

on_both_layouts!(
    indexes_are_rebuilt_while_appends_go_on,
    analyze_takes_statistics,
);

/// The files of the indexes of the store, which a rebuild replaces.
async fn index_files(client: &Client) -> Vec<(String, u32)> {
    let query = "SELECT i.relname::text, pg_relation_filenode(i.oid)
                   FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
                  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'event%'
                  ORDER BY 1";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn indexes_are_rebuilt_while_appends_go_on(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    append(&client, "a", 500).await;
    let before = index_files(&client).await;
    let traffic = Traffic::start(&db).await;
    reindex_streams(&client).await.unwrap();
    reindex_events(&client, layout).await.unwrap();
    traffic.end(Duration::from_secs(2)).await;
    let after = index_files(&client).await;
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.0, after.0);
        assert_ne!(before.1, after.1, "{} is as it was", before.0);
    }
    assert_eq!(health(&client).await.unwrap().invalid_indexes, 0);
    assert_eq!(verify_events(&client).await.unwrap(), []);
}

async fn analyze_takes_statistics(layout: Layout) {
    let db = store(layout).await;
    let client = db.connect().await;
    for number in 0..10 {
        append(&client, &format!("s-{number}"), 20).await;
    }
    analyze_streams(&client).await.unwrap();
    analyze_events(&client, layout).await.unwrap();
    let partitions = list_partitions(&client).await.unwrap();
    let rows: Vec<_> = partitions.iter().map(|row| row.estimated_rows).collect();
    assert_eq!(rows.iter().flatten().sum::<i64>(), 200, "{rows:?}");
    let streams: f32 = client
        .query_one(
            "SELECT reltuples FROM pg_class WHERE relname = 'event_streams'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert!((streams - 10.0).abs() < f32::EPSILON);
}
