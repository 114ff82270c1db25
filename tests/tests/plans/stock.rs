//! A store of each layout with enough events for plans to matter, made once for all tests of the process.

use std::collections::HashMap;

use eventcore_generated::layout::Layout;
use eventcore_tests::TestDatabase;
use eventcore_tests::store::store;
use tokio::sync::OnceCell;
use tokio_postgres::Client;

/// Months with events, this one included; the partitioned layout has a leaf for each, and empty ones ahead.
const MONTHS: i32 = 36;

/// A filled store and what its catalog says of it.
pub(crate) struct Stock {
    db: TestDatabase<'static>,
    /// The streams and the leaves of the log, by name.
    pub(crate) tables: HashMap<String, Table>,
    /// What each index of the store is, such as `btree (event_id)`, and its table's name.
    pub(crate) indexes: HashMap<String, (String, String)>,
}

/// A table of the store.
pub(crate) struct Table {
    /// Whether it holds events.
    pub(crate) is_log: bool,
    /// How many rows it has.
    pub(crate) rows: i64,
}

impl Stock {
    /// The filled store of a layout. It stays until its server goes.
    pub(crate) async fn of(layout: Layout) -> &'static Self {
        static SIMPLE: OnceCell<Stock> = OnceCell::const_new();
        static PARTITIONED: OnceCell<Stock> = OnceCell::const_new();
        let cell = match layout {
            Layout::Simple => &SIMPLE,
            Layout::Partitioned => &PARTITIONED,
        };
        cell.get_or_init(|| Self::fill(layout)).await
    }

    /// A store with one stream that has half of the log, one that has a tenth, and short ones, over so many months; nothing
    /// is analyzed.
    pub(crate) async fn with_long_streams(layout: Layout, months: i32) -> Self {
        let db = store(layout).await;
        let client = db.connect().await;
        let events = log(&client, layout, months).await;
        let fill = include_str!("long_streams.sql")
            .replace("$EVENTS", events)
            .replace("$MONTHS", &months.to_string());
        client.batch_execute(&fill).await.unwrap();
        Self {
            tables: tables(&client).await,
            indexes: indexes(&client).await,
            db,
        }
    }

    pub(crate) async fn connect(&self) -> Client {
        self.db.connect().await
    }

    async fn fill(layout: Layout) -> Self {
        let db = store(layout).await;
        let client = db.connect().await;
        let events = log(&client, layout, MONTHS).await;
        let fill = include_str!("fill.sql").replace("$EVENTS", events);
        client.batch_execute(&fill).await.unwrap();
        for table in ["event_streams", events] {
            client
                .batch_execute(&format!("VACUUM (ANALYZE) {table}"))
                .await
                .unwrap();
        }
        Self {
            tables: tables(&client).await,
            indexes: indexes(&client).await,
            db,
        }
    }
}

/// The log's table, with partitions for so many months.
async fn log(client: &Client, layout: Layout, months: i32) -> &'static str {
    match layout {
        Layout::Simple => "events_simple",
        Layout::Partitioned => {
            let create = "SELECT create_monthly_partition((now() AT TIME ZONE 'UTC' - make_interval(months => m))::date) \
                          FROM generate_series(1, $1::integer) AS m";
            client.execute(create, &[&months]).await.unwrap();
            "events"
        }
    }
}

async fn tables(client: &Client) -> HashMap<String, Table> {
    let names = "SELECT c.relname::text, c.oid::regclass::text, true \
                   FROM list_partitions() AS p JOIN pg_class AS c ON c.oid = p.partition_name::regclass \
                  UNION ALL SELECT 'event_streams', 'event_streams', false";
    let mut tables = HashMap::new();
    for row in client.query(names, &[]).await.unwrap() {
        let (name, quoted, is_log): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        let count = format!("SELECT count(*) FROM {quoted}");
        let rows = client.query_one(&count, &[]).await.unwrap().get(0);
        tables.insert(name, Table { is_log, rows });
    }
    tables
}

async fn indexes(client: &Client) -> HashMap<String, (String, String)> {
    let definitions = "SELECT i.relname::text, \
                              regexp_replace(pg_get_indexdef(i.oid), '^.* USING | (WITH|WHERE) .*$', '', 'g'), \
                              t.relname::text \
                         FROM pg_index AS x \
                         JOIN pg_class AS i ON i.oid = x.indexrelid \
                         JOIN pg_class AS t ON t.oid = x.indrelid \
                        WHERE i.relkind = 'i' AND t.relnamespace = 'public'::regnamespace";
    let rows = client.query(definitions, &[]).await.unwrap();
    rows.iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect()
}
