//! A user's day: one change after another to a store that holds data, each planned, read as files, and applied by the
//! runner while a writer appends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use eventcore_codegen::plan::plan_founding;
use eventcore_codegen::sql;
use eventcore_migrate::{Migration, Migrator, Silent};
use eventcore_schema_model::eventcore::EventStore;
use eventcore_schema_model::prelude::*;
use eventcore_schema_model::validate::ValidSchema;
use eventcore_tests::TestDatabase;
use tokio_postgres::NoTls;

use crate::case::{catalog_of, evolve_from, founded_catalog, run, valid};

/// What a team has beside its events, at the end of the day.
fn invoices() -> Table {
    Table::new("invoices")
        .column(Column::new("id", DataType::BigInt))
        .column(Column::new("customer", DataType::Text))
        .column(Column::new("cents", DataType::Integer))
        .primary_key(["id"])
        .index(Index::new("invoices_customer_idx", ["customer"]).serves_external("reports"))
}

/// A change of the day, and what it says.
type Change = (&'static str, fn(Schema) -> Schema);

const DAY: [Change; 11] = [
    ("add_a_table", |schema| schema.table(invoices())),
    ("add_a_column", |schema| {
        schema.edit_table("invoices", |it| {
            it.column(Column::new("paid", DataType::Boolean).default(false))
        })
    }),
    ("add_a_column_that_is_filled", |schema| {
        schema.edit_table("invoices", |it| {
            it.column(Column::new("label", DataType::Text).backfill(col("customer")))
        })
    }),
    ("add_a_type_with_a_column", |schema| {
        let state = EnumType::new("invoice_state", ["open", "paid"]);
        let column = Column::new("state", DataType::named("invoice_state")).default("open");
        schema
            .user_type(state)
            .edit_table("invoices", |it| it.column(column))
    }),
    ("add_an_enum_value", |mut schema| {
        if let Some(UserType::Enum(state)) = schema.types.first_mut() {
            state.labels.insert(0, "draft".to_owned());
        }
        schema.edit_table("invoices", |mut it| {
            let column = it.columns.last_mut().unwrap();
            column.default = Some(lit("draft"));
            it
        })
    }),
    ("add_a_column_to_the_log", |schema| {
        let log = log_of(&schema);
        schema.edit_table(log.as_str(), |it| {
            it.column(
                Column::new("tenant", DataType::Text)
                    .nullable()
                    .default("none"),
            )
        })
    }),
    ("add_an_index_to_the_log", |schema| {
        let log = log_of(&schema);
        let index = Index::new(format!("{log}_tenant_idx"), ["tenant", "global_position"]);
        schema.edit_table(log.as_str(), |it| {
            it.index(index.serves_external("reports of one tenant"))
        })
    }),
    ("rename_a_column", |schema| {
        schema.edit_table("invoices", |mut it| {
            it.columns[2] = Column::new("total", DataType::Integer).renamed_from("cents");
            it
        })
    }),
    ("change_a_type", |schema| {
        schema.edit_table("invoices", |mut it| {
            it.columns[2] = Column::new("total", DataType::BigInt).rewrite("a few thousand rows");
            it
        })
    }),
    ("drop_an_index", |schema| {
        schema.edit_table("invoices", |mut it| {
            it.indexes.clear();
            it
        })
    }),
    ("drop_a_column", |schema| {
        schema.edit_table("invoices", |mut it| {
            it.columns.retain(|column| column.name != *"label");
            it.drop_column("label", "nobody reads it")
        })
    }),
];

fn log_of(schema: &Schema) -> String {
    let log = schema.tables.iter().find(|table| table.append_only);
    log.unwrap().name.name.to_string()
}

/// Appends as fast as it can until it is told to stop; how many events there are.
async fn write(url: String, stop: Arc<AtomicBool>, count: Arc<AtomicI64>) {
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    while !stop.load(Ordering::Relaxed) {
        let sql = "SELECT append_events(ARRAY['a'], ARRAY[-1::bigint], ARRAY[1], ARRAY[NULL]::uuid[], ARRAY['moved'],
                                        ARRAY['{}']::jsonb[], NULL, NULL, NULL, NULL, NULL)";
        client.batch_execute(sql).await.unwrap();
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn founding(schema: &ValidSchema) -> Vec<Migration> {
    let planned = plan_founding(schema, None, "").unwrap();
    planned
        .iter()
        .map(|it| {
            Migration::new(
                it.version,
                it.slug.clone(),
                sql::migration(schema, it).unwrap(),
            )
        })
        .collect()
}

async fn day(store: EventStore) {
    let db = TestDatabase::create().await;
    let client = db.connect().await;
    let mut now = valid(store.schema());
    let mut migrations = founding(&now);
    let apply = async |migrations: &[Migration]| {
        Migrator::new(migrations.to_vec())
            .run(&db.config(), NoTls, &mut Silent)
            .await
    };
    apply(&migrations).await.unwrap();
    let (stop, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicI64::new(0)),
    );
    let writer = tokio::spawn(write(db.url(), stop.clone(), count.clone()));
    for (name, change) in DAY {
        let next = valid(change(now.clone().into_inner()));
        let first = migrations.iter().map(|it| it.version).max().unwrap() + 1;
        let planned = evolve_from(&now, &next, first.max(6)).unwrap();
        assert!(!planned.is_empty(), "{name}");
        let files = planned.iter().map(|it| {
            let slug = it.planned.slug.clone();
            Migration::new(it.planned.version, slug, it.text.clone())
        });
        migrations.extend(files);
        let before = count.load(Ordering::Relaxed);
        let report = apply(&migrations)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(report.applied.len(), planned.len(), "{name}");
        // The writer went on meanwhile, and goes on afterwards.
        while count.load(Ordering::Relaxed) < before + 3 && !writer.is_finished() {
            tokio::task::yield_now().await;
        }
        if name == "add_a_table" {
            let rows = "INSERT INTO invoices SELECT n, 'customer ' || n, n * 100 FROM generate_series(1, 3000) AS n";
            run(&client, rows, name).await;
        }
        now = next;
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let log = log_of(&now);
    let sql =
        format!("SELECT count(*), count(DISTINCT event_version), max(event_version) FROM {log}");
    let row = client.query_one(&sql, &[]).await.unwrap();
    let written = count.load(Ordering::Relaxed);
    assert_eq!(
        (
            row.get::<_, i64>(0),
            row.get::<_, i64>(1),
            row.get::<_, i64>(2)
        ),
        (written, written, written)
    );
    let sum =
        "SELECT sum(total)::bigint FROM invoices WHERE customer = 'customer ' || id AND NOT paid";
    assert_eq!(
        client.query_one(sum, &[]).await.unwrap().get::<_, i64>(0),
        100 * 3000 * 3001 / 2
    );
    run(&client, "DROP TABLE eventcore_migrations", "").await;
    let (found, expected) = (catalog_of(&client).await, founded_catalog(&now).await);
    let diff = similar::TextDiff::from_lines(&expected, &found);
    assert!(found == expected, "{}", diff.unified_diff());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_store_goes_through_a_day() {
    day(EventStore::simple()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partitioned_store_goes_through_a_day() {
    day(EventStore::partitioned()).await;
}
